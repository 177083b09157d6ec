"""Baselines on a real store: the room with its ledger, a clock that stands still until moved, and the people around it."""

from dataclasses import dataclass, field
from typing import Any

from baselines.model import Baseline, Scope, ScopeKind
from baselines.room import BaselineRoom
from cmdb.ledger.asof import History
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Role
from cmdb.model.commit import VersionKind
from cmdb.model.definitions import to_record
from cmdb.model.pack import load_pack
from cmdb.model.record import RecordEdit
from cmdb.model.registry import Registry, kind_and_name
from cmdb.model.types import Definition
from cmdb.store.protocol import Store
from tests.support.estate import create, plan, relate, relation, server
from tests.support.road import SettableClock

ERIN = Actor("erin", frozenset({Role.ENGINEER}))
MONA = Actor("mona", frozenset({Role.CHANGE_MANAGER}))
MAX = Actor("max", frozenset({Role.CHANGE_MANAGER}))
VERA = Actor("vera", frozenset({Role.VIEWER}))
WHOLE = Scope(ScopeKind.WHOLE)


@dataclass
class Shop:
    """A small estate: `shop` (a service) runs on `web`, which needs `db` through the group `pair` (members `n1`, `n2`); `lone` stands
    apart, `doc` describes `web`, `r1` released `web` and `db`."""

    store: Store
    clock: SettableClock = field(default_factory=SettableClock)
    registry: Registry = field(default_factory=load_pack)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, self.clock)
        self.history = History(self.store)
        self.room = BaselineRoom.over(self.store, self.ledger, lambda: self.registry, self.clock)
        kinds = {"shop": "service", "web": "application", "db": "database", "pair": "redundancy_group", "n1": "server", "n2": "server"}
        kinds |= {"lone": "server", "doc": "document", "r1": "release"}
        self.states = {name: server(name, type_name=kind) for name, kind in kinds.items()}
        links = [("shop", "web", "depends_on"), ("web", "pair", "runs_on"), ("n1", "pair", "member_of"), ("n2", "pair", "member_of")]
        links += [("web", "db", "depends_on"), ("web", "doc", "documented_by"), ("web", "r1", "released_in"), ("db", "r1", "released_in")]
        self.links = {(source, target): relation(source, target, kind) for source, target, kind in links}
        edits: list[Any] = [*map(create, self.states.values()), *(relate(one, True) for one in self.links.values())]
        self.write(*edits)

    def write(self, *edits: Any) -> int:
        """Commit these edits a minute later; the commit's number."""
        self.clock.advance(minutes=1)
        receipt = self.ledger.commit(plan(*edits))
        assert receipt.seq is not None
        return receipt.seq

    def write_types(self, *definitions: Definition) -> int:
        """Commit these definitions as the registry does; the commit's number."""
        self.clock.advance(minutes=1)
        kinds = [(*kind_and_name(one), one) for one in definitions]
        ids = {f"type-{name}": (kind, one) for kind, name, one in kinds}
        known = {id_: len(self.history.versions_of(id_, VersionKind.TYPE)) for id_ in ids}
        edits = [RecordEdit(VersionKind.TYPE, kind, id_, {"definition": to_record(one)}, known[id_]) for id_, (kind, one) in ids.items()]
        receipt = self.ledger.commit(plan(), edits)
        assert receipt.seq is not None
        return receipt.seq

    def take(self, name: str = "first", scope: Scope = WHOLE, **how: Any) -> Baseline:
        """A baseline taken by Erin a second later."""
        self.clock.advance(seconds=1)
        return self.room.baselines.take(name, "evidence for the audit", scope, how.pop("actor", ERIN), **how).baseline
