"""Read the graph as it was after a commit from the versions in history, as the same columns the live graph is read into.

History is walked in windows of item ids: each is one read of the items live then and one of the relationships that leave them, so that no
side ever holds all of it as objects. History does not change (purge apart), so nothing need be replayed afterwards.

What can honestly be said of how fresh a past relationship was (decision 0057): sightings are no commits, only their effects are kept. By
hand: only people spoke for it. Confirmed: a source had spoken for it in this very version, within the staleness limit before that commit's
time. Else unknown: it may have been seen again without a change, and nobody wrote that down.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.columns import SAID, Frame, ItemColumns, Joined, RelationColumns, assembled, numbers_of
from cmdb.impact.index import group_need
from cmdb.impact.levels import Bytes, Freshness
from cmdb.impact.rows import GraphRows
from cmdb.ledger.past_items import windows
from cmdb.ledger.purged import body_of
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
Progress = Callable[[int], None]
NEVER = 1 << 62


def load_past_rows(
    store: Store, registry: Registry, seq: int, spoken_since: Mapping[str, int], progress: Progress = lambda _: None
) -> GraphRows:
    """The graph as it was after commit `seq`, by the types of then (`registry`).

    `spoken_since`: by item type, the commit after which a source's word on a relationship of such an item was not stale yet at `seq`; types
    left out go stale never. `progress` is told how many rows each read brought.
    """
    table = ArrowTable.of(registry)
    ranges = list(windows(store))
    frame = Frame.of(_read_items(store, ranges, seq, progress).sorted(), table)
    relations, made = _read_relations(store, ranges, seq, frame.ids, table, progress)
    joined = relations.joined()
    return assembled(frame, table, joined, _freshness(frame, joined, tuple(relations.backings), made, spoken_since))


def _read_items(store: Store, ranges: Sequence[tuple[str, str]], seq: int, progress: Progress) -> ItemColumns:
    items = ItemColumns()
    for place, last in ranges:
        rows = store.columns(load(QUERIES, "read_past_item_columns"), place=place, last=last, seq=seq)
        items.ids += rows["id"]
        items.words["type"] += rows["type"]
        for text in rows["body"]:
            body = body_of(text)
            need = group_need(body["attributes"])
            items.words["owner"].append(body["owner"])
            items.words["location"].append(body["location"])
            items.words["criticality"].append(str(body["attributes"].get("criticality") or ""))
            items.counts.append(-1 if need.count is None else need.count)
            items.percents.append(-1.0 if need.percent is None else need.percent)
        progress(len(rows["id"]))
    return items


def _read_relations(
    store: Store, ranges: Sequence[tuple[str, str]], seq: int, ids: NDArray[np.bytes_], table: ArrowTable, progress: Progress
) -> tuple[RelationColumns, NDArray[np.int64]]:
    """The relationships, and the commit that made each."""
    relations, made = RelationColumns(), [np.zeros(0, np.int64)]
    codes = {name: code for code, name in enumerate(table.propagation)}
    attributes = {name: way.need_attribute for name, way in table.propagation.items()}
    for place, last in ranges:
        rows = store.columns(load(QUERIES, "read_past_relation_columns"), place=place, last=last, seq=seq, types=list(codes))
        source, target = numbers_of(ids, rows["source"]), numbers_of(ids, rows["target"])
        bodies = [body_of(text) for text in rows["body"]]
        keep = (source >= 0) & (target >= 0)
        relations.source.append(source[keep])
        relations.target.append(target[keep])
        relations.type.append(np.fromiter((codes[name] for name in rows["type"]), np.int16, len(keep))[keep])
        relations.need.append(np.fromiter((_said(body, attributes) for body in bodies), np.int8, len(keep))[keep])
        backed = (relations.backings.setdefault(tuple(body["sources"]), len(relations.backings)) for body in bodies)
        relations.backing.append(np.fromiter(backed, np.int32, len(keep))[keep])
        made.append(np.array(rows["made"], np.int64)[keep])
        progress(len(keep))
    return relations, np.concatenate(made)


def _said(body: Mapping[str, Any], attributes: Mapping[str, str | None]) -> int:
    attribute = attributes[body["type"]]
    return SAID.get(body["attributes"].get(attribute), 0) if attribute else 0


def _freshness(
    frame: Frame, joined: Joined, backings: Sequence[tuple[str, ...]], made: NDArray[np.int64], spoken_since: Mapping[str, int]
) -> Bytes:
    by_hand = np.array([bool(one) and set(one) <= {MANUAL_SOURCE} for one in backings], np.bool_)
    backed = np.array([bool(set(one) - {MANUAL_SOURCE}) for one in backings], np.bool_)
    since = np.array([spoken_since.get(name, 0) for name in frame.types] + [NEVER], np.int64)[frame.type_of[joined.source]]
    told = np.where(backed[joined.backing] & (made > since), Freshness.CONFIRMED, Freshness.UNKNOWN)
    return np.where(by_hand[joined.backing], Freshness.BY_HAND, told).astype(np.int8)
