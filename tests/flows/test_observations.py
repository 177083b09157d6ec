"""`POST /observations`: good batches land, bad ones are refused with a stable code, and nothing is half written."""

import json
import time
from typing import Any

import pytest

from tests.support.api import Api


def server(ref: str, **fields: Any) -> dict[str, Any]:
    """A server as an agent sees it."""
    return {"ref": ref, "type": "server", "fields": {"name": ref, "serial_number": f"SN-{ref}", **fields}}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Checks the form of a refusal and gives it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/docs/errors/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


def test_a_batch_lands_and_can_be_read_back(api: Api) -> None:
    answer = api.send(server("a1"), {**server("a2"), "relations": [{"type": "depends_on", "to": "a1"}]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [one["status"] for one in body["outcomes"]] == ["created", "created"]
    item = api.get(f"/items/{body['outcomes'][0]['item_id']}")
    assert item.json()["name"] == "a1"
    assert item.json()["attributes"]["serial_number"] == "SN-a1"
    assert item.json()["origins"]["name"] == "scan"
    again = api.get(f"/items/{item.json()['id']}", headers={"If-None-Match": item.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert [one["status"] for one in api.send(server("a1"), server("a2")).json()["outcomes"]] == ["unchanged", "unchanged"]


def test_ndjson_lands_as_json_does(api: Api) -> None:
    lines = [{"source": "scan", "scope": "nd", "complete": True, "count": 2}, server("n1"), server("n2")]
    body = "\n".join(json.dumps(line) for line in lines)
    answer = api.post("/observations", "agent", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["created"] == 2
    assert answer.json()["complete"] is True


def test_the_good_land_and_the_bad_are_told_one_by_one(api: Api) -> None:
    bad_type, bad_field, not_read = {"ref": "m2", "type": "no_such_type"}, server("m3", cpu_count="many"), {"ref": "m4"}
    answer = api.send(server("m1"), bad_type, bad_field, not_read, server("m5"))
    assert answer.status_code == 207, answer.text
    outcomes = answer.json()["outcomes"]
    assert [(one["ref"], one["status"]) for one in outcomes] == [
        ("m1", "created"),
        ("m2", "failed"),
        ("m3", "failed"),
        ("m4", "failed"),
        ("m5", "created"),
    ]
    assert [one["index"] for one in outcomes] == [0, 1, 2, 3, 4]
    for one in outcomes:
        assert (one["status"] == "failed") == bool(one.get("problems")), one
        assert all(each["code"] and each["message"] for each in one.get("problems", []))


def test_atomic_lands_whole_or_not_at_all(api: Api) -> None:
    head = api.services.ledger.head().seq
    refused = api.send(server("x1"), {"ref": "x2"}, atomic=True)
    problem(refused, 422, "atomic-batch-refused")
    refused = api.send(server("x1"), server("x2", cpu_count="many"), atomic=True)
    assert refused.status_code == 422
    assert api.services.ledger.head().seq == head
    assert api.send(server("x1"), server("x2"), atomic=True).status_code == 200


def test_a_dry_run_tells_and_writes_nothing(api: Api) -> None:
    head = api.services.ledger.head()
    for answer in (
        api.send(server("d1"), dry_run=True),
        api.post("/observations?dry_run=true", "agent", json={"source": "scan", "observations": [server("d1")]}),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()["dry_run"] is True
        assert answer.json()["outcomes"][0]["status"] == "created"
    assert api.services.ledger.head() == head


def test_a_key_makes_sending_twice_harmless(api: Api) -> None:
    key = {"Idempotency-Key": "nightly-1"}
    first = api.send(server("k1"), headers=key).json()
    head = api.services.ledger.head().seq
    second = api.send(server("k1"), headers=key).json()
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["outcomes"][0]["item_id"] == first["outcomes"][0]["item_id"]
    assert api.services.ledger.head().seq == head
    problem(api.send(server("k1", cpu_count=4), headers=key), 422, "idempotency-key-reused")
    other = api.post("/observations", "engineer", json={"source": "scan", "observations": [server("k9")]}, headers=key)
    assert other.status_code == 200, other.text  # another caller's keys are another caller's
    problem(api.send(server("k1"), headers=key, key="another"), 400, "bad-batch")


def test_null_withdraws_and_absent_leaves_alone(api: Api) -> None:
    made = api.send(server("w1", cpu_count=4, description="web")).json()["outcomes"][0]["item_id"]
    api.send(server("w1"))
    assert api.get(f"/items/{made}").json()["attributes"]["cpu_count"] == 4
    api.send(server("w1", cpu_count=None))
    assert "cpu_count" not in api.get(f"/items/{made}").json()["attributes"]
    assert api.get(f"/items/{made}").json()["description"] == "web"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "malformed-json"),
        (b"", "application/x-ndjson", 400, "malformed-json"),
        (b'{"source": "scan", "observations": [', "application/json", 400, "malformed-json"),
        (b'{"source": "scan", "observations": []}', "text/plain", 415, "unsupported-media-type"),
        (b'{"source": "scan", "observations": []}', "", 415, "unsupported-media-type"),
        (b'{"source": "scan", "source": "scan", "observations": []}', "application/json", 400, "duplicate-json-name"),
        (b'{"source": "scan", "observations": ' + b"[" * 50 + b"]" * 50 + b"}", "application/json", 400, "json-too-deep"),
        (b'{"source": "scan", "observations": 3}', "application/json", 400, "bad-batch"),
        (b'{"source": "scan", "surprise": 1, "observations": []}', "application/json", 400, "bad-batch"),
        (b'{"source": "scan", "complete": true}\n', "application/x-ndjson", 400, "truncated-batch"),
        (b'{"source": "scan", "count": 3}\n{"ref": "a", "type": "server"}\n', "application/x-ndjson", 400, "truncated-batch"),
        (b'{"source": "scan"}\n{"ref": "a", "ty', "application/x-ndjson", 400, "malformed-json"),
        (b'{"source": "other", "observations": []}', "application/json", 403, "source-mismatch"),
        (b'{"source": "manual", "observations": []}', "application/json", 403, "source-mismatch"),
        (b"x" * 200_001, "application/json", 413, "body-too-large"),
        (b'{"source": "scan"}\n' + b'{"ref":"a","type":"server"}\n' * 1001, "application/x-ndjson", 413, "batch-too-large"),
    ],
)
def test_a_bad_body_is_refused_whole(api: Api, body: bytes, kind: str, status: int, code: str) -> None:
    head = api.services.ledger.head()
    problem(api.post("/observations", "agent", content=body, headers={"Content-Type": kind}), status, code)
    assert api.services.ledger.head() == head


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(api: Api) -> None:
    def endless() -> Any:
        for _ in range(300):
            yield b" " * 1000

    problem(api.post("/observations", "agent", content=endless(), headers={"Content-Type": "application/json"}), 413, "body-too-large")


def test_a_compressed_body_is_not_read(api: Api) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(api.post("/observations", "agent", content=b"{}", headers=headers), 415, "unsupported-media-type")


@pytest.mark.parametrize("who", ["viewer", "auditor", "cab_member"])
def test_who_may_not_write_is_told(api: Api, who: str) -> None:
    problem(api.send(server("r1"), who=who), 403, "role-missing")


def test_one_megabyte_in_a_field_fails_alone(api: Api) -> None:
    answer = api.send(server("big", description="x" * 150_000), server("small"))
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()["outcomes"]] == ["failed", "created"]


def test_odd_unicode_survives_or_is_refused(api: Api) -> None:
    name = "Zürich – 東京 \U0001f5a5 e\u0301"
    made = api.send({**server("u1"), "fields": {"name": name, "serial_number": "SN-u1"}}).json()["outcomes"][0]
    assert made["status"] == "created", made
    raw = json.dumps({"source": "scan", "observations": [{"ref": "u2", "type": "server", "fields": {"name": "\ud800"}}]})
    answer = api.post("/observations", "agent", content=raw, headers={"Content-Type": "application/json"})
    assert [one["status"] for one in answer.json()["outcomes"]] == ["failed"]


def test_only_what_is_notable_can_be_asked_for(api: Api) -> None:
    body = {"source": "scan", "observations": [server("o1"), {"ref": "o2", "type": "nothing"}]}
    answer = api.post("/observations?outcomes=notable", "agent", json=body).json()
    assert [one["ref"] for one in answer["outcomes"]] == ["o2"]
    assert answer["outcomes_left_out"] == 1
    problem(api.post("/observations?outcomes=some", "agent", json=body), 422, "invalid-request")


def test_a_batch_taken_up_in_the_background_is_done_by_whoever_runs_the_job(api: Api) -> None:
    body = {"source": "scan", "observations": [server("j1"), {"ref": "j2"}, server("j3")]}
    answer = api.post("/observations", "agent", json=body, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    waiting = api.get(place, "agent").json()
    assert (waiting["state"], waiting["total"], waiting["done"]) == ("queued", 3, 0)
    job = api.services.jobs.run(waiting["id"])
    assert job.state == "done"
    done = api.get(place, "agent").json()
    assert done["result"]["counts"]["created"] == 2
    assert [(one["ref"], one["index"]) for one in done["result"]["outcomes"]] == [("j2", 1)]
    assert api.services.jobs.run(waiting["id"]).finished == job.finished  # running it again changes nothing
    problem(api.get("/jobs/nothing", "agent"), 404, "job-not-found")
    assert api.get(place, "viewer").status_code == 200


def test_an_empty_batch_is_answered(api: Api) -> None:
    assert api.send().json()["outcomes"] == []


def test_commits_are_listed_from_a_cursor(api: Api) -> None:
    before = api.services.ledger.head().seq
    api.send(server("c1"))
    api.send(server("c2"))
    body = api.get(f"/commits?after={before}").json()
    assert [one["seq"] for one in body["commits"]] == [before + 1, before + 2]
    assert body["commits"][1]["previous"] == body["commits"][0]["hash"]
    assert body["commits"][0]["actor"] == "token:agent"
    assert body["next"] == before + 2
    assert api.get(f"/commits?after={before}&limit=1").json()["next"] == before + 1
    problem(api.get("/commits?after=-1"), 422, "invalid-request")
    problem(api.get("/commits", "agent"), 403, "role-missing")


def test_the_index_follows(api: Api) -> None:
    seq = api.send(server("i1")).json()["seq"]
    give_up = time.monotonic() + 10
    while api.services.impact.revision < seq and time.monotonic() < give_up:
        time.sleep(0.02)
    assert api.services.impact.revision >= seq
    assert api.services.follower.wait_beyond(seq - 1, 10) >= seq


def test_an_item_that_lands_without_a_refused_relationship_is_told_in_the_status(api: Api) -> None:
    """207, so that a sender that only looks at the status learns of it; a reference that is only early stays 200."""
    name = "partly-related"
    refused = {"ref": name, "type": "server", "fields": {"name": name}, "relations": [{"type": "no_such_relation", "to": "x"}]}
    answer = api.send(refused)
    assert answer.status_code == 207
    assert answer.json()["outcomes"][0]["status"] == "created"
    early = {"ref": f"{name}-2", "type": "server", "fields": {"name": f"{name}-2"}, "relations": [{"type": "depends_on", "to": "not-yet"}]}
    assert api.send(early).status_code == 200
