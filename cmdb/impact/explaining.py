"""Kernels for what is asked once the levels are settled: explaining paths, counts by code, freshness."""

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.compiled import compiled
from cmdb.impact.kernel import AT_RISK, DEGRADED, DOWN, HARD, ROWS_AHEAD, SOFT, STARTS_AHEAD, Buffers, Groups, Rows
from cmdb.impact.levels import Bytes, Ints
from cmdb.impact.prefetch import prefetch


@compiled
def explain(
    roots: Ints,
    put: Bytes,
    rows: Rows,
    groups: Groups,
    buffers: Buffers,
    mark: int,
    turn: int,
    order: Ints,
    depths: Ints,
    parents: Ints,
) -> int:
    """Shortest explaining paths from the roots to all that `settle` (with the same buffers and mark) has hit, breadth first.

    A step explains an item when the provider's level brings about the item's own: a hard need at the same level, a soft need one below, a
    member lost (or not good, or hit) where the group's count explains its level. Fills `order` (items by depth) and parallel to it `depths`
    and `parents` (the item before, -1: a root). Returns how many. What has its path loses its level in `buffers.state`, so that one look
    tells whether a neighbour still wants one.
    """
    state, counted, ordinal = buffers.state, buffers.counted, groups.ordinal
    levels = np.empty(len(order), np.int8)
    tail = 0
    for i in range(len(roots)):
        v = roots[i]
        if state[v] == mark + put[i]:
            order[tail], depths[tail], parents[tail], levels[tail] = v, 0, -1, put[i]
            state[v] = mark
            tail += 1
    head = 0
    while head < tail:
        prefetch(rows.start, np.int64(order[min(head + STARTS_AHEAD, tail - 1)]))
        soon = order[min(head + ROWS_AHEAD, tail - 1)]
        if soon < len(rows.start):
            prefetch(rows.base, np.int64(rows.start[soon]))
        v = order[head]
        deeper, level = depths[head] + 1, levels[head]
        head += 1
        arrows, a, b = rows.base, np.int64(0), np.int64(0)
        s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
        if 0 <= s < rows.slots:
            arrows, a, b = rows.pool, np.int64(rows.first[s]), np.int64(rows.last[s])
        else:
            a, b = np.int64(rows.start[v]), np.int64(rows.start[v + 1])
        for i in range(a, b):
            arrow = arrows[i]
            d = arrow >> 2
            hit = state[d] - mark
            if hit < AT_RISK:
                continue
            how = arrow & 3
            if how == HARD:
                explains = level >= hit
            elif how == SOFT:
                explains = level - 1 >= hit
            else:
                o = ordinal[d]
                fatal = counted[o, 3] if counted[o, 0] == turn else np.int32(0x7FFFFFFF)  # nobody counted: it was not members
                if hit == DOWN:
                    explains = level == DOWN and counted[o, 1] >= fatal
                elif hit == DEGRADED:
                    explains = level >= DEGRADED and counted[o, 2] >= fatal
                else:
                    explains = True
            if explains:
                order[tail], depths[tail], parents[tail], levels[tail] = d, deeper, v, hit
                state[d] = mark
                tail += 1
    return tail


@compiled
def tally(nodes: Ints, bounds: NDArray[np.int64], codes: Ints, out: NDArray[np.int64]) -> None:
    """Count items by code and level: `out[codes[v], level]`, where `nodes[:bounds[0]]` are down, then degraded, then at risk. Negative
    codes are left out."""
    level = 3
    for i in range(len(nodes)):
        while level > 1 and i >= bounds[3 - level]:
            level -= 1
        code = codes[nodes[i]]
        if code >= 0:
            out[code, level] += 1


@compiled
def tally_tags(nodes: Ints, bounds: NDArray[np.int64], rows: Rows, out: NDArray[np.int64]) -> None:
    """Count by freshness the relationships along which trouble passed: the arrows of what was hit, but soft ones of what is only at
    risk."""
    level = 3
    for j in range(len(nodes)):
        while level > 1 and j >= bounds[3 - level]:
            level -= 1
        prefetch(rows.start, np.int64(nodes[min(j + STARTS_AHEAD, len(nodes) - 1)]))
        soon = nodes[min(j + ROWS_AHEAD, len(nodes) - 1)]
        if soon < len(rows.start):
            prefetch(rows.base, np.int64(rows.start[soon]))
            prefetch(rows.base_tag, np.int64(rows.start[soon]))
        v = nodes[j]
        arrows, tags, a, b = rows.base, rows.base_tag, np.int64(0), np.int64(0)
        s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
        if 0 <= s < rows.slots:
            arrows, tags, a, b = rows.pool, rows.pool_tag, np.int64(rows.first[s]), np.int64(rows.last[s])
        else:
            a, b = np.int64(rows.start[v]), np.int64(rows.start[v + 1])
        for i in range(a, b):
            if level > 1 or arrows[i] & 3 != SOFT:
                out[tags[i] & 3] += 1
