"""`IdentifierBook` on the graph: index look-ups by key, collected into columns, at most 20,000 keys in one query."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cmdb.identification.port import ClaimHead
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
SLICE = 20_000


class GraphIdentifierBook:
    """Reads identifiers and claim heads. Keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def owners(self, keys: Collection[str]) -> Mapping[str, str]:
        """The item each strong key belongs to, retired items included."""
        return dict(self._pairs("find_identifiers", "keys", keys))

    def weak_owners(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The items each weak key is on, sorted."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for key, item_id in self._pairs("find_weak_identifiers", "keys", keys):
            found[key].add(item_id)
        return {key: tuple(sorted(ids)) for key, ids in found.items()}

    def carried(self, ids: Collection[str]) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        """The strong and the weak keys of these items."""
        return self._grouped("find_identifiers_of", ids), self._grouped("find_weak_identifiers_of", ids)

    def heads(self, ids: Collection[str], source: str) -> Mapping[str, ClaimHead]:
        """The head of this source's claim on each of these items, where it has one."""
        found: dict[str, ClaimHead] = {}
        for columns in self._columns("find_claim_heads", "keys", [f"{item_id}|{source}" for item_id in ids]):
            rows = zip(columns["item_id"], columns["ref"], columns["scope"], columns["digest"], columns["seen_at"], strict=True)
            for item_id, ref, scope, digest, seen_at in rows:
                found[item_id] = ClaimHead(ref, scope, digest or None, seen_at)
        return found

    def claimants(self, ids: Collection[str]) -> Mapping[str, int]:
        """How many sources say something of each of these items."""
        found: Counter[str] = Counter()
        for columns in self._columns("find_claimants", "ids", ids):
            found.update(columns["item_id"])
        return found

    def live_types(self, ids: Collection[str]) -> Mapping[str, str]:
        """The type of each of these items that is live."""
        found: dict[str, str] = {}
        for columns in self._columns("find_item_types", "ids", ids):
            found.update(zip(columns["id"], columns["type"], strict=True))
        return found

    def _grouped(self, query: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for key, item_id in self._pairs(query, "ids", ids):
            found[item_id].add(key)
        return {item_id: frozenset(keys) for item_id, keys in found.items()}

    def _pairs(self, query: str, param: str, values: Collection[str]) -> Iterator[tuple[str, str]]:
        for columns in self._columns(query, param, values):
            yield from zip(columns["key"], columns["item_id"], strict=True)

    def _columns(self, query: str, param: str, values: Collection[str]) -> Iterator[dict[str, Sequence[Any]]]:
        statement = load(_QUERIES, query)
        wanted = list(values)
        for start in range(0, len(wanted), SLICE):
            part: dict[str, Any] = {param: wanted[start : start + SLICE]}
            yield self._store.columns(statement, **part)
