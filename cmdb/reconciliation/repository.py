"""`World` on the graph: index look-ups by id, a fixed number for each chunk."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson

from cmdb.ledger.chain import OPEN
from cmdb.ledger.purged import body_of
from cmdb.model.item import ItemState, RelationState
from cmdb.model.names import edge_of
from cmdb.model.native import item_state, relation_state
from cmdb.model.plan import ClaimEdit
from cmdb.store.protocol import Store
from cmdb.store.statements import Statement, load

_QUERIES = Path(__file__).parent / "queries"


class GraphWorld:
    """Reads the live graph, claims and last versions. Keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def items(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        """The live ones of these items."""
        states = [item_state(row["properties"]) for row in self._rows("read_items", ids)]
        return {state.id: state for state in states}

    def retired(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        """The last state of those that lived once and are not live now."""
        if not ids:
            return {}
        rows = self._store.read(load(_QUERIES, "read_last_versions"), ids=list(ids), open=OPEN)
        states = [ItemState.from_body(body_of(row["body"], "a retired item")) for row in rows]
        return {state.id: state for state in states if state.retired}

    def claims(self, ids: Collection[str]) -> Mapping[str, tuple[ClaimEdit, ...]]:
        """The claims of every source on each of these items, ordered by source."""
        if not ids:
            return {}
        columns = self._store.columns(load(_QUERIES, "read_claims"), ids=list(ids))
        names = ("item_id", "source", "scope", "ref", "fields", "relations", "digest", "seen_at", "stamp")
        found: defaultdict[str, list[ClaimEdit]] = defaultdict(list)
        for row in zip(*(columns[name] for name in names), strict=True):
            found[row[0]].append(_claim(row))
        return {item_id: tuple(sorted(claims, key=lambda claim: claim.source)) for item_id, claims in found.items()}

    def relations_at(self, ids: Collection[str]) -> Mapping[str, RelationState]:
        """The live relationships that begin or end at one of these items, by relationship id."""
        states = self._relations(load(_QUERIES, "read_relations_out"), ids) + self._relations(load(_QUERIES, "read_relations_in"), ids)
        return {state.id: state for state in states}

    def relations_of_type(self, ids: Collection[str], relation_type: str, *, outgoing: bool) -> tuple[RelationState, ...]:
        """The live relationships of one type that begin (`outgoing`) or end at these items."""
        name = "read_relations_of_type_out" if outgoing else "read_relations_of_type_in"
        return tuple(self._relations(load(_QUERIES, name).named(edge=edge_of(relation_type)), ids))

    def live_types(self, ids: Collection[str]) -> Mapping[str, str]:
        """The type of each of these items that is live."""
        if not ids:
            return {}
        columns = self._store.columns(load(_QUERIES, "read_item_types"), ids=list(ids))
        return dict(zip(columns["id"], columns["type"], strict=True))

    def scope(self, source: str, scope: str) -> Mapping[str, str]:
        """Item id -> ref of everything this source asserts to exist in the scope."""
        columns = self._store.columns(load(_QUERIES, "read_scope"), source=source, scope=scope)
        return dict(zip(columns["item_id"], columns["ref"], strict=True))

    def claimed_by(self, source: str) -> tuple[str, ...]:
        """Ids of all items this source says anything of, sorted."""
        columns = self._store.columns(load(_QUERIES, "read_source"), source=source)
        return tuple(sorted(set(columns["item_id"])))

    def _relations(self, statement: Statement, ids: Collection[str]) -> list[RelationState]:
        if not ids:
            return []
        rows = self._store.read(statement, ids=list(ids))
        return [relation_state(row["source"], row["target"], row["properties"]) for row in rows]

    def _rows(self, query: str, ids: Collection[str]) -> list[dict[str, Any]]:
        return self._store.read(load(_QUERIES, query), ids=list(ids)) if ids else []


def _claim(row: tuple[Any, ...]) -> ClaimEdit:
    item_id, source, scope, ref, fields, relations, digest, seen_at, stamp = row
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in orjson.loads(fields).items()}
    ends = tuple((one[0], one[1], one[2]) for one in orjson.loads(relations))
    return ClaimEdit(item_id, source, scope, ref, values, ends, digest or None, seen_at, stamp=stamp)
