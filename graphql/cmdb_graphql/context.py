"""What resolvers may reach: the caller and the rooms, each behind a port of ours, handed in by the composition root. Nothing ambient.

One `Context` belongs to one operation: data loaders live in it and die with it.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from strawberry.dataloader import DataLoader

from change_gate.door import BatchResult, HeldPlan, HoldState
from cmdb.inventory.query import ItemQuery
from cmdb.kernel.stop import Stop
from cmdb.ledger.touching import Place, RelationTurn
from cmdb.model.actor import Actor, Cause
from cmdb.model.commit import Commit
from cmdb.model.item import ItemState, RelationState
from cmdb.model.observation import Batch
from cmdb.model.registry import Registry
from cmdb.model.types import Definition
from cmdb.registry.model import TypesApplied
from cmdb_graphql.errors import BadArgument


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """An item as it is, or was at `as_of`. `seq` is the commit of this version; `created` the time of its first, where it is known."""

    state: ItemState
    seq: int
    created: str | None = None
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class RelationSeen:
    """A relationship as it is, or was; `seq` is the commit of this version."""

    state: RelationState
    seq: int = 0


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """What one source says of an item."""

    source: str
    scope: str
    ref: str
    fields: Mapping[str, Any]
    seen_at: str


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """One version of an item, and the commit that made it. `state` is None where a purge took the content; `purged` is then the commit that
    ordered it. `before`: the version before it; None for the first, and where that one's content is gone (`before_known` tells which)."""

    state: ItemState | None
    before: ItemState | None
    seq: int
    revision: int
    hash: str
    retired: bool = False
    purged: int | None = None
    before_known: bool = True
    commit: Commit | None = None


@dataclass(frozen=True, slots=True)
class RelationTurnSeen:
    """One version of a relationship of an item; what the item at the other end is, or was last, called (empty where that was purged)."""

    made: RelationTurn
    other_type: str
    other_name: str


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page. `cursors` is as long as `items`."""

    items: Sequence[ItemSeen]
    cursors: Sequence[str]
    more: bool


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """One page as columns by the names of the live node's properties, with the cursors of its first and last row."""

    columns: Mapping[str, Sequence[Any]]
    length: int
    start_cursor: str | None
    end_cursor: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class RelationPage:
    """One item's relationships, a page of them; `total` counts all of the same direction and types."""

    relations: Sequence[RelationSeen]
    cursors: Sequence[str]
    more: bool
    total: int


@dataclass(frozen=True, slots=True)
class Ends:
    """Which relationships of an item: those that leave (`out`) or arrive (`in`), each only of these types; None leaves that side out,
    an empty tuple takes every type."""

    out: tuple[str, ...] | None = ()
    into: tuple[str, ...] | None = ()
    first: int = 50
    after: str | None = None
    seq: int | None = None


class Reads(Protocol):
    """Reads of the live graph and of history. `seq` None asks for now."""

    def head(self) -> int:
        """Sequence number of the newest commit."""
        ...

    def resolve(self, seq: int | None, time: str | None) -> int:
        """The sequence number an as-of names. Raises `CmdbError` where it lies beyond the ledger."""
        ...

    def items(self, ids: Sequence[str], seq: int | None) -> Mapping[str, ItemSeen]:
        """The items with these ids, as far as they are live (now or then)."""
        ...

    def names(self, ids: Sequence[str], seq: int | None) -> Mapping[str, str]:
        """The names of these items, as far as they are live (now or then): much less to read than the items."""
        ...

    def page(self, query: ItemQuery, seq: int | None = None) -> ItemPage:
        """One page of items, live ones or those of commit `seq`; cursors are the same for both."""
        ...

    def columns(self, query: ItemQuery, fields: Sequence[str]) -> ColumnPage:
        """One page of live items as columns: much faster for many rows of few fields."""
        ...

    def count(self, query: ItemQuery, seq: int | None = None) -> int:
        """How many items meet the query, whatever its page."""
        ...

    def facet(self, query: ItemQuery, field_name: str, limit: int, seq: int | None = None) -> Sequence[tuple[Any, int]]:
        """The most frequent values of a field among the items that meet the query, with their counts."""
        ...

    def relations(self, ids: Sequence[str], ends: Ends) -> Mapping[str, RelationPage]:
        """The relationships of each of these items, in one round trip."""
        ...

    def claims(self, ids: Sequence[str]) -> Mapping[str, Sequence[ClaimSeen]]:
        """What each source says of each of these items."""
        ...

    def versions(self, item_id: str, first: int, before: int | None) -> tuple[Sequence[VersionSeen], bool]:
        """Versions of an item, newest first, those older than commit `before`; and whether there are more."""
        ...

    def search(self, words: str, types: Sequence[str], weights: Mapping[str, int], first: int, head: int) -> tuple[Sequence[ItemSeen], int]:
        """The live items that answer the words best, best first, and how many answer; as of commit `head` at least."""
        ...

    def relation_turns(self, item_id: str, first: int, after: Place) -> tuple[Sequence[RelationTurnSeen], bool]:
        """Versions of relationships that touch an item, newest first, those beyond a place; and whether there are more."""
        ...

    def commits(self, seqs: Sequence[int]) -> Mapping[int, Commit]:
        """Commits by sequence number."""
        ...

    def log(self, after: int, first: int) -> Sequence[Commit]:
        """Commits after a sequence number, oldest first."""
        ...


class Doorway(Protocol):
    """The one way in: `change_gate.door.Door`."""

    def submit(self, batch: Batch, actor: Actor) -> BatchResult:
        """Take a batch through the road."""
        ...

    def holds(self, *, state: HoldState | None, after: str | None, first: int) -> list[HeldPlan]:
        """Held plans in order of filing."""
        ...

    def hold(self, hold_id: str) -> HeldPlan:
        """One held plan."""
        ...

    def release(self, hold_id: str, actor: Actor, reason: str, choice: str | None = None) -> BatchResult:
        """Let a held plan through."""
        ...

    def reject(self, hold_id: str, actor: Actor, reason: str) -> HeldPlan:
        """Turn a held plan down."""
        ...


class TypeBook(Protocol):
    """The type registry as stored: `cmdb.registry.service.RegistryService`."""

    def apply(self, definitions: Sequence[Definition], cause: Cause, dry_run: bool = False) -> TypesApplied:
        """Apply definitions; gives changes, misfits and the receipt."""
        ...


class CommitFeed(Protocol):
    """Commits as they happen, from a cursor on, in order and without gaps. Runs on the server's loop."""

    def follow(self, after: int) -> AsyncIterator[Commit]:
        """Every commit after this one, for as long as the caller listens."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms a context reaches; one for the whole process."""

    reads: Reads
    door: Doorway
    types: TypeBook
    impact: Any
    feed: CommitFeed
    baselines: Any = None  # `baselines.room.BaselineRoom`
    comparing: Any = None  # `baselines.comparing.CompareRoom`
    audits: Any = None  # `baselines.audit.room.AuditRoom`
    schedules: Any = None  # `baselines.schedule.Schedules`
    evidence: Any = None  # `cmdb.archive.room.EvidenceRoom`
    written: Callable[[], None] = lambda: None  # this process has written: whoever follows the ledger may look now
    types_changed: Callable[[], object] = lambda: None  # returns when the schema is built anew: who changed types may use them at once


@dataclass(slots=True)
class Context:
    """One operation's context."""

    actor: Actor
    rooms: Rooms
    registry: Registry | None = None
    stop: Stop = field(default_factory=Stop)  # when the operation is over: its time is up, or its client has hung up
    _head: int | None = None
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    def bind(self, registry: Registry) -> None:
        """Say which registry the schema in use belongs to."""
        self.registry = registry

    @property
    def types(self) -> Registry:
        """The registry the schema in use belongs to."""
        assert self.registry is not None
        return self.registry

    def own_key(self, key: str | None) -> str | None:
        """The caller's own idempotency key: callers cannot meet each other's, as over REST. Raises `BadArgument`."""
        if key is None:
            return None
        if not 1 <= len(key) <= 200:
            raise BadArgument("an idempotency key has 1 to 200 characters", argument="key")
        return f"{self.actor.name}|{key}"

    def revision(self) -> int:
        """The ledger's head when this operation first asked: what is read afterwards is at least as new."""
        if self._head is None:
            self._head = self.rooms.reads.head()
        return self._head

    def item_loader(self, seq: int | None) -> DataLoader[str, ItemSeen | None]:
        """Items by id, gathered into one read for each wave."""

        async def load(ids: list[str]) -> list[ItemSeen | None]:
            found = self.rooms.reads.items(ids, seq)
            return [found.get(one) for one in ids]

        return self._loader(("items", seq), load)

    def relation_loader(self, ends: Ends) -> DataLoader[str, RelationPage]:
        """Relationships of items, gathered likewise; one loader for each direction, types and page."""

        async def load(ids: list[str]) -> list[RelationPage]:
            found = self.rooms.reads.relations(ids, ends)
            return [found[one] for one in ids]

        return self._loader(("relations", ends), load)

    def claim_loader(self) -> DataLoader[str, Sequence[ClaimSeen]]:
        """Claims of items."""

        async def load(ids: list[str]) -> list[Sequence[ClaimSeen]]:
            found = self.rooms.reads.claims(ids)
            return [found.get(one, ()) for one in ids]

        return self._loader("claims", load)

    def commit_loader(self) -> DataLoader[int, Commit | None]:
        """Commits by sequence number."""

        async def load(seqs: list[int]) -> list[Commit | None]:
            found = self.rooms.reads.commits(seqs)
            return [found.get(one) for one in seqs]

        return self._loader("commits", load)

    def _loader(self, key: Any, load: Any) -> DataLoader[Any, Any]:
        found = self._loaders.get(key)
        if found is None:
            found = self._loaders[key] = DataLoader(load_fn=load)
        return found
