"""Common cause: items are unwell together; which failures would explain them all?

A candidate is an item that all (or many) of the unwell depend on; each is then put down and evaluated, so that redundancy counts. One
cause that explains all is best, and among those the one that would harm the fewest others: the smallest explanation. Where no single one
does, causes are added greedily until all are explained.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmdb.impact.evaluation import evaluate
from cmdb.impact.levels import Level
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
    covers, distance = _candidates(view, pool, unwell)
    ranked = sorted(covers, key=lambda v: (-covers[v], distance[v], v))
    deadline = time.monotonic() + seconds
    explained: dict[int, frozenset[int]] = {}
    harmed: dict[int, int] = {}
    for v in ranked[:MOST_TRIED]:
        if explained and time.monotonic() > deadline:
            break
        found = evaluate(view, pool, {v: Level.DOWN})
        explained[v] = frozenset(u for u, level in unwell.items() if found.level_at[u] >= level)
        harmed[v] = len(found.hit)
    single = [v for v, items in explained.items() if len(items) == len(unwell)]
    causes = [_cause(view, (v,), len(unwell), harmed[v], distance[v]) for v in single]
    if not causes:
        causes = _greedy(view, pool, unwell, explained, distance)
        best = sorted(explained, key=lambda v: (-len(explained[v]), harmed[v], distance[v]))
        causes += [_cause(view, (v,), len(explained[v]), harmed[v], distance[v]) for v in best if explained[v]]
        causes.sort(key=lambda cause: -cause.explained)
    else:
        causes.sort(key=lambda cause: (cause.others, cause.distance, cause.ids))
    return CommonCauses(view.revision, len(unwell), tuple(causes[:most]), len(covers), len(explained), len(explained) == len(covers))


def _candidates(view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level]) -> tuple[Counter[int], Counter[int]]:
    """How many of the unwell depend on each item (itself included), and the steps to it, summed."""
    covers: Counter[int] = Counter()
    distance: Counter[int] = Counter()
    with pool.lend(view.items) as scratch:
        room = min(view.items, MOST_NEEDED)
        order, depths = np.empty(room, np.int32), np.empty(room, np.int32)
        for number in unwell:
            found = breadth_first(number, view.needs, scratch.buffers.state, scratch.next_mark(), order, depths, view.items)
            reached = order[:found].tolist()
            covers.update(reached)
            distance.update(dict(zip(reached, depths[:found].tolist(), strict=True)))
    return covers, distance


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
