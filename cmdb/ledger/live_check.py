"""The live graph against its history: every node and relationship equals its newest version, and nothing is there or missing beside.

The content is rebuilt from the native properties and hashed, so that a value altered in the engine is found and named. Writers go on
meanwhile: what does not fit at first sight is a suspect, looked at again when the history has been walked on to the new head.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.log import LABELS, QUERIES
from cmdb.ledger.walk import Breach, Last
from cmdb.model.commit import VersionKind
from cmdb.model.names import edge_of, label_of
from cmdb.model.native import item_state, relation_state
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_CHUNK = 2_000
_PATIENCE = 600.0  # seconds for a look at every relationship: the embedded engine goes through all nodes for it
Told = Callable[[int], None]


class LiveCheck:
    """One pass over the live graph. `suspects` maps (kind, id) to what seems wrong with it."""

    def __init__(self, store: Store, last: Mapping[VersionKind, Mapping[str, Last]]) -> None:
        self._store = store
        self._last = last
        self.seen: dict[VersionKind, int] = dict.fromkeys(VersionKind, 0)
        self.suspects: dict[tuple[VersionKind, str], Breach] = {}

    def run(self, told: Told) -> None:
        """Look at everything."""
        self._items(told)
        self._records(told)
        self._counts()

    def _items(self, told: Told) -> None:
        items, relations, place = set[str](), set[str](), ""
        while True:
            columns = self._store.columns(load(QUERIES, "column_live_items"), after=place, limit=_CHUNK)
            ids: Sequence[str] = columns["id"]
            if not ids:
                break
            place = ids[-1]
            items.update(ids)
            for id_, properties in zip(ids, columns["properties"], strict=True):
                self._compare(VersionKind.ITEM, id_, properties, _item_body)
            for id_, properties, labels in zip(ids, columns["properties"], columns["labels"], strict=True):
                if set(labels) != {"Item", label_of(str(properties.get("type", "")))}:
                    self._suspect(VersionKind.ITEM, id_, properties.get("_seq"), f"is labelled {sorted(labels)}")
            found = self._store.columns(load(QUERIES, "column_live_relations"), ids=list(ids))
            for source, target, edge, properties in zip(found["source"], found["target"], found["edge"], found["properties"], strict=True):
                id_ = str(properties.get("id", f"{source}->{target}"))
                if id_ in relations:
                    self._suspect(VersionKind.RELATION, id_, None, "is in the graph twice")
                relations.add(id_)
                self._compare(VersionKind.RELATION, id_, properties, _relation_body(source, target))
                if edge != edge_of(str(properties.get("type", ""))):
                    self._suspect(VersionKind.RELATION, id_, properties.get("_seq"), f"is stored as {edge}")
            told(len(ids))
        self.seen |= {VersionKind.ITEM: len(items), VersionKind.RELATION: len(relations)}
        self._missing(VersionKind.ITEM, items)
        self._missing(VersionKind.RELATION, relations)

    def _records(self, told: Told) -> None:
        records, place = set[str](), ""
        while True:
            columns = self._store.columns(load(QUERIES, "column_live_records"), after=place, limit=_CHUNK)
            if not columns["id"]:
                break
            place = columns["id"][-1]
            for id_, properties in zip(columns["id"], columns["properties"], strict=True):
                records.add(id_)
                kind = VersionKind.TYPE if id_ in self._last[VersionKind.TYPE] else VersionKind.RECORD
                self._compare(kind, id_, properties, _record_body)
            told(len(columns["id"]))
        self._missing(VersionKind.RECORD, records)
        self._missing(VersionKind.TYPE, records)
        self.seen[VersionKind.RECORD] = len(records)

    def _missing(self, kind: VersionKind, there: set[str]) -> None:
        for id_, last in self._last[kind].items():
            if not last.retired and id_ not in there:
                self._suspect(kind, id_, last.seq, "is live by its newest version but missing in the graph")

    def _counts(self) -> None:
        """Nodes without an id are not met by walking along the ids."""
        for label, kind in (("Item", VersionKind.ITEM), ("Record", VersionKind.RECORD)):
            total = self._store.read(load(QUERIES, "count_without_id").named(label=label))[0]["total"]
            if total:
                self._suspect(kind, "(none)", None, f"{total} nodes labelled {label} have no id")
        self._strangers()

    def _strangers(self) -> None:
        """Relationships are met by walking along the items; where there are more, some begin at a node that is none."""
        if self._store.read(load(QUERIES, "count_edges"), timeout=_PATIENCE)[0]["total"] == self.seen[VersionKind.RELATION]:
            return
        for row in self._store.read(load(QUERIES, "find_strange_edges"), timeout=_PATIENCE):
            where = f"{'/'.join(row['labels']) or '(no label)'}->{row['target'] or '/'.join(row['target_labels'])}"
            self._suspect(VersionKind.RELATION, where, None, f"is in the graph as {row['edge']} from a node that is no item")

    def _suspect(self, kind: VersionKind, id_: str, seq: int | None, what: str) -> None:
        self.suspects.setdefault((kind, id_), Breach(kind, id_, seq, what))

    def _compare(
        self, kind: VersionKind, id_: str, properties: Mapping[str, Any], rebuild: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> None:
        last = self._last[kind].get(id_)
        if last is None:
            self._suspect(kind, id_, None, "is in the graph but has no version")
            return
        if last.retired:
            self._suspect(kind, id_, last.seq, "is in the graph though its newest version is retired")
            return
        try:
            body = rebuild(properties)
            content = bytes.fromhex(digest(canonical_json(body)))
        except (KeyError, ValueError, TypeError, InvalidInput) as problem:
            self._suspect(kind, id_, last.seq, f"has no properties the ledger could have written: {problem!r}")
            return
        if content != last.hash:
            differing = self._differing(kind, f"{id_}@{last.seq}", body)
            if differing:
                self._suspect(kind, id_, last.seq, f"{', '.join(differing)} in the graph differ from its newest version")
                return
        if properties.get("_seq") != last.seq or properties.get("_hash") != last.hash.hex():
            self._suspect(kind, id_, last.seq, "carries the number or hash of another version than its newest")
        elif kind is VersionKind.ITEM and properties.get("_created") != last.born:
            self._suspect(kind, id_, last.seq, f"does not carry the time of its first version, {last.born}")

    def _differing(self, kind: VersionKind, key: str, live: Mapping[str, Any]) -> list[str]:
        """Names of fields that differ. Empty where only the form differs: an engine may keep the list [1, 2.5] as [1.0, 2.5]."""
        rows = self._store.read(load(QUERIES, "read_body").named(label=LABELS[kind]), key=key)
        if not rows:
            return ["the version"]
        version = orjson.loads(rows[0]["body"])
        found = orjson.loads(canonical_json(live))
        names = []
        for name in sorted({*version, *found}):
            old, new = version.get(name), found.get(name)
            if isinstance(old, dict) and isinstance(new, dict):
                names += sorted(f"{name}.{part}" for part in {*old, *new} if old.get(part) != new.get(part))
            elif old != new:
                names.append(name)
        return names


def _item_body(properties: Mapping[str, Any]) -> dict[str, Any]:
    return item_state(properties).body()


def _relation_body(source: str, target: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda properties: relation_state(source, target, properties).body()


def _record_body(properties: Mapping[str, Any]) -> dict[str, Any]:
    known = ("id", "kind", "revision", "body")
    return {
        "id": properties["id"],
        "kind": properties["kind"],
        "revision": properties["revision"],
        "retired": False,
        "indexed": {name: value for name, value in properties.items() if name not in known and not name.startswith("_")},
        "body": orjson.loads(properties["body"]),
    }
