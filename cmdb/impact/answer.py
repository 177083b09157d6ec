"""The answer to "what breaks": levels, counts, services worst first, pages, and why.

An answer holds the view it was worked out on, so everything it tells belongs to one revision. What costs is worked out when asked for:
explaining paths and depths by a second pass, freshness by a third.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.evaluation import Evaluation
from cmdb.impact.levels import Freshness, Ints, Level, Pass
from cmdb.impact.limits import Cut
from cmdb.impact.pages import check_first, smallest
from cmdb.impact.questions import AffectedQuery
from cmdb.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class AffectedItem:
    """One item that is hit."""

    id: str
    type: str
    level: Level
    root: bool = False


@dataclass(frozen=True, slots=True)
class AffectedPage:
    """A page of affected items; `cursor` of the last, None where nothing follows; `total` under the same filters."""

    items: tuple[AffectedItem, ...]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of one name (a type, an owner ...) end at each level, roots not counted. `name` is None for those without."""

    name: str | None
    down: int
    degraded: int
    at_risk: int

    @property
    def total(self) -> int:
        return self.down + self.degraded + self.at_risk


@dataclass(frozen=True, slots=True)
class GroupState:
    """A redundancy group in an answer: it needs `needed` of `members`; `up` are not down, `good` are ok or at risk; `failed` names those
    not ok, worst first (at most 100; `failed_total` counts all)."""

    members: int
    needed: int
    up: int
    good: int
    failed: tuple[AffectedItem, ...]
    failed_total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One item on an explaining path and how trouble came to it from the step before (None at the root)."""

    item: AffectedItem
    relation_type: str | None = None
    how: Pass | None = None
    freshness: Freshness | None = None
    group: GroupState | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """One shortest explaining path, from a root to the item. Empty where the item is ok."""

    steps: tuple[Step, ...]

    @property
    def depth(self) -> int:
        """Steps from the root."""
        return max(0, len(self.steps) - 1)


FAILED_SHOWN = 100
LEVELS_WORST_FIRST = (Level.DOWN, Level.DEGRADED, Level.AT_RISK)


class ImpactAnswer:
    """What the roots do at `revision`. `cuts` tell what was left out and why; where there are none, the answer is complete."""

    def __init__(self, evaluation: Evaluation, cuts: Sequence[Cut] = ()) -> None:
        self._evaluation = evaluation
        self.view = evaluation.view
        self._roots = frozenset(evaluation.roots.tolist())
        self.revision = evaluation.view.revision
        self.cuts = tuple(cuts)

    @property
    def complete(self) -> bool:
        """Whether everything was followed."""
        return not self.cuts

    @property
    def fresh_as_of(self) -> str | None:
        """When sightings were read for `freshness`, in UTC; relationships committed since count as confirmed."""
        return self.view.fresh_as_of

    @property
    def reason(self) -> str | None:
        """Why the answer is not complete."""
        return "; ".join(cut.reason for cut in self.cuts) or None

    @property
    def frontier(self) -> list[str]:
        """Ids of items known to be hit whose own effects were not followed."""
        return self.view.ids.names(self._frontier)

    @property
    def frontier_total(self) -> int:
        """How many there are."""
        return len(self._frontier)

    def frontier_page(self, first: int) -> list[str]:
        """The first ids of the frontier."""
        return self.view.ids.names(self._frontier[:first])

    @cached_property
    def _frontier(self) -> Ints:
        return np.unique(np.concatenate([cut.frontier for cut in self.cuts])) if self.cuts else np.zeros(0, np.int32)

    # -- summary -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def counts(self) -> dict[Level, int]:
        """Affected items by level, roots not counted."""
        ends = [0, *self._evaluation.bounds.tolist()]
        counts = {level: ends[i + 1] - ends[i] for i, level in enumerate(LEVELS_WORST_FIRST)}
        for root in self._roots:
            level = self._level(root)
            if level:
                counts[level] -= 1
        return counts

    @property
    def evaluation(self) -> Evaluation:
        """What the answer is read from: for the picture, which needs everything at once."""
        return self._evaluation

    @property
    def total(self) -> int:
        """How many items are affected, roots not counted."""
        return sum(self.counts.values())

    def by_type(self) -> list[Count]:
        """Affected items by type, the most first."""
        return self._counted(self.view.type_of, self.view.words.types)

    def by_owner(self) -> list[Count]:
        """Affected items by owner, the most first; those without last."""
        return self._counted(self.view.owner_of, self.view.words.owners)

    def by_location(self) -> list[Count]:
        """Affected items by location, the most first; those without last."""
        return self._counted(self.view.location_of, self.view.words.locations)

    def by_criticality(self) -> list[Count]:
        """Affected items by criticality, the most first; those without last."""
        return self._counted(self.view.criticality_of, self.view.words.criticalities)

    def depth_histogram(self) -> dict[int, int]:
        """Steps from the nearest root -> how many items, the roots at 0 included; of a bounded answer only those that were followed."""
        explained = self._evaluation.explained
        followed = explained.depths[self._evaluation.level_at[explained.order] > 0]
        return dict(enumerate(np.bincount(followed).tolist())) if len(followed) else {}

    def freshness(self) -> dict[Freshness, int]:
        """How fresh the relationships are on which the answer rests, as of `fresh_as_of`."""
        return self._evaluation.freshness()

    def of_types(self, types: frozenset[str], first: int | None = None) -> list[AffectedItem]:
        """Affected items of these types (services, customers ...), worst first, by id within a level, `first` at most; roots are listed and
        marked."""
        mask = self._mask(AffectedQuery(types=types, roots=True))
        numbers, levels = self._evaluation.hit[mask], self._evaluation.levels[mask]
        ranked = sorted(zip((-levels).tolist(), self.view.ids.names(numbers), numbers.tolist(), strict=True))
        return [self._item(number) for _, _, number in ranked[:first]]

    # -- items -------------------------------------------------------------------------------------------------------------------

    def level(self, item_id: str) -> Level:
        """The level of one item; ok for one that is not hit or not known."""
        number = self.view.find(item_id)
        return self._level(number) if number >= 0 else Level.OK

    def find(self, item_id: str) -> AffectedItem | None:
        """One item that is hit; None for one that is not."""
        number = self.view.find(item_id)
        return self._item(number) if number >= 0 and self._level(number) else None

    def levels(self) -> dict[str, Level]:
        """Every item that is hit, roots included, with its level. For small answers and tests; big ones are read in pages."""
        hit = self._evaluation
        return {self.view.ids.name(v): Level(level) for v, level in zip(hit.hit.tolist(), hit.levels.tolist(), strict=True)}

    def page(self, query: AffectedQuery) -> AffectedPage:
        """A page of affected items. Raises `TooMuchAsked`, `InvalidInput` for a cursor that is none."""
        check_first(query.first)
        mask = self._mask(query)
        numbers, levels = self._evaluation.hit[mask].astype(np.int64), self._evaluation.levels[mask].astype(np.int64)
        keys = (3 - levels) << 32 | numbers
        total = len(keys)
        if query.after is not None:
            keys = keys[keys > self._cursor_key(query.after)]
        keys, more = smallest(keys, query.first)
        items = tuple(self._item(int(key) & 0xFFFFFFFF) for key in keys)
        return AffectedPage(items, total, f"{items[-1].level.value}:{items[-1].id}" if more else None)

    def why(self, item_id: str) -> Why:
        """One shortest explaining path from a root; for groups on it, which members failed and how many are left."""
        number = self.view.find(item_id)
        path = self._evaluation.explained.path(number) if number >= 0 else []
        steps = [Step(self._item(v), group=self.group_state(v)) for v in path[:1]]
        for before, v in pairwise(path):
            link = min(
                (link for link in self.view.providers(v) if link.other == before and self._carries(link.how, before, v)),
                key=lambda link: (link.how, link.relation_type),
            )
            steps.append(Step(self._item(v), link.relation_type, link.how, link.freshness, self.group_state(v)))
        return Why(tuple(steps))

    def group_state(self, number: int) -> GroupState | None:
        """How a redundancy group stands; None for other items."""
        if not self.view.is_group(number):
            return None
        members = [link.other for link in self.view.providers(number) if link.how is Pass.MEMBER]
        failed = sorted((m for m in members if self._level(m)), key=lambda m: (-self._level(m), m))
        down = sum(self._level(m) is Level.DOWN for m in failed)
        bad = sum(self._level(m) >= Level.DEGRADED for m in failed)
        shown = tuple(self._item(m) for m in failed[:FAILED_SHOWN])
        return GroupState(len(members), self.view.needed_by(number), len(members) - down, len(members) - bad, shown, len(failed))

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _level(self, number: int) -> Level:
        return Level(int(self._evaluation.level_at[number]))

    def _item(self, number: int) -> AffectedItem:
        return AffectedItem(self.view.ids.name(number), self.view.type_name(number), self._level(number), number in self._roots)

    def _carries(self, how: Pass, before: int, after: int) -> bool:
        worst = self._level(before)
        return how is Pass.MEMBER or (worst if how is Pass.HARD else worst - 1) >= self._level(after)

    def _counted(self, codes: Ints, words: list[str]) -> list[Count]:
        table = self._evaluation.counts(codes, len(words))
        for root in self._roots:
            level = self._level(root)
            if level and codes[root] >= 0:
                table[codes[root], level] -= 1
        rows = table[:, :0:-1].tolist()
        counts = [Count(words[code], *row) for code, row in enumerate(rows) if any(row)]
        counts.sort(key=lambda count: (-count.total, count.name))
        named = [sum(getattr(one, name) for one in counts) for name in ("down", "degraded", "at_risk")]
        rest = Count(None, *(self.counts[level] - known for level, known in zip(LEVELS_WORST_FIRST, named, strict=True)))
        return [*counts, rest] if rest.total else counts

    def _mask(self, query: AffectedQuery) -> NDArray[np.bool_]:
        view, hit = self.view, self._evaluation.hit
        mask = np.ones(len(hit), np.bool_)
        if query.levels:
            mask &= np.isin(self._evaluation.levels, [int(level) for level in query.levels])
        wanted = (
            (query.types, view.type_of, view.words.types),
            (query.owners, view.owner_of, view.words.owners),
            (query.locations, view.location_of, view.words.locations),
            (query.criticalities, view.criticality_of, view.words.criticalities),
        )
        for names, codes, words in wanted:
            if names:
                mask &= np.isin(codes[hit], [code for code, word in enumerate(words) if word in names])
        if query.ids is not None:
            mask &= np.isin(hit, [number for one in query.ids if (number := view.find(one)) >= 0])
        if query.only_roots:
            mask &= np.isin(hit, self._evaluation.roots)
        elif not query.roots:
            mask &= ~np.isin(hit, self._evaluation.roots)
        return mask

    def _cursor_key(self, cursor: str) -> int:
        level, _, item_id = cursor.partition(":")
        number = self.view.ids.find(item_id, self.view.items)
        if level not in ("1", "2", "3") or number < 0:
            raise InvalidInput(f"{cursor[:80]!r} is no cursor of this answer; start from the first page")
        return (3 - int(level)) << 32 | number
