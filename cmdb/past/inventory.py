"""Lists of items as of a commit: the same filters, search, order, pages, counts and facets as the live list (requirement 9.1-05).

A live list compares columns in the engine; a past state is one text. So the engine walks history in windows and leaves out what cannot
match, and what is left is compared here by the meaning of the query (`cmdb.inventory.meaning`). In the order of ids a page costs what it
shows; in any other order every match has to be seen, but only the places of a page are held (a bounded heap). As the past does not change,
the order of a list that is not too long is kept for its next pages, its count and the next who asks.
"""

import heapq
import threading
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from cmdb.inventory.filters import page_size
from cmdb.inventory.meaning import Key, hints, known, matches, place_after, place_of, value_of
from cmdb.inventory.query import ItemQuery, Order, encode_cursor
from cmdb.ledger.asof import History
from cmdb.ledger.past import Past
from cmdb.ledger.past_items import Sieve, first_size, walk_items
from cmdb.model.item import ItemState
from cmdb.store.protocol import Store

KEPT_PLACES = 300_000
"""Places of all kept orders together: some 50 MB at most."""
KEPT_ORDERS = 1_000
"""Orders kept, however short."""
LONGEST_NAME = 4_000
"""Letters of a query under which an order is kept: one with a thousand values is hardly asked again."""
LONGEST = 100_000
"""A list longer than this is not kept: each of its pages sees every match again."""

Place = tuple[Key, str]


@dataclass(frozen=True, slots=True)
class PastPage:
    """One page; `cursors` has one for each item, `has_next` says whether more follow."""

    items: tuple[Past[ItemState], ...]
    cursors: tuple[str, ...]
    has_next: bool


class PastInventory:
    """What was live after a commit. Thread-safe. The caller has resolved the commit (`History.resolve`)."""

    def __init__(self, store: Store, longest: int = LONGEST, most: int = KEPT_ORDERS) -> None:
        self._store, self._history, self._longest, self._most = store, History(store), longest, most
        self._orders: OrderedDict[str, list[Place]] = OrderedDict()
        self._places = 0  # of all orders
        self._lock = threading.Lock()

    def page(self, query: ItemQuery, seq: int) -> PastPage:
        """One page of `query` as of commit `seq`. Cursors are those of the live list in the same order. Raises `BadQuery`, `BadCursor`."""
        size = page_size(query)
        if query.order == Order("id"):
            found = list(islice(self._by_id(query, seq), size + 1))
        else:
            ids = self._next_ids(query, seq, size + 1)
            then = self._history.items_by_id(ids, seq)
            found = [then[one] for one in ids]
        name = query.order.field
        cursors = tuple(encode_cursor(query.order, _plain(value_of(one.state, name)), one.state.id) for one in found[:size])
        return PastPage(tuple(found[:size]), cursors, len(found) > size)

    def all(self, query: ItemQuery, seq: int) -> Iterator[Past[ItemState]]:
        """Every match by id, whatever the query's order and page, a window at a time: for exports and scopes."""
        return self._matches(replace(query, after=None), seq, "", first_size(1_000, True))

    def count(self, query: ItemQuery, seq: int) -> int:
        """How many items the query selects, whatever its page."""
        if not query.filters and not query.search:
            totals = self._history.counts(seq)
            return sum(total for name, total in totals.items() if not query.types or name in query.types)
        kept = self._kept(query, seq)
        return len(kept) if kept is not None else sum(1 for _ in self.all(query, seq))

    def facets(self, query: ItemQuery, by: str, seq: int, limit: int = 100) -> dict[Any, int]:
        """How many selected items had each value of a scalar field (None: no value), most frequent first, `limit` values at most."""
        known(by)
        counts = Counter(value_of(past.state, by) for past in self.all(query, seq))
        order = place_of(Order(by))
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], order(_with(by, entry[0]))))
        return dict(ranked[:limit])

    @property
    def kept(self) -> int:
        """How many orders are kept for their next pages."""
        return len(self._orders)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _by_id(self, query: ItemQuery, seq: int) -> Iterator[Past[ItemState]]:
        after = place_after(query.order, query.after)
        selective = bool(query.types or query.filters or query.search)
        return self._matches(query, seq, after or "", first_size(query.first, selective))

    def _matches(self, query: ItemQuery, seq: int, after: str, size: int) -> Iterator[Past[ItemState]]:
        holds = matches(query)
        parts, words = hints(query)
        for window in walk_items(self._store, seq, Sieve(query.types, tuple(parts), tuple(words)), after, size):
            yield from (past for past in window if holds(past.state))

    def _next_ids(self, query: ItemQuery, seq: int, limit: int) -> list[str]:
        """Ids of the first `limit` matches after the cursor, in the query's order."""
        after = place_after(query.order, query.after)
        places = self._kept(query, seq)
        if places is None:
            key = place_of(query.order)
            stream: Iterator[Place] = ((key(past.state), past.state.id) for past in self.all(query, seq))
            head = list(islice(stream, self._longest))
            if len(head) == self._longest:
                return [one for _, one in heapq.nsmallest(limit, _beyond(chain(head, stream), after), key=_key_of)]
            places = sorted(head, key=_key_of)
            self._keep(query, seq, places)
        first = 0 if after is None else bisect_right(places, after, key=_key_of)
        return [one for _, one in places[first : first + limit]]

    def _kept(self, query: ItemQuery, seq: int) -> list[Place] | None:
        with self._lock:
            places = self._orders.get(_name(query, seq))
            if places is not None:
                self._orders.move_to_end(_name(query, seq))
            return places

    def _keep(self, query: ItemQuery, seq: int, places: list[Place]) -> None:
        name = _name(query, seq)
        if len(name) > LONGEST_NAME:
            return
        with self._lock:
            self._places -= len(self._orders.pop(name, ()))
            self._orders[name] = places
            self._places += len(places)
            while len(self._orders) > 1 and (self._places > KEPT_PLACES or len(self._orders) > self._most):
                self._places -= len(self._orders.popitem(last=False)[1])


def _name(query: ItemQuery, seq: int) -> str:
    """What a list is kept under: everything but its page."""
    return repr((seq, replace(query, after=None, first=1)))


def _key_of(place: Place) -> Key:
    return place[0]


def _beyond(places: Iterator[Place], after: Key | None) -> Iterator[Place]:
    return places if after is None else (place for place in places if place[0] > after)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _with(name: str, value: Any) -> ItemState:
    """A state that has only this value: to order facets as items are ordered."""
    blank = ItemState("", "", "", "")
    if name in ItemState.__dataclass_fields__:
        return replace(blank, **{name: value})
    return replace(blank, attributes={} if value is None else {name: value})
