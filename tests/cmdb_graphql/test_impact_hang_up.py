"""Who hangs up while waiting is not served: what a thousand impatient clients leave behind does not keep the others waiting."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from cmdb.model.item import ItemState
from cmdb_graphql.context import Context, ItemSeen
from cmdb_graphql.router import graphql_router
from tests.cmdb_graphql.rooms_in_memory import ENGINEER, MemoryReads, holder, rooms

THREADS, SECONDS = 2, 0.4


class SlowReads(MemoryReads):
    """Each read of items takes a while."""

    def items(self, ids: Sequence[str], seq: int | None) -> dict[str, ItemSeen]:
        time.sleep(SECONDS)
        return super().items(ids, seq)


class Served:
    """The router behind a real server on a port of its own."""

    def __init__(self) -> None:
        self.reads = SlowReads([ItemState("i1", "server", "n1", "live")])
        app = FastAPI()
        app.include_router(graphql_router(holder(), lambda _: Context(ENGINEER, rooms(self.reads)), threads=THREADS))
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def ask_and_hang_up(self) -> None:
        body = b'{"query": "{ item(id: \\"i1\\") { name } }"}'
        head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(head + body)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served()
    yield found
    found.stop()


def test_who_has_hung_up_is_not_served(served: Served) -> None:
    for _ in range(100):
        served.ask_and_hang_up()
    answer = httpx.post(f"http://127.0.0.1:{served.port}/graphql", json={"query": '{ item(id: "i1") { name } }'}, timeout=60)
    assert answer.json() == {"data": {"item": {"name": "n1"}}}
    # Counted, not timed: how long the one who listens waited is these reads, and a busy machine.
    assert served.reads.asked["items"] <= 10, "only those who had a thread before they hung up, and the one who listens"
