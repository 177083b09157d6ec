"""Read the live graph from the store into columns, page by page, so that neither side ever holds it all as objects.

The reads are many statements, so they see many states. Whoever calls this reads the ledger's head before and replays what came since
(`keeper`): an item or relationship that changed meanwhile is simply set again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.freshness import Sightings, freshness_by_number
from cmdb.impact.levels import Bytes, Ints, Pass, Shorts
from cmdb.impact.rows import GraphRows, GroupNeed
from cmdb.model.names import edge_of
from cmdb.model.registry import Registry
from cmdb.model.types import Need, PropagationKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
PAGE = 20_000
"""Items in a page; about 100,000 relationships."""
USUAL_NEED_ATTRIBUTE = "need"

Progress = Callable[[int], None]


@dataclass
class _Items:
    """Columns of items while they come in."""

    ids: list[str] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in ("type", "owner", "location", "criticality")})
    counts: list[int] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)


@dataclass
class _Relations:
    """Columns of relationships while they come in. `need`: 0 unsaid, 1 soft, 2 hard; `backing`: code of the set of sources."""

    source: list[Ints] = field(default_factory=list)
    target: list[Ints] = field(default_factory=list)
    type: list[Shorts] = field(default_factory=list)
    need: list[Bytes] = field(default_factory=list)
    backing: list[Ints] = field(default_factory=list)
    backings: dict[tuple[str, ...], int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Joined:
    """`_Relations` in one piece."""

    source: Ints
    target: Ints
    type: Shorts
    need: Bytes
    backing: Ints


def load_rows(store: Store, registry: Registry, now: datetime, progress: Progress = lambda _: None, page: int = PAGE) -> GraphRows:
    """The live graph as columns. `now` decides which sightings are stale; `progress` is told how many rows each page brought."""
    table = ArrowTable.of(registry)
    relation_types = tuple(table.propagation)
    items = _read_items(store, progress, page)
    ids = np.array([i.encode() for i in items.ids], dtype=np.bytes_) if items.ids else np.zeros(0, "S26")
    columns = {name: _coded(values) for name, values in items.words.items()}
    types, type_of = columns["type"]
    groups = _groups(items, types, type_of, table)
    relations, sightings = _Relations(), Sightings()
    for first in range(0, len(ids), page):
        lowest, highest = items.ids[first], items.ids[min(first + page, len(ids)) - 1]
        found = _take_relations(
            relations, store.columns(load(QUERIES, "read_relation_columns"), lowest=lowest, highest=highest), ids, relation_types
        )
        claims = store.columns(load(QUERIES, "read_claim_columns"), lowest=lowest, highest=highest)
        sightings.add(_numbers(ids, claims["item"]), claims["source"], claims["seen_at"])
        progress(found)
    joined = _joined(relations)
    _read_other_needs(store, table, relation_types, ids, joined)
    provider, dependent, how = _arrows(joined, table, relation_types, groups, len(ids))
    fresh = freshness_by_number(
        joined.source, joined.target, joined.backing, tuple(relations.backings), sightings, _stale_before(registry, types, type_of, now)
    )
    tag = (joined.type * 4 + fresh).astype(np.int16)
    keep = _once(provider, dependent, how, len(ids))
    again = tuple(zip(*(column[~keep].tolist() for column in (provider, dependent, tag)), strict=True))
    return GraphRows(
        ids, type_of, provider[keep], dependent[keep], how[keep], tag[keep],
        groups=groups, second_memberships=again, types=types, relation_types=relation_types,
        owner_of=columns["owner"][1], location_of=columns["location"][1], criticality_of=columns["criticality"][1],
        owners=columns["owner"][0], locations=columns["location"][0], criticalities=columns["criticality"][0],
    )  # fmt: skip


def _read_items(store: Store, progress: Progress, page: int) -> _Items:
    items = _Items()
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


def _coded(values: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Words and the code of each value; -1 for empty ones."""
    codes: dict[str, int] = {}
    column = np.fromiter((codes.setdefault(value, len(codes)) if value else -1 for value in values), np.int32, len(values))
    return tuple(codes), column


def _groups(items: _Items, types: Sequence[str], type_of: Ints, table: ArrowTable) -> dict[int, GroupNeed]:
    numbers = np.flatnonzero(np.isin(type_of, [code for code, name in enumerate(types) if name in table.group_types]))
    needs = {}
    for number in numbers.tolist():
        count, percent = items.counts[number], items.percents[number]
        needs[number] = GroupNeed(None if count < 0 else count, None if percent < 0 else percent)
    return needs


def _stale_before(registry: Registry, types: Sequence[str], type_of: Ints, now: datetime) -> NDArray[np.int64]:
    """By item: a sighting before this moment (microseconds since 1970) is stale."""
    limits = [0]
    for name in types:
        known = registry.item_types.get(name)
        after = known.stale_after if known is not None else None
        limits.append(0 if after is None else int((now - after).timestamp() * 1e6))
    return np.array(limits, np.int64)[type_of + 1]


def _numbers(ids: NDArray[np.bytes_], wanted: Sequence[str]) -> Ints:
    """Positions of ids in a sorted column, -1 where they are not in it."""
    if not len(wanted) or not len(ids):
        return np.full(len(wanted), -1, np.int32)
    raw = np.array([one.encode() for one in wanted], dtype=np.bytes_)
    at = np.minimum(np.searchsorted(ids, raw), len(ids) - 1)
    return np.where(ids[at] == raw, at, -1).astype(np.int32)


def _take_relations(into: _Relations, rows: Any, ids: NDArray[np.bytes_], relation_types: Sequence[str]) -> int:
    codes = {name: code for code, name in enumerate(relation_types)}
    source, target = _numbers(ids, rows["source"]), _numbers(ids, rows["target"])
    kind = np.fromiter((codes.get(name, -1) for name in rows["type"]), np.int16, len(source))
    need = np.fromiter(({"soft": 1, "hard": 2}.get(said, 0) for said in rows["need"]), np.int8, len(source))
    backing = np.fromiter((into.backings.setdefault(tuple(s), len(into.backings)) for s in rows["sources"]), np.int32, len(source))
    keep = (kind >= 0) & (source >= 0) & (target >= 0)
    for column, part in ((into.source, source), (into.target, target), (into.backing, backing)):
        column.append(part[keep])
    into.type.append(kind[keep])
    into.need.append(need[keep])
    return len(source)


def _joined(relations: _Relations) -> _Joined:
    def one(parts: list[Any], kind: type) -> Any:
        return np.concatenate(parts) if parts else np.zeros(0, kind)

    return _Joined(
        one(relations.source, np.int32),
        one(relations.target, np.int32),
        one(relations.type, np.int16),
        one(relations.need, np.int8),
        one(relations.backing, np.int32),
    )


def _read_other_needs(store: Store, table: ArrowTable, relation_types: Sequence[str], ids: NDArray[np.bytes_], joined: _Joined) -> None:
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
            (s, t): {"soft": 1, "hard": 2}.get(n, 0)
            for s, t, n in zip(_numbers(ids, rows["source"]).tolist(), _numbers(ids, rows["target"]).tolist(), rows["need"], strict=True)
        }
        for at in mine.tolist():
            joined.need[at] = said.get((int(joined.source[at]), int(joined.target[at])), 0)


def _arrows(
    joined: _Joined, table: ArrowTable, relation_types: Sequence[str], groups: dict[int, GroupNeed], items: int
) -> tuple[Ints, Ints, Bytes]:
    """Providers, dependents and how trouble passes."""
    ways = [table.propagation[name] for name in relation_types]
    to_source = np.array([way.affected_end == "source" for way in ways], np.bool_)[joined.type]
    soft = np.array([way.need is Need.SOFT for way in ways], np.bool_)[joined.type]
    part = np.array([way.kind is PropagationKind.PART_OF for way in ways], np.bool_)[joined.type]
    is_group = np.zeros(items, np.bool_)
    is_group[list(groups)] = True
    soft = np.where(joined.need == 0, soft, joined.need == 1)
    how = np.where(part & is_group[joined.target], Pass.MEMBER, np.where(soft, Pass.SOFT, Pass.HARD)).astype(np.int8)
    provider = np.where(to_source, joined.target, joined.source).astype(np.int32)
    dependent = np.where(to_source, joined.source, joined.target).astype(np.int32)
    return provider, dependent, how


def _once(provider: Ints, dependent: Ints, how: Bytes, items: int) -> NDArray[np.bool_]:
    """All arrows but a second membership of one member in one group (two relationship types may both say so)."""
    keep = np.ones(len(provider), np.bool_)
    members = np.flatnonzero(how == Pass.MEMBER)
    _, first = np.unique(provider[members].astype(np.int64) * max(items, 1) + dependent[members], return_index=True)
    keep[members] = False
    keep[members[first]] = True
    return keep
