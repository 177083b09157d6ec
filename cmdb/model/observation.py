"""What a source says: a `Batch` of `Observation`s (design 2, stage "collect").

An observation speaks for one item only of what its source saw. A field it does not carry is left alone: absent is not null is not unknown.
`None` as a value says "the source looked and there is none", and withdraws that source's claim on the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.item import Value

MANUAL_SOURCE = "manual"
"""The source of what people say by hand: their edits are believed before any agent's, unless a type's precedence says otherwise."""


@dataclass(frozen=True, slots=True)
class ObservedRelation:
    """A relationship from the observed item. The other end is named by `to` (the ref of an item this source has sent, in this batch
    or earlier) or by `to_id` (an item's id). `outgoing=False` turns it round: the other end is the relationship's source. `gone=True`
    withdraws this source's claim on the relationship, as `None` does for a field."""

    type: str
    to: str | None = None
    to_id: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    outgoing: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One item as one source sees it. `ref` is the source's own stable key for it, unique within the source."""

    ref: str
    type: str
    fields: Mapping[str, Any] = field(default_factory=dict)  # core fields and typed attributes by name; None withdraws
    relations: tuple[ObservedRelation, ...] = ()
    complete_relations: tuple[str, ...] = ()  # relationship types this observation lists completely: what is missing is gone
    item_id: str | None = None  # set when a person edits a known item: identification is skipped
    expected_revision: int | None = None  # If-Match: refuse when the item has moved on
    gone: bool = False  # the source says that the item is no longer there


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations of one source at one time.

    `scope` names the part of the world that was looked at (a cluster, a site); `complete` says that everything of this source in that scope
    is in the batch, so that what is missing is gone. `key` is the idempotency key; `atomic` refuses all when one item fails.
    """

    source: str
    observations: tuple[Observation, ...]
    scope: str = ""
    complete: bool = False
    observed_at: str | None = None
    key: str | None = None
    atomic: bool = False
    dry_run: bool = False
    reason: str = ""
    change: str | None = None  # authorising request for change
