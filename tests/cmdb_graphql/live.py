"""The real rooms on a real store, as GraphQL gets them, with every statement counted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from baselines.audit.room import AuditRoom
from baselines.comparing import CompareRoom
from baselines.library.service import Library
from baselines.room import BaselineRoom
from baselines.schedule import Schedules
from change_gate.door import Door
from change_gate.policy import Policy, load_policy
from cmdb.archive.room import EvidenceRoom
from cmdb.impact.asof import PastGraphs
from cmdb.impact.keeper import ImpactKeeper
from cmdb.impact.service import ImpactService
from cmdb.inventory.search import Finder
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import system_clock
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey
from cmdb.ledger.touching import Touching
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.past.inventory import PastInventory
from cmdb.registry.asof import registry_at
from cmdb.registry.service import RegistryService
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import Statement
from cmdb_graphql.context import Context, Rooms
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.operations import by_name, load_operations, operations_dir
from cmdb_graphql.rooms import LedgerFeed, RoomReads
from cmdb_graphql.runner import Answer, Request, run
from tests.support.auditing import Shelf

T = TypeVar("T")
ADMINISTRATOR = Actor("root", frozenset({Role.ADMINISTRATOR}))
ENGINEER = Actor("erika", frozenset({Role.ENGINEER}))
MANAGER = Actor("mona", frozenset({Role.CHANGE_MANAGER}))
AGENT = Actor("agent-net", frozenset({Role.AGENT}), source="net")
COUNTS = Path(__file__).parent / "query_counts.json"
OPERATIONS = by_name(load_operations(operations_dir()))


class CountingStore:
    """A store that counts statements by name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.statements: list[str] = []

    @property
    def engine(self) -> str:
        return self._store.engine

    def read(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> list[dict[str, Any]]:
        self.statements.append(statement.name)
        return self._store.read(statement, timeout=timeout, **params)

    def columns(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> dict[str, Sequence[Any]]:
        self.statements.append(statement.name)
        return self._store.columns(statement, timeout=timeout, **params)

    def write(self, work: Callable[[Transaction], T], /, *, timeout: float | None = None) -> T:
        return self._store.write(work, timeout=timeout)

    def writing(self) -> AbstractContextManager[None]:
        return self._store.writing()

    def close(self) -> None:
        self._store.close()


class Live:
    """Everything behind the schema. `say` records observations, `ask` runs an operation."""

    def __init__(self, store: Store, policy: Policy | None = None) -> None:
        self.store = CountingStore(store)
        self.ledger = Ledger(self.store, system_clock)
        self.inventory = Inventory(self.store)
        self.log = Log(self.store)
        self.types = RegistryService(self.store, self.ledger, self.inventory)
        self.types.seed(Cause(ADMINISTRATOR, "system", "default types"))
        self.door = Door(self.store, self.ledger, self.types.current, policy=policy or load_policy())
        self.keeper = ImpactKeeper(self.store, self.ledger, self.log, self.types.current, system_clock)
        self.keeper.open()
        self.holder = SchemaHolder(self.types.current)
        history = History(self.store)
        finder = Finder(self.store)
        finder.find("", 0)  # has read what is there, as in a process that has answered before
        self.reads = RoomReads(self.ledger, self.inventory, history, self.log, PastInventory(self.store), finder, Touching(self.store))
        past = PastGraphs(self.store, history, partial(registry_at, self.store))
        baselines = BaselineRoom.over(self.store, self.ledger, self.types.current, system_clock)
        self.shelf = Shelf()
        library = Library(self.store, self.ledger, self.inventory, self.types.current, self.shelf.look, system_clock)
        self.audits = AuditRoom.over(self.store, self.ledger, self.types.current, library, system_clock)
        self.rooms = Rooms(
            reads=self.reads,
            door=self.door,
            types=self.types,
            impact=ImpactService(self.keeper.index, self.types.current, past=past),
            feed=LedgerFeed(self.log.after, self._never, asyncio.to_thread),
            baselines=baselines,
            schedules=Schedules(self.store, self.ledger, system_clock, [baselines.runner, *self.audits.runners()]),
            audits=self.audits,
            comparing=CompareRoom.over(self.store, self.ledger, self.types.current, baselines, self.door.consider),
            evidence=EvidenceRoom(self.store, self.ledger, system_clock, _signing_key, list),
            written=lambda: None,
        )

    async def _never(self, seq: int, timeout: float) -> int:
        await asyncio.sleep(0.01)
        return seq

    def say(self, *observations: Observation, source: str = "net") -> dict[str, str]:
        """Item ids by ref."""
        result = self.door.submit(Batch(source, observations), AGENT)
        assert not result.failed, result.failed
        self.keeper.catch_up()
        return {one.ref: one.item_id or "" for one in result.outcomes}

    def ask(self, query: str, variables: Mapping[str, Any] | None = None, actor: Actor = ENGINEER, name: str | None = None) -> Answer:
        """Run an operation: a text, or the name of a named one."""
        text = OPERATIONS[query].text if query in OPERATIONS else query
        return run(self.holder.current(), Request(text, variables or {}, name), Context(actor, self.rooms))

    def data(self, query: str, variables: Mapping[str, Any] | None = None, actor: Actor = ENGINEER) -> Any:
        """The data of an operation that must have no errors."""
        answer = self.ask(query, variables, actor)
        assert "errors" not in answer.body, answer.body["errors"]
        return answer.body["data"]

    def counted(self, query: str, variables: Mapping[str, Any] | None = None, actor: Actor = ENGINEER) -> tuple[Any, list[str]]:
        """The data, and the statements that were run for it."""
        self.types.current()
        self.store.statements.clear()
        found = self.data(query, variables, actor)
        return found, [name for name in self.store.statements if name != "read_revision"]  # asked once a second, by the clock


def shop(live: Live, copies: int = 1) -> dict[str, str]:
    """A shop: a service that stands on a web server, which needs a database; a group of two brokers behind it; ids by ref."""
    refs: dict[str, str] = {}
    for n in range(copies):
        tail = "" if n == 0 else f"-{n}"
        refs |= live.say(
            Observation(f"db{tail}", "server", {"name": f"db{tail}", "owner": "platform", "location": "hall 1"}),
            Observation(f"web{tail}", "server", {"name": f"web{tail}", "owner": "shop"}, (ObservedRelation("depends_on", to=f"db{tail}"),)),
            Observation(f"shop{tail}", "service", {"name": f"shop{tail}"}, (ObservedRelation("depends_on", to=f"web{tail}"),)),
        )
    return refs


def _signing_key() -> SigningKey:
    """The same for every test: 32 bytes that are no secret."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
