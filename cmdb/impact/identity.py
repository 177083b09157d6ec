"""Item ids and their numbers. A million Python strings in a dict would weigh more than the whole graph, so ids stand in one sorted array
of bytes; what came since is in a dict."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.levels import Ints


class IdTable:
    """Numbers of ids. Base ids are sorted, so number = rank. Numbers are never given twice: an id that is retired and comes back gets a
    new one."""

    def __init__(self, base: NDArray[np.bytes_]) -> None:
        self._base = base
        self._width = base.dtype.itemsize
        self._later: list[str] = []
        self._number: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._base) + len(self._later)

    @property
    def nbytes(self) -> int:
        """Bytes of the base ids."""
        return int(self._base.nbytes)

    def fork(self) -> "IdTable":
        """A copy that can be added to; shares the base."""
        copy = IdTable(self._base)
        copy._later, copy._number = list(self._later), dict(self._number)
        return copy

    def add(self, item_id: str) -> int:
        """The number of an id that has none (or whose former number is out of use)."""
        number = len(self)
        self._later.append(item_id)
        self._number[item_id] = number
        return number

    def find(self, item_id: str, below: int) -> int:
        """The greatest number below `below` that `item_id` has, -1 where it has none."""
        number = self._number.get(item_id, -1)
        if 0 <= number < below:
            return number
        if number >= 0:  # a later life; a reader of an older state wants the former one
            for earlier in range(min(below, len(self)) - 1, len(self._base) - 1, -1):
                if self._later[earlier - len(self._base)] == item_id:
                    return earlier
        raw = item_id.encode()
        if len(raw) > self._width or not len(self._base) or raw.endswith(b"\0"):
            return -1
        at = int(np.searchsorted(self._base, np.bytes_(raw)))
        return at if at < len(self._base) and self._base[at] == raw else -1

    def name(self, number: int) -> str:
        """The id of a number."""
        if number < len(self._base):
            return bytes(self._base[number]).decode()
        return self._later[number - len(self._base)]

    def names(self, numbers: Ints | Iterable[int]) -> list[str]:
        """The ids of many numbers."""
        wanted = numbers if isinstance(numbers, np.ndarray) else np.fromiter(numbers, np.int64)
        edge = len(self._base)
        base = iter(self._base[wanted[wanted < edge]].tolist())
        return [next(base).decode() if number < edge else self._later[number - edge] for number in wanted.tolist()]

    def find_many(self, ids: list[str], below: int) -> Ints:
        """`find` for many ids at once."""
        if self._number or not len(self._base):
            return np.fromiter((self.find(i, below) for i in ids), np.int32, len(ids))
        wanted = np.array([i.encode() for i in ids], dtype=np.bytes_) if ids else np.zeros(0, "S1")
        at = np.searchsorted(self._base, wanted)
        inside = np.minimum(at, len(self._base) - 1)
        return np.where((at < len(self._base)) & (self._base[inside] == wanted), inside, -1).astype(np.int32)

    def everything(self) -> NDArray[np.bytes_]:
        """All ids by number, as one array."""
        if not self._later:
            return self._base
        later = np.array([i.encode() for i in self._later], dtype=np.bytes_)
        return np.concatenate([self._base.astype(np.promote_types(self._base.dtype, later.dtype)), later])
