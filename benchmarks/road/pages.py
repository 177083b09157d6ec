"""A page of 50 items by filter over a large live graph: the inventory against the bare query for the same rows."""

from typing import Any

from benchmarks.harness import Bench, median
from benchmarks.road.estate import make_estate
from benchmarks.road.raw import make_chunks, write_chunk
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.inventory.service import Inventory
from cmdb.store.bolt import BoltStore

BARE = "MATCH (n:Server) WHERE n.location = $location AND n.id > $after RETURN n ORDER BY n.id LIMIT 50"


def measure_page(bench: Bench, engine: str, store: BoltStore, database: str, items: int) -> None:
    """Fills the engine with `items` servers (raw: only reads are measured) and adds one row."""
    for chunk in make_chunks(make_estate(items, 0, chunk=2_000), 2_000):
        write_chunk(store, database, chunk)
    inventory = Inventory(store)
    first = inventory.page(_query())
    query = _query(first.cursors[-1])

    def bare() -> list[Any]:
        with store.driver.session(database=database) as session:
            return [record["n"] for record in session.run(BARE, location="site-7", after=first.items[-1].id)]

    def ours() -> list[Any]:
        return list(inventory.page(query).items)

    if [node["id"] for node in bare()] != [item.id for item in ours()]:
        raise SystemExit(f"{engine}: the page and the bare query differ")
    base = median(bare, 15)
    bench.ratio(f"{engine}: page of 50 by filter over {items:,} items, against the bare query", median(ours, 15), base, "s", limit=3)


def _query(after: str | None = None) -> ItemQuery:
    return ItemQuery(types=("server",), filters=(Filter("location", Op.EQ, "site-7"),), after=after, first=50)
