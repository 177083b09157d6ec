"""The reverse question: what an item depends on, and how strongly (requirement 8.1-04)."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.levels import Ints
from cmdb.impact.pages import check_first, smallest
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import breadth_first, widest
from cmdb.impact.view import GraphView
from cmdb.kernel.errors import InvalidInput


class Strength(IntEnum):
    """How an item depends on another; the strongest way counts."""

    SOFT = 1  # every way there has a soft need on it: the worst it can do is degrade
    REDUNDANT = 2  # through a redundancy group: its loss alone need not matter
    HARD = 3  # hard needs all the way: if the other is down, so is this

    @property
    def word(self) -> str:
        """The name in the API."""
        return self.name.lower()


CAPS = np.array([Strength.HARD, Strength.SOFT, Strength.REDUNDANT, 0], np.int8)  # by Pass


@dataclass(frozen=True, slots=True)
class DependencyQuery:
    """A page of what is needed: strongest first, nearest first, then by number. Empty filters let all pass; `after` is the cursor of the
    last entry seen."""

    strengths: frozenset[Strength] = frozenset()
    types: frozenset[str] = frozenset()
    first: int = 200
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """One item that is needed; `depth`: fewest steps to it."""

    id: str
    type: str
    strength: Strength
    depth: int

    @property
    def cursor(self) -> str:
        """Its place in the order."""
        return f"{self.strength.value}.{self.depth}:{self.id}"


@dataclass(frozen=True, slots=True)
class DependencyPage:
    """`total` under the page's filters."""

    items: tuple[Dependency, ...]
    total: int
    more: bool


class Dependencies:
    """Everything an item depends on at `revision`: counts, and pages of it."""

    def __init__(self, view: GraphView, numbers: Ints, keys: NDArray[np.int64]) -> None:
        self._view, self._numbers, self._keys = view, numbers, keys
        self.revision = view.revision
        self.total = len(numbers)

    @property
    def items(self) -> tuple[Dependency, ...]:
        """The first page, without filters."""
        return self.page(DependencyQuery()).items

    @property
    def counts(self) -> dict[Strength, int]:
        """How many by strength, the strongest first."""
        found = self._strengths()
        return {strength: int((found == strength).sum()) for strength in reversed(Strength)}

    @property
    def by_type(self) -> dict[str, int]:
        """How many by type, the most first."""
        codes, counts = np.unique(self._view.type_of[self._numbers], return_counts=True)
        named = zip(counts.tolist(), (self._view.words.types[code] for code in codes.tolist()), strict=True)
        return {name: count for count, name in sorted(named, key=lambda one: (-one[0], one[1]))}

    def page(self, query: DependencyQuery) -> DependencyPage:
        """A page. Raises `TooMuchAsked`, `InvalidInput` for a cursor that is none."""
        check_first(query.first)
        mask = np.ones(len(self._keys), np.bool_)
        if query.strengths:
            mask &= np.isin(self._strengths(), [int(one) for one in query.strengths])
        if query.types:
            words = self._view.words.types
            mask &= np.isin(self._view.type_of[self._numbers], [code for code, word in enumerate(words) if word in query.types])
        keys = self._keys[mask]
        total = len(keys)
        if query.after is not None:
            keys = keys[keys > _cursor_key(self._view, query.after)]
        keys, more = smallest(keys, query.first)
        return DependencyPage(tuple(_dependency(self._view, int(key)) for key in keys), total, more)

    def _strengths(self) -> NDArray[np.int8]:
        return (3 - (self._keys >> 56)).astype(np.int8)


def dependencies_of(view: GraphView, pool: ScratchPool, number: int) -> Dependencies:
    """Everything an item depends on."""
    return Dependencies(view, *_needed(view, pool, number))


def _needed(view: GraphView, pool: ScratchPool, number: int) -> tuple[Ints, NDArray[np.int64]]:
    """Numbers of what is needed, and parallel to them keys that sort as pages do: strength, depth, number."""
    with pool.lend(view.items) as scratch:
        state, queue = scratch.buffers.state, scratch.buffers.queue
        ends = widest(number, view.needs, state, queue, scratch.next_mark(), CAPS)
        parts = [queue[strength, :end].copy() for strength, end in zip((3, 2, 1), ends, strict=True)]
        total = sum(ends)
        order, depths = np.empty(total + 1, np.int32), np.empty(total + 1, np.int32)
        found = breadth_first(np.array([number], np.int32), view.needs, state, scratch.next_mark(), order, depths, view.items)
    numbers = np.concatenate(parts)
    strength = np.repeat(np.array([3, 2, 1], np.int64), [len(part) for part in parts])
    by_number = np.argsort(order[:found])
    depth = depths[:found][by_number[np.searchsorted(order[:found], numbers, sorter=by_number)]].astype(np.int64)
    return numbers, (3 - strength) << 56 | depth << 32 | numbers


def _dependency(view: GraphView, key: int) -> Dependency:
    number = key & 0xFFFFFFFF
    return Dependency(view.ids.name(number), view.type_name(number), Strength(3 - (key >> 56)), key >> 32 & 0xFFFFFF)


def _cursor_key(view: GraphView, cursor: str) -> int:
    place, _, item_id = cursor.partition(":")
    strength, _, depth = place.partition(".")
    number = view.ids.find(item_id, view.items)
    if strength not in ("1", "2", "3") or not depth.isdecimal() or len(depth) > 7 or number < 0:
        raise InvalidInput(f"{cursor[:80]!r} is no cursor of this list; start from the first page")
    return (3 - int(strength)) << 56 | int(depth) << 32 | number
