"""Run the kernel on a view: from roots to who is hit, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cmdb.impact import explaining, kernel
from cmdb.impact.levels import Freshness, Ints, Level
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.view import GraphView


@dataclass(frozen=True)
class Explained:
    """Shortest explaining paths: items by depth, with their depths (steps from the nearest root) and the item before them (-1: a root)."""

    order: Ints
    depths: Ints
    parents: Ints

    def path(self, number: int) -> list[int]:
        """From a root to the item; empty where the item was not hit."""
        path: list[int] = []
        while number >= 0 and (place := self._place(number)) >= 0:
            path.append(number)
            number = int(self.parents[place])
        return path[::-1]

    @cached_property
    def _sorted(self) -> tuple[Ints, NDArray[np.int64]]:
        """Item numbers in ascending order, and where each stands in `order`."""
        places = np.argsort(self.order)
        return self.order[places], places

    def _place(self, number: int) -> int:
        """Where an item stands in `order`, -1 for one that was not hit."""
        numbers, places = self._sorted
        at = int(np.searchsorted(numbers, np.int32(number)))  # a plain int would make numpy convert all of them, each time
        return int(places[at]) if at < len(numbers) and numbers[at] == number else -1


@dataclass(frozen=True)
class Evaluation:
    """Who is hit. `hit` lists item numbers, the worst level first; `bounds` are the ends of `down`, `degraded`, `at_risk` in it.
    `frontier` are those known to be hit but not followed because of the limit; they are not in `hit`, and in truth they may be worse than
    known."""

    view: GraphView
    pool: ScratchPool
    roots: Ints
    put: NDArray[np.int8]
    hit: Ints
    bounds: NDArray[np.int64]
    frontier: Ints

    @property
    def complete(self) -> bool:
        """Whether everything was followed."""
        return not len(self.frontier)

    @property
    def levels(self) -> NDArray[np.int8]:
        """Levels parallel to `hit`."""
        down, degraded, at_risk = self.bounds.tolist()
        return np.repeat(np.array([3, 2, 1], np.int8), [down, degraded - down, at_risk - degraded])

    @cached_property
    def level_at(self) -> NDArray[np.int8]:
        """Level by item number, 0 for those not hit. Memory that is not hit is never touched."""
        at = np.zeros(self.view.items, np.int8)
        at[self.hit] = self.levels
        return at

    def counts(self, codes: Ints, words: int) -> NDArray[np.int64]:
        """`[code, level]` -> how many items with that code ended at that level."""
        out = np.zeros((words, 4), np.int64)
        explaining.tally(self.hit, self.bounds, codes, out)
        return out

    def freshness(self) -> dict[Freshness, int]:
        """How fresh the relationships are along which trouble passed."""
        out = np.zeros(4, np.int64)
        explaining.tally_tags(self.hit, self.bounds, self.view.affects, out)
        return {freshness: int(out[freshness]) for freshness in Freshness}

    @cached_property
    def explained(self) -> Explained:
        """Shortest explaining paths to everything hit; worked out when first asked for."""
        view = self.view
        with self.pool.lend(view.items) as scratch:
            mark = scratch.next_mark()
            limit = len(self.hit) if len(self.frontier) else 0
            kernel.settle(self.roots, self.put, view.affects, view.groups, scratch.buffers, mark, scratch.turn, limit)
            most = len(self.hit) + len(self.frontier)
            order, depths, parents = (np.empty(most, np.int32) for _ in range(3))
            found = explaining.explain(
                self.roots, self.put, view.affects, view.groups, scratch.buffers, mark, scratch.turn, order, depths, parents
            )
            return Explained(order[:found], depths[:found], parents[:found])


def evaluate(view: GraphView, pool: ScratchPool, roots: Mapping[int, Level], limit: int = 0) -> Evaluation:
    """What happens when each root is put to its level. `limit` > 0 bounds how many items are followed."""
    put_to = [(v, level) for v, level in roots.items() if level is not Level.OK]
    numbers = np.fromiter((v for v, _ in put_to), np.int32, len(put_to))
    put = np.fromiter((level for _, level in put_to), np.int8, len(put_to))
    with pool.lend(view.items) as scratch:
        mark = scratch.next_mark()
        counts = kernel.settle(numbers, put, view.affects, view.groups, scratch.buffers, mark, scratch.turn, limit)
        queue = scratch.buffers.queue
        parts = [queue[3 - i, : counts[2 * i]] for i in range(3)]
        left = [queue[3 - i, counts[2 * i] : counts[2 * i + 1]] for i in range(3)] if limit else []
        hit = np.concatenate(parts)
        frontier = np.concatenate(left) if left else hit[:0]
    bounds = np.cumsum([len(part) for part in parts])
    return Evaluation(view, pool, numbers, put, hit, bounds, frontier)
