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

from cmdb.impact.block import BLOCK, copy_block
from cmdb.impact.compiled import compiled
from cmdb.impact.levels import Bytes, Ints, Marks, Shorts
from cmdb.impact.prefetch import prefetch

DOWN, DEGRADED, AT_RISK = 3, 2, 1
HARD, SOFT, MEMBER = 0, 1, 2
ROWS_AHEAD, STARTS_AHEAD, STATES_AHEAD = 24, 48, 16
"""How many items ahead of the one in work an item's arrows are fetched, and before that where they begin; and how many arrows ahead the
state of an arrow's end."""
BATCH = 2048
"""How many arrows are gathered from the rows of several items before they are passed on."""


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


@compiled
def gather(
    rows: Rows, level: int, here: Any, state: Marks, same: Ints, head: Any, kept: Any, tail: Any, left: Any, batch: Ints
) -> tuple[Any, Any, Any, Any, bool, Any, Any]:
    """Settle items from the queue of `level` and write their arrows one after the other into `batch`, until it is full, the queue is empty
    or `left` more were followed. Ends also at a row too long for the batch, which is for the caller to pass on.

    Copied in blocks of one size whatever the row's length (what is too much is written over by the next row): how long a row is the
    processor cannot guess, and few are longer than a block. Memory is fetched ahead, since where rows stand has no order either.
    Returns where `head`, `kept` and `left` stand now, how many arrows are in the batch, and the long row: whether it is in the pool, and
    from where to where (nothing: empty).
    """
    size = np.int64(0)
    start, slot, slots = rows.start, rows.slot, rows.slots
    while head < tail and left > 0 and size <= BATCH - BLOCK:
        v = np.uint64(np.uint32(same[np.uint64(head)]))
        soon = np.uint64(np.uint32(same[np.uint64(min(head + STARTS_AHEAD, tail - 1))]))
        prefetch(start, soon)
        if slots > 0:
            prefetch(slot, soon)
        soon = np.uint64(np.uint32(same[np.uint64(min(head + ROWS_AHEAD, tail - 1))]))
        if soon < np.uint64(len(start)):  # later items have no row in the base
            prefetch(rows.base, np.uint64(np.uint32(start[soon])))
        head += 1
        if level != DOWN and state[v] != here:  # what is down stays down
            continue
        same[np.uint64(kept)] = v
        kept += 1
        left -= 1
        s = np.int64(slot[v]) if slots > 0 else np.int64(-1)
        if 0 <= s < slots:
            a, b = np.int64(rows.first[s]), np.int64(rows.last[s])
            if not copied(rows.pool, a, b, batch, size):
                return head, kept, left, size, True, a, b
        else:
            a, b = np.int64(start[v]), np.int64(start[v + np.uint64(1)])
            if not copied(rows.base, a, b, batch, size):
                return head, kept, left, size, False, a, b
        size += b - a
    return head, kept, left, size, False, np.int64(0), np.int64(0)


@compiled
def copied(arrows: Ints, a: Any, b: Any, batch: Ints, size: Any) -> bool:
    """Copy `arrows[a:b]` to `batch[size:]`; False, and nothing copied, where there is no room. A whole block is written in any case, for
    which `batch` has room behind its end."""
    if b - a <= BLOCK and a + BLOCK <= len(arrows):
        copy_block(batch, np.uint64(size), arrows, np.uint64(a))
        return True
    if b - a > BATCH - size:
        return False
    for i in range(b - a):
        batch[np.uint64(size + i)] = arrows[np.uint64(a + i)]
    return True


@compiled
def pass_needs(
    arrows: Ints, a: Any, b: Any, targets: Any, state: Marks, same: Ints, below: Ints, members: Ints, tail: Any, lower: Any
) -> tuple[Any, Any, Any]:
    """Pass trouble on along `arrows[a:b]` (no more than a batch): hard needs into the queue `same`, soft ones into `below`; the groups that
    lose a member are written to `members`. `targets` holds what hard (lowest byte) and soft needs make of an item's state, 0 for nothing.
    Returns where the two queues end and how many `members` there are.

    Without one branch on what an arrow is or whether its end was seen (the processor could not guess): each end is written behind the
    end of each list, and only that list grows which it belongs to. Queues have one place more than there are items for that.
    Arrays come one by one: out of a tuple they would cost a quarter of the time.
    """
    count = np.int64(0)
    for i in range(a, b):
        prefetch(state, np.uint64(np.uint32(arrows[np.uint64(min(i + STATES_AHEAD, b - 1))]) >> np.uint32(2)))
        arrow = np.uint32(arrows[np.uint64(i)])
        d = np.uint64(arrow >> np.uint32(2))
        how = arrow & np.uint32(3)
        target = np.uint8(targets >> np.uint32(how << np.uint32(3)))
        was = state[d]
        better = was < target
        state[d] = max(was, target)
        same[np.uint64(tail)] = d
        below[np.uint64(lower)] = d
        members[np.uint64(count)] = d
        tail += np.int64(better & (how == HARD))
        lower += np.int64(better & (how == SOFT))
        count += np.int64(how >> np.uint32(1))
    return tail, lower, count


@compiled
def pass_members(
    members: Ints, count: Any, level: int, mark: int, turn: int, groups: Groups, state: Marks, counted: Ints,
    same: Ints, below: Ints, bottom: Ints, tail: Any, lower: Any, last: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """One more member of each of these groups is at `level`: count it, and queue the groups that this makes worse. Returns where the three
    queues end. Fetched ahead and free of branches like `pass_needs`."""
    ordinal, fatal, flat = groups.ordinal, groups.fatal, counted.reshape(-1)
    for i in range(count):
        prefetch(ordinal, np.uint64(np.uint32(members[i])))
    for i in range(count):
        prefetch(flat, np.uint64(np.uint32(ordinal[np.uint64(np.uint32(members[i]))])) << np.uint64(2))
    for i in range(count):
        d = np.uint64(np.uint32(members[i]))
        o = np.uint64(np.uint32(ordinal[d]))
        known = counted[o, 0] == turn
        lost = (counted[o, 1] if known else np.int32(0)) + np.int64(level == DOWN)
        ill = (counted[o, 2] if known else np.int32(0)) + np.int64(level >= DEGRADED)
        enough = fatal[o]
        counted[o, 0], counted[o, 1], counted[o, 2], counted[o, 3] = turn, lost, ill, enough
        to = AT_RISK + np.int64(ill >= enough) + np.int64(lost >= enough)
        target = np.uint8(mark + to)
        was = state[d]
        better = was < target
        state[d] = max(was, target)
        same[np.uint64(tail)] = d
        below[np.uint64(lower)] = d
        bottom[np.uint64(last)] = d
        tail += np.int64(better & (to == level))
        lower += np.int64(better & (to == level - 1))
        last += np.int64(better & (to < level - 1))
    return tail, lower, last


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
    state, queue = buffers.state, buffers.queue
    tails = np.zeros(4, np.int64)
    settled = np.zeros(4, np.int64)
    for i in range(len(roots)):
        v, worst = roots[i], put[i]
        if state[v] < mark + worst:
            state[v] = mark + worst
            queue[worst, tails[worst]] = v
            tails[worst] += 1
    left = np.int64(limit) if limit > 0 else np.int64(np.iinfo(np.int64).max)
    batch, members = np.empty(BATCH + BLOCK, np.int32), np.empty(BATCH + 1, np.int32)
    for level in range(3, 0, -1):
        left = settle_level(level, rows, groups, buffers, mark, turn, left, tails, settled, batch, members)
        # What is left of this queue when the limit cut: keep it behind the settled, without those a worse level has taken.
        same, rest = queue[level], settled[level]
        for i in range(tails[0], tails[level]):
            v = same[i]
            if state[v] == mark + level:
                same[rest] = v
                rest += 1
        tails[level] = rest
    return settled[3], tails[3], settled[2], tails[2], settled[1], tails[1]


@compiled
def settle_level(
    level: int, rows: Rows, groups: Groups, buffers: Buffers, mark: int, turn: int, left: Any, tails: Any, settled: Any,
    batch: Ints, members: Ints,
) -> Any:  # fmt: skip
    """Settle all of one level, a batch of arrows at a time. `tails` are the ends of the queues by level; `tails[0]` is set to how far this
    level's was read. Returns how many may still be followed.

    Queue 0 belongs to no level: lists that cannot grow are written there (`pass_needs`), at its first place.
    """
    state, counted = buffers.state, buffers.counted
    here = np.int64(mark + level)
    targets = np.uint32(here | (here - 1) << 8) if level > AT_RISK else np.uint32(here)
    same, below, bottom = buffers.queue[level], buffers.queue[level - 1], buffers.queue[AT_RISK if level == DOWN else 0]
    head, kept, tail, last = np.int64(0), np.int64(0), tails[level], tails[AT_RISK] if level == DOWN else np.int64(0)
    lower = tails[level - 1] if level > AT_RISK else np.int64(0)
    while head < tail and left > 0:
        head, kept, left, size, in_pool, a, b = gather(rows, level, here, state, same, head, kept, tail, left, batch)
        tail, lower, count = pass_needs(batch, np.int64(0), size, targets, state, same, below, members, tail, lower)
        while True:
            if count > 0:
                tail, lower, last = pass_members(
                    members, count, level, mark, turn, groups, state, counted, same, below, bottom, tail, lower, last
                )
            if a >= b:
                break
            end = min(a + BATCH, b)
            arrows = rows.pool if in_pool else rows.base
            tail, lower, count = pass_needs(arrows, a, end, targets, state, same, below, members, tail, lower)
            a = end
    tails[0], tails[level], settled[level] = head, tail, kept
    if level > AT_RISK:
        tails[level - 1] = lower
    if level == DOWN:
        tails[AT_RISK] = last
    return left


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
