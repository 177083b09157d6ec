"""Levels in one pass: settle the worst level first (design 7; the argument is in decision 0050).

No effect is worse than its cause: a need passes on the same level or a better one, and a group is never worse than its worst member. So
all items that end `down` can be settled before any that ends `degraded`, and those before any that ends `at_risk`: one queue for each
level, each item settled once, each arrow looked at once, cycles included. What results is the least fixpoint of the rule.

Nothing as long as the graph is cleared for a question: `state[v]` holds `mark + level`, with a greater `mark` for each question, so that
whatever an earlier question left is smaller than anything of this one, and one comparison answers both "unseen" and "seen at a better
level".
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.compiled import compiled
from cmdb.impact.levels import Bytes, Ints, Marks, Shorts
from cmdb.impact.prefetch import prefetch

DOWN, DEGRADED, AT_RISK = 3, 2, 1
HARD, SOFT, MEMBER = 0, 1, 2
ROWS_AHEAD, STARTS_AHEAD = 16, 32
"""How many items ahead of the one in work an item's arrows are fetched, and before that where they begin."""


class Rows(NamedTuple):
    """Compressed rows of one direction, with overlay. Arrow `e` leads to item `e >> 2` and passes trouble on as `Pass(e & 3)`.

    The row of `v` is `base[start[v]:start[v + 1]]`, unless `0 <= slot[v] < slots`: then it is `pool[first[s]:last[s]]` with `s = slot[v]`.
    `base_tag` and `pool_tag` run parallel to `base` and `pool`: relationship type times four plus freshness.
    """

    start: Ints
    base: Ints
    base_tag: Shorts
    slot: Ints
    slots: int
    first: Ints
    last: Ints
    pool: Ints
    pool_tag: Shorts


class Groups(NamedTuple):
    """Redundancy groups by ordinal: `ordinal[v]` of item `v` (-1: no group); `fatal[o]`: how many members may not be lost, `n - k + 1`."""

    ordinal: Ints
    fatal: Ints


class Buffers(NamedTuple):
    """Scratch of one question: never cleared, told apart by marks. `queue` is (4, n + 1); `counted` is (n, 4), by the ordinal of a group:
    turn of the question, lost members, members not good, how many losses are fatal."""

    state: Marks
    queue: Ints
    counted: Ints


class Progress(NamedTuple):
    """Where a level stands: next place to read in its queue, how many were kept, how many may still be followed, and how far the queues
    of this level, of the one below and of the lowest are filled."""

    head: Any
    kept: Any
    left: Any
    same: Any
    below: Any
    bottom: Any


@compiled
def follow(
    in_pool: bool,
    arrows: Ints,
    lowest: Ints,
    highest: Ints,
    slot: Ints,
    slots: int,
    level: int,
    here: int,
    ordinal: Ints,
    fatal: Ints,
    state: Marks,
    counted: Ints,
    same: Ints,
    below: Ints,
    bottom: Ints,
    turn: int,
    progress: Progress,
) -> Progress:
    """Settle items from the queue of `level` and pass their trouble on, as long as their rows stand where we look: in the base (`in_pool`
    False: row `v` is `arrows[lowest[v]:highest[v]]`) or in the pool (the same by slot). Stops at the first item whose row stands in the
    other place.

    Needs are passed without a branch on whether the neighbour was seen (the processor could not guess it): the neighbour is always
    written behind the queue's end, and the end moves only when it is new there. Queues have one place more than there are items for that.
    Memory is fetched ahead, since where rows stand has no order the processor could guess.
    Arrays come one by one and for a whole run of items: a call for each item, or arrays out of a tuple, would cost a quarter of the time.
    """
    head, kept, left, tail, lower, last = progress
    mark = here - level
    while head < tail and left > 0:
        v = np.uint64(np.uint32(same[np.uint64(head)]))
        row = v
        if slots > 0:
            s = np.int64(slot[v])
            if (0 <= s < slots) != in_pool:
                break
            if in_pool:
                row = np.uint64(s)
        if not in_pool:
            soon = np.uint64(np.uint32(same[np.uint64(min(head + STARTS_AHEAD, tail - 1))]))
            prefetch(lowest, soon)
            if slots > 0:
                prefetch(slot, soon)
            soon = np.uint64(np.uint32(same[np.uint64(min(head + ROWS_AHEAD, tail - 1))]))
            if soon < np.uint64(len(lowest)):  # later items have no row in the base
                prefetch(arrows, np.uint64(np.uint32(lowest[soon])))
        head += 1
        if level != DOWN and state[v] != here:  # what is down stays down
            continue
        same[np.uint64(kept)] = v
        kept += 1
        left -= 1
        for i in range(np.int64(lowest[row]), np.int64(highest[row])):
            arrow = np.uint32(arrows[i])
            d = np.uint64(arrow >> np.uint32(2))
            how = arrow & np.uint32(3)
            if how == HARD:
                was = state[d]
                better = was < here
                same[np.uint64(tail)] = d
                tail += np.int64(better)
                state[d] = here if better else was
            elif how == SOFT:
                if level > 1:
                    was = state[d]
                    better = was < here - 1
                    below[np.uint64(lower)] = d
                    lower += np.int64(better)
                    state[d] = here - 1 if better else was
            else:
                to = count_member(counted, np.uint64(np.uint32(ordinal[d])), level, turn, fatal)
                if state[d] < mark + to:
                    state[d] = mark + to
                    if to == level:
                        same[np.uint64(tail)] = d
                        tail += 1
                    elif to == level - 1:
                        below[np.uint64(lower)] = d
                        lower += 1
                    else:
                        bottom[np.uint64(last)] = d
                        last += 1
    return Progress(head, kept, left, tail, lower, last)


@compiled
def count_member(counted: Ints, o: Any, level: int, turn: int, fatal: Ints) -> int:
    """One more member of the group with ordinal `o` is at `level`: the level the group is at now."""
    if counted[o, 0] != turn:
        counted[o, 0] = turn
        counted[o, 1] = 0
        counted[o, 2] = 0
        counted[o, 3] = fatal[o]
    counted[o, 1] += level == DOWN
    counted[o, 2] += level >= DEGRADED
    if counted[o, 1] >= counted[o, 3]:
        return DOWN
    if counted[o, 2] >= counted[o, 3]:
        return DEGRADED
    return AT_RISK


@compiled
def settle(
    roots: Ints, put: Bytes, rows: Rows, groups: Groups, buffers: Buffers, mark: int, turn: int, limit: int
) -> tuple[int, int, int, int, int, int]:
    """Levels of everything the roots reach.

    `roots` and `put` (the level each is put to, 1..3) run parallel; a root may be named twice. Afterwards `queue[L, :settled_L]` holds
    the items that end at level L, in the order they settled. With `limit` > 0 it stops once that many have been followed; then `queue[L,
    settled_L:known_L]` holds items known to be hit (at L or worse) that were not followed: the frontier. Returns settled and known of
    levels 3, 2, 1.
    """
    state, queue, counted = buffers.state, buffers.queue, buffers.counted
    base, pool, slot, slots, first, last = rows.base, rows.pool, rows.slot, rows.slots, rows.first, rows.last
    start, end = rows.start[:-1], rows.start[1:]
    ordinal, fatal = groups.ordinal, groups.fatal
    tails = np.zeros(4, np.int64)
    settled = np.zeros(4, np.int64)
    for i in range(len(roots)):
        v, worst = roots[i], put[i]
        if state[v] < mark + worst:
            state[v] = mark + worst
            queue[worst, tails[worst]] = v
            tails[worst] += 1
    left = np.int64(limit) if limit > 0 else np.int64(np.iinfo(np.int64).max)
    for level in range(3, 0, -1):
        at = Progress(np.int64(0), np.int64(0), left, tails[level], tails[level - 1], tails[1])
        here = mark + level
        same, below, bottom = queue[level], queue[level - 1], queue[1]
        in_pool = False
        while at.head < at.same and at.left > 0:
            if in_pool:
                at = follow(
                    in_pool, pool, first, last, slot, slots, level, here, ordinal, fatal, state, counted, same, below, bottom, turn, at
                )
            else:
                at = follow(
                    in_pool, base, start, end, slot, slots, level, here, ordinal, fatal, state, counted, same, below, bottom, turn, at
                )
            in_pool = not in_pool
        # What is left of this queue when the limit cut: keep it behind the settled, without those a worse level has taken.
        rest = at.kept
        for i in range(at.head, at.same):
            v = same[i]
            if state[v] == here:
                same[rest] = v
                rest += 1
        settled[level], tails[level], left = at.kept, rest, at.left
        if level > 1:
            tails[level - 1] = at.below
        if level == DOWN:
            tails[1] = at.bottom
    return settled[3], tails[3], settled[2], tails[2], settled[1], tails[1]


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


@compiled
def flatten(rows: Rows, items: int, tail: Ints, arrows: Ints, tags: Shorts) -> int:
    """Write all arrows one after the other (tail item, packed head, tag) where the arrays have room; returns how many there are."""
    size = 0
    room = len(tail)
    for v in range(items):
        s = rows.slot[v] if rows.slots > 0 else np.int32(-1)
        overlaid = 0 <= s < rows.slots
        a = np.int64(rows.first[s]) if overlaid else np.int64(rows.start[v])
        b = np.int64(rows.last[s]) if overlaid else np.int64(rows.start[v + 1])
        if size + b - a <= room:
            for i in range(a, b):
                tail[size + i - a] = v
                arrows[size + i - a] = rows.pool[i] if overlaid else rows.base[i]
                tags[size + i - a] = rows.pool_tag[i] if overlaid else rows.base_tag[i]
        size += int(b - a)
    return size
