"""The road on a real store: a door with its neighbours, actors, and short ways to say batches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from change_gate.door import Door
from change_gate.policy import Policy, load_policy
from cmdb.intake import PIECE
from cmdb.inventory.service import Inventory
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.model.pack import load_pack
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

ENGINEER = Actor("erin", frozenset({Role.ENGINEER}))
MANAGER = Actor("mona", frozenset({Role.CHANGE_MANAGER}))
VIEWER = Actor("vera", frozenset({Role.VIEWER}))


def agent(source: str) -> Actor:
    """An agent bound to a source."""
    return Actor(f"agent-{source}", frozenset({Role.AGENT}), source=source)


@dataclass
class SettableClock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Road:
    """A door on a store with everything behind it."""

    store: Store
    policy: Policy = field(default_factory=load_policy)
    clock: SettableClock = field(default_factory=SettableClock)
    registry: Registry = field(default_factory=load_pack)
    piece: int = PIECE

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, self.clock)
        self.inventory = Inventory(self.store)
        self.door = Door(self.store, self.ledger, lambda: self.registry, policy=self.policy, clock=self.clock, piece=self.piece)

    def item(self, item_id: str | None) -> Any:
        """The live state of an item, None where it is not live."""
        found = self.inventory.item(item_id or "")
        return found.state if found else None


def server(ref: str, *relations: ObservedRelation, **fields: Any) -> Observation:
    """An observation of a server; its name is its ref unless said otherwise."""
    return Observation(ref, "server", {"name": ref, **fields}, relations)


def batch(source: str, *observations: Observation, **how: Any) -> Batch:
    """A batch of these observations."""
    return Batch(source, observations, **how)


def edit(item_id: str | None, type_name: str, *relations: ObservedRelation, fields: Mapping[str, Any] | None = None, **how: Any) -> Batch:
    """A person's edit of one item."""
    return Batch("manual", (Observation(item_id or "", type_name, fields or {}, relations, item_id=item_id, **how),))
