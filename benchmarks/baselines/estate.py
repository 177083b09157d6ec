"""A growing estate in the ledger: services on servers, as many relationships as items, versions upon versions, all through `Ledger.commit`,
so that the shape is exactly what the product writes.

A hundred items are a block: a service, nine front servers that it depends on, ninety servers behind them, ten for each front. The last of
a block is also needed by the next block, so that it supports two services. Items and relationships follow from their number; kept is only
what was changed, so that a million of them weigh nothing here.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
BLOCK = 100
FRONTS = 9
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


@contextmanager
def filled(names: Iterable[str], size: int) -> Iterator[dict[str, Child]]:
    """An engine of each name, stopped, with an estate of this size. They are filled at once: a writing engine takes about one core, and
    nothing is measured meanwhile."""

    def fill(child: Child) -> None:
        with running(child) as store:
            Estate(store).grow(size)

    with ExitStack() as folders:
        found: dict[str, Child] = {}
        for name in names:
            folder = folders.enter_context(tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True))
            found[name] = child_of(name, folder)
        with ThreadPoolExecutor(len(found)) as pool:
            list(pool.map(fill, found.values()))
        yield found


@dataclass
class Estate:
    """The estate as it stands, and the rooms over it."""

    store: BoltStore
    size: int = 0
    changed: dict[int, ItemState] = field(default_factory=dict)
    relinked: dict[int, RelationState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, system_clock)
        self.history, self.inventory = History(self.store), Inventory(self.store)
        self._registry = load_pack()
        self.baselines = BaselineRoom.over(self.store, self.ledger, lambda: self._registry, system_clock)

    def compared(self, start: int, end: int) -> Comparison:
        """Two commits compared, the whole CMDB on both sides, by a room that remembers nothing yet."""
        room = CompareRoom.over(self.store, self.ledger, lambda: self._registry, self.baselines, self._consider)
        first, second = room.sides.pair(start, end)
        return room.compare.ask(Question(first, second, room.profiles.get(None)))

    def _consider(self, plan: ChangePlan) -> Decision:
        return decide(plan, load_policy(), EmptyApprovalBook(), self._registry)

    def grow(self, size: int) -> None:
        """New items up to `size`, each with its relationship. While the engine writes one piece the next is prepared: pieces know nothing
        of each other, so it does not matter which comes first."""
        pieces = [range(start, min(start + PIECE, size)) for start in range(self.size, size, PIECE)]
        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(self._make, pieces):
                pass
        self.size = size

    def _make(self, numbers: range) -> None:
        links = [one for number in numbers if (one := link(number)) is not None]
        self._commit(
            [ItemEdit(EditKind.CREATE, None, item(one)) for one in numbers],
            [RelationEdit(EditKind.CREATE, None, one, True) for one in links],
        )

    def change(self, numbers: Iterable[int], mark: str, piece: int = PIECE) -> None:
        """A new version of each of these items, `piece` of them in a commit; every other commit names a change."""
        wanted = list(numbers)
        for start in range(0, len(wanted), piece):
            edits = []
            for number in wanted[start : start + piece]:
                before = self.changed.get(number) or item(number)
                after = replace(before, version=mark)
                edits.append(ItemEdit(EditKind.UPDATE, before, after))
                self.changed[number] = replace(after, revision=before.revision + 1)
            self._commit(edits, [], change=f"CHG-{start}" if start % (2 * piece) else None)

    def relink(self, numbers: Iterable[int], mark: str) -> None:
        """A new version of the relationship of each of these items."""
        edits = []
        for number in numbers:
            before = self.relinked.get(number) or link(number)
            if before is None:
                raise ValueError(f"item {number} has no relationship of its own")
            after = replace(before, attributes={"description": mark})
            edits.append(RelationEdit(EditKind.UPDATE, before, after))
            self.relinked[number] = replace(after, revision=before.revision + 1)
        self._commit([], edits)

    def _commit(self, items: list[ItemEdit], relations: list[RelationEdit], change: str | None = None) -> None:
        self.ledger.commit(ChangePlan(Cause(WHO, "bench", "bench", change), tuple(items), tuple(relations)))


def id_of(number: int) -> str:
    """The id of an item."""
    return f"s{number:07d}"


def item(number: int) -> ItemState:
    """One item as it was made."""
    if number % BLOCK == 0:
        attributes: dict[str, Any] = {"criticality": ("low", "medium", "high")[number // BLOCK % 3]}
        return _made(number, "service", f"Service {number // BLOCK}", attributes)
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
    return _made(number, "server", f"srv-{number:07d}", attributes)


def _made(number: int, type_: str, name: str, attributes: Mapping[str, Any]) -> ItemState:
    origins = dict.fromkeys(("name", "status", "version", "location", "owner", *attributes), "bench")
    return ItemState(
        id_of(number), type_, name, "live", "1.0", f"site-{number % 20}", "", f"team-{number % 50}", attributes=attributes, origins=origins
    )  # fmt: skip


def link(number: int) -> RelationState | None:
    """The relationship that comes with an item, None for the first of a piece: whoever needs it depends on it."""
    block, place = number - number % BLOCK, number % BLOCK
    if place == 0:
        needs, needed = block + 1 if block % PIECE else None, block - 1  # the first front server needs the block before as well
    elif place <= FRONTS:
        needs, needed = block, number
    else:
        needs, needed = block + 1 + (place - FRONTS - 1) // 10, number
    if needs is None:
        return None
    source, target = id_of(needs), id_of(needed)
    return RelationState(relation_id("depends_on", source, target), "depends_on", source, target, {}, ("bench",))
