"""The schema over the real rooms, on both engines: every named operation, and how many statements it takes."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baselines.audit.repository import audit_id, run_id
from change_gate.policy import load_policy
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.cmdb_graphql.live import ADMINISTRATOR, COUNTS, ENGINEER, MANAGER, OPERATIONS, Live, shop


@pytest.fixture
def live(store: BoltStore) -> Live:
    return Live(store)


def variables(ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What each reading operation is asked with here."""
    db = ids["db"]
    return {
        "Me": {},
        "Holds": {},
        "Impact": {"roots": [{"id": db}]},
        "ImpactSummary": {"roots": [{"id": db}]},
        "ImpactPicture": {"roots": [{"id": db}]},
        "ImpactWhy": {"roots": [{"id": db}], "id": ids["shop"]},
        "AffectedItems": {"roots": [{"id": db}]},
        "CompareWhatIf": {"change": {"removeItems": [db]}},
        "NeededItems": {"of": {"name": "shop"}},
        "Paths": {"source": {"id": db}, "target": {"id": ids["shop"]}},
        "SinglePointsOfFailure": {"of": {"id": ids["shop"]}},
        "CommonCauses": {"unwell": [{"id": ids["shop"]}]},
        "LocationLoss": {"place": {"name": "hall 1"}},
        "SupplierLoss": {"supplier": {"id": ids["supplier"]}},
        "SegmentLoss": {"segment": {"id": ids["switch"]}},
        "Cycles": {},
        "Orphans": {},
        "History": {"id": db},
        "ItemAsOf": {"id": db, "asOf": {"seq": 2}},
        "ItemByName": {"name": "db"},
        "ItemDetail": {"id": db},
        "ItemNames": {"ids": list(ids.values())},
        "ListItems": {"types": ["server"]},
        "SearchItems": {"words": "DB"},
        "RelationshipHistory": {"id": db},
        "LastVersion": {"id": db},
        "ItemType": {"name": "server"},
        "Estate": {},
        "Commits": {"first": 5},
        "LedgerStanding": {},
        "Checkpoints": {"first": 2},
        "Purges": {},
        "Dependencies": {"id": ids["shop"]},
        "WhatDependsOn": {"id": db},
        "Needs": {"id": ids["shop"]},
        "RelationWords": {},
        "Types": {},
        "Audits": {},
        "Audit": {"id": "all"},
        "AuditRuns": {"audit": "all"},
        "AuditRun": {"id": run_id(audit_id("all"), 1)},
        "AuditCriteria": {},
        "Deficiencies": {},
        "Deficiency": {"id": "none"},
        "LibraryChecks": {},
        "Baselines": {"name": "fir"},
        "Baseline": {"name": "first"},
        "Schedules": {},
        "CompareBaselines": {"from": "1"},
        "CompareDifferences": {"from": "1", "onlyUnauthorised": True},
        "CompareProfiles": {},
    }


def parties(live: Live) -> dict[str, str]:
    """A supplier with a contract that covers the shop, and a switch."""
    return live.say(
        Observation("switch", "network_device", {"name": "sw-1"}),
        Observation("supplier", "supplier", {"name": "Wires & Co"}),
        Observation("contract", "contract", {"name": "wiring"}, (ObservedRelation("agreed_with", to="supplier"),)),
    )


def test_statements_of_each_operation_are_pinned_and_do_not_grow_with_the_data(live: Live) -> None:
    """`query_counts.json` is written anew by deleting it: then this test fails once and says so."""
    ids = shop(live) | parties(live)
    live.data("PlanAudit", {"input": {"name": "all", "criteria": ["ownership", "unrelated_items"]}}, ADMINISTRATOR)
    assert live.data("RunAudit", {"audit": "all", "wait": True}, ADMINISTRATOR)["runAudit"]["run"]["state"] == "done"
    live.data("TakeBaseline", {"input": {"name": "first", "purpose": "to be read"}})
    asked = variables(ids)
    assert set(asked) == {name for name, one in OPERATIONS.items() if one.kind == "query"}
    few = {name: dict(sorted(Counter(live.counted(name, values)[1]).items())) for name, values in asked.items()}
    wide = [Observation(f"w{n}", "server", {"name": f"w{n}"}, (ObservedRelation("depends_on", to="db"),)) for n in range(40)]
    live.say(*wide, *(Observation(f"s{n}", "service", {"name": f"s{n}"}, (ObservedRelation("depends_on", to=f"w{n}"),)) for n in range(40)))
    many = {name: dict(sorted(Counter(live.counted(name, values)[1]).items())) for name, values in asked.items()}
    assert many == few, "an operation takes more statements on more data: something is not batched"
    if not COUNTS.exists():
        COUNTS.write_text(json.dumps(many, indent=2, sort_keys=True) + "\n")
        pytest.fail(f"{COUNTS.name} was written; look at it and commit it")
    assert many == json.loads(COUNTS.read_text())


def test_the_three_questions(live: Live) -> None:
    """What a thing is, what it depends on, what breaks if it fails. `web -depends_on-> db`: if db fails, web is affected."""
    ids = shop(live)
    item = live.data("ItemDetail", {"id": ids["web"]})["item"]
    assert (item["__typename"], item["name"], item["owner"]) == ("Server", "web", "shop")
    assert {"field": "owner", "source": "net"} in item["origins"]
    assert item["lastSeen"] == item["claims"][0]["seenAt"]
    assert [one["item"]["name"] for one in item["dependsOn"]["nodes"]] == ["db"]
    assert [one["item"]["name"] for one in item["affects"]["nodes"]] == ["shop"]
    assert {one["label"]: one["affects"] for one in item["relationships"]["nodes"]} == {"depends_on": False, "required_by": True}

    impact = live.data("Impact", {"roots": [{"id": ids["db"]}]})["impact"]
    assert (impact["complete"], impact["total"], impact["down"]) == (True, 2, 2)
    assert [one["item"]["name"] for one in impact["services"]] == ["shop"]
    shop_why = next(one["why"] for one in impact["affected"]["nodes"] if one["item"]["name"] == "shop")
    assert [step["affected"]["itemId"] for step in shop_why] == [ids["db"], ids["web"], ids["shop"]]
    assert live.data("Impact", {"roots": [{"id": ids["shop"]}]})["impact"]["total"] == 0


def test_an_edit_lands_with_history_and_receipt(live: Live) -> None:
    ids = shop(live)
    given = {"id": ids["db"], "fields": {"owner": "data", "cpu_count": 8}, "expectedRevision": 1, "reason": "handed over", "key": "k-1"}
    first = live.data("UpdateItem", {"input": given})["updateItem"]
    assert (first["status"], first["item"]["owner"], first["item"]["revision"]) == ("updated", "data", 2)
    assert first["item"]["attributes"] == {"cpu_count": 8}
    again = live.data("UpdateItem", {"input": given})["updateItem"]
    assert (again["receipt"]["seq"], again["receipt"]["replayed"]) == (first["receipt"]["seq"], True)

    newest = live.data("History", {"id": ids["db"]})["history"]["nodes"][0]
    assert {one["field"]: (one["before"], one["after"]) for one in newest["differences"]} == {
        "owner": ("platform", "data"),
        "cpu_count": (None, 8),
    }
    assert (newest["commit"]["actor"], newest["commit"]["reason"]) == ("erika", "handed over")

    other = live.ask("UpdateItem", {"input": {**given, "fields": {"owner": "x"}}})
    assert other.body["errors"][0]["extensions"]["code"] == "idempotency-key-reused"
    stale = live.ask("UpdateItem", {"input": {**given, "key": "k-2", "fields": {"owner": "x"}}})
    refused = stale.body["data"]["updateItem"]
    assert (refused["status"], [one["code"] for one in refused["problems"]]) == ("failed", ["revision-mismatch"])
    assert (refused["item"]["owner"], refused["item"]["revision"]) == ("data", 2)


def test_an_id_that_never_was_has_no_history(live: Live) -> None:
    shop(live)
    for operation in ("History", "LastVersion"):
        assert live.data(operation, {"id": "01nothing"})["history"]["nodes"] == []


def test_create_relate_unrelate_retire_restore(live: Live) -> None:
    made = live.data("CreateItem", {"input": {"type": "server", "fields": {"name": "new-1"}, "reason": "bought"}})["createItem"]
    assert (made["status"], made["problems"]) == ("created", [])
    new, old = made["item"]["id"], shop(live)["db"]
    edge = {"type": "depends_on", "source": new, "target": old, "reason": "seen"}
    related = live.data("Relate", {"input": edge})["relate"]
    assert (related["relationship"]["source"]["name"], related["relationship"]["target"]["name"]) == ("new-1", "db")
    assert related["relationship"]["sources"] == ["manual"]
    assert live.data("Unrelate", {"input": edge})["unrelate"]["relationship"] is None
    assert live.data("RetireItem", {"input": {"id": new, "reason": "sold"}})["retireItem"]["status"] == "retired"
    assert live.data("query($id: ID!) { item(id: $id) { id } }", {"id": new}) == {"item": None}
    assert live.data("History", {"id": new})["history"]["nodes"][0]["retired"] is True
    back = live.data("RestoreItem", {"input": {"id": new, "reason": "bought again"}})["restoreItem"]
    assert (back["status"], back["item"]["id"], back["item"]["name"]) == ("restored", new, "new-1")
    twice = live.ask("RestoreItem", {"input": {"id": new, "reason": "again"}})
    assert twice.body["errors"][0]["extensions"]["code"] == "conflict"


def test_bad_fields_are_typed_problems_and_nothing_lands(live: Live) -> None:
    head = live.ledger.head().seq
    given = {"type": "server", "fields": {"name": "n", "cpu_count": "many", "colour": "red"}, "reason": "try"}
    answer = live.data("CreateItem", {"input": given})["createItem"]
    assert (answer["status"], answer["item"]) == ("failed", None)
    assert {(one["code"], one["attribute"]) for one in answer["problems"]} == {("wrong-kind", "cpu_count"), ("unknown-attribute", "colour")}
    assert live.ledger.head().seq == head


def test_filters_pages_facets_and_columns_agree(live: Live) -> None:
    made = [Observation(f"n{n:02}", "server", {"name": f"n{n:02}", "cpu_count": n, **({"owner": "a"} if n % 2 else {})}) for n in range(25)]
    live.say(*made)
    query = """query($after: String, $filter: ServerFilter) {
      servers(first: 10, after: $after, filter: $filter, orderBy: {field: "cpuCount", descending: true}) {
        nodes { name cpuCount owner } totalCount pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    for _ in range(3):
        page = live.data(query, {"after": after})["servers"]
        seen += [one["cpuCount"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == list(range(24, -1, -1))
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (25, False)
    some = live.data(query, {"filter": {"cpuCount": {"gte": 20}, "owner": {"isNull": True}}})["servers"]
    assert [one["cpuCount"] for one in some["nodes"]] == [24, 22, 20]
    assert some["nodes"][0]["owner"] is None

    both = live.data(
        """{ plain: servers(filter: {name: {in: ["n01", "n02"]}}) { nodes { id name owner cpuCount revision firstSeen } }
             whole: servers(filter: {name: {in: ["n01", "n02"]}}) { nodes { id name owner cpuCount revision firstSeen attributes } }
             edges: items(types: ["host"], filter: [{field: "name", op: IN, value: ["n01", "n02"]}]) {
               edges { cursor node { id name ... on Server { cpuCount } } } facets(fields: ["owner"]) { values { value count } } } }"""
    )
    assert both["plain"]["nodes"] == [{k: v for k, v in one.items() if k != "attributes"} for one in both["whole"]["nodes"]]
    assert [one["node"]["cpuCount"] for one in both["edges"]["edges"]] == [1, 2]
    assert {one["value"]: one["count"] for one in both["edges"]["facets"][0]["values"]} == {"a": 1, None: 1}


def test_as_of_reads_item_relationships_and_lists_of_that_moment(live: Live) -> None:
    ids = shop(live)
    then = live.ledger.head().seq
    live.data("UpdateItem", {"input": {"id": ids["db"], "fields": {"owner": "data"}, "reason": "handed over"}})
    live.data("RetireItem", {"input": {"id": ids["web"], "reason": "gone"}})
    item = live.data("ItemAsOf", {"id": ids["db"], "asOf": {"seq": then}})["item"]
    assert item["owner"] == "platform"
    assert [one["item"]["name"] for one in item["relationships"]["nodes"]] == ["web"]
    assert live.data("ItemAsOf", {"id": ids["db"], "asOf": {"seq": then + 1}})["item"]["owner"] == "data"
    assert live.reads.names([ids["db"], ids["web"], "nobody"], then) == {ids["db"]: "db", ids["web"]: "web"}
    assert live.reads.names([ids["db"], ids["web"], "nobody"], None) == {ids["db"]: "db"}
    query = 'query($asOf: AsOf) { items(types: ["server"], asOf: $asOf) { nodes { name } totalCount } }'
    before, now = live.data(query, {"asOf": {"seq": then}})["items"], live.data(query)["items"]
    assert (before["totalCount"], now["totalCount"]) == (2, 1)
    ahead = live.ask(query, {"asOf": {"seq": 10**6}})
    assert ahead.body["errors"][0]["extensions"]["code"] == "unknown-revision"


def test_types_applied_appear_in_the_schema_without_a_restart(live: Live) -> None:
    document = "kind: item_type\nname: robot\nparent: operational_item\ndescription: A robot.\nattributes: {arm_count: {kind: integer}}\n"
    assert live.ask("{ robots { totalCount } }").body["errors"][0]["extensions"]["code"] == "query-invalid"
    dry = live.data("ApplyTypes", {"document": document, "dryRun": True}, ADMINISTRATOR)["applyTypes"]
    assert [(one["name"], one["action"]) for one in dry["changes"]] == [("robot", "created")]
    assert "errors" in live.ask("{ robots { totalCount } }").body
    done = live.data("ApplyTypes", {"document": document, "reason": "robots came"}, ADMINISTRATOR)["applyTypes"]
    assert done["receipt"]["seq"] == live.ledger.head().seq
    live.say(Observation("r1", "robot", {"name": "r1", "arm_count": 2}))
    assert live.data("{ robots { nodes { name armCount } } }") == {"robots": {"nodes": [{"name": "r1", "armCount": 2}]}}
    wrong = live.ask("ApplyTypes", {"document": "kind: item_type\nname: odd\nparent: nothing\ndescription: x\n"}, ADMINISTRATOR)
    assert wrong.body["errors"][0]["extensions"]["code"] == "bad-type-definitions"


def test_a_controlled_change_is_held_listed_and_decided(store: BoltStore) -> None:
    live = Live(store, replace(load_policy(), under_control=frozenset({"server"})))
    ids = shop(live)
    given = {"id": ids["db"], "fields": {"os_version": "13", "owner": "data"}, "reason": "upgrade"}
    asked = live.data("UpdateItem", {"input": given})["updateItem"]
    assert [one["kind"] for one in asked["held"]] == ["controlled"]
    assert "os_version" not in asked["item"]["attributes"]

    (hold,) = live.data("Holds")["holds"]["nodes"]
    assert (hold["id"], hold["item"]["name"], hold["requester"]) == (asked["held"][0]["id"], "db", "erika")
    own = live.ask("ReleaseHold", {"id": hold["id"], "reason": "it is fine"})
    assert own.body["errors"][0]["extensions"]["status"] == 403
    hasty = live.ask("ReleaseHold", {"id": hold["id"], "reason": " "}, MANAGER)
    assert hasty.body["errors"][0]["extensions"]["code"] == "bad-argument"
    done = live.data("ReleaseHold", {"id": hold["id"], "reason": "checked with the owner"}, MANAGER)["releaseHold"]
    assert (done["hold"]["state"], done["hold"]["decidedBy"], done["problems"]) == ("RELEASED", "mona", [])
    item = live.data("ItemDetail", {"id": ids["db"]})["item"]
    assert item["attributes"]["os_version"] == "13"

    live.data("UpdateItem", {"input": {"id": ids["db"], "fields": {"os_version": "14"}, "reason": "again"}})
    (second,) = live.data("Holds")["holds"]["nodes"]
    rejected = live.data("RejectHold", {"id": second["id"], "reason": "not this week"}, MANAGER)["rejectHold"]["hold"]
    assert (rejected["state"], rejected["decisionReason"]) == ("REJECTED", "not this week")
    assert live.data("Holds")["holds"]["nodes"] == []
    assert [one["state"] for one in live.data("Holds", {"state": None})["holds"]["nodes"]] == ["REJECTED"]  # the same record, filed anew
    missing = live.ask("ReleaseHold", {"id": "nothing", "reason": "checked"}, MANAGER)
    assert missing.body["errors"][0]["extensions"]["code"] == "hold-not-found"


def test_the_gate_decides_for_those_the_first_door_lets_in(live: Live) -> None:
    board = Actor("carl", frozenset({Role.CAB_MEMBER}))
    answer = live.ask("CreateItem", {"input": {"type": "server", "fields": {"name": "x"}}}, board)
    assert answer.body["errors"][0]["extensions"]["code"] == "role-missing"
    assert live.data("Me", actor=ENGINEER)["me"]["roles"] == ["engineer"]


def test_a_list_of_ten_thousand_takes_the_column_way(live: Live) -> None:
    live.say(*(Observation(f"n{n}", "server", {"name": f"n{n}"}) for n in range(60)))
    found, statements = live.counted("{ servers(first: 10000) { nodes { id name status owner location revision } } }")
    assert len(found["servers"]["nodes"]) == 60
    assert statements == ["read_head", "column_items"]


def test_the_pinned_counts_are_committed() -> None:
    assert Path(COUNTS).exists()


def test_people_cannot_meet_each_other_s_idempotency_keys(live: Live) -> None:
    given = {"type": "server", "fields": {"name": "s1"}, "key": "k" * 200}
    mine = live.data("CreateItem", {"input": given})["createItem"]
    other = Actor("enno", frozenset({Role.ENGINEER}))
    theirs = live.data("CreateItem", {"input": {**given, "fields": {"name": "s2"}}}, other)["createItem"]
    assert (mine["item"]["name"], theirs["item"]["name"]) == ("s1", "s2")
    assert mine["item"]["id"] != theirs["item"]["id"]
    assert live.data("CreateItem", {"input": given})["createItem"]["receipt"]["replayed"]
