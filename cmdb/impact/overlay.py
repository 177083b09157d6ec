"""Changes on top of compressed rows, without rewriting them and without disturbing who is reading.

A row that changes is copied to the end of a pool and altered there; `slot[v]` tells which pool row item `v` has. Readers hold a `Rows`
with the row ends as they were when it was made: a slot given out later is beyond their `slots`, an arrow appended later is beyond their
`last`. Only taking an arrow out of a row that a reader may hold needs a fresh copy of that row.
"""

from typing import cast

import numpy as np

from cmdb.impact.kernel import Rows
from cmdb.impact.levels import Ints, Shorts


def grown(array: Ints, size: int, fill: int = 0) -> Ints:
    """`array`, or a copy half as long again where it is shorter than `size`, so that appending costs little on average."""
    if len(array) >= size:
        return array
    bigger = np.full(max(size, len(array) * 3 // 2 + 64), fill, array.dtype)
    bigger[: len(array)] = array
    return bigger


class OverlaidRows:
    """Rows of one direction that can change. One writer at a time; `view()` is what readers get."""

    def __init__(self, start: Ints, base: Ints, base_tag: Shorts) -> None:
        self._start, self._base, self._base_tag = start, base, base_tag
        self._slot = np.full(len(start) - 1, -1, np.int32)
        self._first, self._last, self._cap = (np.zeros(16, np.int32) for _ in range(3))
        self._shared = 0  # pool rows in slots below this may be held by a reader as they stand ...
        self._fresh: set[int] = set()  # ... but for these, copied since
        self._slots = 0
        self._pool = np.zeros(64, np.int32)
        self._pool_tag = np.zeros(64, np.int16)
        self._used = 0

    @property
    def changed_rows(self) -> int:
        """How many rows stand in the pool."""
        return self._slots

    @property
    def pool_size(self) -> int:
        """Arrows the pool holds, garbage included."""
        return self._used

    def fork(self) -> "OverlaidRows":
        """A copy that can be changed without anybody noticing: shares the base, copies the overlay."""
        copy = OverlaidRows.__new__(OverlaidRows)
        copy.__dict__.update(self.__dict__)
        for name in ("_slot", "_first", "_last", "_cap", "_pool", "_pool_tag"):
            setattr(copy, name, getattr(self, name).copy())
        copy._fresh = set(self._fresh)
        return copy

    def add_row(self, v: int) -> None:
        """An empty row for the new item `v`, the number after the last."""
        self._slot = grown(self._slot, v + 1, -1)
        self._copy_row(v, 0)

    def row(self, v: int) -> tuple[Ints, Shorts]:
        """The row of `v` as it stands: packed arrows and tags (views, not to be altered)."""
        s = int(self._slot[v])
        if s >= 0:
            a, b = int(self._first[s]), int(self._last[s])
            return self._pool[a:b], self._pool_tag[a:b]
        if v + 1 >= len(self._start):
            return self._base[:0], self._base_tag[:0]
        a, b = int(self._start[v]), int(self._start[v + 1])
        return self._base[a:b], self._base_tag[a:b]

    def append(self, v: int, arrow: int, tag: int) -> None:
        """Add one arrow to the row of `v`."""
        s = int(self._slot[v])
        if s < 0 or self._last[s] - self._first[s] >= self._cap[s]:
            s = self._copy_row(v, 1)
        end = int(self._last[s])
        self._pool[end] = arrow
        self._pool_tag[end] = tag
        self._last[s] = end + 1

    def remove(self, v: int, arrow: int, tag_type: int) -> int | None:
        """Take out the arrow of this relationship type; its freshness, or None where there is none."""
        arrows, tags = self.row(v)
        found = np.flatnonzero((arrows == arrow) & (tags >> 2 == tag_type))
        if not len(found):
            return None
        at = int(found[0])
        freshness = int(tags[at]) & 3
        s = self._own(v)
        first, last = int(self._first[s]), int(self._last[s])
        self._pool[first + at] = self._pool[last - 1]
        self._pool_tag[first + at] = self._pool_tag[last - 1]
        self._last[s] = last - 1
        return freshness

    def clear(self, v: int) -> None:
        """Empty the row of `v`."""
        s = self._own(v)
        self._last[s] = self._first[s]

    def view(self) -> Rows:
        """The rows as they stand now, for readers: later changes do not show in it."""
        self._shared = self._slots
        self._fresh.clear()
        n = self._slots
        return Rows(
            self._start,
            self._base,
            self._base_tag,
            self._slot,
            n,
            self._first[:n].copy(),
            self._last[:n].copy(),
            self._pool,
            self._pool_tag,
        )

    def _own(self, v: int) -> int:
        """The slot of `v`, its row being one that no reader holds."""
        s = int(self._slot[v])
        if s < 0 or (s < self._shared and s not in self._fresh):
            s = self._copy_row(v, 0)
        return s

    def _copy_row(self, v: int, more: int) -> int:
        arrows, tags = self.row(v)
        size = len(arrows)
        cap = size + max(more, size // 2 if more else 0) + (4 if more else 0)
        first = self._used
        self._used += cap
        if self._used > len(self._pool):
            self._pool = grown(self._pool, self._used)
            self._pool_tag = cast(Shorts, grown(cast(Ints, self._pool_tag), self._used))
        self._pool[first : first + size] = arrows
        self._pool_tag[first : first + size] = tags
        s = int(self._slot[v])
        if s < 0:
            s = self._slots
            self._slots += 1
            self._first, self._last, self._cap = (grown(a, self._slots) for a in (self._first, self._last, self._cap))
        self._first[s], self._last[s], self._cap[s] = first, first + size, cap
        self._slot[v] = s
        if s < self._shared:
            self._fresh.add(s)
        return s
