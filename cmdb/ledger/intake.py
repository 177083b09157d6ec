"""Idempotency (findings: a lost answer to COMMIT): each key is stored with its outcome in the transaction that did the work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cmdb.ledger.checks import QUERIES
from cmdb.ledger.errors import IdempotencyKeyReused
from cmdb.store.protocol import Store
from cmdb.store.statements import load


@dataclass(frozen=True, slots=True)
class IntakeRecord:
    """What an idempotency key did: `seq` is None where nothing of the ledger was to write; `outcome` is what the caller stored with it."""

    key: str
    digest: str
    outcome: Mapping[str, Any] | None
    seq: int | None
    time: str


def read_intake(store: Store, key: str) -> IntakeRecord | None:
    """The record of `key`, None where it never came."""
    rows = store.read(load(QUERIES, "read_intake"), key=key)
    if not rows:
        return None
    row = rows[0]
    return IntakeRecord(key, row["digest"], orjson.loads(row["outcome"]) if row["outcome"] else None, row["seq"], row["time"])


def check_same_body(key: str, stored: str, given: str) -> None:
    """Raises `IdempotencyKeyReused` where the key came before with another body."""
    if stored != given:
        raise IdempotencyKeyReused(f"key {key!r} was used before for another request; send this one under a new key", key=key)
