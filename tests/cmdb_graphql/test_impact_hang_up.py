"""Nobody keeps the others waiting: who hangs up is not served any more, long questions leave threads for short ones, and all parts of one
operation share one time limit. Counted, never timed."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from cmdb.impact.causes import CommonCauses
from cmdb.impact.levels import Level
from cmdb.kernel.stop import Stop
from cmdb.model.item import ItemState
from cmdb_graphql.context import Context, ItemSeen
from cmdb_graphql.limits import Limits
from cmdb_graphql.router import graphql_router
from tests.cmdb_graphql.rooms_in_memory import ENGINEER, MemoryReads, holder, rooms

THREADS, SECONDS = 2, 0.4
LIGHT = '{ item(id: "i1") { name } }'
LONG = '{ commonCauses(unwell: [{id: "i1"}], seconds: 50) { tried } }'


class SlowReads(MemoryReads):
    """Each read of items takes a while."""

    def items(self, ids: Sequence[str], seq: int | None) -> dict[str, ItemSeen]:
        time.sleep(SECONDS)
        return super().items(ids, seq)


class EndlessImpact:
    """Common causes that are never found: tries until it is told to stop, and counts."""

    revision = 7

    def __init__(self) -> None:
        self.begun = self.running = self.abandoned = self.out_of_time = 0
        self.tried = threading.Event()
        self.lock = threading.Lock()

    def common_causes(
        self, unwell: Mapping[str, Level], most: int, seconds: float, at_least: int, *, as_of: int | None, stop: Stop
    ) -> CommonCauses:
        with self.lock:
            self.begun += 1
            self.running += 1
        ending = stop.within(seconds)
        self.tried.set()
        while not ending.over:
            time.sleep(0.01)
        with self.lock:
            self.running -= 1
            self.abandoned += ending.abandoned
            self.out_of_time += not ending.abandoned
        return CommonCauses(self.revision, len(unwell), (), 1, 0, False)


class Served:
    """The router behind a real server on a port of its own."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.reads, self.impact = SlowReads([ItemState("i1", "server", "n1", "live")]), EndlessImpact()
        app = FastAPI()
        all_rooms = rooms(self.reads, impact=self.impact)
        limits = Limits(seconds=seconds)
        app.include_router(graphql_router(holder(limits), lambda _: Context(ENGINEER, all_rooms), threads=THREADS))
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def begin(self, query: str) -> socket.socket:
        """Send a question and do not wait for the answer."""
        body = json.dumps({"query": query}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(head + body)
        return connection

    def ask(self, query: str) -> object:
        return httpx.post(f"http://127.0.0.1:{self.port}/graphql", json={"query": query}, timeout=60).json()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served()
    yield found
    found.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that in half a minute")


def test_who_has_hung_up_is_not_served(served: Served) -> None:
    for _ in range(100):
        served.begin(LIGHT).close()
    assert served.ask(LIGHT) == {"data": {"item": {"name": "n1"}}}
    # Counted, not timed: how long the one who listens waited is these reads, and a busy machine.
    assert served.reads.asked["items"] <= 10, "only those who had a thread before they hung up, and the one who listens"


def test_a_long_question_ends_when_its_client_hangs_up(served: Served) -> None:
    clients = [served.begin(LONG) for _ in range(12)]
    wait_until(lambda: served.impact.begun > 0)
    for client in clients:
        client.close()
    assert served.ask(LIGHT) == {"data": {"item": {"name": "n1"}}}
    wait_until(lambda: served.impact.running == 0)
    assert served.impact.out_of_time == 0, "none ran to the end of its fifty seconds"
    assert served.impact.abandoned == served.impact.begun <= 3, "those that waited were not begun"


def test_long_questions_leave_a_thread_for_short_ones(served: Served) -> None:
    clients = [served.begin(LONG) for _ in range(12)]
    wait_until(lambda: served.impact.running > 0)
    for _ in range(3):
        assert served.ask(LIGHT) == {"data": {"item": {"name": "n1"}}}
    assert (served.impact.running, served.impact.begun) == (1, 1), "one of two threads is for short ones, and the long one still runs"
    for client in clients:
        client.close()


def test_all_aliases_of_one_operation_share_its_time() -> None:
    served = Served(seconds=1.0)
    try:
        seven = " ".join(f'a{n}: commonCauses(unwell: [{{id: "i1"}}], seconds: 7) {{ tried }}' for n in range(7))
        assert served.ask("{ " + seven + " }") == {"data": {f"a{n}": {"tried": 0} for n in range(7)}}
        assert served.impact.out_of_time == 7
        # Each for itself would have had seven seconds: the first took the one there is, the others ended as they began.
        late = served.ask('{ a: commonCauses(unwell: [{id: "i1"}], seconds: 9) { tried } o: orphans { totalCount } }')
        assert isinstance(late, dict)
        assert [one["extensions"]["code"] for one in late["errors"]] == ["out-of-time"]
    finally:
        served.stop()
