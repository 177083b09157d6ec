"""The versions of an item as they can still be told: those whose content was purged as well (issue "purge by policy").

A purge takes what a version said, never that there was one, when, and by whom: who asks for an item's history gets all of it that is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cmdb.ledger.chain import OPEN
from cmdb.ledger.log import LABELS, QUERIES
from cmdb.model.commit import VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load


@dataclass(frozen=True, slots=True)
class ToldVersion:
    """One version. `body` is None where a purge took the content; `purged` is then the commit that ordered it."""

    subject_id: str
    seq: int
    revision: int
    hash: str
    retired: bool
    body: Mapping[str, Any] | None
    purged: int | None


def told_versions(
    store: Store, subject_id: str, kind: VersionKind = VersionKind.ITEM, before: int | None = None, limit: int = 1_000
) -> list[ToldVersion]:
    """Versions of one subject, newest first, those before commit `before`, `limit` at most. Empty for an id that never was."""
    statement = load(QUERIES, "read_versions_of").named(label=LABELS[kind])
    rows = store.read(statement, id=subject_id, before=OPEN if before is None else before, limit=limit)
    return [_told(row["version"]) for row in rows]


def _told(row: Mapping[str, Any]) -> ToldVersion:
    gone = row["body"] == ""
    body = None if gone else orjson.loads(row["body"])
    return ToldVersion(
        row["subject_id"], row["seq"], row["revision"], row["hash"], row["retired"], body, row.get("purged") or None if gone else None
    )
