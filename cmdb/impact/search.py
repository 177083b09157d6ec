"""Kernels for questions that are not about levels: plain search, strength of dependence, losses within a service's own dependencies,
cycles."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.compiled import compiled
from cmdb.impact.kernel import HARD, MEMBER, Rows
from cmdb.impact.levels import Bytes, Ints, Marks


@compiled
def breadth_first(roots: Ints, rows: Rows, state: Marks, mark: int, order: Ints, depths: Ints, most: int) -> int:
    """Items reached from `roots` by depth, whatever the arrows mean. Fills `order` and `depths` (of equal length, which bounds the
    search); `state[v]` is `mark` where v was reached. Stops beyond depth `most` (>= 0). Returns how many."""
    head, tail = 0, 0
    for root in roots:
        if state[root] != mark and tail < len(order):
            state[root] = mark
            order[tail], depths[tail] = root, 0
            tail += 1
    while head < tail:
        v, deeper = order[head], depths[head] + 1
        head += 1
        if deeper > most:
            break
        s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
        overlaid = 0 <= s < rows.slots
        a = np.int64(rows.first[s]) if overlaid else np.int64(rows.start[v])
        b = np.int64(rows.last[s]) if overlaid else np.int64(rows.start[v + 1])
        for i in range(a, b):
            d = (rows.pool[i] if overlaid else rows.base[i]) >> 2
            if state[d] != mark and tail < len(order):
                state[d] = mark
                order[tail], depths[tail] = d, deeper
                tail += 1
    return tail


@compiled
def widest(root: int, rows: Rows, state: Marks, queue: Ints, mark: int, caps: Bytes) -> tuple[int, int, int]:
    """How strongly everything reached from `root` is tied to it: over each arrow strength falls to at most `caps[how]`, and the strongest
    way counts. Strengths are 1..3 (0: the arrow is not taken); `queue[s, :n_s]` holds the items of strength s. The root is not listed.
    Returns n_3, n_2, n_1."""
    tails = np.zeros(4, np.int64)
    kept = np.zeros(4, np.int64)
    state[root] = mark + 3  # the most there is, so that it is never put into a queue
    for strength in range(4, 0, -1):
        head = 0
        while head < (1 if strength == 4 else tails[strength]):
            v = root if strength == 4 else queue[strength, head]
            head += 1
            if strength < 4:
                if state[v] != mark + strength:
                    continue
                queue[strength, kept[strength]] = v
                kept[strength] += 1
            s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
            overlaid = 0 <= s < rows.slots
            a = np.int64(rows.first[s]) if overlaid else np.int64(rows.start[v])
            b = np.int64(rows.last[s]) if overlaid else np.int64(rows.start[v + 1])
            for i in range(a, b):
                arrow = rows.pool[i] if overlaid else rows.base[i]
                d = arrow >> 2
                to: Any = np.int64(caps[arrow & 3])
                if strength < to:
                    to = np.int64(strength)
                if to > 0 and state[d] < mark + to:
                    state[d] = mark + to
                    queue[to, tails[to]] = d
                    tails[to] += 1
    return kept[3], kept[2], kept[1]


@compiled
def arrows_into(nodes: Ints, rows: Rows, other: Ints, own: Ints, how: Bytes) -> int:
    """All arrows of `nodes` in `rows`: the other end, the node itself, how. Writes where there is room; returns how many there are."""
    size = 0
    for v in nodes:
        s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
        overlaid = 0 <= s < rows.slots
        a = np.int64(rows.first[s]) if overlaid else np.int64(rows.start[v])
        b = np.int64(rows.last[s]) if overlaid else np.int64(rows.start[v + 1])
        for i in range(a, b):
            if size < len(other):
                arrow = rows.pool[i] if overlaid else rows.base[i]
                other[size], own[size], how[size] = arrow >> 2, v, arrow & 3
            size += 1
    return size


@compiled
def fatal_alone(
    candidates: Ints, target: int, start: Ints, arrows: Ints, fatal: Ints, lost: Ints, seen: Ints, queue: Ints, found: NDArray[np.bool_]
) -> None:
    """For each candidate: does its loss alone take `target` down? Only `down` matters here, so a queue and a count for each group do.
    `fatal[v]` is how many losses take the group v down; `lost` (n, 2) and `seen` are scratch told apart by the candidate's position + 1
    (zeroed before the first)."""
    for c in range(len(candidates)):
        turn = c + 1
        queue[0] = candidates[c]
        seen[candidates[c]] = turn
        head, tail = 0, 1
        while head < tail and seen[target] != turn:
            v = queue[head]
            head += 1
            for i in range(start[v], start[v + 1]):
                d, how = arrows[i] >> 2, arrows[i] & 3
                if seen[d] == turn:
                    continue
                falls = how == HARD
                if how == MEMBER:
                    if lost[d, 0] != turn:
                        lost[d, 0], lost[d, 1] = turn, 0
                    lost[d, 1] += 1
                    falls = lost[d, 1] >= fatal[d]
                if falls:
                    seen[d] = turn
                    queue[tail] = d
                    tail += 1
        found[c] = seen[target] == turn


@compiled
def components(items: int, start: Ints, arrows: Ints, component: Ints) -> int:
    """Strongly connected components (Tarjan 1972, without recursion): fills `component` by item; returns how many there are."""
    index = np.zeros(items, np.int32)  # 0: not visited
    low = np.zeros(items, np.int32)
    upcoming = start[:items].copy()
    stack, path = np.empty(items, np.int32), np.empty(items, np.int32)
    component[:items] = -1
    counter, top, found = 0, 0, 0
    for first in range(items):
        if index[first]:
            continue
        path[0], depth = first, 1
        counter += 1
        index[first] = low[first] = counter
        stack[top] = first
        top += 1
        while depth:
            v = path[depth - 1]
            if upcoming[v] < start[v + 1]:
                d = arrows[upcoming[v]] >> 2
                upcoming[v] += 1
                if not index[d]:
                    counter += 1
                    index[d] = low[d] = counter
                    stack[top], path[depth] = d, d
                    top += 1
                    depth += 1
                elif component[d] < 0:
                    low[v] = min(low[v], index[d])
                continue
            depth -= 1
            if depth:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[v])
            if low[v] == index[v]:
                while True:
                    top -= 1
                    w = stack[top]
                    component[w] = found
                    if w == v:
                        break
                found += 1
    return found
