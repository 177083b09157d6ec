"""What lies beside the history, held against it: claims, identifiers and idempotency keys (requirement 9.1-19).

None of the three is hashed: claims and identifiers are working state from which the next plan is made, and what they lead to is hashed. So
only what follows from the history for certain is a breach:

- every claim and identifier belongs to an item that has a version; a claim's key is its item and source, its content is readable;
- a strong identifier that a live item carries under one of its type's rules is one that its values or one of its claims give, wherever they
  give any under that rule: an identifier that was moved to another item does not;
- every commit has its idempotency key with its number and time, and no key names a commit that is not there or another's.

Not covered, because nothing in the history tells: the words of a claim, whether a claim or identifier was removed (an identifier that a
live item's values give and nobody owns is told as a remark), weak identifiers, keys of requests that made no commit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from cmdb.ledger.log import QUERIES, Log
from cmdb.ledger.walk import Breach, Walk
from cmdb.model.commit import VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load

KeyRule = Callable[[str, Mapping[str, Any]], Sequence[str]]
"""The strong identifier keys that fields of an item of a type carry: (type, fields) -> keys. Comes from `cmdb.identification`."""

_CHUNK = 2_000
_CLAIM, _STRONG, _WEAK = "Claim", "Identifier", "WeakIdentifier"
_NAMES = {_CLAIM: "claim", _STRONG: "identifier", _WEAK: "weak identifier"}
_CORE = ("name", "status", "version", "location", "description", "owner")


class BesideCheck:
    """One pass. `suspects` maps (kind, key) to the breach and the item it is about; writers may explain it, so it is looked at again."""

    def __init__(self, store: Store, walk: Walk, keys: KeyRule | None = None) -> None:
        self._store = store
        self._walk = walk
        self._keys = keys
        self.suspects: dict[tuple[str, str], tuple[Breach, str | None]] = {}
        self.unowned: list[str] = []  # identifiers that values of live items give and nobody owns

    def run(self) -> None:
        """Look at everything."""
        seen = dict.fromkeys(_NAMES, 0)
        known = self._walk.last[VersionKind.ITEM]
        for ids in _chunks(list(known)):
            claims = self._rows("column_claims_of", ids, ("key", "item_id", "source", "fields", "relations"))
            strong = self._rows("column_identifiers_of", ids, ("key", "item_id"), label=_STRONG)
            weak = self._rows("column_identifiers_of", ids, ("key", "item_id"), label=_WEAK)
            for label, rows in ((_CLAIM, claims), (_STRONG, strong), (_WEAK, weak)):
                seen[label] += len(rows)
            said = self._claims(claims)
            if self._keys is not None:
                self._identifiers(ids, strong, said)
        for label, count in seen.items():
            self._strangers(label, count)
        self._intakes()

    def _rows(self, query: str, ids: Sequence[str], names: Sequence[str], **label: str) -> list[tuple[Any, ...]]:
        columns = self._store.columns(load(QUERIES, query).named(**label) if label else load(QUERIES, query), ids=list(ids))
        return list(zip(*(columns[name] for name in names), strict=True))

    def _claims(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Mapping[str, Any]]]:
        said: dict[str, list[Mapping[str, Any]]] = {}
        for key, item_id, source, fields, relations in rows:
            try:
                told, related = orjson.loads(fields), orjson.loads(relations)
                readable = isinstance(told, dict) and isinstance(related, list)
            except (orjson.JSONDecodeError, TypeError):
                told, readable = {}, False
            if key != f"{item_id}|{source}":
                self._suspect("claim", key, f"does not carry the key of item {item_id} and source {source!r}", item_id)
            elif not readable:
                self._suspect("claim", key, "does not hold fields and relationships that can be read", item_id)
            else:
                said.setdefault(item_id, []).append(told)
        return said

    def _identifiers(self, ids: Sequence[str], rows: Sequence[tuple[Any, ...]], said: Mapping[str, list[Mapping[str, Any]]]) -> None:
        assert self._keys is not None
        carried: dict[str, set[str]] = {}
        for key, item_id in rows:
            carried.setdefault(item_id, set()).add(key)
        for item_id, properties in self._rows("column_items_of", ids, ("id", "properties")):
            given = _given(self._keys, properties, said.get(item_id, ()))
            if given is None:
                continue
            values, spoken = given
            rules = {_rule(key) for key in spoken}
            for key in carried.get(item_id, set()) - spoken:
                if _rule(key) in rules:
                    self._suspect("identifier", key, f"is on item {item_id}, whose values and claims give another", item_id)
            self.unowned += sorted(values - carried.get(item_id, set()))
        if self.unowned:
            wanted = list(dict.fromkeys(self.unowned))
            owned = {row["key"] for part in _chunks(wanted) for row in self._store.read(load(QUERIES, "read_identifier_owners"), keys=part)}
            self.unowned = [key for key in wanted if key not in owned]

    def _strangers(self, label: str, seen: int) -> None:
        """Claims and identifiers are met by walking along the items; where there are more, some belong to none."""
        total = self._store.read(load(QUERIES, "count_label").named(label=label))[0]["total"]
        if total == seen:
            return
        columns = self._store.columns(load(QUERIES, "column_owners").named(label=label))
        known = self._walk.last[VersionKind.ITEM]
        for key, item_id in zip(columns["key"], columns["item_id"], strict=True):
            if item_id not in known:
                self._suspect(_NAMES[label], key, f"belongs to {item_id or 'no item'}, of which there is no version", item_id or None)

    def _intakes(self) -> None:
        log, place, known = Log(self._store), 0, dict[str, int]()
        while place < self._walk.seq:
            commits = log.after(place, min(_CHUNK, self._walk.seq - place))
            if not commits:
                return  # the head went back while we looked: the next round's walk names it
            place = commits[-1].seq
            columns = self._store.columns(load(QUERIES, "column_intakes"), keys=[one.key for one in commits])
            found = {key: (seq, time) for key, seq, time in zip(columns["key"], columns["seq"], columns["time"], strict=True)}
            for one in commits:
                known[one.key or ""] = one.seq
                if found.get(one.key or "") != (one.seq, one.time):
                    what = "is missing" if one.key not in found else f"names commit {found[one.key][0]} of {found[one.key][1] or 'no time'}"
                    self._suspect("idempotency key", str(one.key), f"{what}; it made commit {one.seq} of {one.time}", None, one.seq)
        if self._store.read(load(QUERIES, "count_intakes"))[0]["total"] != len(known):
            columns = self._store.columns(load(QUERIES, "column_all_intakes"))
            for key, seq in zip(columns["key"], columns["seq"], strict=True):
                if key not in known:
                    self._suspect("idempotency key", key, f"says that it made commit {seq}, which it did not", None, seq)

    def _suspect(self, kind: str, key: str, what: str, item_id: str | None, seq: int | None = None) -> None:
        last = self._walk.last[VersionKind.ITEM].get(item_id) if item_id is not None else None
        self.suspects.setdefault((kind, key), (Breach(kind, key, seq if seq is not None else last.seq if last else None, what), item_id))


def _given(keys: KeyRule, properties: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> tuple[set[str], set[str]] | None:
    """The strong keys of a live node's values, and those together with its claims'; None for a node that is none of ours (the live check
    names it)."""
    type_name = properties.get("type")
    if not isinstance(type_name, str):
        return None
    values = {name: value for name, value in properties.items() if not name.startswith("_") and (name not in _CORE or value != "")}
    own = set(keys(type_name, values))
    return own, own.union(*(keys(type_name, one) for one in claims))


def _rule(key: str) -> str:
    return key.split("|", 1)[0]


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
