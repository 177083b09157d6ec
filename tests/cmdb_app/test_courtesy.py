"""A server knows which requests have just come, however they end, and its exports let them pass."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from cmdb.kernel.courtesy import Courtesy
from cmdb_app.rest.metrics import Metrics
from cmdb_app.rest.middleware import RequestContext
from cmdb_app.rest.streaming import GiveWay, Streams, TheStreams

HTTP: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}


class Watched(Courtesy):
    asked = 0

    def young(self) -> bool:
        self.asked += 1
        return False


async def _nothing() -> dict[str, str]:
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}


async def _sink(message: object) -> None:
    pass


@pytest.mark.parametrize("ending", ["well", "raises", "cancelled"])
def test_a_request_is_here_until_it_ends(ending: str) -> None:
    courtesy, seen = Courtesy(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(courtesy.young())
        if ending == "raises":
            raise ValueError
        if ending == "cancelled":
            await asyncio.sleep(60)

    async def asked() -> None:
        wrapped = RequestContext(app, Metrics(), courtesy)
        task = asyncio.ensure_future(wrapped(HTTP, _nothing, _sink))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        if ending == "cancelled":
            await asyncio.sleep(0.001)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asked())
    assert seen == [True]
    assert not courtesy.young()


def test_a_stream_comes_by_between_its_pieces_and_at_the_steps_of_who_writes_it() -> None:
    courtesy, app = Watched(), FastAPI()
    app.state.streams = Streams(2, courtesy)

    def written(give_way: GiveWay) -> Iterator[bytes]:
        for number in range(5):
            courtesy.sleep(0.01)
            give_way()
            yield b"%d\n" % number

    @app.get("/numbers")
    def numbers(streams: TheStreams) -> Response:
        return streams.of(written, "text/plain", {"X-Kind": "numbers"})

    answer = TestClient(app).get("/numbers")
    assert (answer.text, answer.headers["x-kind"]) == ("0\n1\n2\n3\n4\n", "numbers")
    assert courtesy.asked >= 4, "once it has worked longer than the young do: twice for each piece"
