"""The hash chain (design 6, requirement 9.1-19).

A version's hash is the sha256 of its body's canonical JSON. A commit's `content` is the sha256 over one line per version,
`<kind> <key> <hash>`, sorted, each ended by a newline. A commit's hash is the sha256 of the canonical JSON of all its other fields,
`previous` among them, which is the hash of the commit before. So one hash pins the whole history up to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.model.commit import Commit

OPEN = 2**62
"""`until` of a version that nothing has replaced."""

ZERO = "0" * 64
"""`previous` of the first commit."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stands: the last commit's number (0: none yet), hash and time (empty text: none yet)."""

    seq: int
    hash: str
    time: str


def content_digest(lines: Iterable[str]) -> str:
    """The digest over a commit's versions, given `version_line`s in any order."""
    return digest("".join(sorted(lines)).encode())


def version_line(kind: str, key: str, content_hash: str) -> str:
    """One version's line in its commit's content."""
    return f"{kind} {key} {content_hash}\n"


def commit_hash(fields: dict[str, Any]) -> str:
    """The hash of a commit with these fields (a `hash` among them is left out)."""
    return digest(canonical_json({name: value for name, value in fields.items() if name != "hash"}))


def commit_fields(commit: Commit) -> dict[str, Any]:
    """A commit as the mapping that is hashed and stored."""
    return {name: getattr(commit, name) for name in Commit.__slots__}


def commit_from(row: dict[str, Any]) -> Commit:
    """The commit a stored node's properties hold; a property that is missing was null."""
    return Commit(**{name: row.get(name) for name in Commit.__slots__})  # type: ignore[arg-type]
