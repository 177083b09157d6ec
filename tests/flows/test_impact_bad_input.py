"""What makes no sense is refused with a typed problem that has a page, quickly, and leaves nothing behind."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cmdb.impact.questions import MAX_ROOTS
from cmdb.kernel.errors import CmdbError
from cmdb_app.cli import impact_view
from tests.support.api import Api

ERRORS = Path(__file__).parents[2] / "docs" / "errors"
IMPACT = """query Q($roots: [ImpactRoot!]!, $change: WhatIf, $items: Int! = 0, $depth: Int, $seconds: Float, $asOf: AsOf, $atLeast: BigInt,
  $first: Int, $after: String, $types: [String!], $search: String, $levels: [Level!]) {
  impact(roots: $roots, whatIf: $change, maxItems: $items, maxDepth: $depth, seconds: $seconds, asOf: $asOf, atLeast: $atLeast) {
    total down affected(first: $first, after: $after, types: $types, search: $search, levels: $levels) { nodes { itemId level } } } }"""


@pytest.fixture(scope="module")
def shop(api: Api) -> dict[str, str]:
    """`web needs db`, `old` retired, a supplier; ids by ref, and `head`."""
    sent = api.send(
        {"ref": "db", "type": "server", "fields": {"name": "bad-db"}},
        {"ref": "web", "type": "server", "fields": {"name": "bad-web"}, "relations": [{"type": "depends_on", "to": "db"}]},
        {"ref": "old", "type": "server", "fields": {"name": "bad-old"}},
        {"ref": "twin-1", "type": "virtual_machine", "fields": {"name": "bad-twin", "instance_id": "t1"}},
        {"ref": "twin-2", "type": "virtual_machine", "fields": {"name": "bad-twin", "instance_id": "t2"}},
        {"ref": "sup", "type": "supplier", "fields": {"name": "Bad & Co"}},
    ).json()
    ids = {one["ref"]: one["item_id"] for one in sent["outcomes"]}
    text = "mutation M($input: ItemActionInput!) { retireItem(input: $input) { status } }"
    api.post("/graphql", json={"query": text, "variables": {"input": {"id": ids["old"]}}})
    head = api.services.ledger.head().seq
    api.services.impact.view(at_least=head, wait=20)
    return ids | {"head": str(head)}


def ask(api: Api, query: str, **variables: Any) -> Any:
    return api.post("/graphql", "viewer", json={"query": query, "variables": variables}).json()


def code(answer: Any) -> str:
    """The problem's code, whose page must be there."""
    found: str = answer["errors"][0]["extensions"]["code"]
    assert (ERRORS / f"{found}.md").exists()
    assert len(json.dumps(answer["errors"])) < 20_000, "a problem does not repeat what was sent"
    return found


ODD = ("", "x" * 100_000, "a\0b", "ü" * 300, "../../etc/passwd", "' OR 1=1 //", "%s%n{0}", "\u202e", "null")


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_absurd_ids_and_names(api: Api, shop: dict[str, str], odd: str) -> None:
    assert code(ask(api, IMPACT, roots=[{"id": odd}])) == "impact-root-unknown"
    assert code(ask(api, IMPACT, roots=[{"name": odd}])) in ("bad-argument", "impact-root-unknown")
    assert code(ask(api, IMPACT, roots=[], change={"removeItems": [odd]})) == "impact-bad-what-if"
    relation = {"type": odd, "source": shop["db"], "target": shop["web"]}
    assert code(ask(api, IMPACT, roots=[], change={"addRelations": [relation]})) == "impact-bad-what-if"
    assert code(ask(api, IMPACT, roots=[{"id": shop["db"]}], types=[odd])) == "unknown-type"
    assert code(ask(api, IMPACT, roots=[{"id": shop["db"]}], after=odd)) == "invalid-input"
    place = ask(api, "query($p: ItemRef!) { locationLoss(place: $p) { lostTotal } }", p={"name": odd})
    assert code(place) in ("bad-argument", "impact-root-unknown")


def test_a_lone_half_of_a_character_is_no_text(api: Api, shop: dict[str, str]) -> None:
    headers = {**api.headers("viewer"), "content-type": "application/json"}
    body = json.dumps({"query": IMPACT, "variables": {"roots": [{"id": "\ud800"}]}}).encode()
    assert code(api.client.post("/graphql", content=body, headers=headers).json()) == "query-invalid"
    literal = json.dumps({"query": '{ impact(roots: [{id: "\\uD800"}]) { total } }'}).encode()
    assert code(api.client.post("/graphql", content=literal, headers=headers).json()) == "query-invalid"


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"roots": [{"id": "OLD"}]}, "impact-root-retired"),
        ({"roots": [{"name": "bad-old"}]}, "impact-root-unknown"),
        ({"roots": [{"name": "bad-twin"}]}, "bad-argument"),
        ({"roots": []}, "bad-argument"),
        ({"roots": [{}]}, "bad-argument"),
        ({"roots": [{"id": "DB", "name": "bad-db"}]}, "bad-argument"),
        ({"roots": [{"id": "DB", "level": "NaN"}]}, "query-invalid"),
        ({"roots": [{"id": "DB", "level": 3}]}, "query-invalid"),
        ({"roots": [{"id": "DB"}], "items": -1}, "impact-too-much-asked"),
        ({"roots": [{"id": "DB"}], "items": 2**40}, "query-invalid"),
        ({"roots": [{"id": "DB"}], "depth": 0}, "impact-too-much-asked"),
        ({"roots": [{"id": "DB"}], "seconds": -1}, "impact-too-much-asked"),
        ({"roots": [{"id": "DB"}], "seconds": 1e9}, "impact-too-much-asked"),
        ({"roots": [{"id": "DB"}], "first": 1001}, "page-too-long"),
        ({"roots": [{"id": "DB"}], "first": -1}, "page-too-long"),
        ({"roots": [{"id": "DB"}], "first": 10**6}, "page-too-long"),
        ({"roots": [{"id": "DB"}], "search": "x" * 201}, "bad-argument"),
        ({"roots": [{"id": "DB"}], "asOf": {"seq": 0}}, "impact-root-unknown"),
        ({"roots": [{"id": "DB"}], "asOf": {"time": "1970-01-01T00:00:00Z"}}, "impact-root-unknown"),
        ({"roots": [{"id": "DB"}], "asOf": {"seq": -1}}, "bad-point"),
        ({"roots": [{"id": "DB"}], "asOf": {"seq": 10**9}}, "unknown-revision"),
        ({"roots": [{"id": "DB"}], "asOf": {"time": "yesterday"}}, "bad-point"),
        ({"roots": [{"id": "DB"}], "asOf": {}}, "query-invalid"),
        ({"roots": [{"id": "DB"}], "atLeast": 10**12}, "unknown-revision"),
        ({"roots": [], "change": {"addItems": [{"id": "n", "type": "nonsense"}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"addItems": [{"id": "DB", "type": "server"}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"groupNeeds": [{"group": "DB", "need": {"count": 1}}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"groupNeeds": [{"group": "DB", "need": {"count": -1}}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"groupNeeds": [{"group": "DB", "need": {"percent": 101}}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"addRelations": [{"type": "depends_on", "source": "DB", "target": "DB"}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"changeItems": [{"id": "DB"}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"changeItems": [{"id": "DB", "type": "nonsense"}]}}, "impact-bad-what-if"),
        ({"roots": [], "change": {"removeItems": ["DB"] * 10_001}}, "impact-too-much-asked"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_impact_asked_wrongly(api: Api, shop: dict[str, str], variables: dict[str, Any], problem: str) -> None:
    named = json.loads(json.dumps(variables).replace('"DB"', json.dumps(shop["db"])).replace('"OLD"', json.dumps(shop["old"])))
    began = time.monotonic()
    assert code(ask(api, IMPACT, **named)) == problem
    assert time.monotonic() - began < 4, "nobody waits for what cannot come"


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ({"time": "foo"}, "'foo' is no time: write 2026-11-27T12:00:00Z"),
        ({"time": "2026-11-27T12:00:00"}, "'2026-11-27T12:00:00' names no time zone: write 2026-11-27T12:00:00Z"),
        ({"seq": -1}, "commits are counted from 1; there is no commit -1"),
    ],
)
def test_what_is_no_moment_is_told_plainly(api: Api, as_of: dict[str, Any], said: str) -> None:
    answer = ask(api, "query($asOf: AsOf) { items(asOf: $asOf, first: 1) { nodes { id } } }", asOf=as_of)
    assert (code(answer), answer["errors"][0]["message"]) == ("bad-point", said)


def test_each_list_names_its_own_bound(api: Api, shop: dict[str, str]) -> None:
    for first in (-1, 1_001):
        answer = ask(api, IMPACT, roots=[{"id": shop["db"]}], first=first)
        assert answer["errors"][0]["message"] == f"first must be from 0 to 1,000, not {first:,}; ask for the next page with after"
    counted = ask(api, IMPACT, roots=[{"id": shop["db"]}], first=0)
    assert "errors" not in counted, counted


def test_a_name_that_nothing_had_then_is_told_with_the_moment(api: Api, shop: dict[str, str]) -> None:
    answer = ask(api, IMPACT, roots=[{"name": "bad-db"}], asOf={"seq": 0})
    assert (code(answer), answer["errors"][0]["message"]) == ("impact-root-unknown", "at commit 0 no item was called 'bad-db'")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ('{ dependencies(of: {id: "nobody"}) { total } }', "impact-root-unknown"),
        ('{ dependencies(of: {id: "DB"}) { needed(after: "9.9:DB") { totalCount } } }', "invalid-input"),
        ('{ dependencies(of: {id: "DB"}) { needed(first: 5000) { totalCount } } }', "page-too-long"),
        ('{ paths(source: {id: "DB"}, target: {name: "nobody"}) { total } }', "impact-root-unknown"),
        ('{ paths(source: {id: "DB"}, target: {id: "WEB"}, first: 0) { total } }', "page-too-long"),
        ('{ singlePointsOfFailure(of: {}) { total } }', "bad-argument"),
        ('{ singlePointsOfFailure(of: {id: "DB"}, seconds: 1000) { total } }', "impact-too-much-asked"),
        ('{ commonCauses(unwell: []) { tried } }', "impact-too-much-asked"),
        ('{ locationLoss(place: {id: "DB"}) { lostTotal } }', "impact-wrong-kind"),
        ('{ locationLoss(place: {name: "nowhere at all"}) { lostTotal } }', "impact-root-unknown"),
        ('{ locationLoss(place: {}) { lostTotal } }', "bad-argument"),
        ('{ supplierLoss(supplier: {id: "DB"}) { lostTotal } }', "impact-wrong-kind"),
        ('{ networkSegmentLoss(segment: {id: "SUP"}) { lostTotal } }', "impact-wrong-kind"),
        ('{ cycles(after: "x") { total } }', "bad-argument"),
        ('{ cycles(first: 0) { total } }', "page-too-long"),
        ('{ orphans(after: "nobody") { totalCount } }', "invalid-input"),
        ('{ orphans(types: ["nonsense"]) { totalCount } }', "unknown-type"),
        ('{ whatIf(change: {removeItems: ["nobody"]}) { worse } }', "impact-bad-what-if"),
        ('{ whatIf(change: {removeItems: ["DB"]}) { changed(after: "1") { totalCount } } }', "invalid-input"),
        ('{ whatIf(change: {}, roots: [{id: "nobody"}]) { worse } }', "impact-root-unknown"),
    ],
)  # fmt: skip
def test_other_questions_asked_wrongly(api: Api, shop: dict[str, str], query: str, problem: str) -> None:
    for word in ("DB", "WEB", "SUP"):
        query = query.replace(f'"{word}"', json.dumps(shop[word.lower()]))
    assert code(ask(api, query)) == problem


def test_the_same_root_twice_counts_once_at_its_worse_level(api: Api, shop: dict[str, str]) -> None:
    twice = [{"id": shop["db"], "level": "AT_RISK"}, {"name": "bad-db", "level": "DOWN"}, {"id": shop["db"], "level": "OK"}]
    found = ask(api, IMPACT, roots=twice)["data"]["impact"]
    assert (found["total"], found["down"]) == (1, 1)


def test_a_million_roots_never_get_to_the_index(api: Api, shop: dict[str, str]) -> None:
    body = {"query": IMPACT, "variables": {"roots": [{"id": str(number)} for number in range(1_000_000)]}}
    refused = api.post("/graphql", "viewer", json=body)
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
    began = time.monotonic()
    assert code(ask(api, IMPACT, roots=[{"id": "x"}] * (MAX_ROOTS + 1))) == "query-too-costly"
    assert time.monotonic() - began < 3
    assert code(ask(api, IMPACT, roots=[{"id": "x"}] * 5_000)) == "impact-root-unknown"
    assert code(ask(api, IMPACT, roots=[{"name": f"n{number}"} for number in range(201)])) == "bad-argument"


def test_agents_ask_nothing(api: Api, shop: dict[str, str]) -> None:
    for field in ("impact(roots: []) { total }", "whatIf(change: {}) { worse }", "cycles { total }", "orphans { totalCount }"):
        answer = api.post("/graphql", "agent", json={"query": f"{{ {field} }}"}).json()
        assert code(answer) == "operation-forbidden"


def test_retired_and_unknown_are_told_alike_at_every_door(api: Api, shop: dict[str, str]) -> None:
    for item, status, problem in ((shop["old"], 410, "impact-root-retired"), ("bad-nobody", 404, "impact-root-unknown")):
        answer = api.get("/impact/export", params={"root": item})
        assert (answer.status_code, answer.json()["code"]) == (status, problem)
        with pytest.raises(CmdbError) as refused:
            impact_view.ask(api.services, [item], "down")
        assert refused.value.code == problem
        assert code(ask(api, IMPACT, roots=[{"id": item}])) == problem
    assert code(ask(api, IMPACT, roots=[{"name": "bad-nobody"}])) == "impact-root-unknown"
