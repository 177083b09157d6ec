"""What shall be written: a `ChangePlan`, an immutable value between "reconcile" and "commit" (design 2). Plan, then act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.model.actor import Cause
from cmdb.model.item import ItemState, RelationState


class EditKind(StrEnum):
    """What an edit does to its item or relationship."""

    CREATE = "create"
    UPDATE = "update"
    RETIRE = "retire"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class ItemEdit:
    """One item's step from `before` (None: it does not exist yet) to `after`. `before.revision` is the expected revision.

    `strong` and `weak` are the item's identifier keys after the edit, None where the edit leaves them as they are.
    """

    kind: EditKind
    before: ItemState | None
    after: ItemState
    strong: tuple[str, ...] | None = None
    weak: tuple[str, ...] | None = None

    @property
    def expected_revision(self) -> int:
        """The revision the live item must have: 0 for one that is not live yet."""
        return self.before.revision if self.before else 0

    def changed_fields(self) -> tuple[str, ...]:
        """Names of core fields and attributes whose value differs, sorted."""
        if self.before is None:
            return tuple(sorted(self.after.origins))
        old, new = self.before.body(), self.after.body()
        names = {n for n in ("type", "name", "status", "version", "location", "description", "owner") if old[n] != new[n]}
        a, b = old["attributes"], new["attributes"]
        names |= {n for n in {*a, *b} if a.get(n) != b.get(n)}
        return tuple(sorted(names))


@dataclass(frozen=True, slots=True)
class RelationEdit:
    """One relationship's step. `before` is None where it is not live; `fresh` says its source item is created by the same plan, so that
    no earlier life of it can exist and the ledger need not look for one."""

    kind: EditKind
    before: RelationState | None
    after: RelationState
    fresh: bool = False

    @property
    def expected_revision(self) -> int:
        """The revision the live relationship must have: 0 for one that is not live yet."""
        return self.before.revision if self.before else 0


@dataclass(frozen=True, slots=True)
class ClaimEdit:
    """What one source says of one item from now on (`withdraw=True`: nothing any more).

    `digest` covers the observation it came from; None marks a claim that must be looked at again (held or unresolved parts).
    `relations` are `(relation_type, other item id, outgoing)`; `ended` are those the plan takes out of the claim, so that the gate can put
    back what must stay. `stamp` names the write that made the claim the plan was made from (empty: there was none, None: not looked at).
    """

    item_id: str
    source: str
    scope: str
    ref: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    relations: tuple[tuple[str, str, bool], ...] = ()
    digest: str | None = None
    seen_at: str = ""
    withdraw: bool = False
    ended: tuple[tuple[str, str, bool], ...] = ()
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class ScopeLoss:
    """How much of a source's scope a plan takes away: `lost` of the `known` items it claims there. The gate stops an empty scan by it."""

    source: str
    scope: str
    known: int
    lost: int


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Edits that belong together. `base_seq` is the ledger's head when the plan was computed; `key` makes its commit idempotent."""

    cause: Cause
    items: tuple[ItemEdit, ...] = ()
    relations: tuple[RelationEdit, ...] = ()
    claims: tuple[ClaimEdit, ...] = ()
    base_seq: int = 0
    key: str | None = None
    body_digest: str = ""  # of the request the plan came from; a key that returns with another digest is refused
    loss: ScopeLoss | None = None
    types: Mapping[str, str] = field(default_factory=dict)  # of items its relationships touch, as far as known
    severed: tuple[RelationState, ...] = ()  # controlled relationships that go because an item at one of their ends is retired

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the ledger would change (claims may still be refreshed)."""
        return not (self.items or self.relations)
