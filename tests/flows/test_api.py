"""What holds for the whole API: sign-in, refusals, health, exports, tokens, holds, OpenAPI."""

import csv
import io
import json
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.websockets import WebSocketDisconnect

from tests.flows.test_observations import problem, server
from tests.support.api import Api


@pytest.mark.parametrize(
    "path", ["/", "/me", "/items/x", "/commits", "/tokens", "/metrics", "/openapi.json", "/graphql", "/jobs/1", "/nothing", "/graphiql/"]
)
def test_nothing_is_anonymous(api: Api, path: str) -> None:
    api.client.cookies.clear()
    answer = api.client.get(path)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    page = api.client.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/sign-in", "/icon.svg", "/docs/errors/unauthenticated"])
def test_what_is_open_answers(api: Api, path: str) -> None:
    api.client.cookies.clear()
    assert api.client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer cmdb_wrong", "token-unknown"),
        ("Bearer a.b.c", "token-unknown"),
        ("Basic YTpi", "unauthenticated"),
        ("Bearer", "unauthenticated"),
        ("Bearer \x7f\x80", "token-unknown"),
    ],
)
def test_wrong_credentials_are_refused(api: Api, header: str, code: str) -> None:
    problem(api.client.get("/me", headers={"Authorization": header.encode("latin-1")}), 401, code)


def test_a_revoked_token_is_told_so(api: Api) -> None:
    made = api.post("/tokens", "administrator", json={"name": "short-lived", "roles": ["viewer"]}).json()
    header = {"Authorization": f"Bearer {made['secret']}"}
    assert api.client.get("/me", headers=header).json()["name"] == "token:short-lived"
    gone = api.client.delete(f"/tokens/{made['id']}", headers=api.headers("administrator"))
    assert gone.status_code == 204
    answer = api.client.get("/me", headers=header)
    problem(answer, 401, "token-revoked")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    listed = {one["id"]: one for one in api.get("/tokens", "administrator").json()["tokens"]}
    assert listed[made["id"]]["revoked_by"] == "token:administrator"
    assert "secret" not in listed[made["id"]]


def test_tokens_are_for_administrators(api: Api) -> None:
    problem(api.get("/tokens", "engineer"), 403, "role-missing")
    problem(api.post("/tokens", "engineer", json={"name": "x", "roles": ["administrator"]}), 403, "role-missing")
    problem(api.post("/tokens", "administrator", json={"name": "x", "roles": ["king"]}), 422, "invalid-request")
    problem(api.post("/tokens", "administrator", json={"name": "x", "roles": ["agent"]}), 400, "bad-credential-request")
    problem(api.post("/tokens", "administrator", content=b"{", headers={"Content-Type": "application/json"}), 422, "invalid-request")
    problem(api.client.delete("/tokens/nothing", headers=api.headers("administrator")), 404, "not-found")


def test_a_link_gives_a_session_that_only_our_own_pages_may_write_with(api: Api) -> None:
    api.services.access.ensure_user("eve", [next(iter(api.services.access.authenticate_token(api.tokens["administrator"]).roles))])
    client = api.client
    client.cookies.clear()
    code = api.services.access.new_link("eve")
    answer = client.get(f"/sign-in?code={code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert client.get("/me").json()["name"] == "eve"
    body = {"name": "from-a-page", "roles": ["viewer"]}
    problem(client.post("/tokens", json=body), 403, "cross-site-request")
    problem(client.post("/tokens", json=body, headers={"Origin": "https://evil.example"}), 403, "cross-site-request")
    problem(client.post("/tokens", json=body, headers={"Origin": "null"}), 403, "cross-site-request")
    problem(
        client.post("/tokens", json=body, headers={"Sec-Fetch-Site": "cross-site", "Origin": "http://cmdb.test"}), 403, "cross-site-request"
    )
    assert client.post("/tokens", json=body, headers={"Origin": "http://cmdb.test"}).status_code == 201
    again = client.get(f"/sign-in?code={code}")
    assert again.status_code == 401
    assert "used before" in again.text
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    client.cookies.set("cmdb_session", cookie.split("=", 1)[1].split(";", 1)[0])
    problem(client.get("/me"), 401, "session-expired")
    client.cookies.clear()


def test_name_and_password_sign_in(api: Api) -> None:
    from cmdb.model.actor import Role

    api.services.access.create_user("bob", [Role.VIEWER], "a long enough password")
    client = api.client
    client.cookies.clear()
    same = {"Origin": "http://cmdb.test"}
    wrong = client.post("/sign-in", data={"name": "bob", "password": "wrong"}, headers=same)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    foreign = client.post(
        "/sign-in", data={"name": "bob", "password": "a long enough password"}, headers={"Origin": "https://evil.example"}
    )
    problem(foreign, 403, "cross-site-request")
    problem(client.post("/sign-in", json={"name": "bob"}), 400, "invalid-input")
    assert client.post("/sign-in", data={"name": "bob", "password": "a long enough password"}, headers=same).status_code == 303
    assert client.get("/me").json() == {"name": "bob", "roles": ["viewer"], "source": None}
    client.cookies.clear()
    for _ in range(4):
        problem(client.post("/sign-in", json={"name": "bob2", "password": "wrong"}), 401, "sign-in-failed")
    problem(client.post("/sign-in", json={"name": "bob2", "password": "wrong"}), 401, "sign-in-failed")
    slowed = client.post("/sign-in", json={"name": "bob2", "password": "wrong"})
    problem(slowed, 429, "too-many-attempts")
    assert int(slowed.headers["retry-after"]) > 0


def test_the_frameworks_own_refusals_are_problems_too(api: Api) -> None:
    problem(api.get("/items/nothing"), 404, "item-not-found")
    problem(api.get("/no/such/place"), 404, "no-such-address")
    answer = api.client.put("/commits", headers=api.headers("viewer"))
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]
    problem(api.get("/items/export?format=xml"), 422, "invalid-request")
    problem(api.post("/graphql", "viewer", content=b"x" * 2_000_001, headers={"Content-Type": "application/json"}), 413, "body-too-large")


def test_health_and_figures(api: Api) -> None:
    assert api.client.get("/livez").json() == {"status": "ok"}
    ready = api.client.get("/readyz").json()
    assert (ready["status"], ready["checks"]["graph"], ready["checks"]["index"]) == ("ok", "ok", "ok")
    text = api.get("/metrics").text
    assert 'cmdb_http_requests_total{method="GET",route="/livez",status="200"}' in text
    assert "cmdb_impact_revision" in text


def test_request_ids_are_kept_or_made(api: Api) -> None:
    assert api.client.get("/livez", headers={"X-Request-Id": "my-request-1"}).headers["x-request-id"] == "my-request-1"
    made = api.client.get("/livez", headers={"X-Request-Id": "evil\tid"}).headers["x-request-id"]
    assert made != "evil\tid"
    assert len(made) == 26


def test_exports_hold_every_item_of_the_types(api: Api) -> None:
    api.send(*(server(f"e{n:02}", description='=SUM("x")', cpu_count=n) for n in range(30)))
    lines = [json.loads(line) for line in api.get("/items/export?type=server").text.splitlines()]
    names = {one["name"] for one in lines}
    assert {f"e{n:02}" for n in range(30)} <= names
    assert [one["id"] for one in lines] == sorted(one["id"] for one in lines)
    answer = api.get("/items/export?format=csv&type=host")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert rows["e07"]["cpu_count"] == "7"
    assert rows["e07"]["description"] == '\'=SUM("x")'
    assert rows["e07"]["serial_number"] == "SN-e07"
    assert api.get("/items/export?type=server&search=e07").text.count("\n") == 1
    refused = api.get("/items/export?type=no_such_type")
    assert refused.status_code in (400, 404)


def test_holds_wait_for_the_right_person(api: Api) -> None:
    fleet = [server(f"h{n:02}") for n in range(20)]
    api.send(*fleet, scope="fleet", complete=True)
    emptied = api.send(fleet[0], scope="fleet", complete=True).json()
    assert emptied["held"], emptied
    held = api.get("/holds").json()["holds"]
    assert [one["kind"] for one in held if one["id"] in emptied["held"]] == ["mass_retirement"]
    place = f"/holds/{emptied['held'][0]}"
    assert api.get(place).json()["state"] == "open"
    problem(api.post(f"{place}/release", "viewer", json={"reason": "because"}), 403, "role-missing")
    problem(api.post(f"{place}/release", "engineer", json={}), 422, "invalid-request")
    rejected = api.post(f"{place}/reject", "change_manager", json={"reason": "the scan was broken"})
    assert rejected.status_code == 200, rejected.text
    assert rejected.json()["state"] == "rejected"
    problem(api.post(f"{place}/release", "engineer", json={"reason": "too late"}), 409, "hold-closed")
    problem(api.get("/holds/nothing"), 404, "hold-not-found")
    assert api.get("/holds?state=rejected").json()["holds"]


def test_openapi_is_valid_and_says_who_may(api: Api) -> None:
    described: dict[str, Any] = api.get("/openapi.json").json()
    validate(described)
    assert described["security"]
    assert described["paths"]["/livez"]["get"]["security"] == []
    assert {"/observations", "/commits", "/items/export", "/holds", "/tokens", "/jobs/{job_id}"} <= set(described["paths"])
    for methods in described["paths"].values():
        for operation in methods.values():
            assert "default" in operation["responses"]


def test_error_pages_can_be_read(api: Api) -> None:
    assert api.client.get("/docs/errors/token-expired").text.startswith("# `token-expired`")
    page = api.client.get("/docs/errors/token-expired", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1><code>token-expired</code>" in page.text
    icon = api.client.get("/favicon.ico")
    assert (icon.status_code, icon.headers["location"]) == (308, "/icon.svg")
    problem(api.client.get("/docs/errors/nothing-like-this"), 404, "no-such-page")
    for beyond in ("..%2f..%2fREADME", "..%2f..%2findex.html", "a/b"):
        problem(api.client.get(f"/docs/errors/{beyond}"), 401, "unauthenticated")


def test_graphql_answers_with_the_callers_rights(api: Api) -> None:
    answer = api.post("/graphql", "viewer", json={"query": "{ __typename }"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    page = api.get("/", "viewer")
    assert page.status_code in (200, 303)


def test_subscriptions_need_credentials_and_follow_the_ledger(api: Api) -> None:
    api.client.cookies.clear()
    with pytest.raises(WebSocketDisconnect) as refused, api.client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]):
        pass
    assert refused.value.code == 4401
    head = api.services.ledger.head().seq
    question = f'subscription {{ commits(after: "{head}") {{ seq actor }} }}'
    with api.client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers=api.headers("viewer")) as line:
        line.send_json({"type": "connection_init"})
        assert line.receive_json()["type"] == "connection_ack"
        line.send_json({"id": "1", "type": "subscribe", "payload": {"query": question}})
        api.send(server("subscribed"))
        told = line.receive_json()
        assert told["type"] == "next", told
        assert told["payload"]["data"]["commits"] == {"seq": head + 1, "actor": "token:agent"}


def test_who_applies_a_type_may_ask_for_it_at_once(api: Api) -> None:
    document = "kind: item_type\nname: tide_gauge\ndescription: Measures the water.\nparent: server\n"
    ask = {"query": "{ tideGauges { totalCount } }"}
    assert api.post("/graphql", "viewer", json=ask).json()["errors"][0]["extensions"]["code"] == "query-invalid"
    apply = {"query": "mutation($d: String!) { applyTypes(document: $d) { receipt { seq } } }", "variables": {"d": document}}
    assert api.post("/graphql", "administrator", json=apply).json()["data"]["applyTypes"]["receipt"]["seq"]
    assert api.post("/graphql", "viewer", json=ask).json() == {"data": {"tideGauges": {"totalCount": 0}}}
