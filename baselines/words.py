"""Scopes in words, for people: the name of the service or release, the items named. What a query asks, a scope tells itself."""

from dataclasses import replace

from baselines.model import Scope
from cmdb.ledger.asof import History

SHOWN = 5
"""Items of a scope that are told by name; of the others how many they are."""


class ScopeWords:
    """Finds the names of what scopes are about. Thread-safe."""

    def __init__(self, history: History) -> None:
        self._history = history

    def named(self, scope: Scope, seq: int) -> Scope:
        """The same scope, which tells itself by the names of then; what was not there is told by its id."""
        one = scope.service or scope.release
        ids = [one] if one else list(scope.items[:SHOWN])
        if not ids:
            return scope
        then = self._history.items_by_id(ids, seq)
        names = [then[id_].state.name if id_ in then else id_ for id_ in ids]
        more = f" and {len(scope.items) - SHOWN:,} more" if len(scope.items) > SHOWN else ""
        return replace(scope, told=f"{scope.kind.value} {', '.join(names)}{more}")
