"""Read the live graph from the store into columns, page by page, so that neither side ever holds it all as objects.

The reads are many statements, so they see many states. Whoever calls this reads the ledger's head before and replays what came since
(`keeper`): an item or relationship that changed meanwhile is simply set again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.columns import SAID, Frame, ItemColumns, Joined, RelationColumns, assembled, numbers_of
from cmdb.impact.freshness import Sightings, freshness_by_number
from cmdb.impact.levels import Ints
from cmdb.impact.rows import GraphRows
from cmdb.model.names import edge_of
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
PAGE = 20_000
"""Items in a page; about 100,000 relationships."""
USUAL_NEED_ATTRIBUTE = "need"

Progress = Callable[[int], None]


def load_rows(store: Store, registry: Registry, now: datetime, progress: Progress = lambda _: None, page: int = PAGE) -> GraphRows:
    """The live graph as columns. `now` decides which sightings are stale; `progress` is told how many rows each page brought."""
    table = ArrowTable.of(registry)
    relation_types = tuple(table.propagation)
    items = _read_items(store, progress, page)
    frame = Frame.of(items, table)
    ids = frame.ids
    relations, sightings = RelationColumns(), Sightings()
    for first in range(0, len(ids), page):
        lowest, highest = items.ids[first], items.ids[min(first + page, len(ids)) - 1]
        found = _take_relations(
            relations, store.columns(load(QUERIES, "read_relation_columns"), lowest=lowest, highest=highest), ids, relation_types
        )
        claims = store.columns(load(QUERIES, "read_claim_columns"), lowest=lowest, highest=highest)
        sightings.add(numbers_of(ids, claims["item"]), claims["source"], claims["seen_at"])
        progress(found)
    joined = relations.joined()
    _read_other_needs(store, table, relation_types, ids, joined)
    stale_before = _stale_before(registry, frame.types, frame.type_of, now)
    fresh = freshness_by_number(joined.source, joined.target, joined.backing, tuple(relations.backings), sightings, stale_before)
    return assembled(frame, table, joined, fresh)


def _read_items(store: Store, progress: Progress, page: int) -> ItemColumns:
    items = ItemColumns()
    after = ""
    while True:
        rows = store.columns(load(QUERIES, "read_item_columns"), after=after, limit=page)
        if not rows["id"]:
            return items
        items.ids += rows["id"]
        for name, column in items.words.items():
            column += rows[name]
        items.counts += rows["need_count"]
        items.percents += rows["need_percent"]
        after = rows["id"][-1]
        progress(len(rows["id"]))


def _stale_before(registry: Registry, types: Sequence[str], type_of: Ints, now: datetime) -> NDArray[np.int64]:
    """By item: a sighting before this moment (microseconds since 1970) is stale."""
    limits = [0]
    for name in types:
        known = registry.item_types.get(name)
        after = known.stale_after if known is not None else None
        limits.append(0 if after is None else int((now - after).timestamp() * 1e6))
    return np.array(limits, np.int64)[type_of + 1]


def _take_relations(into: RelationColumns, rows: Any, ids: NDArray[np.bytes_], relation_types: Sequence[str]) -> int:
    codes = {name: code for code, name in enumerate(relation_types)}
    source, target = numbers_of(ids, rows["source"]), numbers_of(ids, rows["target"])
    kind = np.fromiter((codes.get(name, -1) for name in rows["type"]), np.int16, len(source))
    need = np.fromiter((SAID.get(said, 0) for said in rows["need"]), np.int8, len(source))
    backing = np.fromiter((into.backings.setdefault(tuple(s), len(into.backings)) for s in rows["sources"]), np.int32, len(source))
    keep = (kind >= 0) & (source >= 0) & (target >= 0)
    for column, part in ((into.source, source), (into.target, target), (into.backing, backing)):
        column.append(part[keep])
    into.type.append(kind[keep])
    into.need.append(need[keep])
    return len(source)


def _read_other_needs(store: Store, table: ArrowTable, relation_types: Sequence[str], ids: NDArray[np.bytes_], joined: Joined) -> None:
    """Relationship types whose need stands in an attribute of another name; and forget what `need` says where it is no such attribute."""
    for code, name in enumerate(relation_types):
        attribute = table.propagation[name].need_attribute
        if attribute == USUAL_NEED_ATTRIBUTE:
            continue
        mine = np.flatnonzero(joined.type == code)
        joined.need[mine] = 0
        if attribute is None or not len(mine):
            continue
        rows = store.columns(load(QUERIES, "read_relation_needs").named(edge=edge_of(name), attribute=attribute))
        said = {
            (s, t): SAID.get(n, 0)
            for s, t, n in zip(
                numbers_of(ids, rows["source"]).tolist(), numbers_of(ids, rows["target"]).tolist(), rows["need"], strict=True
            )
        }
        for at in mine.tolist():
            joined.need[at] = said.get((int(joined.source[at]), int(joined.target[at])), 0)
