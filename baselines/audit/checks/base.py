"""What every check is: parameters that are data, a look at each window of items, a tally.

The order of calls: `start` (columns of the whole estate are there, no bodies yet), `window` for each window of items in scope, `finish`.
A check keeps at most a few bytes for each item; names and owners are read again for what failed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from baselines.audit.estate import Mask
from baselines.audit.ground import Ground
from baselines.audit.model import NOT_LIVE, WHOLE, CheckResult, CheckSpec, Finding
from cmdb.kernel.ids import relation_id
from cmdb.model.item import ItemState
from cmdb.model.registry import Registry

Numbered = tuple[int, ItemState]


class BadParameter(Exception):
    """A parameter that is unknown, of the wrong kind or names what is not there; becomes one of the faults of `BadCriteria`."""


@dataclass(frozen=True, slots=True)
class Known:
    """Deficiencies of this audit that were filed before: `ids` all that are not over, `accepted` those accepted as they are, `by_check` how
    many of them each check has."""

    ids: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    by_check: Mapping[str, int] = field(default_factory=dict)


def deficiency_id(audit: str, check: str, item: str, key: str) -> str:
    """The id of the one deficiency of a check about an item: the same in every run, so that it keeps its history."""
    return "d" + relation_id(audit, check, f"{item}|{key}")[1:]


@dataclass(slots=True)
class Tally:
    """What one check has found. Every failing subject is counted; new findings beyond the check's limit are only counted. `aside` counts
    the deficiencies on no live item, by where they are, without those that are accepted."""

    spec: CheckSpec
    audit: str
    known: Known
    failing: Mask
    subjects: int = 0
    failed: int = 0
    accepted: int = 0
    left_out: int = 0
    problem: str = ""
    note: str = ""
    findings: list[Finding] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)
    _new: int = 0

    def looked(self, count: int = 1) -> None:
        """So many more subjects were looked at."""
        self.subjects += count

    def fail(self, item: ItemState, what: str, number: int, key: str = "") -> None:
        """This item fails; `number` is -1 for one that is not live any more."""
        self.file(Finding(self.spec.id, item.id, item.name, item.type, item.owner, what, key), [number])

    def file(self, finding: Finding, numbers: Iterable[int], failed: int = 1) -> None:
        """Keep a finding; `numbers` are the items that fail by it (-1: one that is not live any more), `failed` how many subjects those
        are."""
        found = deficiency_id(self.audit, self.spec.id, finding.item, finding.key)
        self.failed += failed
        if found in self.known.accepted:
            self.accepted += failed
        else:
            for number in numbers:
                if number >= 0:
                    self.failing[number] = True
                else:
                    self.aside[NOT_LIVE] += 1
            if not finding.item:
                self.aside[WHOLE] += 1
        if found not in self.known.ids:
            if self.room() <= 0:
                self.left_out += failed
                return
            self._new += 1
        self.findings.append(Finding(**{**finding.body(), "id": found}))

    def room(self) -> int:
        """How many new findings may still be kept: filed ones and new ones together stay below the check's limit."""
        return self.spec.most - self.known.by_check.get(self.spec.id, 0) - self._new

    def knows(self, item: str, key: str = "") -> bool:
        """Whether a finding about this item was filed before."""
        return deficiency_id(self.audit, self.spec.id, item, key) in self.known.ids

    def result(self) -> CheckResult:
        """The counts."""
        return CheckResult(self.spec.id, self.subjects, self.failed, self.accepted, self.left_out, self.problem, self.note)


Reader = Callable[[Any], Any]


class Check:
    """Base of the checks. `PARAMETERS` maps each parameter to what reads it (raises `BadParameter`)."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {}
    LASTING: ClassVar[bool] = False
    """Whether what it finds stays true though a later run does not find it again (something that happened, not something that is)."""

    def __init__(self, spec: CheckSpec, registry: Registry) -> None:
        self.spec = spec
        self.given: dict[str, Any] = {}
        for name, value in spec.parameters.items():
            reader = self.PARAMETERS.get(name)
            if reader is None:
                known = ", ".join(self.PARAMETERS) or "none"
                raise BadParameter(f"{name[:60]!r} is no parameter of {spec.kind}; it has {known}")
            try:
                self.given[name] = reader(value)
            except BadParameter as problem:
                raise BadParameter(f"{name}: {problem}") from None
        for name in ("types", "except_types", "services"):
            for one in self.given.get(name, ()):
                if one not in registry.item_types:
                    raise BadParameter(f"{name}: there is no item type {one[:60]!r}")
        self.prepare(registry)

    def prepare(self, registry: Registry) -> None:
        """Compile the parameters against the types. Raises `BadParameter`."""

    def start(self, ground: Ground, tally: Tally) -> None:
        """Keep what will be needed; the estate's columns are there."""
        self.ground = ground
        self.tally = tally
        types = ground.concrete(self.given["types"]) if self.given.get("types") else None
        scope = ground.estate.in_scope
        self.chosen: Mask = scope if types is None else scope & ground.estate.of_types(types)
        if self.given.get("except_types"):
            self.chosen = self.chosen & ~ground.estate.of_types(ground.concrete(self.given["except_types"]))

    def window(self, items: Sequence[Numbered]) -> None:
        """Look at some items; all of them are in scope."""

    def finish(self) -> None:
        """What only the end can tell."""

    def mine(self, items: Sequence[Numbered]) -> list[Numbered]:
        """Those of the check's types."""
        chosen = self.chosen
        return [one for one in items if chosen[one[0]]]

    def states(self, numbers: Sequence[int]) -> dict[int, ItemState]:
        """Items by number, read again."""
        estate = self.ground.estate
        found: dict[int, ItemState] = {}
        for start in range(0, len(numbers), 1_000):
            part = {estate.id_of(one): one for one in numbers[start : start + 1_000]}
            for id_, past in self.ground.history.items_by_id(part, estate.seq).items():
                found[part[id_]] = past.state
        return found


def empty_mask(count: int) -> Mask:
    """Nobody fails yet."""
    return np.zeros(count, np.bool_)
