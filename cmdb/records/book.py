"""The record book: process records as they are now and as they were (design 6: the second kind of commit).

Only reading. Records are written with `Ledger.commit(plan, [RecordEdit(...)])`, which versions and hashes them like items; a record that
was retired is no longer found here, but `at` and `versions` still tell of it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.asof import History
from cmdb.model.commit import Version, VersionKind
from cmdb.records.errors import RecordNotFound
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
MOST = 1_000
"""Records in one page at most."""

Indexed = str | int | bool


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record at a revision: made by commit `seq`, whose version has this `hash`."""

    kind: str
    id: str
    revision: int
    seq: int
    hash: str
    body: Mapping[str, Any]


class RecordBook:
    """Reads records. Thread-safe, keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._history = History(store)

    def get(self, kind: str, record_id: str) -> StoredRecord:
        """The live record. Raises `RecordNotFound`."""
        found = self.find(kind, [record_id]).get(record_id)
        if found is None:
            raise RecordNotFound(f"there is no {kind.replace('_', ' ')} {record_id[:80]!r}", kind=kind, id=record_id[:80])
        return found

    def find(self, kind: str, ids: Collection[str]) -> dict[str, StoredRecord]:
        """Those of these ids that are live records of the kind."""
        if not ids:
            return {}
        rows = self._store.read(load(_QUERIES, "read_records"), kind=kind, ids=list(dict.fromkeys(ids)))
        return {row["id"]: _stored(kind, row) for row in rows}

    def page(self, kind: str, where: Mapping[str, Indexed] | None = None, after: str | None = None, first: int = 100) -> list[StoredRecord]:
        """Live records of a kind by id, those after the id `after`, at most `first` (1 to 1,000); `where` compares indexed properties."""
        if not 1 <= first <= MOST:
            raise InvalidInput(f"ask for 1 to {MOST:,} records, not {first:,}")
        wanted = dict(where or {})
        rows = self._store.read(
            load(_QUERIES, "page_records"),
            kind=kind, names=list(wanted), values=list(wanted.values()), after=after or "", first=first,
        )  # fmt: skip
        return [_stored(kind, row) for row in rows]

    def all(self, kind: str, where: Mapping[str, Indexed] | None = None) -> Iterator[StoredRecord]:
        """Every live record of a kind by id, read in pages."""
        after: str | None = None
        while found := self.page(kind, where, after, MOST):
            yield from found
            after = found[-1].id

    def at(self, kind: str, record_id: str, seq: int) -> StoredRecord | None:
        """The record as of commit `seq`; None where it was not live then."""
        for row in self._store.read(load(_QUERIES, "read_record_at"), id=record_id, seq=seq):
            body = orjson.loads(row["body"])
            if body["kind"] == kind:
                return StoredRecord(kind, record_id, row["revision"], row["seq"], row["hash"], body["body"])
        return None

    def versions(self, record_id: str, before: int | None = None, limit: int = 100) -> list[Version]:
        """Its versions, newest first; `Version.body["body"]` is what the record said. Empty for an id that never was."""
        return self._history.versions_of(record_id, VersionKind.RECORD, before, limit)


def _stored(kind: str, row: Mapping[str, Any]) -> StoredRecord:
    return StoredRecord(kind, row["id"], row["revision"], row["seq"], row["hash"], orjson.loads(row["body"]))
