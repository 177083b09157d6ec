"""The service a comparison is about, from its id or its name: one place for every door, so that none answers about nothing.

Rules. An id counts before a name, the second side before the first, services before other items. A name is looked for as it was on the
sides: among what bears it now, and among the services of then; what nobody bore then, as it is now. What was live on neither side is
refused; on one side only, it is told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from baselines.errors import AmbiguousScope, EmptyScope
from baselines.types_then import TypesAt
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History
from cmdb.model.item import ItemState
from cmdb.past.inventory import PastInventory
from cmdb.store.protocol import Store

SERVICE = "service"
_BEARERS = 50
"""Items of one name that are looked at; more of them are ambiguous anyway."""


@dataclass(frozen=True, slots=True)
class AboutService:
    """The item a filter names, as it was called on the later of the sides that have it, and what must be told about it."""

    id: str
    name: str
    notes: tuple[str, ...] = ()


class About:
    """Finds what a comparison is about. Thread-safe."""

    def __init__(self, store: Store, types: TypesAt) -> None:
        self._history, self._inventory, self._past, self._types = History(store), Inventory(store), PastInventory(store), types

    def service(self, id_or_name: str, first: int, second: int) -> AboutService:
        """The item with this id or name on the sides, given as commits. Raises `EmptyScope`, `AmbiguousScope`."""
        text = id_or_name.strip()
        found = self._there([text], (second, first)) or self._named(text, (second, first))
        if not found:
            raise EmptyScope(
                f"no item is called {text[:80]!r} or has this id at commit {first} or at commit {second}; the services are listed by "
                "`cmdb items list --type service`",
                service=text[:80],
                seqs=[first, second],
            )
        if len(found) > 1:
            shown = "; ".join(f"{id_} ({state.type})" for id_, state in list(found.items())[:5])
            raise AmbiguousScope(f"several items are called {text[:80]!r}; say which by its id: {shown}", items=list(found)[:100])
        id_, state = next(iter(found.items()))
        return AboutService(id_, state.name, tuple(self._one_sided(id_, state.name, first, second)))

    def _one_sided(self, id_: str, name: str, first: int, second: int) -> Iterator[str]:
        for seq, other in ((first, second), (second, first)):
            if seq != other and not self._history.items_by_id([id_], seq):
                yield f"{name} was not live at commit {seq}: of that side, nothing belongs to it."

    def _there(self, ids: Iterable[str], seqs: Iterable[int]) -> dict[str, ItemState]:
        """Those of the items that were live on the first of these commits that has any."""
        wanted = list(ids)
        for seq in seqs:
            if found := {id_: past.state for id_, past in self._history.items_by_id(wanted, seq).items()}:
                return found
        return {}

    def _named(self, name: str, seqs: tuple[int, int]) -> dict[str, ItemState]:
        bearing = ItemQuery(filters=(Filter("name", Op.EQ, name),), first=_BEARERS)
        now = [one.id for one in self._inventory.page(bearing).items]
        for seq in dict.fromkeys(seqs):
            found = {id_: state for id_, state in self._there(now, (seq,)).items() if state.name == name}
            services = self._services(seq)
            chosen = {id_: state for id_, state in found.items() if state.type in services}
            if not found and services:
                asked = ItemQuery(tuple(services), bearing.filters, first=_BEARERS)
                found = {past.state.id: past.state for past in self._past.all(asked, seq)}
            if found:
                return chosen or found
        return self._there(now, seqs)

    def _services(self, seq: int) -> tuple[str, ...]:
        types = self._types.on(seq)
        return types.concrete_of(SERVICE) if SERVICE in types.item_types else ()
