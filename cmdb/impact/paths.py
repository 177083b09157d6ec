"""All shortest ways along which trouble travels from one item to another: counted exactly, listed up to a bound.

Items are put into layers by their distance from the source; walking back from the target through those one layer nearer meets exactly
what lies on shortest ways. The walk has a time limit, since between two hubs lies half the graph: when it is up, one way is listed and
nothing is said about how many there are.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from cmdb.impact.levels import Freshness, Ints, Pass
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import breadth_first
from cmdb.impact.view import GraphView
from cmdb.kernel.stop import Stop

MOST_COUNTED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PathStep:
    """One relationship on a path: from the provider to its dependent."""

    provider: str
    dependent: str
    relation_type: str
    how: Pass
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Paths:
    """All shortest ways along which trouble travels from one item to another. `total` counts them exactly up to `MOST_COUNTED` (None: time
    ran out first); `complete` is False where not all are listed."""

    revision: int
    length: int | None  # None: there is none
    total: int | None
    paths: tuple[tuple[PathStep, ...], ...]
    complete: bool


Step = tuple[int, PathStep]  # number of the provider, and the step from it


def paths_between(view: GraphView, pool: ScratchPool, source: int, target: int, most: int, stop: Stop) -> Paths:
    """All shortest ways from `source` to `target` in the direction trouble travels; at most `most` are listed."""
    depth_of = _distances(view, pool, source)
    length = int(depth_of[target])
    if length < 0:
        return Paths(view.revision, None, 0, (), True)
    before = _walked_back(view, depth_of, target, stop)
    if before is None:
        return Paths(view.revision, length, None, (_one_way(view, depth_of, target),), False)
    ways: dict[int, int] = {source: 1}
    for v in sorted(before, key=lambda item: int(depth_of[item])):
        if v != source:
            ways[v] = min(MOST_COUNTED, sum(ways[other] for other, _ in before[v]))
    listed = _listed(before, source, target, most)
    return Paths(view.revision, length, ways[target], listed, len(listed) == ways[target])


def _distances(view: GraphView, pool: ScratchPool, source: int) -> Ints:
    """Steps from the source by item number, -2 where trouble does not get."""
    with pool.lend(view.items) as scratch:
        order, depths = np.empty(view.items, np.int32), np.empty(view.items, np.int32)
        start = np.array([source], np.int32)
        found = breadth_first(start, view.affects, scratch.buffers.state, scratch.next_mark(), order, depths, view.items)
    depth_of = np.full(view.items, -2, np.int32)
    depth_of[order[:found]] = depths[:found]
    return depth_of


def _steps_into(view: GraphView, depth_of: Ints, v: int) -> list[Step]:
    links = [link for link in view.providers(v) if depth_of[link.other] == depth_of[v] - 1]
    return [
        (link.other, PathStep(view.ids.name(link.other), view.ids.name(v), link.relation_type, link.how, link.freshness)) for link in links
    ]


def _walked_back(view: GraphView, depth_of: Ints, target: int, stop: Stop) -> dict[int, list[Step]] | None:
    """What lies on shortest ways, each with the steps into it; None when time is up."""
    before: dict[int, list[Step]] = {}
    waiting = deque([target])
    while waiting:
        v = waiting.popleft()
        if v in before:
            continue
        if stop.come_by():
            return None
        before[v] = _steps_into(view, depth_of, v)
        waiting.extend(other for other, _ in before[v])
    return before


def _one_way(view: GraphView, depth_of: Ints, target: int) -> tuple[PathStep, ...]:
    steps: list[PathStep] = []
    v = target
    while depth_of[v] > 0:
        v, step = _steps_into(view, depth_of, v)[0]
        steps.append(step)
    return tuple(reversed(steps))


def _listed(before: dict[int, list[Step]], source: int, target: int, most: int) -> tuple[tuple[PathStep, ...], ...]:
    listed: list[tuple[PathStep, ...]] = []
    unfinished: list[tuple[int, tuple[PathStep, ...]]] = [(target, ())]
    while unfinished and len(listed) < most:
        v, tail = unfinished.pop()
        if v == source:
            listed.append(tail)
        else:
            unfinished.extend((other, (step, *tail)) for other, step in reversed(before[v]))
    return tuple(listed)
