"""A GraphQL list of 10,000 objects with 6 scalars over HTTP, against a FastAPI endpoint that answers the same rows with orjson.

Both are served by one uvicorn and read the same engine in the same run: GraphQL through guard, schema and inventory, the plain endpoint
with one hand-written query.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from benchmarks.harness import Bench, median
from benchmarks.road.ingest import open_door
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import system_clock
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Role
from cmdb.past.inventory import PastInventory
from cmdb.registry.service import RegistryService
from cmdb.store.bolt import BoltStore
from cmdb_graphql.context import Context, Rooms
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.rooms import LedgerFeed, RoomReads
from cmdb_graphql.router import graphql_router

FIELDS = ("id", "name", "status", "location", "owner", "model")
PLAIN = "MATCH (n:Server) WITH n ORDER BY n.name, n.id LIMIT $first RETURN " + ", ".join(f"collect(n.{name}) AS {name}" for name in FIELDS)
QUERY = f"query List($first: Int!) {{ servers(first: $first) {{ nodes {{ {' '.join(FIELDS)} }} }} }}"
READER = Actor("bench-reader", frozenset({Role.VIEWER}))


def measure_list(bench: Bench, engine: str, store: BoltStore, database: str, first: int) -> None:
    """Expects at least `first` servers in the engine; adds one row."""
    with _served(_app(store, database, first)) as address, httpx.Client(base_url=address, timeout=60) as client:
        body = {"query": QUERY, "variables": {"first": first}}
        plain, graphql = client.get("/plain").json(), client.post("/graphql", json=body).json()
        if graphql.get("errors") or graphql["data"]["servers"]["nodes"] != plain:
            raise SystemExit(f"{engine}: GraphQL and the plain endpoint differ: {str(graphql)[:300]}")
        base = median(lambda: client.get("/plain"), 9)
        ours = median(lambda: client.post("/graphql", json=body), 9)
        bench.ratio(f"{engine}: GraphQL list of {first:,} objects with 6 scalars, against FastAPI with orjson", ours, base, "s", limit=5)


def _app(store: BoltStore, database: str, first: int) -> FastAPI:
    door = open_door(store)
    ledger, inventory, log = Ledger(store, system_clock), Inventory(store), Log(store)
    registry = RegistryService(store, ledger, inventory)
    reads = RoomReads(ledger, inventory, History(store), log, PastInventory(store))
    rooms = Rooms(reads=reads, door=door, types=registry, impact=None, feed=LedgerFeed(log.after, lambda _: None, _never))  # type: ignore[arg-type]
    app = FastAPI()

    def plain() -> Response:
        with store.driver.session(database=database) as session:
            row = session.run(PLAIN, first=first).single(strict=True)
            columns = [row[name] for name in FIELDS]
        return Response(orjson.dumps([dict(zip(FIELDS, values, strict=True)) for values in zip(*columns, strict=True)]))

    def context(_: Request) -> Context:
        return Context(READER, rooms)

    app.add_api_route("/plain", plain, response_model=None)
    app.include_router(graphql_router(SchemaHolder(registry.current), context))
    return app


async def _never(*_: object) -> None:
    raise RuntimeError("no one follows the ledger in this benchmark")


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
