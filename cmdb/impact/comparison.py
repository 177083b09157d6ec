"""Two answers to one question side by side: on the graph as it is, and on the graph as it would be (requirement 9.2-12).

Both stand at the same revision and number items alike (items the what-if adds come after all others), so they are compared number by
number, and the cost follows what was hit.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.levels import Ints, Level
from cmdb.impact.pages import check_first, smallest
from cmdb.kernel.errors import InvalidInput


class Turn(StrEnum):
    """Which way an item's level goes."""

    WORSE = "worse"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Turned:
    """One item whose level differs. `new`: the what-if adds it."""

    id: str
    type: str
    before: Level
    after: Level
    new: bool


@dataclass(frozen=True, slots=True)
class TurnedQuery:
    """A page of items that differ: those that end worst first, then by how well they stood before, then by number. Empty filters let all
    pass."""

    turn: Turn | None = None
    types: frozenset[str] = frozenset()
    first: int = 100
    after: str | None = None


@dataclass(frozen=True, slots=True)
class TurnedPage:
    """`total` under the same filters; `cursors` as long as `items`."""

    items: tuple[Turned, ...]
    cursors: tuple[str, ...]
    total: int
    more: bool


class Comparison:
    """`before` and `after` at one revision."""

    def __init__(self, before: ImpactAnswer, after: ImpactAnswer) -> None:
        assert before.revision == after.revision
        self.before, self.after = before, after
        self.revision = after.revision

    @property
    def complete(self) -> bool:
        """Whether both answers are."""
        return self.before.complete and self.after.complete

    @property
    def worse(self) -> int:
        """How many items end worse than they would today."""
        return int((self._now > self._was).sum())

    @property
    def better(self) -> int:
        """How many end better."""
        return int((self._now < self._was).sum())

    @property
    def newly_hit(self) -> int:
        """How many are hit that would not be today."""
        return int((self._was == 0).sum())

    @property
    def no_longer_hit(self) -> int:
        """How many are hit today and would not be."""
        return int((self._now == 0).sum())

    def page(self, query: TurnedQuery) -> TurnedPage:
        """Items that differ, a page of them. Raises `TooMuchAsked`, `InvalidInput` for a cursor that is none."""
        check_first(query.first)
        keys = self._keys[self._mask(query)]
        total = len(keys)
        if query.after is not None:
            keys = keys[keys > self._cursor_key(query.after)]
        keys, more = smallest(keys, query.first)
        items = tuple(self._item(int(key)) for key in keys)
        return TurnedPage(items, tuple(f"{one.after.value}{one.before.value}:{one.id}" for one in items), total, more)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _numbers(self) -> Ints:
        there = self.after.evaluation.hit
        hit = np.concatenate([self.before.evaluation.hit, there[self._levels(self.before, there) == 0]])
        was, now = self._levels(self.before, hit), self._levels(self.after, hit)
        differing: Ints = hit[was != now]
        return differing

    @cached_property
    def _was(self) -> NDArray[np.int8]:
        return self._levels(self.before, self._numbers)

    @cached_property
    def _now(self) -> NDArray[np.int8]:
        return self._levels(self.after, self._numbers)

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        return (3 - self._now.astype(np.int64)) << 40 | self._was.astype(np.int64) << 32 | self._numbers

    @staticmethod
    def _levels(answer: ImpactAnswer, numbers: Ints) -> NDArray[np.int8]:
        at = answer.evaluation.level_at
        known = np.zeros(len(numbers), np.int8)
        inside = numbers < len(at)
        known[inside] = at[numbers[inside]]
        return known

    def _mask(self, query: TurnedQuery) -> NDArray[np.bool_]:
        mask = np.ones(len(self._numbers), np.bool_)
        if query.turn is not None:
            mask &= self._now > self._was if query.turn is Turn.WORSE else self._now < self._was
        if query.types:
            words = self.after.view.words.types
            mask &= np.isin(self.after.view.type_of[self._numbers], [code for code, word in enumerate(words) if word in query.types])
        return mask

    def _item(self, key: int) -> Turned:
        number = key & 0xFFFFFFFF
        view = self.after.view
        before, after = Level(key >> 32 & 0xFF), Level(3 - (key >> 40))
        return Turned(view.ids.name(number), view.type_name(number), before, after, number >= self.before.view.items)

    def _cursor_key(self, cursor: str) -> int:
        levels, _, item_id = cursor.partition(":")
        number = self.after.view.ids.find(item_id, self.after.view.items)
        if len(levels) != 2 or any(one not in "0123" for one in levels) or number < 0:
            raise InvalidInput(f"{cursor[:80]!r} is no cursor of this comparison; start from the first page")
        return (3 - int(levels[0])) << 40 | int(levels[1]) << 32 | number
