"""The file: gzip over NDJSON, one JSON array a line, so that any tool can read it and nothing needs to be in memory at once.

    ["header", {format, schema, ledger, engine, made_at}]
    ["section", name]  rows  ["end", name, count, sha256 of the rows' lines]      for each section
    ["trailer", {seq, hash, time, sections, digest, key, signature}]

`digest` is the sha256 of all lines before the trailer, `signature` the Ed25519 signature over the trailer without it. A file without its
trailer, or whose digests do not fit, or whose signature is not that of the key it names, is refused before anything is written.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from cmdb.archive.errors import BackupDamaged
from cmdb.archive.packing import unpacked
from cmdb.kernel.canonical import canonical_json
from cmdb.ledger.signing import SigningKeyUnusable, signature_holds

FORMAT = "cmdb-backup/1"
_PREFIX = b"cmdb-backup/1\n"
LONGEST_LINE = 1 << 29


def read_lines(path: Path, told: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, list[Any]]]:
    """The lines of a backup with their numbers, digests checked on the way: the header first, the trailer last.

    `told(bytes)` is called now and then with how far into the compressed file it has come. Raises `BackupDamaged` where it is not whole.
    """
    reader = _Reader(path)
    try:
        with open(path, "rb") as raw, unpacked(raw) as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
                if number % 20_000 == 0:
                    told(raw.tell())
                yield number, reader.take(number, line)
    except (OSError, EOFError, zlib.error) as problem:
        reason = "it ends too early" if isinstance(problem, EOFError) else str(problem)
        raise BackupDamaged(f"{path} cannot be read to its end: {reason}") from problem
    reader.ended()


class _Reader:
    """Holds each line against the rules of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._whole, self._section = hashlib.sha256(), hashlib.sha256()
        self._open: str | None = None
        self._count = 0
        self._found: dict[str, dict[str, Any]] = {}
        self._done = False

    def take(self, number: int, line: bytes) -> list[Any]:
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            raise self._damaged(f"line {number} is no JSON") from problem
        if not isinstance(values, list) or not values or self._done or not line.endswith(b"\n"):
            raise self._damaged(f"line {number} does not belong there")
        kind = values[0]
        if (kind == "header") != (number == 1):
            raise self._damaged("it does not begin with the header of a backup" if number == 1 else f"line {number} is a second header")
        if kind == "header" and (len(values) != 2 or not isinstance(values[1], dict) or values[1].get("format") != FORMAT):
            raise self._damaged(f"it does not say `format: {FORMAT}`; a newer cmdb may have written it")
        if kind == "trailer":
            self._trailer(values)
        elif kind == "section" and self._open is None:
            self._open, self._count, self._section = str(values[1]), 0, hashlib.sha256()
        elif kind == "end":
            self._end(values)
        elif self._open is not None:
            self._section.update(line)
            self._count += 1
        elif kind != "header":
            raise self._damaged(f"line {number} stands outside of any section")
        self._whole.update(line)
        return values

    def ended(self) -> None:
        if not self._done:
            raise self._damaged("it has no trailer: it was cut off")

    def _end(self, values: list[Any]) -> None:
        if values[1:] != [self._open, self._count, self._section.hexdigest()]:
            raise self._damaged(f"the section {self._open!r} is not what it was when it was written")
        self._found[str(self._open)] = {"count": self._count, "digest": values[3]}
        self._open = None

    def _trailer(self, values: list[Any]) -> None:
        trailer = values[1] if len(values) == 2 and isinstance(values[1], dict) else {}
        if self._open is not None or trailer.get("digest") != self._whole.hexdigest() or trailer.get("sections") != self._found:
            raise self._damaged("the digest in its trailer is not that of its content: it was altered")
        key = trailer.get("key")
        if (key, trailer.get("signature")) != (None, None) and not (isinstance(key, str) and signature_fits(trailer, key)):
            raise self._damaged(f"its signature is not that of the key it names ({key}): it was altered after it had been signed")
        self._done = True

    def _damaged(self, what: str) -> BackupDamaged:
        return BackupDamaged(f"{self._path}: {what}. Nothing was written; take another copy of it", file=str(self._path))


def signed_bytes(trailer: Mapping[str, Any]) -> bytes:
    """What the signature covers."""
    return _PREFIX + canonical_json({name: value for name, value in trailer.items() if name != "signature"})


def signature_fits(trailer: Mapping[str, Any], trusted: str) -> bool:
    """Whether the trusted public key signed the trailer."""
    signed = isinstance(trailer.get("signature"), str) and trailer.get("key") == trusted
    try:
        return signed and signature_holds(trusted, trailer["signature"], signed_bytes(trailer))
    except SigningKeyUnusable:  # what the trailer names is no key at all
        return False
