"""The graph of the benchmark as it lies in an engine: items, relationships and claims in the shape the ledger writes them, and the index
built from that."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Bench, seconds
from benchmarks.impact.engine import Case
from benchmarks.impact.graphs import hubs, item_id
from cmdb.impact.evaluation import evaluate
from cmdb.impact.index import ImpactIndex
from cmdb.impact.keeper import ImpactKeeper
from cmdb.impact.levels import Level
from cmdb.impact.rows import GraphRows
from cmdb.impact.scratch import ScratchPool
from cmdb.inventory.service import Inventory
from cmdb.kernel.canonical import digest
from cmdb.kernel.clock import system_clock, to_text
from cmdb.kernel.ids import relation_id
from cmdb.ledger.log import Log
from cmdb.ledger.prepare import Row, by_type, claim_row
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.item import ItemState
from cmdb.model.names import edge_of, label_of
from cmdb.model.native import item_properties
from cmdb.model.plan import ClaimEdit
from cmdb.registry.service import RegistryService
from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild
from cmdb.store.migrations import migrate
from cmdb.store.statements import load
from tools.neo4j_jars import Neo4jChild

SOURCE = "bench"
SEQ = 1
ITEMS_AT_ONCE = 5_000
RELATIONS_AT_ONCE = 20_000
_LEDGER_QUERIES = Path(__file__).parents[2] / "cmdb" / "ledger" / "queries"


@contextmanager
def engine(name: str) -> Iterator[tuple[BoltStore, BoltAddress, int]]:
    """A new engine with an empty, migrated database, its address and its process. Stopped and deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as folder:
        child = ArcadeChild(Path(folder) / "graph", heap="2g") if name == "arcadedb" else Neo4jChild(Path(folder) / "graph", heap="2g")
        address = child.start()
        store = open_address(address)
        try:
            migrate(store, system_clock)
            assert child.pid is not None
            yield store, address, child.pid
        finally:
            store.close()
            child.stop()


def version(store: BoltStore) -> str:
    """What the engine says it is."""
    return store.driver.get_server_info().agent


def write_live(store: BoltStore, rows: GraphRows) -> None:
    """All items with a claim each, and all relationships, by the statements of the ledger; no versions, which the index does not read."""
    now = to_text(system_clock())
    everything = _items(rows, now)
    while part := list(islice(everything, ITEMS_AT_ONCE)):
        for name, items in by_type(item for item, _ in part).items():
            _write(store, "create_items", {"label": f"Item:{label_of(name)}"}, rows=items)
        _write(store, "create_claims", {}, rows=[claim for _, claim in part])
    for code, name in enumerate(rows.relation_types):
        of_type = _relations(rows, code)
        while relations := list(islice(of_type, RELATIONS_AT_ONCE)):
            _write(store, "create_relations", {"edge": edge_of(name)}, rows=relations, type=name, seq=SEQ)


def _write(store: BoltStore, name: str, names: dict[str, str], **params: Any) -> None:
    statement = load(_LEDGER_QUERIES, name).named(**names)
    store.write(lambda tx: tx.run(statement, **params), timeout=600)


def _items(rows: GraphRows, now: str) -> Iterator[tuple[Row, Row]]:
    """Properties of each item and of its claim."""
    assert rows.owner_of is not None
    assert rows.location_of is not None
    columns = zip(rows.ids.tolist(), rows.type_of.tolist(), rows.owner_of.tolist(), rows.location_of.tolist(), strict=True)
    for number, (raw, kind, owner, location) in enumerate(columns):
        need = rows.groups.get(number)
        wanted = {} if need is None else {"need_count": need.count, "need_percent": need.percent}
        state = ItemState(
            raw.decode(), rows.types[kind], f"item {number}", "live", owner=rows.owners[owner], location=rows.locations[location],
            attributes={name: value for name, value in wanted.items() if value is not None}, origins={"name": SOURCE},
        )  # fmt: skip
        claim = ClaimEdit(state.id, SOURCE, "bench", str(number), {"name": state.name}, [], digest(raw), now)
        yield {**item_properties(state, digest(raw)), "_seq": SEQ, "_created": now}, claim_row(claim, "bench")


def _relations(rows: GraphRows, code: int) -> Iterator[Row]:
    """Rows of the relationships of one type. A membership leads from the member (the provider) to its group, all others to the provider."""
    mine = np.flatnonzero(rows.tag >> 2 == code)
    name = rows.relation_types[code]
    provider, dependent = rows.provider[mine].tolist(), rows.dependent[mine].tolist()
    for one, other in zip(provider, dependent, strict=True):
        source, target = (item_id(one), item_id(other)) if name == "member_of" else (item_id(other), item_id(one))
        made = relation_id(name, source, target)
        yield {"id": made, "source": source, "target": target, "revision": 1, "sources": [SOURCE], "hash": digest(made.encode())}


def seed(store: BoltStore) -> RegistryService:
    """Default types in the ledger."""
    ledger = Ledger(store, system_clock)
    registry = RegistryService(store, ledger, Inventory(store))
    registry.seed(Cause(Actor("bench", frozenset({Role.ADMINISTRATOR})), source="system", reason="default types"))
    return registry


def build(bench: Bench, name: str, store: BoltStore, registry: RegistryService, case: Case) -> ImpactIndex:
    """The index from the store, as a start without a snapshot does it; it must answer as the one that was generated."""
    keeper = ImpactKeeper(store, Ledger(store, system_clock), Log(store), registry.current, system_clock)
    took = seconds(keeper.open, 1)[0]
    index = keeper.index()
    speed = f"{index.view().relations / took:,.0f} relationships a second"
    bench.add(f"{case.label}: index built from the store on {name}", took, "s", note=speed)
    root = int(hubs(case.rows, 1)[0])
    made, found = (evaluate(view, ScratchPool(), {root: Level.DOWN}) for view in (case.index.view(), index.view()))
    if made.bounds.tolist() != found.bounds.tolist() or set(made.hit.tolist()) != set(found.hit.tolist()):
        raise SystemExit(f"{name}: the index from the store answers {found.bounds}, the generated one {made.bounds}")
    return index
