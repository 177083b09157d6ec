"""The port `Reads` over the rooms of the core: inventory for now, history and its inventory for then, the log for commits.

Relationships are paged in memory by (type, name of the other end, id): one statement fetches all of a wave's items, hubs included. A
cursor is that key, so a page stays where it was though relationships come and go.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from cmdb.inventory.query import BadCursor, ItemQuery, RelationRow, encode_cursor
from cmdb.inventory.search import Finder
from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History, Past
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.touching import LastKnown, Place, Touching
from cmdb.model.commit import Commit
from cmdb.model.item import ItemState, RelationState
from cmdb.past.inventory import PastInventory
from cmdb.past.names import names_at
from cmdb_graphql.context import ClaimSeen, ColumnPage, Ends, ItemPage, ItemSeen, RelationPage, RelationSeen, RelationTurnSeen, VersionSeen

Key = tuple[str, str, str]


class RoomReads:
    """Reads through the rooms."""

    def __init__(
        self, ledger: Ledger, inventory: Inventory, history: History, log: Log, past: PastInventory, finder: Finder, touching: Touching
    ) -> None:
        self._ledger, self._inventory, self._history, self._log, self._past = ledger, inventory, history, log, past
        self._finder, self._touching = finder, touching

    def head(self) -> int:
        return self._ledger.head().seq

    def resolve(self, seq: int | None, time: str | None) -> int:
        return self._history.resolve(seq if seq is not None else time)

    def items(self, ids: Sequence[str], seq: int | None) -> Mapping[str, ItemSeen]:
        if seq is None:
            return {one.id: ItemSeen(one.state, one.seq, one.created) for one in self._inventory.items(ids).values()}
        return {one.state.id: one for one in self._then(list(self._history.items_by_id(ids, seq).values()), seq)}

    def names(self, ids: Sequence[str], seq: int | None) -> Mapping[str, str]:
        return names_at(self._inventory, self._history, ids, seq)

    def page(self, query: ItemQuery, seq: int | None = None) -> ItemPage:
        if seq is not None:
            then = self._past.page(query, seq)
            return ItemPage(self._then(then.items, seq), then.cursors, then.has_next)
        found = self._inventory.page(query)
        return ItemPage([ItemSeen(one.state, one.seq, one.created) for one in found.items], found.cursors, found.has_next)

    def columns(self, query: ItemQuery, fields: Sequence[str]) -> ColumnPage:
        wanted = list(dict.fromkeys([*fields, "id", "type", query.order.field]))
        found = self._inventory.columns(query, wanted)
        length = len(found["id"])

        def cursor(row: int) -> str:
            return encode_cursor(query.order, found[query.order.field][row], found["id"][row])

        full = length == query.first
        last = cursor(length - 1) if length else None
        return ColumnPage(found, length, cursor(0) if length else None, last, full and self._more(query, last))

    def _more(self, query: ItemQuery, last: str | None) -> bool:
        return bool(self._inventory.columns(replace(query, after=last, first=1), ["id"])["id"])

    def count(self, query: ItemQuery, seq: int | None = None) -> int:
        return self._inventory.count(query) if seq is None else self._past.count(query, seq)

    def facet(self, query: ItemQuery, field_name: str, limit: int, seq: int | None = None) -> Sequence[tuple[Any, int]]:
        found = self._inventory.facets(query, field_name, limit) if seq is None else self._past.facets(query, field_name, seq, limit)
        return list(found.items())

    def relations(self, ids: Sequence[str], ends: Ends) -> Mapping[str, RelationPage]:
        keyed: dict[str, list[tuple[Key, RelationSeen]]] = {one: [] for one in ids}
        if ends.seq is not None:
            for one, past, name in self._rows_then(ids, ends, ends.seq):
                keyed[one].append((_key(past.state, name), RelationSeen(past.state, past.seq)))
        else:
            for one, rows in self._rows(ids, ends):
                keyed[one].extend((_key(row.state, row.other_name), RelationSeen(row.state, row.seq)) for row in rows)
        return {one: _page(relations, ends) for one, relations in keyed.items()}

    def _rows_then(self, ids: Sequence[str], ends: Ends, seq: int) -> list[tuple[str, Past[RelationState], str]]:
        """Item, relationship of then, and what the other end was called then."""
        then = self._history.relations_of(ids, seq)
        asked = [(one, past) for one, pasts in then.items() for past in pasts if _asked(one, past.state, ends)]
        others = self._history.items_by_id((_other(one, past.state) for one, past in asked), seq) if asked else {}
        names = {one: past.state.name for one, past in others.items()}
        return [(one, past, names.get(_other(one, past.state), "")) for one, past in asked]

    def _then(self, pasts: Sequence[Past[ItemState]], seq: int) -> list[ItemSeen]:
        created = self._history.born([past.state.id for past in pasts]) if pasts else {}
        return [ItemSeen(past.state, past.seq, created.get(past.state.id), seq) for past in pasts]

    def _rows(self, ids: Sequence[str], ends: Ends) -> list[tuple[str, list[RelationRow]]]:
        if ends.out is not None and ends.out == ends.into:
            return list(self._inventory.relations_of(ids, "both", ends.out).items())
        found: list[tuple[str, list[RelationRow]]] = []
        if ends.out is not None:
            found.extend(self._inventory.relations_of(ids, "out", ends.out).items())
        if ends.into is not None:
            found.extend(self._inventory.relations_of(ids, "in", ends.into).items())
        return found

    def claims(self, ids: Sequence[str]) -> Mapping[str, Sequence[ClaimSeen]]:
        found = self._inventory.claims_of(ids)
        return {
            one: [ClaimSeen(claim.source, claim.scope, claim.ref, claim.fields, claim.seen_at) for claim in claims]
            for one, claims in found.items()
        }

    def versions(self, item_id: str, first: int, before: int | None) -> tuple[Sequence[VersionSeen], bool]:
        found = self._history.told(item_id, before, first + 1)
        states = [ItemState.from_body(one.body) if one.body is not None else None for one in found]
        shown = []
        for one, state, older in zip(found, states, [*states, None][1:], strict=True):
            known = older is not None or one.revision == 1
            shown.append(VersionSeen(state, older, one.seq, one.revision, one.hash, one.retired, one.purged, known))
        return shown[:first], len(found) > first

    def search(self, words: str, types: Sequence[str], weights: Mapping[str, int], first: int, head: int) -> tuple[Sequence[ItemSeen], int]:
        found = self._finder.find(words, head, types, weights, first)
        live = self.items(found.ids, None) if found.ids else {}
        return [live[one] for one in found.ids if one in live], found.total

    def relation_turns(self, item_id: str, first: int, after: Place) -> tuple[Sequence[RelationTurnSeen], bool]:
        found = self._touching.of(item_id, first + 1, after)
        shown = [(one, one.target if one.source == item_id else one.source) for one in found[:first]]
        names = self._touching.names(other for _, other in shown) if shown else {}
        unknown = LastKnown("", "")
        known = [(one, names.get(other, unknown)) for one, other in shown]
        return [RelationTurnSeen(one, other.type, other.name) for one, other in known], len(found) > first

    def commits(self, seqs: Sequence[int]) -> Mapping[int, Commit]:
        return self._log.commits(seqs)

    def log(self, after: int, first: int) -> Sequence[Commit]:
        return self._log.after(after, first)


class LedgerFeed:
    """Follows the log. `beyond(seq, timeout)` waits until a commit after `seq` was taken in, or the time is up."""

    def __init__(self, log: Callable[[int, int], Sequence[Commit]], beyond: Callable[[int, float], Any], run: Callable[..., Any]) -> None:
        self._log, self._beyond, self._run = log, beyond, run

    async def follow(self, after: int) -> AsyncIterator[Commit]:
        """Every commit after this one. `run(function, *args)` calls a blocking function off the loop."""
        at = after
        while True:
            found = await self._run(self._log, at, 200)
            for one in found:
                at = one.seq
                yield one
            if not found:
                await self._beyond(at, 15.0)


def _other(item_id: str, state: RelationState) -> str:
    return state.target if state.source == item_id else state.source


def _asked(item_id: str, state: RelationState, ends: Ends) -> bool:
    sides = ((state.source == item_id, ends.out), (state.target == item_id, ends.into))
    return any(here and types is not None and (not types or state.type in types) for here, types in sides)


def _key(state: RelationState, name: str) -> Key:
    return (state.type, name, state.id)


def _page(relations: list[tuple[Key, RelationSeen]], ends: Ends) -> RelationPage:
    relations.sort(key=lambda entry: entry[0])
    total = len(relations)
    if ends.after is not None:
        place = _decode(ends.after)
        relations = [entry for entry in relations if entry[0] > place]
    shown = relations[: ends.first]
    return RelationPage([seen for _, seen in shown], [_encode(key) for key, _ in shown], len(relations) > len(shown), total)


def _encode(key: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _decode(cursor: str) -> Key:
    try:
        kind, name, relation = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error) as problem:
        raise BadCursor("this is no cursor of a list of relationships; start without one") from problem
    if not (isinstance(kind, str) and isinstance(name, str) and isinstance(relation, str)):
        raise BadCursor("this is no cursor of a list of relationships; start without one")
    return kind, name, relation
