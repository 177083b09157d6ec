"""Comparing through the schema, on both engines."""

from collections.abc import Mapping
from typing import Any

import pytest

from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.cmdb_graphql.live import ENGINEER, Live, shop

VIEWER = Actor("vera", frozenset({Role.VIEWER}))


@pytest.fixture
def live(store: BoltStore) -> Live:
    return Live(store)


def code(live: Live, query: str, variables: Mapping[str, Any], actor: Actor = ENGINEER) -> str:
    return str(live.ask(query, variables, actor).body["errors"][0]["extensions"]["code"])


def test_a_comparison_tells_what_differs_under_which_change(live: Live) -> None:
    ids = shop(live)
    before = live.ledger.head().seq
    live.data("UpdateItem", {"input": {"id": ids["db"], "fields": {"owner": "data"}, "reason": "handed over", "change": "CHG-1"}})
    live.say(Observation("x", "server", {"name": "x"}))
    found = live.data("CompareBaselines", {"from": str(before)}, VIEWER)["compareBaselines"]
    assert (found["from"]["label"], found["to"]["label"]) == (f"commit {before}", f"now (commit {before + 2})")
    assert len(found["from"]["hash"]) == 64
    rows = {one["name"]: one for one in found["differences"]["nodes"]}
    assert rows["db"]["attributes"] == [
        {"name": "owner", "kind": "changed", "before": "platform", "after": "data", "added": None, "removed": None}
    ]
    assert (rows["db"]["authorisation"], rows["db"]["changes"]) == ("authorised", ["CHG-1"])
    assert [(one["actor"], one["reason"]) for one in rows["db"]["commits"]] == [("erika", "handed over")]
    assert (rows["x"]["kind"], rows["x"]["authorisation"]) == ("added", "none")
    assert found["totals"]["all"]["share"] == 0.5
    services = {one["name"]: one["tally"]["share"] for one in found["byService"]["services"]}
    assert services == {"shop": 1.0, "": 0.0}
    only = live.data("CompareDifferences", {"from": str(before), "onlyUnauthorised": True})["compareBaselines"]["differences"]["nodes"]
    assert [one["name"] for one in only] == ["x"]


def test_pages_follow_the_cursor(live: Live) -> None:
    before = live.ledger.head().seq
    live.say(*(Observation(f"n{n}", "server", {"name": f"n{n}"}) for n in range(7)))
    seen, after = [], None
    while True:
        page = live.data("CompareDifferences", {"from": str(before), "first": 3, "after": after})["compareBaselines"]["differences"]
        seen += [one["name"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == [f"n{n}" for n in range(7)]


def test_profiles_are_saved_and_used(live: Live) -> None:
    ids = shop(live)
    before = live.ledger.head().seq
    live.data("UpdateItem", {"input": {"id": ids["db"], "fields": {"owner": "data"}, "reason": "handed over"}})
    saved = live.data("SaveCompareProfile", {"input": {"name": "no-owners", "excludeAttributes": ["owner"]}})["saveCompareProfile"]
    assert saved["profile"]["revision"] == 1
    assert [one["name"] for one in live.data("CompareProfiles")["compareProfiles"]] == ["everything", "significant", "no-owners"]
    ask = {"from": str(before), "profile": "no-owners"}
    assert live.data("CompareDifferences", ask)["compareBaselines"]["differences"]["nodes"] == []
    live.data("DeleteCompareProfile", {"name": "no-owners"})
    assert code(live, "CompareDifferences", ask) == "profile-not-found"
    again = live.data("SaveCompareProfile", {"input": {"name": "no-owners", "includeTypes": ["host"]}})["saveCompareProfile"]
    assert again["profile"]["includeTypes"] == ["host"]


def test_a_service_by_name_and_a_limit_told_at_once(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(live)
    before = live.ledger.head().seq
    hill = Observation("hill", "service", {"name": "Hillside Shop"}, (ObservedRelation("depends_on", to="y"),))
    live.say(hill, Observation("y", "server", {"name": "y"}))
    monkeypatch.setattr("baselines.pairs.MOST", 0)
    live.say(Observation("y", "server", gone=True), Observation("z", "virtual_machine", {"name": "z"}))
    asked = {"from": str(before + 1), "service": "Hillside Shop"}
    said = live.data("query($from: String!, $service: ID) { compareBaselines(from: $from, service: $service) { notes } }", asked)
    assert said["compareBaselines"]["notes"] == ["So many items came or went that changes of type were not looked for."]
    found = live.data("CompareBaselines", {"from": str(before), "service": "Hillside Shop"})["compareBaselines"]
    assert found["notes"][0].startswith(f"Hillside Shop was not live at commit {before}")
    assert [one["name"] for one in found["differences"]["nodes"]] == ["Hillside Shop"]
    for nobody in ("nope", "435"):
        assert code(live, "CompareBaselines", {"from": str(before), "service": nobody}) == "scope-names-nothing"


def test_refusals_have_codes(live: Live) -> None:
    shop(live)
    assert code(live, "CompareDifferences", {"from": "no-such-baseline"}) == "baseline-not-found"
    assert code(live, "CompareDifferences", {"from": "99999"}) == "unknown-revision"
    assert code(live, "CompareDifferences", {"from": "1", "after": "rubbish"}) == "bad-compare-cursor"
    assert code(live, "CompareDifferences", {"from": "1", "kinds": ["moved"]}) == "bad-argument"
    assert code(live, "CompareDifferences", {"from": "1", "types": ["no_such_type"]}) == "unknown-type"
    bad = live.ask("SaveCompareProfile", {"input": {"name": "slip", "excludeAttributes": ["host.boot_tme"]}}).body["errors"][0]
    assert bad["extensions"]["code"] == "bad-profile"
    assert "boot_time" in bad["message"]
    assert code(live, "SaveCompareProfile", {"input": {"name": "significant"}}) == "profile-fixed"
    assert code(live, "SaveCompareProfile", {"input": {"name": "mine"}}, VIEWER) == "operation-forbidden"
