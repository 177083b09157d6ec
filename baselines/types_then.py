"""The types a comparison goes by: those of its own two commits, never those of the present.

Two commits differ for ever in the same way (decision 0108), so nothing that may be altered later has a say in how: which items are of one
kind, which relationships carry failure, what identifies an item. The types as of the later side count; of a type that it has no more, what
the earlier side knew. What belongs to a side alone (scopes, services) goes by that side's types, see `on`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cmdb.model.registry import Registry, ResolvedType
from cmdb.registry.asof import registry_at
from cmdb.store.protocol import Store


@dataclass(frozen=True, slots=True)
class TypesThen:
    """The types of both sides of a comparison."""

    earlier: Registry
    later: Registry

    def item_type(self, name: str) -> ResolvedType | None:
        """What an item type was; None where neither side has it."""
        return self.later.item_types.get(name) or self.earlier.item_types.get(name)

    def lines(self) -> dict[str, tuple[str, ...]]:
        """Of each item type itself and what stands above it."""
        return {name: (name, *one.ancestors) for types in (self.earlier, self.later) for name, one in types.item_types.items()}

    def concrete(self, name: str) -> frozenset[str] | None:
        """The types a name stands for: a relationship type itself, of an item type those that have items. None where neither has it."""
        if name in self.later.relation_types or name in self.earlier.relation_types:
            return frozenset((name,))
        if not known_to(name, (self.later, self.earlier)):
            return None
        now = self.later.concrete_of(name) if name in self.later.item_types else ()
        then = self.earlier.concrete_of(name) if name in self.earlier.item_types else ()
        return frozenset((*now, *(one for one in then if one not in self.later.item_types)))

    def names(self) -> tuple[str, ...]:
        """Every item type and relationship type of either side."""
        every = (name for types in (self.later, self.earlier) for name in (*types.item_types, *types.relation_types))
        return tuple(dict.fromkeys(every))


class TypesAt:
    """Reads types as of commits. Thread-safe."""

    def __init__(self, store: Store, registry: Callable[[], Registry]) -> None:
        self._store = store
        self._registry = registry

    def on(self, seq: int) -> Registry:
        """The types as of a commit; those of the present where the ledger keeps none (a store whose types were never written)."""
        found = registry_at(self._store, seq)
        return found if found.item_types else self._registry()

    def between(self, lo: int, hi: int) -> TypesThen:
        """The types of a comparison of two commits, lo being the earlier."""
        later = self.on(hi)
        return TypesThen(later if lo == hi else self.on(lo), later)


def known_to(name: str, registries: Iterable[Registry]) -> bool:
    """Whether some registry has an item type or relationship type of this name."""
    return any(name in one.item_types or name in one.relation_types for one in registries)
