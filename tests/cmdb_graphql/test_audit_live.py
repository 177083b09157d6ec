"""Audits through the schema, on both engines: planned, run, worked at, verified; who may do what; bad input."""

import pytest

from baselines.library.model import Looked, Outcome
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation
from cmdb.store.bolt import BoltStore
from tests.cmdb_graphql.live import ENGINEER, MANAGER, Live, shop

UNA = Actor("una", frozenset({Role.AUDITOR}))
VIEWER = Actor("vic", frozenset({Role.VIEWER}))
PLATFORM = Actor("platform", frozenset({Role.ENGINEER}))


@pytest.fixture
def live(store: BoltStore) -> Live:
    return Live(store)


def refusal(live: Live, operation: str, variables: object, actor: Actor) -> str:
    """The code of the refusal of an operation."""
    answer = live.ask(operation, variables, actor)  # type: ignore[arg-type]
    code: str = answer.body["errors"][0]["extensions"]["code"]
    return code


def test_an_audit_from_plan_to_verification(live: Live) -> None:
    ids = shop(live)
    plan = {
        "input": {
            "name": "quarterly",
            "objective": "owners",
            "criteria": ["ownership", "items_without_service"],
            "frequency": "0 3 1 */3 *",
        }
    }
    made = live.data("PlanAudit", plan, UNA)["planAudit"]["audit"]
    assert (made["auditor"], made["state"], [one["id"] for one in made["criteria"]]) == (
        "una",
        "planned",
        ["ownership", "items_without_service"],
    )
    assert [one.name for one in live.rooms.schedules.all("audit")] == ["audit quarterly"]

    queued = live.data("RunAudit", {"audit": "quarterly"}, UNA)["runAudit"]["run"]
    assert queued["state"] == "queued"
    assert live.audits.running.waiting() == [queued["id"]]
    assert refusal(live, "RunAudit", {"audit": "quarterly"}, UNA) == "audit-busy"
    live.audits.running.carry_out(queued["id"])

    run = live.data("AuditRun", {"id": queued["id"]})["auditRun"]
    assert (run["state"], run["items"], run["counts"]["new"]) == ("done", 3, 1)
    assert run["score"] == {"subjects": 3, "passed": 2, "share": 0.666667}
    assert {one["name"]: one["score"]["share"] for one in run["scoresByService"]} == {"shop": 0.666667}
    (found,) = run["findings"]["nodes"]
    assert (found["itemName"], found["what"], found["deficiency"]["state"]) == ("shop", "has no owner (expected of a service)", "open")

    (one,) = live.data("Deficiencies", {"audit": "quarterly"})["deficiencies"]["nodes"]
    id_ = one["id"]
    handed = live.data("UpdateDeficiency", {"input": {"id": id_, "owner": "platform", "note": "yours"}}, UNA)["updateDeficiency"]
    assert handed["deficiency"]["history"][0]["note"] == "yours; owner: none -> platform"
    done = live.data("UpdateDeficiency", {"input": {"id": id_, "state": "done"}}, PLATFORM)["updateDeficiency"]["deficiency"]
    assert done["state"] == "done"
    assert refusal(live, "VerifyDeficiency", {"id": id_, "effective": True}, PLATFORM) == "operation-forbidden"
    own = Actor("platform", frozenset({Role.CHANGE_MANAGER}))
    assert refusal(live, "VerifyDeficiency", {"id": id_, "effective": True}, own) == "verify-own-work"
    verified = live.data("VerifyDeficiency", {"id": id_, "effective": True, "note": "seen"}, MANAGER)["verifyDeficiency"]["deficiency"]
    assert (verified["state"], verified["verifiedBy"]) == ("verified", "mona")

    live.data("UpdateItem", {"input": {"id": ids["shop"], "fields": {"owner": "sales"}}})
    live.data("RunAudit", {"audit": "quarterly", "wait": True}, UNA)
    audit = live.data("Audit", {"id": made["id"]})["audit"]
    assert [point["score"]["share"] for point in audit["trend"]["whole"]["points"]] == [0.666667, 1.0]
    assert audit["trend"]["whole"]["change"] == pytest.approx(0.333333)
    assert audit["trend"]["byAuditedService"][0]["name"] == "shop"
    assert [one["number"] for one in live.data("AuditRuns", {"audit": "quarterly"})["auditRuns"]["nodes"]] == [2, 1]
    assert [one["lastRun"]["number"] for one in live.data("Audits")["audits"]] == [2]
    assert live.data("Deficiency", {"id": id_})["deficiency"]["state"] == "verified"

    closed = live.data("CloseAudit", {"id": "quarterly", "reason": "done"}, UNA)["closeAudit"]["audit"]
    assert closed["state"] == "closed"
    assert live.rooms.schedules.all("audit") == []
    assert refusal(live, "RunAudit", {"audit": "quarterly"}, UNA) == "audit-busy"


def test_what_is_refused(live: Live) -> None:
    shop(live)
    assert refusal(live, "PlanAudit", {"input": {"name": "x"}}, ENGINEER) == "operation-forbidden"
    assert refusal(live, "PlanAudit", {"input": {"name": "x", "auditor": "platform"}}, UNA) == "auditor-not-independent"
    assert refusal(live, "PlanAudit", {"input": {"name": "x", "criteria": ["nonsense"]}}, UNA) == "bad-audit-criteria"
    assert refusal(live, "PlanAudit", {"input": {"name": "x", "criteria": {"a": 1}}}, UNA) == "bad-argument"
    assert refusal(live, "PlanAudit", {"input": {"name": "x", "frequency": "often"}}, UNA) == "bad-schedule"
    assert refusal(live, "PlanAudit", {"input": {"name": "x", "scope": {"kind": "moon"}}}, UNA) == "bad-scope"
    assert (
        refusal(live, "PlanAudit", {"input": {"name": "x", "scope": {"kind": "type", "types": ["network_device"]}}}, UNA)
        == "scope-names-nothing"
    )
    assert refusal(live, "RunAudit", {"audit": "x"}, UNA) == "audit-not-found"
    assert refusal(live, "Deficiencies", {"state": "lost"}, VIEWER) == "bad-argument"
    assert live.data("AuditRun", {"id": "u1"}, VIEWER) == {"auditRun": None}
    assert live.data("Audit", {"id": "x"}, VIEWER) == {"audit": None}


def test_master_copies(live: Live) -> None:
    digest = "sha256:" + "b" * 64
    ids = live.say(
        Observation("m", "master_copy", {"name": "image", "library": "dsl", "uri": "https://lib.example.org/i", "digest": digest}),
        Observation("s", "server", {"name": "web"}),
    )
    found = live.data("CheckLibrary", {"items": [ids["m"]]}, UNA)["checkLibrary"]["checks"]
    assert [(one["outcome"], one["found"], one["failingSince"]) for one in found] == [("ok", digest, None)]
    live.shelf.outcomes["https://lib.example.org/i"] = Looked(Outcome.MISSING, "answers 404")
    bad = live.data("CheckLibrary", {"items": [ids["m"]]}, MANAGER)["checkLibrary"]["checks"][0]
    assert (bad["outcome"], bad["failingSince"]) == ("missing", bad["checkedAt"])
    (listed,) = live.data("LibraryChecks", {"failing": True}, VIEWER)["libraryChecks"]["nodes"]
    assert (listed["name"], listed["checks"], listed["lastOk"] is not None) == ("image", 2, True)
    assert refusal(live, "CheckLibrary", {"items": [ids["s"]]}, UNA) == "not-a-master-copy"
    assert refusal(live, "CheckLibrary", {"items": [ids["m"]]}, ENGINEER) == "operation-forbidden"
    assert refusal(live, "CheckLibrary", {"items": []}, UNA) == "bad-argument"
