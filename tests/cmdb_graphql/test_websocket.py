"""`graphql-transport-ws` on `/graphql`."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from cmdb_graphql.context import Context
from cmdb_graphql.router import graphql_router
from cmdb_graphql.websocket import PROTOCOL
from tests.cmdb_graphql.rooms_in_memory import AGENT, ENGINEER, MemoryReads, holder, rooms


@pytest.fixture(scope="module")
def client() -> TestClient:
    def context(connection: HTTPConnection) -> Context:
        return Context(AGENT if connection.headers.get("x-user") == "agent" else ENGINEER, rooms(MemoryReads()))

    app = FastAPI()
    app.include_router(graphql_router(holder(), context))
    return TestClient(app)


@pytest.fixture
def socket(client: TestClient) -> Iterator[Any]:
    with client.websocket_connect("/graphql", [PROTOCOL]) as opened:
        opened.send_json({"type": "connection_init", "payload": {"anything": 1}})
        assert opened.receive_json() == {"type": "connection_ack"}
        yield opened


def subscribe(socket: Any, query: str, name: str = "1", **more: Any) -> None:
    socket.send_json({"id": name, "type": "subscribe", "payload": {"query": query, **more}})


def test_a_subscription_gives_next_then_complete(socket: Any) -> None:
    subscribe(socket, "subscription S($a: String) { commits(after: $a) { seq } }", variables={"a": "6"})
    found = [socket.receive_json() for _ in range(4)]
    assert [one["payload"]["data"]["commits"]["seq"] for one in found[:3]] == [7, 8, 9]
    assert found[3] == {"id": "1", "type": "complete"}


def test_a_query_gives_one_result(socket: Any) -> None:
    subscribe(socket, "{ me { name } }", "q")
    assert socket.receive_json() == {"id": "q", "type": "next", "payload": {"data": {"me": {"name": "erika"}}}}
    assert socket.receive_json() == {"id": "q", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "query-invalid"),
        ("{ me", "query-invalid"),
        ("", "query-invalid"),
        ('subscription { commits(after: "x") { seq } }', "bad-argument"),
    ],
)
def test_what_is_refused_is_an_error_and_the_connection_lives_on(socket: Any, query: str, code: str) -> None:
    subscribe(socket, query)
    message = socket.receive_json()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == code
    socket.send_json({"type": "ping"})
    while (answer := socket.receive_json())["type"] == "complete":
        pass
    assert answer == {"type": "pong"}


def test_roles_hold_here_too(client: TestClient) -> None:
    with client.websocket_connect("/graphql", [PROTOCOL], headers={"x-user": "agent"}) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        subscribe(socket, "subscription { commits { seq } }")
        message = socket.receive_json()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "operation-forbidden")


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ me { name } }"}}'], 4401),
        (["not json"], 4400),
        (["[]"], 4400),
        (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
        (['{"type": "connection_init"}', '{"type": "strange"}'], 4400),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": 5}'], 4400),
        (['{"type": "connection_init"}', '{"type": "ping", "payload": "' + "x" * 100_001 + '"}'], 4400),
    ],
)
def test_broken_rules_close_with_the_protocols_code(client: TestClient, messages: list[str], code: int) -> None:
    with client.websocket_connect("/graphql", [PROTOCOL]) as socket, pytest.raises(WebSocketDisconnect) as closed:  # noqa: PT012
        for message in messages:
            socket.send_text(message)
        while True:
            socket.receive_json()
    assert closed.value.code == code


def test_another_protocol_is_turned_away(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/graphql", ["graphql-ws"]):
        pass
    assert closed.value.code == 4406
