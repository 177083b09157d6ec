"""Reads of the live graph (requirements 9.1-02 to 9.1-05). Each call is one statement or a few; none pays for history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from cmdb.inventory.by_id import walk
from cmdb.inventory.filters import (
    ALWAYS,
    Conditions,
    collected,
    column,
    conditions,
    edges,
    fill,
    labels,
    order_by,
    page_size,
    place_after,
    ranged,
    typed,
)
from cmdb.inventory.query import ItemQuery, LiveItem, Page, RelationRow, decode_cursor, encode_cursor
from cmdb.model.native import item_state, relation_state
from cmdb.model.plan import ClaimEdit
from cmdb.store.protocol import Store
from cmdb.store.statements import load

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
        found = self._select(query, size + 1, _WHOLE)
        name = query.order.field
        cursors = tuple(encode_cursor(query.order, properties.get(name), properties["id"]) for properties in found[:size])
        return Page(tuple(live_item(properties) for properties in found[:size]), cursors, len(found) > size)

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of these live items; ids of none are left out."""
        found = self._store.columns(load(_QUERIES, "column_names"), ids=_distinct(ids))
        return dict(zip(found["id"], found["name"], strict=True))

    def count(self, query: ItemQuery) -> int:
        """How many items the query selects, whatever its page. Without a filter it costs next to nothing: engines keep count of labels."""
        made = conditions(query)
        if made.texts or not query.types:
            return self._count(query.types, made)
        return sum(self._count((type_name,), made) for type_name in dict.fromkeys(query.types))

    def _count(self, types: Sequence[str], made: Conditions) -> int:
        statement = fill(load(_QUERIES, "count_items"), labels=labels(types), where=made.where())
        return int(self._store.read(statement, **made.params)[0]["total"])

    def _select(self, query: ItemQuery, limit: int, form: "_Form") -> list[Any]:
        """The first `limit` matches in the query's order."""
        if query.order.field != "id" or query.order.descending:
            return self._scan(query, limit, form)
        found = self._by_id(query, limit, form)
        found.sort(key=form.id_of)
        return found[:limit]

    def _scan(self, query: ItemQuery, limit: int, form: "_Form") -> list[Any]:
        """The engine looks at everything of these types, and sorts."""
        made = conditions(query)
        place_after(made, query.order, query.after)
        statement = fill(
            load(_QUERIES, form.scan),
            labels=labels(query.types),
            where=made.where(),
            ranged_where=made.where(*typed(query.types), *ranged(query.order)),
            order=order_by(query.order),
            **form.texts,
        )
        return form.unpack(self._store.read(statement, limit=limit, **made.params, **form.params))

    def _by_id(self, query: ItemQuery, limit: int, form: "_Form") -> list[Any]:
        """Every match up to some id, at least `limit` where there are so many, in no order (see `cmdb.inventory.by_id`)."""
        made = conditions(query)
        of_types = typed(query.types)
        looking = fill(load(_QUERIES, "probe_items"), rest=Conditions().rest(*of_types))
        reading = fill(load(_QUERIES, form.window), where=made.where(*of_types), **form.texts)

        def probe(place: str, size: int) -> tuple[int, str | None]:
            row = self._store.read(looking, place=place, probe=size)[0]
            return int(row["total"]), row["last"]

        def window(place: str, last: str) -> list[Any]:
            return form.unpack(self._store.read(reading, place=place, last=last, **made.params, **form.params))

        place = decode_cursor(query.order, query.after)[1] if query.after is not None else ""
        return walk(probe, window, lambda: self._scan(query, limit, form), place, limit, selective=bool(made.texts))

    def facets(self, query: ItemQuery, by: str, limit: int = 100) -> dict[Any, int]:
        """How many selected items have each value of a scalar field (None: no value), most frequent first, `limit` values at most."""
        made = conditions(query)
        statement = fill(load(_QUERIES, "facet_items"), labels=labels(query.types), where=made.where(), fields=column(by))
        return {row["value"]: row["total"] for row in self._store.read(statement, limit=limit, **made.params)}

    def columns(self, query: ItemQuery, fields: Sequence[str]) -> dict[str, list[Any]]:
        """One list per field over the page of `query`, None where an item has no value: the bulk read under exports and long lists.

        Field names as in filters, also `_seq` and `_created`. Much faster than `page`, because no item becomes an object.
        """
        wanted = ["id", *(name for name in dict.fromkeys(fields) if name != "id")]
        form = _Form(
            "window_columns",
            "column_items",
            lambda rows: list(zip(*(rows[0][name] for name in wanted), strict=True)),
            lambda row: str(row[0]),
            {"fields": collected(wanted, "$absent")},
            {"absent": _ABSENT},
        )
        found = self._select(query, page_size(query), form)
        columns = dict(zip(wanted, zip(*found, strict=True), strict=True)) if found else dict.fromkeys(wanted, ())
        return {name: _with_nulls(name, columns[name]) for name in fields}

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


@dataclass(frozen=True, slots=True)
class _Form:
    """In which form matches are read: the statements for a window of ids and for a scan, and how their rows become a list of matches."""

    window: str
    scan: str
    unpack: Callable[[list[dict[str, Any]]], list[Any]]
    id_of: Callable[[Any], str]
    texts: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)


_WHOLE = _Form(
    "window_items",
    "page_items",
    lambda rows: [row["properties"] for row in rows],
    lambda properties: str(properties["id"]),
)


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _with_nulls(name: str, values: Sequence[Any]) -> list[Any]:
    if name in ALWAYS or _ABSENT not in values:
        return list(values)
    return [None if value == _ABSENT else value for value in values]
