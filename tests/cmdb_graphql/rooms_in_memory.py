"""The rooms as GraphQL sees them, in memory: fakes at our own ports, with a count of what was asked of them."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from change_gate.door import BatchResult, HeldPlan, Outcome, OutcomeStatus
from change_gate.verdicts import HoldNotFound
from cmdb.inventory.query import AnyOf, Filter, ItemQuery, decode_cursor, encode_cursor
from cmdb.ledger.touching import Place
from cmdb.model.actor import Actor, Role
from cmdb.model.commit import Commit, Receipt
from cmdb.model.item import ItemState, RelationState
from cmdb.model.observation import Batch
from cmdb.model.pack import load_pack
from cmdb_graphql.context import (
    ClaimSeen,
    ColumnPage,
    Context,
    Ends,
    ItemPage,
    ItemSeen,
    RelationPage,
    RelationSeen,
    RelationTurnSeen,
    Rooms,
    VersionSeen,
)
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.limits import Limits

WHEN = "2026-11-23T10:00:00.000000Z"
ENGINEER = Actor("erika", frozenset({Role.ENGINEER}))
VIEWER = Actor("vera", frozenset({Role.VIEWER}))
AGENT = Actor("agent-7", frozenset({Role.AGENT}), source="kubernetes:prod")
ADMINISTRATOR = Actor("root", frozenset({Role.ADMINISTRATOR}))


def commit(seq: int) -> Commit:
    """A commit that looks like one."""
    return Commit(seq, WHEN, "erika", "manual", "because", None, None, 1, "c" * 64, "p" * 64, f"{seq:064d}")


class MemoryReads:
    """Items and relationships in dictionaries."""

    def __init__(self, items: Sequence[ItemState] = (), relations: Sequence[RelationState] = ()) -> None:
        self.live = {one.id: one for one in items}
        self.relations_live = list(relations)
        self.then: dict[int, dict[str, ItemState]] = {}
        self.asked: Counter[str] = Counter()
        self.seq = 7

    def head(self) -> int:
        return self.seq

    def resolve(self, seq: int | None, time: str | None) -> int:
        return seq if seq is not None else 3

    def items(self, ids: Sequence[str], seq: int | None) -> dict[str, ItemSeen]:
        self.asked["items"] += 1
        found = self.live if seq is None else self.then.get(seq, {})
        return {one: ItemSeen(found[one], 1, None if seq else WHEN, seq) for one in ids if one in found}

    def names(self, ids: Sequence[str], seq: int | None) -> dict[str, str]:
        self.asked["names"] += 1
        found = self.live if seq is None else self.then.get(seq, {})
        return {one: found[one].name for one in ids if one in found}

    def _found(self, query: ItemQuery, seq: int | None = None) -> list[ItemState]:
        states = self.live if seq is None else self.then.get(seq, {})
        kept = [one for one in states.values() if (not query.types or one.type in query.types) and _holds(one, query.filters)]
        if query.search:
            kept = [one for one in kept if query.search.lower() in one.name.lower()]
        return sorted(kept, key=lambda one: (str(one.value(query.order.field) or ""), one.id), reverse=query.order.descending)

    def page(self, query: ItemQuery, seq: int | None = None) -> ItemPage:
        self.asked["page"] += 1
        found = self._found(query, seq)
        if query.after is not None:
            value, item_id = decode_cursor(query.order, query.after)
            found = [one for one in found if (str(one.value(query.order.field) or ""), one.id) > (value, item_id)]
        shown = found[: query.first]
        cursors = [encode_cursor(query.order, str(one.value(query.order.field) or ""), one.id) for one in shown]
        return ItemPage([ItemSeen(one, 1, WHEN, seq) for one in shown], cursors, len(found) > len(shown))

    def columns(self, query: ItemQuery, fields: Sequence[str]) -> ColumnPage:
        self.asked["columns"] += 1
        page = self.page(query)
        self.asked["page"] -= 1
        columns = {name: [_stored(one, name) for one in page.items] for name in fields}
        first, last = (page.cursors[0], page.cursors[-1]) if page.cursors else (None, None)
        return ColumnPage(columns, len(page.items), first, last, page.more)

    def count(self, query: ItemQuery, seq: int | None = None) -> int:
        self.asked["count"] += 1
        return len(self._found(query, seq))

    def facet(self, query: ItemQuery, field_name: str, limit: int, seq: int | None = None) -> list[tuple[Any, int]]:
        self.asked["facet"] += 1
        return Counter(one.value(field_name) for one in self._found(query, seq)).most_common(limit)

    def relations(self, ids: Sequence[str], ends: Ends) -> dict[str, RelationPage]:
        self.asked["relations"] += 1
        found = {}
        for one in ids:
            rows = [r for r in self.relations_live if _end(r.source == one, r, ends.out) or _end(r.target == one, r, ends.into)]
            shown = [RelationSeen(row, 1) for row in rows[: ends.first]]
            found[one] = RelationPage(shown, [row.state.id for row in shown], len(rows) > len(shown), len(rows))
        return found

    def claims(self, ids: Sequence[str]) -> dict[str, list[ClaimSeen]]:
        self.asked["claims"] += 1
        return {one: [ClaimSeen("manual", "", "r1", {"name": "x"}, WHEN)] for one in ids}

    def versions(self, item_id: str, first: int, before: int | None) -> tuple[list[VersionSeen], bool]:
        self.asked["versions"] += 1
        state = self.live.get(item_id)
        if state is None:
            return [], False
        older = replace(state, revision=1, status="planned", owner="")
        newer = VersionSeen(replace(state, revision=2), older, 5, 2, "h" * 64, commit=commit(5))
        return [newer, VersionSeen(older, None, 2, 1, "g" * 64)][:first], first < 2

    def search(self, words: str, types: Sequence[str], weights: Mapping[str, int], first: int, head: int) -> tuple[list[ItemSeen], int]:
        self.asked["search"] += 1
        found = self._found(ItemQuery(types=tuple(types), search=words))
        return [ItemSeen(one, 1, WHEN) for one in found[:first]], len(found)

    def relation_turns(self, item_id: str, first: int, after: Place) -> tuple[list[RelationTurnSeen], bool]:
        self.asked["relation_turns"] += 1
        return [], False

    def commits(self, seqs: Sequence[int]) -> dict[int, Commit]:
        self.asked["commits"] += 1
        return {one: commit(one) for one in seqs}

    def log(self, after: int, first: int) -> list[Commit]:
        self.asked["log"] += 1
        return [commit(seq) for seq in range(after + 1, min(self.seq, after + first) + 1)]


class MemoryDoor:
    """Notes what was submitted and answers as told."""

    def __init__(self, reads: MemoryReads) -> None:
        self.reads = reads
        self.batches: list[tuple[Batch, Actor]] = []
        self.answer: BatchResult | None = None
        self.error: Exception | None = None
        self.held: dict[str, HeldPlan] = {}

    def submit(self, batch: Batch, actor: Actor) -> BatchResult:
        self.batches.append((batch, actor))
        if self.error:
            raise self.error
        if self.answer is not None:
            return self.answer
        seen = batch.observations[0]
        item_id = seen.item_id or next(iter(self.reads.live), None)
        outcome = Outcome(seen.ref, OutcomeStatus.UPDATED, item_id, 2, ("owner",), index=0)
        return BatchResult(batch.source, (outcome,), (Receipt(8, "a" * 64, WHEN),))

    def holds(self, *, state: Any, after: str | None, first: int) -> list[HeldPlan]:
        return [one for one in self.held.values() if state is None or one.state is state][:first]

    def hold(self, hold_id: str) -> HeldPlan:
        if hold_id not in self.held:
            raise HoldNotFound("there is no such held plan")
        return self.held[hold_id]

    def release(self, hold_id: str, actor: Actor, reason: str, choice: str | None = None) -> BatchResult:
        return BatchResult("x", (), (Receipt(9, "b" * 64, WHEN),))

    def reject(self, hold_id: str, actor: Actor, reason: str) -> HeldPlan:
        return self.hold(hold_id)


class MemoryFeed:
    """Three commits, then the end."""

    async def follow(self, after: int) -> AsyncIterator[Commit]:
        for seq in range(after + 1, after + 4):
            yield commit(seq)


def rooms(reads: MemoryReads, **others: Any) -> Rooms:
    """Rooms around these reads."""
    door = others.get("door") or MemoryDoor(reads)
    return Rooms(reads=reads, door=door, types=others.get("types"), impact=others.get("impact"), feed=MemoryFeed())


def context(reads: MemoryReads, actor: Actor = ENGINEER, **others: Any) -> Context:
    """A context for one operation."""
    return Context(actor, rooms(reads, **others))


def holder(limits: Limits | None = None) -> SchemaHolder:
    """The schema of the default pack."""
    return SchemaHolder(load_pack, limits)


def _holds(state: ItemState, filters: Sequence[Filter | AnyOf]) -> bool:
    return all(
        any(_holds(state, group) for group in one.alternatives) if isinstance(one, AnyOf) else _meets(state.value(one.field), one)
        for one in filters
    )


def _meets(value: Any, one: Filter) -> bool:
    tests = {
        "eq": lambda: value == one.value,
        "ne": lambda: value != one.value,
        "in": lambda: value in one.value,
        "is_null": lambda: (value is None) is one.value,
        "contains": lambda: value is not None and one.value in value,
        "gte": lambda: value is not None and value >= one.value,
    }
    return bool(tests[str(one.op)]())


def _stored(seen: ItemSeen, name: str) -> Any:
    special = {"id": seen.state.id, "type": seen.state.type, "revision": seen.state.revision, "_seq": seen.seq, "_created": seen.created}
    if name in special:
        return special[name]
    if name in ("name", "status", "version", "location", "description", "owner"):
        return getattr(seen.state, name)
    value = seen.state.attributes.get(name)
    return list(value) if isinstance(value, tuple) else value


def _end(here: bool, relation: RelationState, types: tuple[str, ...] | None) -> bool:
    return here and types is not None and (not types or relation.type in types)
