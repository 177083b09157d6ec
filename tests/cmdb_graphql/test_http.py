"""GraphQL over HTTP: media types, status codes, methods, refusals, streams; and that errors never show the inside."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from change_gate.verdicts import RoleMissing
from cmdb.kernel.errors import Unauthenticated
from cmdb.model.actor import Actor
from cmdb.model.item import ItemState
from cmdb_graphql.context import Context
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.operations import load_operations, operations_dir
from cmdb_graphql.router import graphql_router
from cmdb_graphql.wire import GRAPHQL_TYPE
from tests.cmdb_graphql.rooms_in_memory import AGENT, ENGINEER, VIEWER, MemoryDoor, MemoryReads, holder, rooms

ACTORS = {actor.name: actor for actor in (ENGINEER, VIEWER, AGENT)}
BOTH = [GRAPHQL_TYPE, "application/json"]


@pytest.fixture(scope="module")
def shared() -> SchemaHolder:
    return holder()


class Api:
    """The router in an app, with rooms in memory."""

    def __init__(self, shared: SchemaHolder) -> None:
        self.reads = MemoryReads([ItemState(f"i{n}", "server", f"n{n}", "live") for n in range(12)])
        self.door = MemoryDoor(self.reads)
        app = FastAPI()
        app.include_router(graphql_router(shared, self._context, load_operations(operations_dir())))
        self.client = TestClient(app, raise_server_exceptions=False)

    def _context(self, request: Request) -> Context:
        actor: Actor | None = ACTORS.get(request.headers.get("x-user", "erika"))
        if actor is None:
            raise Unauthenticated("sign in")
        return Context(actor, rooms(self.reads, door=self.door))

    def post(self, query: Any, accept: str | None = GRAPHQL_TYPE, user: str = "erika", **more: Any) -> Any:
        headers = {"x-user": user} | ({"accept": accept} if accept is not None else {})
        return self.client.post("/graphql", json={"query": query, **more}, headers=headers)


@pytest.fixture
def api(shared: SchemaHolder) -> Api:
    return Api(shared)


def code(response: Any) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


def test_an_answer(api: Api) -> None:
    response = api.post("query A { me { name } } query B { items(first: 2) { nodes { __typename name } } }", operationName="B")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(GRAPHQL_TYPE)
    assert response.json() == {
        "data": {"items": {"nodes": [{"__typename": "Server", "name": "n0"}, {"__typename": "Server", "name": "n1"}]}}
    }


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (f"{GRAPHQL_TYPE}, application/json;q=0.5", GRAPHQL_TYPE),
        (f"application/json;q=0.5, {GRAPHQL_TYPE}", GRAPHQL_TYPE),
        (f"{GRAPHQL_TYPE};q=0, application/json", "application/json"),
    ],
)
def test_the_media_type_is_negotiated(api: Api, accept: str | None, answered: str) -> None:
    assert api.post("{ me { name } }", accept).headers["content-type"].startswith(answered)


def test_nothing_acceptable(api: Api) -> None:
    response = api.post("{ me { name } }", "text/csv")
    assert (response.status_code, code(response)) == (406, "not-acceptable")


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL_TYPE, 400), ("application/json", 200)])
@pytest.mark.parametrize(
    "query",
    [
        "{ me { name }",
        "{ nothing }",
        "query($x: Int!) { items(first: $x) { totalCount } }",
        "query A { me { name } } query B { me { name } }",
    ],
)
def test_what_never_ran_has_no_data(api: Api, accept: str, status: int, query: str) -> None:
    response = api.post(query, accept)
    assert response.status_code == status
    assert "data" not in response.json()
    assert code(response) == "query-invalid"


def test_a_partial_answer_is_an_answer(api: Api) -> None:
    response = api.post('{ me { name } item(id: "i1", asOf: {seq: 1, time: "x"}) { id } }')
    assert response.status_code in (200, 400)
    partial = api.post('{ me { name } servers(filter: {name: {in: []}}, orderBy: {field: "nonsense"}) { totalCount } }')
    assert code(partial) == "bad-argument"


@pytest.mark.parametrize("accept", BOTH)
@pytest.mark.parametrize(
    ("body", "kind", "status", "expected"),
    [
        (b'{"query": "{ me { name } }"}', "text/plain", 415, "media-type-refused"),
        (b"query=%7Bme%7Bname%7D%7D", "application/x-www-form-urlencoded", 415, "media-type-refused"),
        (b"", "application/json", 400, "query-invalid"),
        (b'{"query": "{ me', "application/json", 400, "query-invalid"),
        (b'"text"', "application/json", 400, "query-invalid"),
        (b"{}", "application/json", 400, "query-invalid"),
        (b'{"query": 5}', "application/json", 400, "query-invalid"),
        (b'{"query": "{ me { name } }", "variables": []}', "application/json", 400, "query-invalid"),
        (b'[{"query": "{ me { name } }"}]', "application/json", 400, "batching-off"),
        (b'{"query": "' + b" " * 1_000_001 + b'"}', "application/json", 413, "body-too-long"),
        (b"\xff\xfe", "application/json", 400, "query-invalid"),
    ],
)
def test_bad_requests(api: Api, body: bytes, kind: str, accept: str, status: int, expected: str) -> None:
    response = api.client.post("/graphql", content=body, headers={"content-type": kind, "accept": accept})
    assert (response.status_code, code(response)) == (status, expected)


def test_nobody_is_refused(api: Api) -> None:
    response = api.post("{ me { name } }", "application/json", user="nobody")
    assert (response.status_code, code(response)) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


def test_get_is_for_queries_only(api: Api) -> None:
    good = api.client.get("/graphql", params={"query": "query($n: Int) { items(first: $n) { nodes { id } } }", "variables": '{"n": 1}'})
    assert good.json() == {"data": {"items": {"nodes": [{"id": "i0"}]}}}
    bad = api.client.get("/graphql", params={"query": 'mutation { retireItem(input: {id: "i1"}) { status } }'})
    assert (bad.status_code, code(bad), bad.headers["allow"]) == (405, "method-refused", "POST")
    assert api.door.batches == []
    assert api.client.get("/graphql", params={"query": "{ me { name } }", "variables": "{"}).status_code == 400


def test_a_browser_is_sent_to_the_page(api: Api) -> None:
    response = api.client.get("/graphql", headers={"accept": "text/html"}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/graphiql/")


def test_named_operations_are_listed(api: Api) -> None:
    listed = {one["name"]: one for one in api.client.get("/graphql/operations").json()}
    assert {"ItemByName", "ItemDetail", "ListItems", "Impact", "WhatDependsOn", "History", "Commits", "Holds"} <= set(listed)
    assert listed["CreateItem"]["kind"] == "mutation"


@pytest.mark.parametrize(
    ("user", "query"),
    [
        ("agent-7", "{ items { totalCount } }"),
        ("agent-7", "{ servers { totalCount } }"),
        ("agent-7", "query Q { ...f } fragment f on Query { commits { totalCount } }"),
        ("vera", 'mutation { retireItem(input: {id: "i1"}) { status } }'),
        ("erika", 'mutation { applyTypes(document: "") { dryRun } }'),
    ],
)
def test_roles(api: Api, user: str, query: str) -> None:
    response = api.post(query, user=user)
    assert (response.status_code, code(response)) == (403, "operation-forbidden")
    assert "data" not in response.json()
    assert not api.reads.asked
    assert api.door.batches == []


def test_an_agent_may_ask_who_it_is(api: Api) -> None:
    assert api.post("{ me { name source } }", user="agent-7").json()["data"]["me"] == {"name": "agent-7", "source": "kubernetes:prod"}


def test_a_costly_query_is_refused(api: Api) -> None:
    response = api.post("{ items(first: 10000) { nodes { affects(first: 1000) { nodes { id } } } } }")
    assert (response.status_code, code(response)) == (400, "query-too-costly")
    assert not api.reads.asked


def test_page_sizes_in_variables_are_judged_on_every_request(api: Api) -> None:
    query = "query($n: Int) { items(first: 100) { nodes { affects(first: $n) { nodes { id } } } } }"
    assert api.post(query, variables={"n": 10}).status_code == 200
    assert code(api.post(query, variables={"n": 5000})) == "query-too-costly"


def test_a_defect_shows_a_reference_and_nothing_else(api: Api) -> None:
    api.door.error = RuntimeError("password=hunter2 at bolt://10.0.0.1")
    response = api.post('mutation { retireItem(input: {id: "i1"}) { status } }')
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "internal-error"
    assert error["extensions"]["reference"] in error["message"]
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text


def test_an_error_of_ours_keeps_its_code_and_fields(api: Api) -> None:
    api.door.error = RoleMissing("you may not retire a server", needs=["change_manager"])
    error = api.post('mutation { retireItem(input: {id: "i1"}) { status } }').json()["errors"][0]
    assert error["message"] == "you may not retire a server"
    assert error["extensions"] == {
        "code": "role-missing",
        "status": 403,
        "title": "None of your roles allows this",
        "needs": ["change_manager"],
    }
    assert error["path"] == ["retireItem"]


def test_a_subscription_streams(api: Api) -> None:
    response = api.post('subscription { commits(after: "4") { seq actor } }', "text/event-stream")
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [event.split("\n") for event in response.text.strip().split("\n\n")]
    assert [json.loads(event[1].removeprefix("data: "))["data"]["commits"]["seq"] for event in events[:-1]] == [5, 6, 7]
    assert events[-1][0] == "event: complete"
    refused = api.post("subscription { commits { seq } }", "text/event-stream", user="agent-7")
    assert "operation-forbidden" in refused.text
    assert code(api.post("subscription { commits { seq } }")) == "query-invalid"


def test_a_query_may_be_streamed_too(api: Api) -> None:
    text = api.post("{ me { name } }", "text/event-stream").text
    assert text == 'event: next\ndata: {"data":{"me":{"name":"erika"}}}\n\nevent: complete\ndata:\n\n'


def test_introspection_works(api: Api) -> None:
    found = api.post('{ __schema { queryType { name } } __type(name: "CI") { possibleTypes { name } } }').json()["data"]
    assert {"name": "Server"} in found["__type"]["possibleTypes"]


@pytest.mark.parametrize("text", ["\u0000", "💥", "a" * 10_000, "'; MATCH (n) DETACH DELETE n //", "\u202e", "𝔫"])
def test_odd_text_is_only_text(api: Api, text: str) -> None:
    response = api.post(
        "query($t: String, $i: ID!) { items(search: $t) { totalCount } item(id: $i) { id } }", variables={"t": text, "i": text}
    )
    assert response.status_code in (200, 400)
    assert "internal-error" not in response.text
