"""Batches that wait for the server, on disk, so that neither a server that is away nor a restart of the agent loses them.

One file for each batch, named by order, written whole and then renamed, readable by its owner only. The content is what will be sent. A
newer batch that is complete for the same source and scope says everything the older ones said or no longer holds, so it takes their place:
the spool does not grow while the server is away.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmdb.kernel.canonical import canonical_json, digest

_SUFFIX = ".batch"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A waiting batch: `body` as it will be sent, under the idempotency `key`."""

    path: Path
    key: str
    source: str
    scope: str
    complete: bool
    body: bytes


class Spool:
    """The folder of waiting batches. For one agent at a time."""

    def __init__(self, folder: Path, most_bytes: int = 256 * 1024 * 1024) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob("*.part"):
            left.unlink(missing_ok=True)
        self._next = 1 + max((_number(path) for path in folder.glob("*" + _SUFFIX)), default=0)

    def add(self, key: str, source: str, scope: str, body: bytes, *, complete: bool) -> list[str]:
        """Keep a batch; it is on disk when this returns. Answers the keys of batches it took the place of, and of the oldest ones dropped
        because the spool was full."""
        dropped = [one for one in self if complete and (one.source, one.scope) == (source, scope)]
        kept = [one for one in self if one not in dropped]
        room = self._most_bytes - len(body) - sum(len(one.body) for one in kept)
        while room < 0 and kept:
            oldest = kept.pop(0)
            dropped.append(oldest)
            room += len(oldest.body)
        header = {"key": key, "source": source, "scope": scope, "complete": complete, "digest": digest(body)}
        path = self._folder / f"{self._next:012d}{_SUFFIX}"
        self._next += 1
        _write_whole(path, canonical_json(header) + b"\n" + body)
        for one in dropped:
            self.remove(one)
        return [one.key for one in dropped]

    def __iter__(self) -> Iterator[Spooled]:
        """The waiting batches, oldest first. Files that are damaged are set aside (`.damaged`)."""
        for path in sorted(self._folder.glob("*" + _SUFFIX)):
            found = _read(path)
            if found is None:
                with contextlib.suppress(OSError):
                    path.rename(path.with_suffix(".damaged"))
            else:
                yield found

    def remove(self, one: Spooled) -> None:
        """Forget a batch: the server has answered it."""
        one.path.unlink(missing_ok=True)

    def set_aside(self, one: Spooled, answer: str) -> Path:
        """Keep a batch the server refuses for good, with its answer beside it, for a person to look at."""
        kept = one.path.with_suffix(".refused")
        one.path.rename(kept)
        _write_whole(kept.with_suffix(".answer"), answer.encode())
        return kept


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(path: Path) -> Spooled | None:
    try:
        first, _, body = path.read_bytes().partition(b"\n")
        header = json.loads(first)
        if header["digest"] != digest(body):
            return None
        return Spooled(path, str(header["key"]), str(header["source"]), str(header["scope"]), header["complete"] is True, body)
    except (OSError, ValueError, KeyError, TypeError):
        return None
