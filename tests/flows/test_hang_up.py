"""Who hangs up while the body is still under way is dropped quietly, whatever reads the body: over a real socket, through the whole app."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from tests.support.api import Api

JSON = "application/json"


@pytest.fixture(scope="module")
def port(api: Api) -> Iterator[int]:
    """The app behind a real server."""
    server = uvicorn.Server(uvicorn.Config(api.client.app, port=0, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def begin_and_hang_up(port: int, path: str, headers: dict[str, str]) -> None:
    """Nine bytes of five hundred, and gone."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Length: 500", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall("\r\n".join([*lines, "", '{"query":']).encode())
        time.sleep(0.2)  # the body is being waited for by now


@pytest.mark.parametrize(
    ("path", "who", "kind"),
    [
        ("/graphql", "engineer", JSON),
        ("/observations", "agent", JSON),
        ("/observations", "agent", "application/x-ndjson"),
        ("/tokens", "administrator", JSON),  # the framework reads this body
        ("/sign-in", "viewer", "application/x-www-form-urlencoded"),
    ],
)
def test_half_a_body_is_dropped_quietly(
    api: Api, port: int, caplog: pytest.LogCaptureFixture, path: str, who: str, kind: str
) -> None:  # fmt: skip
    with caplog.at_level(logging.INFO):
        begin_and_hang_up(port, path, api.headers(who, **{"Content-Type": kind}))
        for _ in range(500):
            told = [one.getMessage() for one in caplog.records if one.name == "cmdb.access"]
            if told:
                break
            time.sleep(0.01)
    assert told == [f"POST {path} 499"]
    assert [one.getMessage() for one in caplog.records if one.levelno > logging.INFO] == []
    assert f'cmdb_http_requests_total{{method="POST",route="{path}",status="499"}}' in api.get("/metrics", "administrator").text
