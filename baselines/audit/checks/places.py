"""How items hang together: unrelated ones, those behind no service, circles where there may be none (requirements 9.1-03, 9.1-04)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from baselines.audit.checks.base import BadParameter, Check, Numbered, Reader, Tally
from baselines.audit.checks.parameters import names
from baselines.audit.ground import Ground
from baselines.audit.model import Finding
from baselines.audit.reach import Needs, circles
from cmdb.model.registry import Registry

SERVICES = ("service",)


class Unrelated(Check):
    """Items with no relationship at all, or with none of `relations`."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "except_types": names, "relations": names}

    def prepare(self, registry: Registry) -> None:
        for one in self.given.get("relations", ()):
            if one not in registry.relation_types:
                raise BadParameter(f"relations: there is no relationship type {one[:60]!r}")

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        estate = ground.estate
        keep = estate.relations(self.given.get("relations"))
        ends = np.concatenate([estate.source[keep], estate.target[keep]])
        self._alone = self.chosen & (np.bincount(ends, minlength=estate.items) == 0)

    def window(self, items: Sequence[Numbered]) -> None:
        wanted = " or ".join(self.given.get("relations", ()))
        for number, item in self.mine(items):
            self.tally.looked()
            if self._alone[number]:
                self.tally.fail(item, f"has no {wanted + ' ' if wanted else ''}relationship to any other item", number)


class NoService(Check):
    """Items no service needs, directly or through others: they help to deliver nothing, or the link was never recorded."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "services": names}

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        services = ground.estate.of_types(ground.concrete(self.given.get("services", SERVICES)))
        served = Needs(ground.estate, ground.registry).reached(np.flatnonzero(services).astype(np.int32))
        self.chosen = self.chosen & ~services
        self._outside = self.chosen & ~served

    def window(self, items: Sequence[Numbered]) -> None:
        for number, item in self.mine(items):
            self.tally.looked()
            if self._outside[number]:
                self.tally.fail(
                    item, f"no {' or '.join(self.given.get('services', SERVICES))} needs it, directly or through others", number
                )


class Circles(Check):
    """Circles of one relationship type that may have none. `relations`: those instead of the ones the registry calls acyclic."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "relations": names}

    def prepare(self, registry: Registry) -> None:
        for one in self.given.get("relations", ()):
            if one not in registry.relation_types:
                raise BadParameter(f"relations: there is no relationship type {one[:60]!r}")

    def finish(self) -> None:
        estate, registry = self.ground.estate, self.ground.registry
        types = self.given.get("relations") or [name for name, one in registry.relation_types.items() if one.acyclic]
        keep = estate.relations(list(types))
        touched = np.zeros(estate.items, np.bool_)
        touched[estate.source[keep]] = touched[estate.target[keep]] = True
        self.tally.looked(int((touched & self.chosen).sum()))
        counted: set[int] = set()
        for name in types:
            for circle in circles(estate, [name]):
                inside = [one for one in circle if self.chosen[one]]
                if inside:
                    fresh = [one for one in inside if one not in counted]
                    counted.update(inside)
                    self._tell(name, circle, inside[0], fresh)

    def _tell(self, relation: str, circle: list[int], first: int, fresh: list[int]) -> None:
        states = self.states([first, *circle[:6]])
        item = states[first]
        shown = ", ".join(states[one].name for one in circle[:6]) + (f" and {len(circle) - 6} more" if len(circle) > 6 else "")
        what = f"is {relation} itself" if len(circle) == 1 else f"lies in a circle of {relation} with {len(circle)} items: {shown}"
        self.tally.file(Finding(self.spec.id, item.id, item.name, item.type, item.owner, what, relation), fresh, len(fresh))
