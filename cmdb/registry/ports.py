"""What the registry asks of its neighbours; `cmdb.ledger` and `cmdb.inventory` fit without knowing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from cmdb.inventory.query import ItemQuery, Page, RelationRow
from cmdb.model.commit import Receipt
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.registry.model import StoredTypes


class Committer(Protocol):
    """The ledger's one door."""

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        """Write records in one commit. Raises `StalePlan` when one has moved on."""
        ...


class LiveItems(Protocol):
    """Reads of the live graph."""

    def page(self, query: ItemQuery) -> Page:
        """One page of items."""
        ...

    def relations_of(
        self, ids: Iterable[str], direction: Literal["out", "in", "both"] = "both", types: Sequence[str] = ()
    ) -> dict[str, list[RelationRow]]:
        """Live relationships by item."""
        ...


class DefinitionBook(Protocol):
    """The stored definitions."""

    def revision(self) -> int:
        """The revision of the registry record, 0 before the first seed: moves with every change of types."""
        ...

    def read(self) -> StoredTypes:
        """All of it. Raises `TypesUnreadable`."""
        ...
