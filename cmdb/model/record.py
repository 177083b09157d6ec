"""Process records and type definitions on their way into the ledger: versioned and hashed like items, never touching items (design 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.commit import VersionKind


@dataclass(frozen=True, slots=True)
class RecordEdit:
    """One record's step. `kind` names what it is (`held_plan`, later `incident` ...) or, with `version_kind=TYPE`, `item_type` or
    `relation_type`. `expected_revision` is 0 for a new one. `indexed` are the few scalar properties the live node carries for look-ups."""

    version_kind: VersionKind
    kind: str
    id: str
    body: Mapping[str, Any]
    expected_revision: int = 0
    indexed: Mapping[str, str | int | bool] | None = None
    retired: bool = False
