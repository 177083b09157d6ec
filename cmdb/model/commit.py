"""What has been written: commits and receipts of the ledger (design 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class VersionKind(StrEnum):
    """What a version is a version of."""

    ITEM = "item"
    RELATION = "relation"
    TYPE = "type"
    RECORD = "record"  # process records: incidents, problems, requests for change, holds ...


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version: `key` is `<subject id>@<seq>`, `hash` the sha256 of the canonical JSON of `body`."""

    kind: VersionKind
    subject_id: str
    seq: int
    revision: int
    hash: str
    body: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.subject_id}@{self.seq}"


@dataclass(frozen=True, slots=True)
class Commit:
    """One entry of the ledger. `hash` covers every other field and `previous`, the hash of the commit before (64 zeros for the first)."""

    seq: int
    time: str
    actor: str
    source: str
    reason: str
    change: str | None
    key: str | None
    versions: int  # how many versions it made
    content: str  # digest over the (kind, key, hash) of its versions, sorted by kind and key
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a write: where it stands in the ledger. `seq` is None where nothing had to be written."""

    seq: int | None
    hash: str | None
    time: str
    revisions: Mapping[str, int] = field(default_factory=dict)  # subject id -> revision written
    replayed: bool = False
