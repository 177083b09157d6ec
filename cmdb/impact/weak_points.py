"""Single points of failure: items whose loss alone takes a service down, redundancy counted.

Only what the service depends on through hard needs and memberships can take it down, and within that only `down` matters. What has hard
needs all the way to the service is fatal without further ado; the rest (behind redundancy groups: a rack that holds every member, say) is
tried one by one on that small part of the graph.
"""

from dataclasses import dataclass

import numpy as np

from cmdb.impact.compressed import compress
from cmdb.impact.dependencies import Strength
from cmdb.impact.levels import Pass
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import arrows_into, breadth_first, fatal_alone, widest
from cmdb.impact.view import GraphView
from cmdb.kernel.stop import Stop

CAPS = np.array([Strength.HARD, 0, Strength.REDUNDANT, 0], np.int8)  # by Pass: soft needs never take anything down
TRIED_AT_ONCE = 256
VISITED_AT_ONCE = 4_000_000
"""Between two looks at the clock at most so many items are visited, about a tenth of a second: of a large part fewer are tried at once."""


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """One item whose loss alone takes the service down. `behind_redundancy`: it is fatal although redundancy groups lie between; `depth`:
    fewest steps."""

    id: str
    type: str
    behind_redundancy: bool
    depth: int


@dataclass(frozen=True, slots=True)
class WeakPoints:
    """Nearest first. `looked_at` of `candidates` were tried; `complete` is False where time ran out."""

    revision: int
    items: tuple[WeakPoint, ...]
    candidates: int
    looked_at: int
    complete: bool


def weak_points_of(view: GraphView, pool: ScratchPool, number: int, stop: Stop) -> WeakPoints:
    """The single points of failure of one item. Where it is over before it has begun, nothing was looked at."""
    if stop.come_by():
        return WeakPoints(view.revision, (), 0, 0, False)
    with pool.lend(view.items) as scratch:
        state, queue = scratch.buffers.state, scratch.buffers.queue
        hard, behind, _ = widest(number, view.needs, state, queue, scratch.next_mark(), CAPS)
        certain, open_ = queue[3, :hard].copy(), np.sort(queue[2, :behind])
        order, depths = np.empty(view.items, np.int32), np.empty(view.items, np.int32)
        reached = breadth_first(np.array([number], np.int32), view.needs, state, scratch.next_mark(), order, depths, view.items)
    depth_at = dict(zip(order[:reached].tolist(), depths[:reached].tolist(), strict=True))
    fatal, tried = _try(view, number, np.concatenate([certain, open_]), open_, stop)
    points = [(v, False) for v in certain.tolist()] + [(v, True) for v in fatal]
    points = [(v, behind_group) for v, behind_group in points if not _has_members(view, v)]
    points.sort(key=lambda point: (depth_at[point[0]], point[0]))
    return WeakPoints(
        view.revision,
        tuple(WeakPoint(view.ids.name(v), view.type_name(v), behind_group, depth_at[v]) for v, behind_group in points),
        len(certain) + len(open_),
        len(certain) + tried,
        tried == len(open_),
    )


def _has_members(view: GraphView, number: int) -> bool:
    """A group with members is no single point: it is down when several are."""
    return view.is_group(number) and any(link.how is Pass.MEMBER for link in view.providers(number))


def _try(view: GraphView, target: int, closure: np.ndarray, candidates: np.ndarray, stop: Stop) -> tuple[list[int], int]:
    """Which of the candidates are fatal, and how many were tried before it was over."""
    if not len(candidates):
        return [], 0
    nodes = np.sort(np.append(closure, np.int32(target))).astype(np.int32)
    none = np.zeros(0, np.int32)
    size = arrows_into(nodes, view.needs, none, none, none.astype(np.int8))
    provider, dependent, how = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int8)
    arrows_into(nodes, view.needs, provider, dependent, how)
    inside = np.isin(provider, nodes)
    local = [np.searchsorted(nodes, part[inside]).astype(np.int32) for part in (provider, dependent)]
    start, arrows, _ = compress(len(nodes), local[0], local[1], how[inside], np.zeros(int(inside.sum()), np.int16))
    ordinal = view.groups.ordinal[nodes]
    fatal = np.where(ordinal >= 0, view.groups.fatal[np.maximum(ordinal, 0)] if len(view.groups.fatal) else 0, 0).astype(np.int32)
    goal = int(np.searchsorted(nodes, target))
    found: list[int] = []
    tried = 0
    at_once = max(1, min(TRIED_AT_ONCE, VISITED_AT_ONCE // len(nodes)))
    for first in range(0, len(candidates), at_once):
        if stop.come_by():
            break
        part = np.searchsorted(nodes, candidates[first : first + at_once]).astype(np.int32)
        hit = np.zeros(len(part), np.bool_)
        scratch = np.zeros((len(nodes), 2), np.int32), np.zeros(len(nodes), np.int32), np.empty(len(nodes), np.int32)
        fatal_alone(part, goal, start, arrows, fatal, *scratch, hit)
        found += nodes[part[hit]].tolist()
        tried += len(part)
    return found, tried
