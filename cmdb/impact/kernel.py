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

DOWN, DEGRADED, AT_RISK = 3, 2, 1
HARD, SOFT, MEMBER = 0, 1, 2


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
    """Scratch of one question: never cleared, told apart by marks. `queue` is (4, n + 1), `counted` (groups, 3): mark, lost members,
    members not good."""

    state: Marks
    queue: Ints
    counted: Ints


class Ends(NamedTuple):
    """How far the queue of the level that is being settled is filled, the one of the level below, and the lowest."""

    same: Any
    below: Any
    bottom: Any


@compiled
def spread(
    arrows: Ints,
    a: Any,
    b: Any,
    level: int,
    here: int,
    ordinal: Ints,
    fatal: Ints,
    state: Marks,
    counted: Ints,
    same: Ints,
    below: Ints,
    bottom: Ints,
    ends: Ends,
) -> Ends:
    """Pass the trouble of one item, settled at `level`, on along `arrows[a:b]`. Returns the ends of the queues of `level`, of the one
    below and of level 1.

    Needs are passed without a branch on whether the neighbour was seen (the processor could not guess it): the neighbour is always
    written behind the queue's end, and the end moves only when it is new there. Queues have one place more than there are items for that.
    """
    mark = here - level
    tail, lower, lowest = ends
    for i in range(a, b):
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
            o = np.uint64(np.uint32(ordinal[d]))
            to = count_member(counted, o, level, mark, fatal[o])
            if state[d] < mark + to:
                state[d] = mark + to
                if to == level:
                    same[np.uint64(tail)] = d
                    tail += 1
                elif to == level - 1:
                    below[np.uint64(lower)] = d
                    lower += 1
                else:
                    bottom[np.uint64(lowest)] = d
                    lowest += 1
    return Ends(tail, lower, lowest)


@compiled
def count_member(counted: Ints, o: Any, level: int, mark: int, fatal: int) -> int:
    """One more member of group `o` is at `level`: the level the group is at now."""
    if counted[o, 0] != mark:
        counted[o, 0] = mark
        counted[o, 1] = 0
        counted[o, 2] = 0
    if level == DOWN:
        counted[o, 1] += 1
    if level >= DEGRADED:
        counted[o, 2] += 1
    if counted[o, 1] >= fatal:
        return DOWN
    if counted[o, 2] >= fatal:
        return DEGRADED
    return AT_RISK


@compiled
def settle(
    roots: Ints, put: Bytes, rows: Rows, groups: Groups, buffers: Buffers, mark: int, limit: int
) -> tuple[int, int, int, int, int, int]:
    """Levels of everything the roots reach.

    `roots` and `put` (the level each is put to, 1..3) run parallel; a root may be named twice. Afterwards `queue[L, :settled_L]` holds
    the items that end at level L, in the order they settled. With `limit` > 0 it stops once that many have been followed; then `queue[L,
    settled_L:known_L]` holds items known to be hit (at L or worse) that were not followed: the frontier. Returns settled and known of
    levels 3, 2, 1.
    """
    state, queue, counted = buffers.state, buffers.queue, buffers.counted
    start, base, slot, first, last, pool = rows.start, rows.base, rows.slot, rows.first, rows.last, rows.pool
    ordinal, fatal = groups.ordinal, groups.fatal
    tails = np.zeros(4, np.int64)
    settled = np.zeros(4, np.int64)
    for i in range(len(roots)):
        v, worst = roots[i], put[i]
        if state[v] < mark + worst:
            state[v] = mark + worst
            queue[worst, tails[worst]] = v
            tails[worst] += 1
    left = limit if limit > 0 else np.iinfo(np.int64).max
    for level in range(3, 0, -1):
        ends = Ends(tails[level], tails[level - 1], tails[1])
        head, kept = 0, 0
        here = mark + level
        waiting, below, bottom = queue[level], queue[level - 1], queue[1]
        while head < ends.same and left > 0:
            v = np.uint64(np.uint32(waiting[np.uint64(head)]))
            head += 1
            if level != DOWN and state[v] != here:  # what is down stays down
                continue
            waiting[np.uint64(kept)] = v
            kept += 1
            left -= 1
            s = np.int64(slot[v]) if rows.slots > 0 else np.int64(-1)
            if 0 <= s < rows.slots:
                a, b = np.int64(first[s]), np.int64(last[s])
                ends = spread(pool, a, b, level, here, ordinal, fatal, state, counted, waiting, below, bottom, ends)
            else:
                a, b = np.int64(start[v]), np.int64(start[v + np.uint64(1)])
                ends = spread(base, a, b, level, here, ordinal, fatal, state, counted, waiting, below, bottom, ends)
        # What is left of this queue when the limit cut: keep it behind the settled, without those a worse level has taken.
        rest = kept
        for i in range(head, ends.same):
            v2 = waiting[i]
            if state[v2] == here:
                waiting[rest] = v2
                rest += 1
        settled[level], tails[level] = kept, rest
        if level > 1:
            tails[level - 1] = ends.below
        if level == DOWN:
            tails[1] = ends.bottom
    return settled[3], tails[3], settled[2], tails[2], settled[1], tails[1]


@compiled
def explain(
    roots: Ints, put: Bytes, rows: Rows, groups: Groups, buffers: Buffers, mark: int, parents: Ints, order: Ints, depths: Ints
) -> int:
    """Shortest explaining paths from the roots to all that `settle` (with the same buffers and mark) has hit, breadth first.

    A step explains an item when the provider's level brings about the item's own: a hard need at the same level, a soft need one below, a
    member lost (or not good, or hit) where the group's count explains its level. Fills `order` (items by depth), `depths` parallel to it,
    and `parents[v]` (-1: a root). Returns how many. `parents` must hold -2 for every item that was hit.
    """
    state, count = buffers.state, buffers.counted
    tail = 0
    for i in range(len(roots)):
        v = roots[i]
        if state[v] == mark + put[i] and parents[v] == -2:
            parents[v] = -1
            order[tail] = v
            depths[tail] = 0
            tail += 1
    head = 0
    while head < tail:
        v = order[head]
        deeper = depths[head] + 1
        head += 1
        level = state[v] - mark
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
            if hit < AT_RISK or parents[d] != -2:
                continue
            how = arrow & 3
            if how == HARD:
                explains = level >= hit
            elif how == SOFT:
                explains = level - 1 >= hit
            else:
                o = groups.ordinal[d]
                fatal = groups.fatal[o]
                if hit == DOWN:
                    explains = level == DOWN and count[o, 1] >= fatal
                elif hit == DEGRADED:
                    explains = level >= DEGRADED and count[o, 2] >= fatal
                else:
                    explains = True
            if explains:
                parents[d] = v
                order[tail] = d
                depths[tail] = deeper
                tail += 1
    return tail


@compiled
def forget(parents: Ints, nodes: Ints) -> None:
    """Set `parents` to -2 at `nodes`: before `explain`, for what was hit."""
    for i in range(len(nodes)):
        parents[nodes[i]] = -2


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
