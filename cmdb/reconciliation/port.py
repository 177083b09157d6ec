"""What reconciliation asks of the graph: the present state around the items of one chunk. A fixed number of reads for each chunk."""

from collections.abc import Collection, Mapping
from typing import Protocol

from cmdb.model.item import ItemState, RelationState
from cmdb.model.plan import ClaimEdit


class World(Protocol):
    """Live items, their claims and relationships, and the last state of retired ones."""

    def items(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        """The live ones of these items."""
        ...

    def retired(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        """The last state of those that lived once and are not live now."""
        ...

    def claims(self, ids: Collection[str]) -> Mapping[str, tuple[ClaimEdit, ...]]:
        """The claims of every source on each of these items, ordered by source."""
        ...

    def relations_at(self, ids: Collection[str]) -> Mapping[str, RelationState]:
        """The live relationships that begin or end at one of these items, by relationship id."""
        ...

    def relations_of_type(self, ids: Collection[str], relation_type: str, *, outgoing: bool) -> tuple[RelationState, ...]:
        """The live relationships of one type that begin (`outgoing`) or end at these items."""
        ...

    def live_types(self, ids: Collection[str]) -> Mapping[str, str]:
        """The type of each of these items that is live."""
        ...

    def scope(self, source: str, scope: str) -> Mapping[str, str]:
        """Item id -> ref of everything this source asserts to exist in the scope."""
        ...

    def claimed_by(self, source: str) -> tuple[str, ...]:
        """Ids of all items this source says anything of, sorted."""
        ...
