"""Writes a backup: beside its final place, under a name nobody can foresee, and into it when it is whole and on the disk."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import orjson

from cmdb.archive.errors import BackupNotWritten
from cmdb.archive.format import FORMAT, signed_bytes
from cmdb.archive.packing import Member
from cmdb.kernel.ids import new_id
from cmdb.ledger.signing import SigningKey

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file to which the writer can go back."""

    offset: int
    whole: Any
    section: Any
    count: int
    open: str | None
    sections: Mapping[str, Any]


class BackupWriter:
    """`path` None writes nothing and only counts and digests. Raises `BackupNotWritten` where the disk or folder does not take it; what was
    written until then is removed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._whole = hashlib.sha256()
        self._section = hashlib.sha256()
        self._open: str | None = None
        self._count = 0
        self._buffer: list[bytes] = []
        self._size = 0
        self._member = Member()
        self.sections: dict[str, dict[str, Any]] = {}
        if path is not None:
            self._partial = path.with_name(f"{path.name}.{new_id()}.partial")
            with _writing(path):  # it holds password hashes: a new file of ours, never one that somebody put there
                descriptor = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            self._file = os.fdopen(descriptor, "wb", buffering=0)

    def __enter__(self) -> "BackupWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            if kind is not None:
                with suppress(OSError):
                    self._partial.unlink()

    def header(self, fields: Mapping[str, Any]) -> None:
        """The first line."""
        self._put(orjson.dumps(["header", {"format": FORMAT, **fields}]) + b"\n")

    def begin(self, name: str) -> None:
        """Open a section."""
        self._put(orjson.dumps(["section", name]) + b"\n")
        self._open, self._count, self._section = name, 0, hashlib.sha256()

    def row(self, values: list[Any]) -> None:
        """One row of the open section."""
        line = orjson.dumps(values) + b"\n"
        self._section.update(line)
        self._count += 1
        self._put(line)

    def end(self) -> None:
        """Close the section."""
        assert self._open is not None
        found = {"count": self._count, "digest": self._section.hexdigest()}
        self.sections[self._open] = found
        self._put(orjson.dumps(["end", self._open, found["count"], found["digest"]]) + b"\n")
        self._open = None

    def mark(self) -> Mark:
        """Remember this place."""
        self._flush()
        self._write(self._member.end())  # a gzip member ends here; readers take them one after the other
        self._member = Member()
        offset = self._file.tell() if self._file is not None else 0
        return Mark(offset, self._whole.copy(), self._section.copy(), self._count, self._open, dict(self.sections))

    def rewind(self, mark: Mark) -> None:
        """Go back to a marked place; what was written since is gone."""
        self._buffer, self._size = [], 0
        self._whole, self._section, self._count, self._open = mark.whole.copy(), mark.section.copy(), mark.count, mark.open
        self.sections = dict(mark.sections)
        self._member = Member()
        if self._file is not None:
            self._file.seek(mark.offset)
            self._file.truncate()

    def finish(self, fields: Mapping[str, Any], key: SigningKey | None) -> int:
        """Write the trailer, signed where there is a key, and put the file in its place; its size in bytes."""
        self._flush()
        trailer: dict[str, Any] = {**fields, "sections": self.sections, "digest": self._whole.hexdigest(), "key": None, "signature": None}
        if key is not None:
            trailer["key"] = key.public
            trailer["signature"] = key.sign(signed_bytes(trailer))
        self._put(orjson.dumps(["trailer", trailer]) + b"\n")
        self._flush()
        self._write(self._member.end())
        if self._file is None or self._path is None:
            return 0
        with _writing(self._path):
            os.fsync(self._file.fileno())
            size = self._file.tell()
            self._file.close()
            self._partial.replace(self._path)
            _keep_name(self._path.absolute().parent)
        return size

    def _put(self, line: bytes) -> None:
        self._buffer.append(line)
        self._size += len(line)
        if self._size >= _PIECE:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._buffer)
        self._buffer, self._size = [], 0
        self._whole.update(data)
        if self._file is not None:
            self._write(self._member.add(data))

    def _write(self, data: bytes) -> None:
        if self._file is None or self._path is None:
            return
        left = memoryview(data)
        with _writing(self._path):
            while left:
                left = left[self._file.write(left) :]


def _keep_name(folder: Path) -> None:
    """Waits until the folder knows the file's new name, whatever happens to the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise BackupNotWritten(f"the backup could not be written to {path}: {problem.strerror or problem}", file=str(path)) from problem
