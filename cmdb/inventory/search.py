"""Search as you type: the names of all live items in memory, ranked by `cmdb.inventory.ranking`.

Neither engine can rank, and one of them has no full-text index through Cypher: a word had to be looked for in every item at every letter
(measured at 22,000 items: 110-370 ms). So each process that answers searches keeps what is searched, some 500 bytes for an item, reads it
at the first search, and before each search takes in what was committed since: two index look-ups, none where nothing was.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmdb.inventory.query import MAX_PAGE, ItemQuery, Order, encode_cursor
from cmdb.inventory.ranking import Entry, Ranking, entry
from cmdb.inventory.service import Inventory
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True, slots=True)
class Hits:
    """The best `ids`, best first, and how many items answer in `total`."""

    ids: tuple[str, ...]
    total: int


class Finder:
    """Finds live items by words. Thread-safe; one for each process."""

    def __init__(self, store: Store) -> None:
        self._store, self._inventory = store, Inventory(store)
        self._entries: dict[str, Entry] = {}
        self._labels: dict[str, str] = {}
        self._seq: int | None = None
        self._lock = threading.Lock()

    def find(self, words: str, head: int, types: Collection[str] = (), weights: Mapping[str, int] | None = None, limit: int = 20) -> Hits:
        """The best `limit` items for these words, of `types` (concrete names; none given: all), as of commit `head` at least, the newest
        the caller knows of. `weights`: which types come first among equals (`ranking.weights_of`)."""
        ranking = Ranking(words, weights or {})
        with self._lock:
            self._take_in(head)
            found = ranking.answers(self._entries.values())
        if types:
            wanted = frozenset(types)
            found = [one for one in found if one.type in wanted]
        return Hits(tuple(one.id for one in ranking.best(found, limit)), len(found))

    def _take_in(self, head: int) -> None:
        """Everything up to `head`, and perhaps more: what is taken in twice stays the same."""
        if self._seq is None:
            self._read_all()
            self._seq = head  # read before: what was committed while reading is beyond it and taken in next time
        if head <= self._seq:
            return
        for item_id in self._store.columns(load(_QUERIES, "column_retired_ids"), after=self._seq)["id"]:
            self._entries.pop(item_id, None)
        changed = self._store.columns(load(_QUERIES, "column_changed_names"), after=self._seq)
        for item_id, type_name, name, description in zip(*(changed[one] for one in ("id", "type", "name", "description")), strict=True):
            self._entries[item_id] = entry(item_id, type_name, name, description, self._labels)  # a restored one is live again
        self._seq = head

    def _read_all(self) -> None:
        query = ItemQuery(order=Order("id"), first=MAX_PAGE)
        while True:
            read = self._inventory.columns(query, ("id", "type", "name", "description"))
            for item_id, type_name, name, description in zip(*read.values(), strict=True):
                self._entries[item_id] = entry(item_id, type_name, name, description, self._labels)
            if len(read["id"]) < MAX_PAGE:
                return
            query = ItemQuery(order=Order("id"), first=MAX_PAGE, after=encode_cursor(Order("id"), read["id"][-1], read["id"][-1]))
