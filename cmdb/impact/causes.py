"""Common cause: items are unwell together; which failures would explain them all?

A candidate is an item that all (or many) of the unwell depend on; each is then put down and evaluated, so that redundancy counts. One
cause that explains all is best, and among those the one that would harm the fewest others: the smallest explanation. Where no single one
does, causes are added greedily until all are explained.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.evaluation import evaluate
from cmdb.impact.levels import Ints, Level
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import breadth_first
from cmdb.impact.view import GraphView

MOST_TRIED = 300
MOST_NEEDED = 20_000
"""Of what each unwell item depends on, so many are considered, the nearest first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A set of items (mostly one) whose failure explains `explained` of the unwell; `others` more items would be hit as well; `distance`:
    steps to the unwell, summed."""

    ids: tuple[str, ...]
    explained: int
    others: int
    distance: int


@dataclass(frozen=True, slots=True)
class CommonCauses:
    """Best first: fewest items, then fewest others hit, then nearest. `complete` is False where not every candidate could be tried."""

    revision: int
    unwell: int
    causes: tuple[Cause, ...]
    candidates: int
    tried: int
    complete: bool


def common_causes_of(view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level], most: int, seconds: float) -> CommonCauses:
    """Candidates for what made these items unwell. `unwell`: number -> the level it is seen at (a candidate must bring it to that level
    at least)."""
    ranked, distance, all_seen = _candidates(view, pool, unwell)
    deadline = time.monotonic() + seconds
    explained: dict[int, frozenset[int]] = {}
    harmed: dict[int, int] = {}
    for v in ranked[:MOST_TRIED].tolist():
        if explained and time.monotonic() > deadline:
            break
        found = evaluate(view, pool, {v: Level.DOWN})
        explained[v] = frozenset(u for u, level in unwell.items() if found.level_at[u] >= level)
        harmed[v] = len(found.hit)
    steps = {v: int(distance[v]) for v in explained}
    single = [v for v, items in explained.items() if len(items) == len(unwell)]
    causes = [_cause(view, (v,), len(unwell), harmed[v], steps[v]) for v in single]
    if not causes:
        causes = _greedy(view, pool, unwell, explained, steps)
        best = sorted(explained, key=lambda v: (-len(explained[v]), harmed[v], steps[v]))
        causes += [_cause(view, (v,), len(explained[v]), harmed[v], steps[v]) for v in best if explained[v]]
        causes.sort(key=lambda cause: -cause.explained)
    else:
        causes.sort(key=lambda cause: (cause.others, cause.distance, cause.ids))
    return CommonCauses(
        view.revision, len(unwell), tuple(causes[:most]), len(ranked), len(explained), all_seen and len(explained) == len(ranked)
    )


def _candidates(view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level]) -> tuple[Ints, NDArray[np.int64], bool]:
    """What the unwell depend on (they themselves included), the most promising first: what most of them need, then the nearest; and by
    item number the steps to them, summed; and whether all they need was looked at."""
    covers, distance = np.zeros(view.items, np.int32), np.zeros(view.items, np.int64)
    all_seen = True
    with pool.lend(view.items) as scratch:
        room = min(view.items, MOST_NEEDED)
        order, depths = np.empty(room, np.int32), np.empty(room, np.int32)
        for number in unwell:
            start = np.array([number], np.int32)
            found = breadth_first(start, view.needs, scratch.buffers.state, scratch.next_mark(), order, depths, view.items)
            all_seen &= found < room or room == view.items
            reached = order[:found]  # each item once
            covers[reached] += 1
            distance[reached] += depths[:found]
    candidates = np.flatnonzero(covers).astype(np.int32)
    return candidates[np.lexsort((candidates, distance[candidates], -covers[candidates]))], distance, all_seen


def _greedy(
    view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level], explained: Mapping[int, frozenset[int]], distance: Mapping[int, int]
) -> list[Cause]:
    """One set of causes that explains as much as can be explained."""
    left, chosen = set(unwell), []
    while left:
        best = max(explained, key=lambda v: (len(explained[v] & left), -distance[v], -v), default=None)
        if best is None or not explained[best] & left:
            break
        chosen.append(best)
        left -= explained[best]
    if len(chosen) < 2:
        return []
    found = evaluate(view, pool, dict.fromkeys(chosen, Level.DOWN))
    count = sum(found.level_at[u] >= level for u, level in unwell.items())
    return [_cause(view, tuple(chosen), int(count), len(found.hit), sum(distance[v] for v in chosen))]


def _cause(view: GraphView, numbers: tuple[int, ...], explained: int, hit: int, distance: int) -> Cause:
    return Cause(tuple(view.ids.names(numbers)), explained, hit - explained, distance)
