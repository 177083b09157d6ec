"""Under which names somebody owns things: their own, their entry's as a person, and their teams' (requirement 4.5.4.2-06)."""

from baselines.people import LOCAL
from cmdb.inventory.query import AnyOf, Filter, ItemQuery, Op
from cmdb.inventory.service import Inventory
from cmdb.model.registry import Registry

_PERSONS = 20
_OWNERS = 10_000


class Parties:
    """Looks people up among the items of the CMDB."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def names_of(self, name: str, registry: Registry) -> tuple[str, ...]:
        """The name itself first. A name the CMDB has no person for stands for itself alone."""
        plain = name.removeprefix(LOCAL)
        found = dict.fromkeys((name, plain))
        if "person" not in registry.item_types or not plain:
            return tuple(found)
        same = AnyOf(tuple((Filter(field, Op.EQ, plain),) for field in ("user_name", "email", "name")))
        people = self._inventory.page(ItemQuery(registry.concrete_of("person"), (same,), first=_PERSONS)).items
        for one in people:
            found |= dict.fromkeys(
                str(value) for value in (one.state.name, one.state.value("user_name"), one.state.value("email")) if value
            )
        for rows in self._inventory.relations_of([one.id for one in people], "out", ("belongs_to",)).values():
            found |= {row.other_name: None for row in rows}
        return tuple(found)

    def owners_named(self, name: str, registry: Registry) -> tuple[str, ...]:
        """The same, and every owner of live items whose name differs from them in case only."""
        names = self.names_of(name, registry)
        folded = {one.casefold() for one in names}
        owners = self._inventory.facets(ItemQuery(), "owner", _OWNERS)
        return tuple(dict.fromkeys((*names, *(one for one in owners if one and one.casefold() in folded))))

    def folded(self, name: str, registry: Registry) -> frozenset[str]:
        """The same for comparing without case."""
        return frozenset(one.casefold() for one in self.names_of(name, registry))
