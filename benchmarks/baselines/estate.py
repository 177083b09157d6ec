"""A growing estate in the ledger: items, one relationship for ten of them, versions upon versions, all through `Ledger.commit`, so that the
shape is exactly what the product writes."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from baselines.compare import Comparison, Question
from baselines.comparing import CompareRoom
from baselines.room import BaselineRoom
from change_gate.decide import Decision, decide
from change_gate.policy import load_policy
from change_gate.ports import EmptyApprovalBook
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import system_clock
from cmdb.kernel.ids import relation_id
from cmdb.ledger.asof import History
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.item import ItemState, RelationState
from cmdb.model.pack import load_pack
from cmdb.model.plan import ChangePlan, EditKind, ItemEdit, RelationEdit
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild
from cmdb.store.migrations import migrate
from tools.neo4j_jars import Neo4jChild

ENGINES = ("arcadedb", "neo4j")
PIECE = 5_000
WHO = Actor("bench", frozenset({Role.ADMINISTRATOR, Role.ENGINEER}))


Child = ArcadeChild | Neo4jChild


@contextmanager
def engine(name: str) -> Iterator[BoltStore]:
    """A store on a new engine. Stopped and deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as folder, running(child_of(name, folder)) as store:
        yield store


def child_of(name: str, folder: str) -> Child:
    """An engine whose data lies below `folder`, not started."""
    data = Path(folder) / "graph"
    return ArcadeChild(data, heap="2g") if name == "arcadedb" else Neo4jChild(data, heap="2g")


@contextmanager
def running(child: Child) -> Iterator[BoltStore]:
    """A store on the engine while it runs. It is stopped in good order: then everything is on disk."""
    store = open_address(child.start())
    try:
        migrate(store, system_clock)
        yield store
    finally:
        store.close()
        child.stop()


@dataclass
class Estate:
    """The estate as it stands, and the rooms over it."""

    store: BoltStore
    states: list[ItemState] = field(default_factory=list)
    links: list[RelationState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, system_clock)
        self.history, self.inventory = History(self.store), Inventory(self.store)
        self._registry = load_pack()
        self.baselines = BaselineRoom.over(self.store, self.ledger, lambda: self._registry, system_clock)

    def compared(self, start: int, end: int) -> Comparison:
        """Two commits compared by a room that remembers nothing yet."""
        room = CompareRoom.over(self.store, self.ledger, lambda: self._registry, self.baselines, self._consider)
        first, second = room.sides.pair(start, end)
        return room.compare.ask(Question(first, second, room.profiles.get(None)))

    def _consider(self, plan: ChangePlan) -> Decision:
        return decide(plan, load_policy(), EmptyApprovalBook(), self._registry)

    def grow(self, size: int) -> None:
        """New servers up to `size`, every tenth with a relationship to the one before."""
        while len(self.states) < size:
            start = len(self.states)
            made = [server(number) for number in range(start, min(start + PIECE, size))]
            links = [link(one, server(number)) for number, one in enumerate(made, start - 1) if number >= start and number % 10 == 9]
            self._commit(
                [ItemEdit(EditKind.CREATE, None, one) for one in made], [RelationEdit(EditKind.CREATE, None, o, True) for o in links]
            )
            self.states += made
            self.links += links

    def change(self, numbers: Iterable[int], mark: str, piece: int = PIECE) -> None:
        """A new version of each of these items, `piece` of them in a commit."""
        wanted = list(numbers)
        for start in range(0, len(wanted), piece):
            edits = []
            for number in wanted[start : start + piece]:
                before = self.states[number]
                after = replace(before, attributes={**before.attributes, "os_version": mark})
                edits.append(ItemEdit(EditKind.UPDATE, before, after))
                self.states[number] = replace(after, revision=before.revision + 1)
            self._commit(edits, [], change=f"CHG-{start}" if start % (2 * piece) else None)

    def relink(self, count: int, mark: str) -> None:
        """A new version of the first `count` relationships."""
        edits = []
        for number, before in enumerate(self.links[:count]):
            after = replace(before, attributes={"description": mark})
            edits.append(RelationEdit(EditKind.UPDATE, before, after))
            self.links[number] = replace(after, revision=before.revision + 1)
        self._commit([], edits)

    def _commit(self, items: list[ItemEdit], relations: list[RelationEdit], change: str | None = None) -> None:
        self.ledger.commit(ChangePlan(Cause(WHO, "bench", "bench", change), tuple(items), tuple(relations)))


def server(number: int) -> ItemState:
    """One server of the estate."""
    attributes = {
        "hostname": f"srv-{number:07d}",
        "serial_number": f"SN{number:09d}",
        "vendor": ("Dell", "HPE", "Lenovo")[number % 3],
        "model": f"R{600 + number % 100}",
        "cpu_count": (8, 16, 32, 64)[number % 4],
        "memory_bytes": 2**36,
        "os_version": "12.1",
        "ip_addresses": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",),
    }
    origins = dict.fromkeys(("name", "status", "location", "owner", *attributes), "bench")
    place = {"location": f"site-{number % 20}", "owner": f"team-{number % 50}"}
    return ItemState(f"s{number:07d}", "server", f"srv-{number:07d}", "live", **place, attributes=attributes, origins=origins)  # type: ignore[arg-type]


def link(source: ItemState, target: ItemState) -> RelationState:
    """`source -depends_on-> target`."""
    id_ = relation_id("depends_on", source.id, target.id)
    return RelationState(id_, "depends_on", source.id, target.id, {}, ("bench",))
