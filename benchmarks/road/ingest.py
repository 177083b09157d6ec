"""Ingest over the full road against the raw driver, each on an engine of its own, batch by batch in turn: a noisy moment hits both."""

import time
from collections.abc import Callable

from benchmarks.harness import Bench
from benchmarks.road.engines import fresh_engine
from benchmarks.road.estate import SOURCE, Estate, make_estate
from benchmarks.road.raw import make_chunks, write_chunk
from change_gate.door import Door
from cmdb.inventory.query import ItemQuery
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import system_clock
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Cause, Role
from cmdb.registry.service import RegistryService
from cmdb.store.bolt import BoltStore

AGENT = Actor("bench-agent", frozenset({Role.AGENT}), source=SOURCE)
WARM_UP = 1  # batches of another estate first, on both, so that no engine's compiler is measured


def open_door(store: BoltStore) -> Door:
    """The road over a store, default types seeded."""
    ledger = Ledger(store, system_clock)
    registry = RegistryService(store, ledger, Inventory(store))
    registry.seed(Cause(Actor("bench", frozenset({Role.ADMINISTRATOR})), source="system", reason="default types"))
    return Door(store, ledger, registry.current)


def measure_ingest(bench: Bench, engine: str, items: int, relations: int, chunk: int) -> None:
    """Three rows: first ingest against raw, unchanged ingest against the first, and the ledger verified."""
    estate = make_estate(items, relations, chunk=chunk)
    warm = make_estate(chunk * WARM_UP, chunk * WARM_UP * 3, chunk=chunk, seed=7)
    with fresh_engine(engine) as (raw_store, database), fresh_engine(engine) as (store, _):
        door = open_door(store)
        _warm(raw_store, database, door, warm, chunk)
        raw = road = 0.0
        for rows, batch in zip(make_chunks(estate, chunk), estate.batches(chunk), strict=True):
            raw += _timed(lambda rows=rows: write_chunk(raw_store, database, rows))
            road += _timed(lambda batch=batch: door.submit(batch, AGENT))
        bench.ratio(
            f"{engine}: ingest {items:,} items, {relations:,} relationships, against the raw driver", items / road, items / raw,
            "items/s", limit=0.4, at_least=True,
        )  # fmt: skip
        again = sum(_timed(lambda batch=batch: door.submit(batch, AGENT)) for batch in estate.batches(chunk))
        bench.ratio(f"{engine}: unchanged ingest, times faster", again, road, "s", inverse=True, limit=5, at_least=True)
        _check(store, items + chunk * WARM_UP)


def _check(store: BoltStore, items: int) -> None:
    """A fast road that writes nonsense would be no result."""
    if (live := Inventory(store).count(ItemQuery())) != items:
        raise SystemExit(f"the road left {live:,} live items, {items:,} were sent")
    verification = verify(store)
    if not verification.holds:
        raise SystemExit(f"the ledger does not hold after the ingest: {verification}")


def _warm(raw_store: BoltStore, database: str, door: Door, warm: Estate, chunk: int) -> None:
    for rows in make_chunks(warm, chunk):
        write_chunk(raw_store, database, rows)
    for batch in warm.batches(chunk):
        door.submit(batch, AGENT)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
