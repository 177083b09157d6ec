"""Baselines through GraphQL on the real rooms, both engines: their life, as-of by them, schedules, who may do what."""

from datetime import timedelta
from typing import Any

import pytest

from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation
from cmdb.store.bolt import BoltStore
from tests.cmdb_graphql.live import AGENT, ENGINEER, MANAGER, Live, shop

pytestmark = pytest.mark.engine

VIEWER = Actor("vera", frozenset({Role.VIEWER}))
AUDITOR = Actor("otto", frozenset({Role.AUDITOR}))


@pytest.fixture
def live(store: BoltStore) -> Live:
    return Live(store)


def take(live: Live, name: str, actor: Actor = ENGINEER, **more: Any) -> Any:
    given = {"name": name, "purpose": "evidence", **more}
    return live.data("TakeBaseline", {"input": given}, actor)["takeBaseline"]


def code(live: Live, operation: str, variables: dict[str, Any], actor: Actor = ENGINEER) -> str:
    found: str = live.ask(operation, variables, actor).body["errors"][0]["extensions"]["code"]
    return found


def test_the_life_of_a_baseline(live: Live) -> None:
    ids = shop(live)
    head = live.ledger.head()
    one = take(live, "one", scope={"kind": "SERVICE", "service": ids["shop"]}, designation="Q4", key="k")
    assert one["receipt"] == {"seq": head.seq + 1, "replayed": False}
    assert (one["baseline"]["seq"], one["baseline"]["hash"], one["baseline"]["state"]) == (head.seq, head.hash, "TAKEN")
    again = take(live, "one", scope={"kind": "SERVICE", "service": ids["shop"]}, designation="Q4", key="k")
    assert again["receipt"] == {"seq": head.seq + 1, "replayed": True}
    assert code(live, "TakeBaseline", {"input": {"name": "ONE", "purpose": "evidence"}}) == "baseline-name-taken"
    take(live, "two", MANAGER)

    id_ = one["baseline"]["id"]
    assert code(live, "ApproveBaseline", {"input": {"baseline": id_}}) == "operation-forbidden"
    assert code(live, "ApproveBaseline", {"input": {"baseline": "two"}}, MANAGER) == "own-baseline"
    approved = live.data("ApproveBaseline", {"input": {"baseline": "one", "reason": "seen"}}, MANAGER)["approveBaseline"]["baseline"]
    assert (approved["state"], approved["approvedBy"], approved["designation"]) == ("APPROVED", "mona", "Q4")
    assert code(live, "SupersedeBaseline", {"input": {"baseline": "one", "by": "two"}}, MANAGER) == "baseline-state"
    live.data("ApproveBaseline", {"input": {"baseline": "two"}}, Actor("root", frozenset({Role.ADMINISTRATOR})))
    live.data("SupersedeBaseline", {"input": {"baseline": "one", "by": "two"}}, MANAGER)
    live.data("WithdrawBaseline", {"input": {"baseline": "two", "reason": "wrong day"}}, MANAGER)

    done = live.data("SealBaseline", {"id": id_})["sealBaseline"]["baseline"]
    assert (done["sealed"], done["seal"]["items"], done["seal"]["relations"]) == (True, 3, 2)
    shown = live.data("Baseline", {"id": id_}, VIEWER)["baseline"]
    assert shown["supersededBy"] == {"id": live.rooms.baselines.book.get("two").id, "name": "two"}
    assert shown["commit"]["seq"] == head.seq
    assert [(one["state"], one["sealed"], one["commit"]["actor"]) for one in shown["history"]] == [
        ("SUPERSEDED", True, "erika"), ("SUPERSEDED", False, "mona"), ("APPROVED", False, "mona"), ("TAKEN", False, "erika"),
    ]  # fmt: skip
    assert live.data("Baseline", {"name": "nobody"}) == {"baseline": None}


def test_lists_are_filtered_and_paged(live: Live) -> None:
    shop(live)
    for number in range(3):
        take(live, f"whole {number}")
    take(live, "machines", scope={"kind": "TYPE", "types": ["host"]})
    page = live.data("Baselines", {"first": 2})["baselines"]
    assert [one["name"] for one in page["nodes"]] == ["machines", "whole 2"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    rest = live.data("Baselines", {"first": 2, "after": page["pageInfo"]["endCursor"]})["baselines"]
    assert [one["name"] for one in rest["nodes"]] == ["whole 1", "whole 0"]
    assert live.data("Baselines", {"scope": ["TYPE"]})["baselines"]["nodes"][0]["scope"]["text"] == "type host"
    assert live.data("Baselines", {"name": "WHOLE", "state": ["APPROVED"]})["baselines"]["totalCount"] == 0


def test_anything_can_be_asked_as_of_a_baseline(live: Live) -> None:
    ids = shop(live)
    take(live, "before")
    live.say(Observation("db", "server", {"name": "db", "owner": "somebody else", "location": "hall 1"}))
    then = {"baseline": "Before"}
    assert live.data("ItemAsOf", {"id": ids["db"], "asOf": then})["item"]["owner"] == "platform"
    listed = 'query($asOf: AsOf) { items(types: ["server"], asOf: $asOf) { nodes { name owner } } }'
    assert {"name": "db", "owner": "platform"} in live.data(listed, {"asOf": then})["items"]["nodes"]
    assert take(live, "again", at=then)["baseline"]["seq"] == take(live, "third", at={"baseline": "again"})["baseline"]["seq"]
    assert code(live, "ItemAsOf", {"id": ids["db"], "asOf": {"baseline": "nobody"}}) == "baseline-not-found"
    live.data("WithdrawBaseline", {"input": {"baseline": "before", "reason": "wrong day"}}, MANAGER)
    refusal = live.ask("ItemAsOf", {"id": ids["db"], "asOf": then}).body["errors"][0]["extensions"]
    assert (refusal["code"], refusal["reason"]) == ("baseline-withdrawn", "wrong day")
    assert live.data("ItemAsOf", {"id": ids["db"], "asOf": {"seq": refusal["seq"]}})["item"]["owner"] == "platform"


def test_bad_input_has_codes(live: Live) -> None:
    shop(live)

    def refused(**more: Any) -> str:
        return code(live, "TakeBaseline", {"input": {"name": "x", "purpose": "evidence", **more}})

    assert refused(at={"seq": 4_000}) == "baseline-in-future"
    assert refused(at={"time": "2999-01-01T00:00:00Z"}) == "baseline-in-future"
    assert refused(at={"time": "yesterday"}) == "bad-argument"
    assert refused(scope={"kind": "SERVICE", "service": "nobody"}) == "scope-names-nothing"
    assert refused(scope={"kind": "TYPE", "types": ["spaceship"]}) == "unknown-type"
    assert refused(scope={"kind": "QUERY", "query": {"filter": [{"field": "wings", "value": 1}]}}) == "bad-scope"
    assert refused(scope={"kind": "QUERY", "query": []}) == "bad-argument"
    assert refused(scope={"kind": "WHOLE", "types": ["server"]}) == "bad-scope"
    assert refused(purpose="") == "bad-baseline"
    assert code(live, "TakeBaseline", {"input": {"name": "x", "purpose": "evidence"}}, VIEWER) == "operation-forbidden"
    assert code(live, "Baselines", {}, AGENT) == "operation-forbidden"


def test_schedules(live: Live) -> None:
    shop(live)
    given = {"name": "nightly", "cron": "0 2 * * *", "purpose": "evidence", "keep": 7}
    made = live.data("ScheduleBaseline", {"input": given})["scheduleBaseline"]["schedule"]
    assert (made["enabled"], made["what"]["keep"], made["nextDue"][11:16]) == (True, 7, "02:00")
    assert live.data("ScheduleBaseline", {"input": given})["scheduleBaseline"]["schedule"]["id"] == made["id"]
    assert code(live, "ScheduleBaseline", {"input": {**given, "cron": "1 2 * * *"}}) == "schedule-exists"
    assert code(live, "ScheduleBaseline", {"input": {**given, "name": "x", "cron": "nightly"}}) == "bad-schedule"
    due = live.rooms.schedules.get("nightly").next_due() + timedelta(days=3)
    (ran,) = live.rooms.schedules.run_due(due)
    assert ran.missed == 3
    shown = live.data("Schedules", {}, AUDITOR)["schedules"][0]
    assert (shown["runs"], shown["missed"], shown["failed"]) == (1, 3, ran.failed)
    assert live.data("SetSchedule", {"id": made["id"], "enabled": False})["setSchedule"]["schedule"]["nextDue"] is None
    assert code(live, "RemoveSchedule", {"id": made["id"]}, VIEWER) == "operation-forbidden"
    assert code(live, "RemoveSchedule", {"id": made["id"]}, AUDITOR) == "role-missing"
    live.data("RemoveSchedule", {"id": "nightly"})
    assert live.data("Schedules", {"runner": "baseline"})["schedules"] == []
