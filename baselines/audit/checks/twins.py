"""Several records of one real thing (requirement 9.1-07).

Items of a type are taken for possible duplicates when they have one name (`by: name`, whatever its case) or one weak identifier (`by:
weak_identifiers`), unless their strong identifiers say that they differ. Kept for each item are eight bytes a key.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from baselines.audit.checks.base import BadParameter, Check, Numbered, Reader, Tally
from baselines.audit.checks.parameters import names, one_of
from baselines.audit.ground import Ground
from cmdb.identification.keys import key_of, keys_of
from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import Strength

_PAIRWISE = 200
"""Groups up to this size are compared two by two; in larger ones, all stand under suspicion."""


class Duplicates(Check):
    """Possible duplicates; each of them fails."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "except_types": names, "by": one_of("name", "weak_identifiers")}

    def prepare(self, registry: Registry) -> None:  # noqa: ARG002 - the types are not asked
        if "by" not in self.given:
            raise BadParameter("duplicates needs by: name or weak_identifiers")

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        self._digests: list[NDArray[np.uint64]] = []
        self._numbers: list[NDArray[np.int32]] = []

    def window(self, items: Sequence[Numbered]) -> None:
        digests, numbers = [], []
        for number, item in self.mine(items):
            self.tally.looked()
            for key in self._keys(item):
                digests.append(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()))
                numbers.append(number)
        self._digests.append(np.array(digests, np.uint64))
        self._numbers.append(np.array(numbers, np.int32))

    def finish(self) -> None:
        told: set[int] = set()
        for group in self._groups():
            states = self.states(group)
            by_key: defaultdict[str, dict[int, ItemState]] = defaultdict(dict)
            for number, item in states.items():
                for key in self._keys(item):
                    by_key[key][number] = item
            for key, members in sorted(by_key.items()):
                self._tell(key, members, told)

    def _groups(self) -> Iterator[list[int]]:
        """Numbers of items whose keys have one digest."""
        if not self._digests:
            return
        digests, numbers = np.concatenate(self._digests), np.concatenate(self._numbers)
        order = np.argsort(digests, kind="stable")
        digests, numbers = digests[order], numbers[order]
        edges = np.concatenate([[0], np.flatnonzero(np.diff(digests)) + 1, [len(digests)]])
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if end - start > 1:
                yield sorted(set(numbers[start:end].tolist()))

    def _tell(self, key: str, members: dict[int, ItemState], told: set[int]) -> None:
        if len(members) < 2:
            return
        twins = self._alike(members)
        for number, others in sorted(twins.items()):
            if number in told:
                continue
            told.add(number)
            item, first = members[number], members[others[0]]
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            self.tally.fail(item, f"may be the same as {first.name} ({first.id}){more}: {self._reason(key)}", number)

    def _alike(self, members: dict[int, ItemState]) -> dict[int, list[int]]:
        """Which members could be the same, each with the others it could be."""
        numbers = sorted(members)
        if len(numbers) > _PAIRWISE:
            return {one: [other for other in numbers[:3] if other != one] for one in numbers}
        strong = {one: self._strong(members[one]) for one in numbers}
        found = {}
        for one in numbers:
            others = [o for o in numbers if o != one and not _contradict(strong[one], strong[o])]
            if others:
                found[one] = others
        return found

    def _keys(self, item: ItemState) -> list[str]:
        resolved = self.ground.registry.item_types.get(item.type)
        if self.given["by"] == "name" or resolved is None:
            return [f"{item.type}|{item.name.strip().casefold()}"]
        return [*keys_of(resolved, _fields(item))[1]]

    def _strong(self, item: ItemState) -> dict[str, str]:
        resolved: ResolvedType | None = self.ground.registry.item_types.get(item.type)
        if resolved is None:
            return {}
        fields = _fields(item)
        rules = [rule for rule in resolved.identification if rule.strength is Strength.STRONG and rule.attributes != ("name",)]
        found = {rule.key: key_of(rule, fields) for rule in rules}
        return {name: key for name, key in found.items() if key is not None}

    def _reason(self, key: str) -> str:
        if self.given["by"] == "name":
            return "same type and name"
        rule, _, value = key.partition("|")
        return f"same {rule.partition(':')[2].replace('+', ' and ')} {value.replace('|', ', ')[:120]}"


def _fields(item: ItemState) -> dict[str, object]:
    return {**item.attributes, **{name: getattr(item, name) for name in CORE_FIELDS}}


def _contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two items each have a strong identifier of one rule, and not the same."""
    return any(name in other and other[name] != key for name, key in one.items())
