"""The type definitions as of a commit, as far as scopes need them.

A scope must mean the same for ever: what is below an abstract type, and over which relationships a service depends on others, is taken
from the definitions that were in force at the commit, not from those of today. What was not defined then is read as it is defined now; it
cannot matter, because nothing of an undefined type could be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from cmdb.model.definitions import from_body
from cmdb.model.registry import Registry, UnknownType
from cmdb.model.types import ItemType, RelationType
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True, slots=True)
class TypesAt:
    """Definitions by name."""

    items: Mapping[str, ItemType]
    relations: Mapping[str, RelationType]

    def concrete_of(self, name: str) -> tuple[str, ...]:
        """The type itself and those below it that may have items, sorted. Raises `UnknownType`."""
        if name not in self.items:
            raise UnknownType(f"there is no item type {name[:100]!r}", name=name[:100])
        return tuple(sorted(one for one, item in self.items.items() if not item.abstract and name in self._line(one)))

    def needs(self) -> tuple[list[str], list[str]]:
        """Relationship types over which an item needs what they lead to, and those over which it needs where they come from."""
        ends = {name: one.propagation.affected_end for name, one in self.relations.items()}
        return sorted(n for n, end in ends.items() if end == "source"), sorted(n for n, end in ends.items() if end == "target")

    def _line(self, name: str | None) -> set[str]:
        found: set[str] = set()
        while name is not None and name not in found and name in self.items:
            found.add(name)
            name = self.items[name].parent
        return found


def types_at(store: Store, seq: int, now: Registry) -> TypesAt:
    """The definitions in force after commit `seq`, over those of today."""
    items = {name: one.definition for name, one in now.item_types.items()}
    relations = dict(now.relation_types)
    for row in store.read(load(QUERIES, "read_types_at"), seq=seq):
        said = orjson.loads(row["body"])["body"]
        if "definition" not in said:  # the record of the registry itself
            continue
        one = from_body(said["definition"])
        if isinstance(one, ItemType):
            items[one.name] = one
        else:
            relations[one.name] = one
    return TypesAt(items, relations)
