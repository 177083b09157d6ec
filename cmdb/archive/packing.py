"""The gzip of a backup: its own writer and reader of members, so that every byte of the file counts.

Rules: each member has the same ten bytes of header, no name and no time, and nothing stands between members; a reader that lets gzip's
header fields pass would not notice when they are altered. Any tool can unpack the file; one that packs it anew makes another file.
"""

import io
import struct
import zlib
from typing import IO

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\x03"
"""gzip, deflate, no flags, no time, packed for speed, Unix."""

_LEVEL = 1
"""Of compression: 3 to 4 times faster than the default for a tenth more bytes."""

_PIECE = 1 << 20


class Member:
    """One gzip member on its way: `add` gives what may be written so far, `end` the rest."""

    def __init__(self) -> None:
        self._pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._sum, self._size, self._head = 0, 0, HEADER

    def add(self, data: bytes) -> bytes:
        self._sum, self._size = zlib.crc32(data, self._sum), self._size + len(data)
        head, self._head = self._head, b""
        return head + self._pack.compress(data)

    def end(self) -> bytes:
        head, self._head = self._head, b""
        return head + self._pack.flush() + struct.pack("<LL", self._sum, self._size & 0xFFFFFFFF)


class Unpacked(io.RawIOBase):
    """What the members of a file hold. Raises `OSError`, `EOFError` and `zlib.error` where it is not as a `Member` writes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._data = file, b""
        self._unpack: zlib._Decompress | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer that can be written to
        while True:
            if self._unpack is None:
                if not self._next():
                    return 0
                continue
            more = self._data or self._file.read(_PIECE)
            out = self._unpack.decompress(more, len(buffer))
            self._data = self._unpack.unconsumed_tail
            if self._unpack.eof:
                self._data, self._unpack = self._unpack.unused_data, None
            elif not out and not more:
                raise EOFError
            if out:
                buffer[: len(out)] = out
                return len(out)

    def _next(self) -> bool:
        while len(self._data) < len(HEADER) and (more := self._file.read(_PIECE)):
            self._data += more
        if not self._data:
            return False
        if not self._data.startswith(HEADER):
            raise OSError("a part does not begin as cmdb writes it: it was altered, or packed anew by another tool")
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True


def unpacked(file: IO[bytes]) -> io.BufferedReader:
    """A reader of lines over a packed file."""
    return io.BufferedReader(Unpacked(file), _PIECE)
