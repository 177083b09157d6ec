"""A state as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cmdb.ledger.chain import OPEN
from cmdb.ledger.purged import body_of
from cmdb.model.item import ItemState, RelationState

S = TypeVar("S", ItemState, RelationState)


@dataclass(frozen=True, slots=True)
class Past(Generic[S]):
    """A state as it was: made by commit `seq`, replaced by commit `until` (None: still live)."""

    state: S
    seq: int
    until: int | None
    hash: str


def past_item(row: Mapping[str, Any]) -> Past[ItemState]:
    """The item of a version's row."""
    return Past(ItemState.from_body(body_of(row["body"])), row["seq"], until_of(row["until"]), row["hash"])


def past_relation(row: Mapping[str, Any]) -> Past[RelationState]:
    """The relationship of a version's row."""
    return Past(RelationState.from_body(body_of(row["body"])), row["seq"], until_of(row["until"]), row["hash"])


def until_of(stored: int) -> int | None:
    """The commit that replaced a version, None while none has."""
    return None if stored == OPEN else int(stored)
