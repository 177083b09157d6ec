"""Whether a scope, as asked, is one and names something at a commit: looked up when a baseline is taken, so that none is of nothing.

What is looked up grows with what the scope names, never with the size of the CMDB: the present is asked of the live graph.
"""

from collections.abc import Callable
from dataclasses import replace

from baselines.errors import BadScope, EmptyScope
from baselines.model import Scope, ScopeKind
from baselines.saved_query import SavedQuery
from baselines.scope import Scopes
from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History
from cmdb.model.registry import Registry

MOST_NAMED = 10_000
SERVICE = "service"
"""The type of item a service scope is about, with the types below it."""
_PARTS = {
    ScopeKind.WHOLE: None,
    ScopeKind.SERVICE: SERVICE,
    ScopeKind.TYPE: "types",
    ScopeKind.QUERY: "query",
    ScopeKind.ITEMS: "items",
    ScopeKind.RELEASE: "release",
}


class ScopeCheck:
    """Checks scopes."""

    def __init__(self, scopes: Scopes, history: History, inventory: Inventory, registry: Callable[[], Registry]) -> None:
        self._scopes, self._history, self._inventory, self._registry = scopes, history, inventory, registry

    def named_now(self, scope: Scope, head: int) -> Scope:
        """The scope in its plainest form, if it names something at present (`head`). Raises as `checked`."""
        return self.checked(scope, head, live=True)

    def checked(self, scope: Scope, seq: int, *, live: bool) -> Scope:
        """The scope in its plainest form; `live` says that `seq` is the present. Raises `BadScope`, `EmptyScope`, `UnknownType`."""
        plain = _well_formed(scope)
        if plain.kind is ScopeKind.ITEMS:
            self._named(plain.items, seq)
        elif plain.kind is ScopeKind.SERVICE and plain.service:
            self._service(plain.service, seq)
        elif plain.kind is ScopeKind.RELEASE and plain.release:
            self._released(plain, plain.release, seq)
        elif plain.kind is ScopeKind.TYPE:
            self._any(SavedQuery(plain.types), seq, live)
        elif plain.kind is ScopeKind.QUERY and plain.query is not None:
            query = SavedQuery.of(plain.query).checked(self._registry())
            self._any(query, seq, live)
            plain = replace(plain, query=query.body())
        return plain

    def _named(self, ids: tuple[str, ...] | list[str], seq: int) -> None:
        there = self._history.items_by_id(ids, seq)
        missing = [one for one in ids if one not in there]
        if missing:
            raise EmptyScope(
                f"{len(missing)} of {len(ids)} items of the scope were not live at commit {seq} (first: {missing[0][:60]!r})",
                seq=seq,
                missing=[one[:60] for one in missing[:100]],
            )

    def _service(self, service: str, seq: int) -> None:
        self._named([service], seq)
        found = self._history.items_by_id([service], seq)[service].state
        if found.type not in self._scopes.concrete([SERVICE], seq):
            raise BadScope(
                f"{found.name[:80]!r} is no service but of the type {found.type}; a baseline of a service needs a service",
                kind=ScopeKind.SERVICE.value,
                part="service",
                type=found.type,
            )

    def _released(self, scope: Scope, release: str, seq: int) -> None:
        self._named([release], seq)
        if self._scopes.members(scope, seq).ids == frozenset([release]):
            raise EmptyScope(f"no item had been released in {release} by commit {seq}; relate items to it with released_in", seq=seq)

    def _any(self, query: SavedQuery, seq: int, live: bool) -> None:
        if live:
            registry = self._registry()
            concrete = sorted({name for one in query.types for name in registry.concrete_of(one)})
            found = bool(concrete or not query.types) and bool(self._inventory.page(query.items(concrete)).items)
        else:
            found = self._scopes.first_found(query, seq) is not None
        if not found:
            raise EmptyScope(f"no item in this scope was live at commit {seq}", seq=seq)


def _well_formed(scope: Scope) -> Scope:
    """The scope with each name once. Raises `BadScope` where a part is missing or belongs to another kind."""
    mine = _PARTS[scope.kind]
    for part in ("service", "types", "query", "items", "release"):
        given = getattr(scope, part)
        if part == mine and not given:
            raise BadScope(f"a scope of the kind {scope.kind.value} needs {part}", kind=scope.kind.value, part=part)
        if part != mine and given:
            raise BadScope(f"a scope of the kind {scope.kind.value} takes no {part}", kind=scope.kind.value, part=part)
    if len(scope.items) > MOST_NAMED or len(scope.types) > MOST_NAMED:
        raise BadScope(f"a scope names at most {MOST_NAMED:,} items; take a query, types or a service instead", limit=MOST_NAMED)
    return replace(scope, types=tuple(sorted(set(scope.types))), items=tuple(sorted(set(scope.items))))
