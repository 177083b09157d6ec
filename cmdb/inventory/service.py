"""Reads of the live graph (requirements 9.1-02 to 9.1-05). Each call is one statement or a few; none pays for history."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import orjson

from cmdb.inventory.filters import (
    ALWAYS,
    collected,
    column,
    conditions,
    edges,
    fill,
    labels,
    order_by,
    page_size,
    place_after,
)
from cmdb.inventory.query import ItemQuery, LiveItem, Page, RelationRow, encode_cursor
from cmdb.model.native import item_state, relation_state
from cmdb.model.plan import ClaimEdit
from cmdb.store.protocol import Store
from cmdb.store.statements import Statement, load

Direction = Literal["out", "in", "both"]
_QUERIES = Path(__file__).parent / "queries"
_ABSENT = "\u0000absent"  # no stored text may hold NUL


class Inventory:
    """What is live now. Thread-safe; holds nothing but the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def item(self, item_id: str) -> LiveItem | None:
        """The live item of this id, None where there is none (any more)."""
        return self.items([item_id]).get(item_id)

    def items(self, ids: Iterable[str]) -> dict[str, LiveItem]:
        """The live ones among these ids, by id, in one statement."""
        rows = self._store.read(load(_QUERIES, "read_items"), ids=_distinct(ids))
        return {row["properties"]["id"]: live_item(row["properties"]) for row in rows}

    def page(self, query: ItemQuery) -> Page:
        """One page of `query`. Raises `BadQuery`, `BadCursor`."""
        size = page_size(query)
        made = conditions(query)
        place_after(made, query.order, query.after)
        statement = _frame("page_items", query, where=made.where(), order=order_by(query.order))
        rows = self._store.read(statement, limit=size + 1, **made.params)
        items = tuple(live_item(row["properties"]) for row in rows[:size])
        name = query.order.field
        cursors = tuple(encode_cursor(query.order, row["properties"].get(name), row["properties"]["id"]) for row in rows[:size])
        return Page(items, cursors, len(rows) > size)

    def count(self, query: ItemQuery) -> int:
        """How many items the query selects, whatever its page."""
        made = conditions(query)
        return int(self._store.read(_frame("count_items", query, where=made.where()), **made.params)[0]["total"])

    def facets(self, query: ItemQuery, field: str, limit: int = 100) -> dict[Any, int]:
        """How many selected items have each value of a scalar field (None: no value), most frequent first, `limit` values at most."""
        made = conditions(query)
        statement = _frame("facet_items", query, where=made.where(), fields=column(field))
        return {row["value"]: row["total"] for row in self._store.read(statement, limit=limit, **made.params)}

    def columns(self, query: ItemQuery, fields: Sequence[str]) -> dict[str, list[Any]]:
        """One list per field over the page of `query`, None where an item has no value: the bulk read under exports and long lists.

        Field names as in filters, also `_seq` and `_created`. Much faster than `page`, because no item becomes an object.
        """
        made = conditions(query)
        place_after(made, query.order, query.after)
        texts = collected(fields, made.parameter(_ABSENT))
        statement = _frame("column_items", query, where=made.where(), order=order_by(query.order), fields=texts)
        found = self._store.columns(statement, limit=page_size(query), **made.params)
        return {name: _with_nulls(name, found[name]) for name in fields}

    def relations_of(self, ids: Iterable[str], direction: Direction = "both", types: Sequence[str] = ()) -> dict[str, list[RelationRow]]:
        """The live relationships of many items: id -> rows, each seen from that item. A relationship between two of them is with both."""
        wanted = _distinct(ids)
        found: dict[str, list[RelationRow]] = {id_: [] for id_ in wanted}
        for outgoing in (True, False):
            if direction == ("in" if outgoing else "out"):
                continue
            statement = fill(load(_QUERIES, "read_relations_out" if outgoing else "read_relations_in"), edges=edges(types))
            columns = self._store.columns(statement, ids=wanted)
            for id_, other, other_type, other_name, properties in zip(
                columns["id"], columns["other"], columns["other_type"], columns["other_name"], columns["properties"], strict=True
            ):
                source, target = (id_, other) if outgoing else (other, id_)
                state = relation_state(source, target, properties)
                found[id_].append(RelationRow(state, properties["_hash"], properties["_seq"], outgoing, other, other_type, other_name))
        return found

    def claims_of(self, ids: Iterable[str]) -> dict[str, list[ClaimEdit]]:
        """What each source says of these items: id -> its claims, by source. Ids without a claim have an empty list."""
        wanted = _distinct(ids)
        found: dict[str, list[ClaimEdit]] = {id_: [] for id_ in wanted}
        for row in self._store.read(load(_QUERIES, "read_claims"), ids=wanted):
            claim = claim_from(row["claim"])
            found[claim.item_id].append(claim)
        for claims in found.values():
            claims.sort(key=lambda claim: claim.source)
        return found


def live_item(properties: Mapping[str, Any]) -> LiveItem:
    """The item a live node's properties hold."""
    return LiveItem(item_state(properties), properties["_hash"], properties["_seq"], properties["_created"])


def claim_from(properties: Mapping[str, Any]) -> ClaimEdit:
    """The claim a node's properties hold."""
    relations = tuple((type_, other, outgoing) for type_, other, outgoing in orjson.loads(properties["relations"]))
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in orjson.loads(properties["fields"]).items()}
    return ClaimEdit(
        item_id=properties["item_id"],
        source=properties["source"],
        scope=properties["scope"],
        ref=properties["ref"],
        fields=fields,
        relations=relations,
        digest=properties.get("digest"),
        seen_at=properties["seen_at"],
    )


def _frame(name: str, query: ItemQuery, **texts: str) -> Statement:
    return fill(load(_QUERIES, name).named(labels=labels(query.types)), **texts)


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _with_nulls(name: str, values: Sequence[Any]) -> list[Any]:
    if name in ALWAYS or _ABSENT not in values:
        return list(values)
    return [None if value == _ABSENT else value for value in values]
