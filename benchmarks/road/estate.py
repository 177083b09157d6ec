"""A generated estate for the road: servers with typed attributes and identifiers, three relationships for each, repeatable from a seed.

The same estate feeds the road (as observations) and the raw driver (as rows).
"""

import random
from dataclasses import dataclass

from cmdb.model.observation import Batch, Observation, ObservedRelation

SOURCE = "bench"
DEPENDS_ON = "depends_on"


@dataclass(frozen=True, slots=True)
class Estate:
    """`items` observations, each with `relations` outgoing `depends_on` relationships to items that come before or after it."""

    observations: tuple[Observation, ...]

    def batches(self, size: int) -> list[Batch]:
        """The estate as batches of `size` observations, as an agent would push them."""
        return [Batch(source=SOURCE, observations=self.observations[at : at + size]) for at in range(0, len(self.observations), size)]


def make_estate(items: int, relations: int, *, chunk: int, seed: int = 20000) -> Estate:
    """`items` servers with `relations` `depends_on` relationships in all.

    Targets lie in the same chunk or an earlier one, as in a stream whose providers come first.
    """
    rng = random.Random(seed)
    each = relations // items
    observations = []
    for number in range(items):
        reach = (number // chunk + 1) * chunk
        targets: set[int] = set()
        while len(targets) < each:
            other = rng.randrange(min(reach, items))
            if other != number:
                targets.add(other)
        observations.append(
            Observation(
                ref=f"srv-{seed}-{number:06d}",
                type="server",
                fields={
                    "name": f"srv-{seed}-{number:06d}",
                    "status": "live",
                    "location": f"site-{number % 20}",
                    "owner": f"team-{number % 50}",
                    "serial_number": f"SN{seed}-{number:08d}",
                    "vendor": rng.choice(("Dell", "HPE", "Lenovo")),
                    "model": f"R{rng.randrange(600, 700)}",
                    "cpu_count": rng.choice((8, 16, 32, 64)),
                    "memory_bytes": rng.choice((64, 128, 256)) * 2**30,
                },
                relations=tuple(ObservedRelation(type=DEPENDS_ON, to=f"srv-{seed}-{other:06d}") for other in sorted(targets)),
            )
        )
    return Estate(tuple(observations))
