"""What is in a scope as of a commit (design 8): the same answer for ever, because only the ledger is read.

A relationship is in scope where one of its ends is: what an item in scope is tied to belongs to what is known of it (requirement 9.1-02).
A service's scope is the item and all it depends on, directly or not, over relationships through which failure travels:
`web -depends_on-> db` takes db in, not the reverse. A release's is the release and the items that were `released_in` it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from baselines.errors import BadScope, ScopeTooLarge
from baselines.model import Scope, ScopeKind
from baselines.saved_query import SavedQuery
from baselines.touched import QUERIES
from cmdb.ledger.asof import History
from cmdb.model.registry import Registry
from cmdb.past.inventory import PastInventory
from cmdb.registry.asof import registry_at
from cmdb.store.protocol import Store
from cmdb.store.statements import load

MOST_MEMBERS = 250_000
"""Items in a scope that is worked out item by item; more are refused, never left out."""

RELEASED_IN = "released_in"
_WAVE = 1_000


@dataclass(frozen=True, slots=True)
class Members:
    """What is in a scope as of `seq`: everything, or the items of `types`, or those with `ids`.

    Items with `ids` were live at `seq`, except for the scope of items named one by one, which holds their absence as well.
    """

    seq: int
    everything: bool = False
    types: frozenset[str] | None = None
    ids: frozenset[str] | None = None

    def __contains__(self, item: tuple[str, str]) -> bool:
        """Whether an item, given as (id, type), is in scope."""
        item_id, type_name = item
        if self.ids is not None:
            return item_id in self.ids
        return self.everything or (self.types is not None and type_name in self.types)

    def touches(self, source: tuple[str, str], target: tuple[str, str]) -> bool:
        """Whether a relationship between these items, each given as (id, type), is in scope."""
        return source in self or target in self


class Scopes:
    """Works out scopes. Thread-safe; reads history only."""

    def __init__(self, store: Store, history: History, registry: Callable[[], Registry], most: int = MOST_MEMBERS) -> None:
        self._store = store
        self._history = history
        self._past = PastInventory(store)
        self._registry = registry
        self._most = most

    def members(self, scope: Scope, seq: int) -> Members:
        """What is in `scope` as of commit `seq`. Raises `ScopeTooLarge`, `UnknownType`, `BadScope`."""
        if scope.kind is ScopeKind.WHOLE:
            return Members(seq, everything=True)
        if scope.kind is ScopeKind.TYPE:
            return Members(seq, types=frozenset(self.concrete(scope.types, seq)))
        return Members(seq, ids=frozenset(self._ids(scope, seq)))

    def _ids(self, scope: Scope, seq: int) -> Iterable[str]:
        if scope.kind is ScopeKind.ITEMS:
            return scope.items
        if scope.kind is ScopeKind.QUERY and scope.query is not None:
            return self._found(SavedQuery.of(scope.query), seq)
        if scope.kind is ScopeKind.SERVICE and scope.service:
            return self._closure(scope.service, seq)
        if scope.kind is ScopeKind.RELEASE and scope.release:
            return self._released(scope.release, seq)
        raise BadScope(f"a scope of the kind {scope.kind.value} lacks what it is about", kind=scope.kind.value)

    def first_found(self, query: SavedQuery, seq: int) -> str | None:
        """The id of some item the query finds as of `seq`, None where it finds none."""
        return next(self._matching(query, seq), None)

    def _found(self, query: SavedQuery, seq: int) -> set[str]:
        found: set[str] = set()
        for item_id in self._matching(query, seq):
            found.add(item_id)
            self._bounded(found)
        return found

    def _matching(self, query: SavedQuery, seq: int) -> Iterator[str]:
        concrete = sorted(self.concrete(query.types, seq))
        if query.types and not concrete:
            return
        yield from (past.state.id for past in self._past.all(query.items(concrete), seq))

    def _closure(self, service: str, seq: int) -> set[str]:
        out, into = self._types(seq).carriers()
        found = set(self._history.items_by_id([service], seq))
        wave = sorted(found)
        while wave:
            near = set(self._near("read_needs_out_at", wave, out, seq)) | set(self._near("read_needs_in_at", wave, into, seq))
            wave = sorted(near - found)
            found.update(wave)
            self._bounded(found)
        return found

    def _released(self, release: str, seq: int) -> set[str]:
        found = set(self._history.items_by_id([release], seq))
        found.update(self._near("read_needs_in_at", sorted(found), [RELEASED_IN], seq))
        self._bounded(found)
        return found

    def _near(self, statement: str, ids: Sequence[str], types: Sequence[str], seq: int) -> Iterable[str]:
        for start in range(0, len(ids), _WAVE):
            part = list(ids[start : start + _WAVE])
            yield from (row["id"] for row in self._store.read(load(QUERIES, statement), ids=part, types=list(types), seq=seq))

    def _types(self, seq: int) -> Registry:
        """The types of then: a scope must mean the same for ever. Where the ledger has none, those that are given."""
        then = registry_at(self._store, seq)
        return then if then.item_types else self._registry()

    def concrete(self, names: Iterable[str], seq: int) -> set[str]:
        """Types of items that the names stood for. A type that came later names nothing of then. Raises `UnknownType`."""
        then, now = self._types(seq), self._registry()
        known = [name for name in names if name in then.item_types or name not in now.item_types]
        return {one for name in known for one in then.concrete_of(name)}

    def _bounded(self, found: set[str]) -> None:
        if len(found) > self._most:
            raise ScopeTooLarge(
                f"more than {self._most:,} items are in this scope; take the whole CMDB or types instead, which have no such limit",
                limit=self._most,
            )
