"""Whole answers over HTTP and in a terminal, on the demo estate. What is right is worked out from the estate's files with the slow
reference."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest

from cmdb.impact.levels import Level
from cmdb.impact.questions import AffectedQuery, ImpactQuestion
from cmdb.kernel.errors import CmdbError
from cmdb.model.pack import load_pack
from cmdb_app.cli import impact_view, losses_view, needs_view, whatif_view
from cmdb_app.cli.impact_view import Bounds
from cmdb_app.cli.losses_view import LostKind
from cmdb_app.cli.whatif_view import Changes
from cmdb_app.impact_export.roots import ids_of
from cmdb_app.impact_export.told import Export
from discovery.demo.estate import demo_batches
from discovery.demo.load import load_demo
from tests.support.api import ROOT, Api
from tests.support.batches import Estate

GROUP, PRIMARY = "redundancy_group/Payments database", "database/payments-primary"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return Estate(demo_batches(), load_pack())


@pytest.fixture(scope="module")
def demo(api: Api) -> Api:
    assert not load_demo(api.services.door, ROOT).failed
    api.services.nudge()
    api.services.impact.view(at_least=api.services.ledger.head().seq, wait=20)
    return api


def words(hit: dict[str, Level]) -> dict[str, str]:
    return {name: level.name.lower() for name, level in hit.items()}


def test_whoever_writes_a_whole_answer_comes_by_at_each_item_and_relationship(demo: Api) -> None:
    visits: list[int] = []
    (item_id,) = ids_of(demo.services, ["payments-primary"])
    export = Export(demo.services, demo.services.impact.impact(ImpactQuestion.down(item_id)), give_way=lambda: visits.append(1))
    items = list(export.items())
    assert len(visits) == len(items) > 5
    links = list(export.links())
    assert len(visits) >= len(items) + len(links)


def test_ndjson_tells_the_head_and_then_every_item(demo: Api, estate: Estate) -> None:
    answer = demo.get("/impact/export", params={"root": "payments-primary"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["x-complete"] == "true"
    head, *items = [json.loads(line) for line in answer.text.splitlines()]
    expected = words(estate.levels(PRIMARY))
    assert {f"{one['type']}/{one['name']}": one["level"] for one in items} == expected
    assert head["revision"] == int(answer.headers["x-ledger-seq"]) == demo.services.ledger.head().seq
    assert sum(head["counts"].values()) == len(expected) - 1
    ids = {one["id"]: one for one in items}
    for one in items:
        assert (one["because"] is None) == one["root"] == (one["depth"] == 0)
        if not one["root"]:
            assert ids[one["because"]]["depth"] == one["depth"] - 1
            assert one["relation"] in load_pack().relation_types


def test_csv_graphml_and_picture_hold_the_same_items(demo: Api, estate: Estate) -> None:
    expected = words(estate.levels(PRIMARY))
    params = {"root": "payments-primary"}
    rows = list(csv.DictReader(io.StringIO(demo.get("/impact/export", params={**params, "format": "csv"}).text)))
    assert {f"{one['type']}/{one['name']}": one["level"] for one in rows} == expected

    graph = nx.parse_graphml(demo.get("/impact/export", params={**params, "format": "graphml"}).text)
    named = {key: f"{one['type']}/{one['name']}" for key, one in graph.nodes(data=True)}
    assert {named[key]: one["level"] for key, one in graph.nodes(data=True)} == expected
    passing = {
        (provider, dependent)
        for (provider, dependent, _), how in estate.graph.arrows.items()
        if provider in expected and dependent in expected and Level[expected[provider].upper()] - (how.name == "SOFT") >= Level.AT_RISK
    }
    assert {(named[a], named[b]) for a, b in graph.edges()} == passing

    picture = demo.get("/impact/export", params={**params, "format": "svg"})
    assert picture.headers["content-type"] == "image/svg+xml"
    texts = [one.text or "" for one in ElementTree.fromstring(picture.text).iter("{http://www.w3.org/2000/svg}text")]
    assert "Blast radius of payments-primary" in texts
    assert {"Hillside Shop", "X", "R", "at risk"} <= set(texts)


def test_many_roots_with_levels_of_their_own_and_bounds(demo: Api, estate: Estate) -> None:
    body = {"roots": [{"item": "payments-primary", "level": "degraded"}, {"item": "san-hill"}]}
    head, *items = [json.loads(line) for line in demo.post("/impact/export", "viewer", json=body).text.splitlines()]
    down, degraded = estate.levels("storage_system/san-hill"), len(items)
    assert {f"{one['type']}/{one['name']}" for one in items} >= set(down)
    assert {one["name"]: one["level"] for one in head["roots"]} == {
        "payments-primary": "down",
        "san-hill": "down",
    }
    bounded = demo.post("/impact/export", "viewer", json={**body, "max_depth": 1})
    assert bounded.headers["x-complete"] == "false"
    assert json.loads(bounded.text.splitlines()[0])["reason"]
    assert len(bounded.text.splitlines()) < degraded


def told(demo: Api, body: dict[str, Any], form: str = "ndjson") -> str:
    answer = demo.post(f"/impact/export?format={form}", "viewer", json=body)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_what_a_bound_cut_off_is_told_as_unknown_never_as_ok(demo: Api, estate: Estate) -> None:
    body = {"roots": [{"item": "payments-primary"}], "max_items": 3}
    head, *items = [json.loads(line) for line in told(demo, body).splitlines()]
    levels = [one["level"] for one in items]
    assert (head["complete"], head["roots_total"], sum(head["counts"].values())) == (False, 1, 2)
    assert levels.count("unknown") == head["frontier_total"] > 0
    assert "ok" not in levels
    graph = nx.parse_graphml(told(demo, body, "graphml"))
    assert nx.number_weakly_connected_components(graph) == 1, "what was not followed hangs on what brought trouble to it"
    drawn = {key for key, level in graph.nodes(data="level") if level == "unknown"}
    assert drawn == {one["id"] for one in items if one["level"] == "unknown"}
    assert {f"{one['type']}/{one['name']}" for one in items} <= set(estate.levels(PRIMARY))


def test_more_roots_by_name_than_a_page_and_a_name_that_very_many_have(demo: Api) -> None:
    many = [{"ref": f"many{one}", "type": "application", "fields": {"name": f"many {one}"}} for one in range(1_201)]
    same = [{"ref": f"eth{one}", "type": "network_interface", "fields": {"name": "eth0", "device": f"host{one}"}} for one in range(1_001)]
    for batch in (many, same):
        for first in range(0, len(batch), 800):
            assert demo.send(*batch[first : first + 800]).status_code == 200
    demo.services.nudge()
    demo.services.impact.view(at_least=demo.services.ledger.head().seq, wait=20)
    roots = [{"item": one["fields"]["name"]} for one in many]
    head, *items = [json.loads(line) for line in told(demo, {"roots": roots}).splitlines()]
    assert (head["roots_total"], len(head["roots"])) == (1_201, 1_000)
    assert sum(one["root"] for one in items) == 1_201
    assert "and 1,198 more" in told(demo, {"roots": roots}, "svg")
    both = demo.post("/impact/export", "viewer", json={"roots": [{"item": "eth0"}, {"item": "payments-primary"}]})
    assert (both.status_code, both.json()["code"]) == (400, "invalid-input")
    assert len(both.json()["ids"]) == 20


def test_a_name_that_would_be_markup(demo: Api) -> None:
    name = "odd <&>]]>\"'name"
    assert demo.send({"ref": "odd", "type": "application", "fields": {"name": name}}).status_code == 200
    demo.services.nudge()
    demo.services.impact.view(at_least=demo.services.ledger.head().seq, wait=20)
    (node,) = [one for _, one in nx.parse_graphml(told(demo, {"roots": [{"item": name}]}, "graphml")).nodes(data=True)]
    assert node["name"] == name
    picture = ElementTree.fromstring(told(demo, {"roots": [{"item": name}]}, "svg"))
    assert picture.findtext("{http://www.w3.org/2000/svg}title") == f"Blast radius of {name}"


def exported(demo: Api, **params: str) -> list[str]:
    """Ids of items."""
    return [json.loads(line)["id"] for line in demo.get("/items/export", params=params).text.splitlines()]


def test_the_past_is_exported_as_it_was(demo: Api) -> None:
    before = demo.services.ledger.head().seq
    then = demo.get("/impact/export", params={"root": "payments-primary", "format": "csv"}).text
    assert demo.send({"ref": "leaf", "type": "application", "fields": {"name": "leaf of the day"}}).status_code == 200
    (leaf,), (primary,) = (
        exported(demo, search=name, type=kind) for name, kind in (("leaf of", "application"), ("payments-p", "database"))
    )
    tied = {"ref": "leaf", "type": "application", "fields": {}, "relations": [{"type": "depends_on", "to_id": primary}]}
    assert demo.send(tied).status_code == 200
    demo.services.nudge()
    demo.services.impact.view(at_least=demo.services.ledger.head().seq, wait=20)
    assert leaf in demo.get("/impact/export", params={"root": "payments-primary", "format": "csv"}).text
    past = demo.get("/impact/export", params={"root": "payments-primary", "format": "csv", "as_of": str(before)})
    before_and_now = [list(csv.DictReader(io.StringIO(text))) for text in (then, past.text)]
    told_then, told_now = ({one["id"]: (one["name"], one["level"], one["root"], one["depth"]) for one in rows} for rows in before_and_now)
    assert told_now == told_then
    assert past.headers["x-ledger-seq"] == str(before)


def test_what_is_refused(demo: Api) -> None:
    for query, status, code in (
        ({}, 422, "invalid-request"),
        ({"root": "nobody"}, 404, "impact-root-unknown"),
        ({"root": "payments-primary", "level": "broken"}, 400, "invalid-input"),
        ({"root": "payments-primary", "format": "pdf"}, 422, "invalid-request"),
        ({"root": "payments-primary", "as_of": "999999"}, 404, "unknown-revision"),
        ({"root": "payments-primary", "as_of": "0"}, 404, "impact-root-unknown"),
        ({"root": "payments-primary", "seconds": "61"}, 422, "invalid-request"),
        ({"root": ["x"] * 201}, 422, "invalid-request"),
    ):
        answer = demo.get("/impact/export", params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
    assert demo.get("/impact/export", "agent", params={"root": "x"}).status_code == 403
    assert demo.client.get("/impact/export", params={"root": "x"}).status_code == 401
    nothing = demo.post("/impact/export", "viewer", json={"roots": []})
    assert (nothing.status_code, nothing.json()["code"]) == (400, "invalid-input")
    for body in ({"roots": [{"item": "x"}], "more": 1}, {"roots": [{"item": "x"}], "max_items": -1}):
        assert demo.post("/impact/export", "viewer", json=body).status_code == 422
    for name in ("at_least", "max_items", "max_depth"):
        assert demo.post("/impact/export", "viewer", json={"roots": [{"item": "payments-primary"}], name: 10**23}).status_code == 422
    late = demo.post("/impact/export", "viewer", json={"roots": [{"item": "payments-primary"}], "at_least": 999_999})
    assert (late.status_code, late.json()["code"]) == (404, "unknown-revision")


def test_a_what_if_answer_is_written_whole(demo: Api) -> None:
    def told(**question: Any) -> tuple[dict[str, Any], dict[str, str]]:
        answer = demo.post("/impact/export", "viewer", json=question)
        assert answer.status_code == 200, answer.text
        head, *items = [json.loads(line) for line in answer.text.splitlines()]
        return head, {one["name"] or one["id"]: one["level"] for one in items}

    change = {
        "add_items": [{"id": "spare", "type": "application"}],
        "add_relations": [{"type": "depends_on", "source": "spare", "target": "payments-primary", "need": "soft"}],
        "group_needs": {"Payments database": {"count": 2}},
    }
    head, levels = told(roots=[{"item": "payments-primary"}], what_if=change, seconds=20)
    assert (levels["spare"], levels["Payments database"]) == ("degraded", "down"), "both members are needed now"
    assert head["complete"]
    assert head["freshness_as_of"]
    _, worn = told(what_if={"change_items": [{"item": "payments-primary", "level": "degraded", "owner": None}]})
    assert worn["payments-primary"] == "degraded"
    for wrong in (
        {"group_needs": {"Payments database": {"percent": 150}}},
        {"change_items": [{"item": "payments-primary", "type": "nonsense"}]},
        {"add_relations": [{"type": "depends_on", "source": "payments-primary", "target": "payments-primary"}]},
    ):
        refused = demo.post("/impact/export", "viewer", json={"what_if": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "impact-bad-what-if"), wrong


# -- in a terminal -------------------------------------------------------------------------------------------------------------------


def test_trees_tell_who_is_hit_and_what_is_needed(demo: Api, capsys: pytest.CaptureFixture[str]) -> None:
    services = demo.services
    impact_view.print_tree(services, impact_view.ask(services, ["Payments database"], "down"), depth=3)
    told = capsys.readouterr()
    assert "down Payments database (redundancy_group)" in told.out
    assert "│   └── down Refunds (service_component) depends_on" in told.out
    assert "not in the tree" in told.err
    needs_view.print_dependencies(services, "Payments Desk", 3, None)
    told = capsys.readouterr()
    assert "Payments Desk depends on" in told.out
    assert "└── hard Payments desk (application) depends_on (hard)" in told.out
    assert "see above" in told.out


def test_ways_and_weak_points(demo: Api, estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    body = needs_view.paths_body(demo.services, "payments-primary", "Hillside Shop", 10, None)
    assert (body["length"], body["complete"]) == (4, True)
    assert [step["to"]["name"] for step in body["paths"][0]] == ["Payments database", "payments-api", "Card payments", "Hillside Shop"]
    needs_view.print_paths(body)
    assert "member Payments database (member_of)" in capsys.readouterr().out
    needs_view.print_paths(needs_view.paths_body(demo.services, "Hillside Shop", "payments-primary", 10, None))
    assert "The other way round" in capsys.readouterr().err

    weak = needs_view.weak_points_body(demo.services, "Payments Desk", 5.0, None)
    found = {f"{one['type']}/{one['name']}" for one in weak["items"]}
    fatal = {name for name in estate.fields if estate.levels(name).get("service/Payments Desk") is Level.DOWN}
    groups = {name for name, kind in estate.types.items() if load_pack().is_group(kind)}
    assert found == fatal - groups - {"service/Payments Desk"}
    needs_view.print_weak_points(weak)
    assert f"{len(found)} single points of failure" in capsys.readouterr().out


def test_what_if_beside_what_is(demo: Api, estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    def tried(*items: str, **changes: Any) -> dict[str, Any]:
        empty = {"remove": (), "cut": (), "link": (), "need": ()}
        return whatif_view.comparison_body(demo.services, list(items), "down", Changes(**{**empty, **changes}), 1_000, None)

    both = tried("payments-primary", need=("Payments database=2",))
    worse = {f"{one['type']}/{one['name']}" for one in both["items"]}
    now, then = estate.levels(PRIMARY), estate.levels(PRIMARY, GROUP)
    assert {name for name in worse if "leaf" not in name} == {name for name, level in then.items() if level > now.get(name, Level.OK)}
    cut = tried("payments-primary", cut=("payments-primary member_of Payments database",))
    assert cut["worse"] == 0
    assert cut["better"] > 0
    whatif_view.print_comparison(both)
    assert "nothing was written" in capsys.readouterr().out
    new = ("spare application",), ("spare depends_on:soft payments-primary",)
    added = {one["id"]: one["after"] for one in tried("payments-primary", add=new[0], link=new[1])["items"]}
    assert added["spare"] == "degraded"
    worn = tried(change=("payments-primary level=degraded", "payments-primary owner=night shift"))
    assert {one["name"]: one["after"] for one in worn["items"]}["payments-primary"] == "degraded"
    for wrong in (
        {},
        {"cut": ("no relation here",)},
        {"need": ("Payments database=many",)},
        {"need": ("Payments database=150%",)},
        {"need": ("Payments database=99999999999999999999999",)},
        {"remove": ("nobody",)},
        {"add": ("spare",)},
        {"change": ("payments-primary",)},
        {"change": ("payments-primary colour=red",)},
        {"link": ("payments-api depends_on:badly payments-primary",)},
    ):
        with pytest.raises(CmdbError):
            tried("payments-primary", **wrong)


def test_roots_at_levels_of_their_own_and_bounds(demo: Api, estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    answer = impact_view.ask(demo.services, ["payments-primary:degraded", "Payments database:at_risk"], "down")
    put = {one.type: one.level for one in answer.page(AffectedQuery(roots=True, only_roots=True)).items}
    assert put["database"] is Level.DEGRADED
    bounded = impact_view.ask(demo.services, ["payments-primary"], "down", None, Bounds(max_depth=1, seconds=20))
    assert not bounded.complete
    body = impact_view.answer_body(demo.services, bounded, 10)
    assert body["services_total"] >= len(body["services"])
    impact_view.print_answer(body)
    assert "NOT COMPLETE" in capsys.readouterr().err
    with pytest.raises(CmdbError) as refused:
        impact_view.ask(demo.services, ["payments-primary"], "down", None, Bounds(at_least=999_999))
    assert refused.value.code == "unknown-revision"


def test_causes_and_losses(demo: Api, estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    causes = losses_view.causes_body(demo.services, ["Payments Desk", "Hillside Shop:degraded"], "down", 5, 20.0, None)
    assert causes["causes"][0]["explained"] == 2
    losses_view.print_causes(causes)
    said = capsys.readouterr()
    assert "what may have made 2 items unwell" in said.out
    assert (len(causes["causes"]), f"the first 5 of {causes['total']}; --most shows more" in said.err) == (5, True)
    with pytest.raises(CmdbError, match="'payments-primary' is of the type database, which is no place") as wrong:
        losses_view.loss_body(demo.services, "payments-primary", LostKind.LOCATION, None, 10, None)
    assert wrong.value.code == "impact-wrong-kind"
    with pytest.raises(CmdbError, match="'foo' is no level; write payments-primary:down"):
        impact_view.ask(demo.services, ["payments-primary:foo"], "down")
    place = losses_view.loss_body(demo.services, "Hill", LostKind.LOCATION, None, 10, None)
    assert place["lost_total"] > 1
    supplier = losses_view.loss_body(demo.services, "Northtel", LostKind.SUPPLIER, "degraded", 10, None)
    assert supplier["total"] > 0
    segment = losses_view.loss_body(demo.services, "core-hill-1", LostKind.SEGMENT, None, 1_000, None)
    hit = {f"{one['type']}/{one['name']}" for one in segment["items"]} - {"application/leaf of the day"}  # another test's
    assert hit == estate.levels("network_device/core-hill-1").keys() - {"network_device/core-hill-1"}
    losses_view.print_loss(segment)
    assert "are lost with it" in capsys.readouterr().out
    for item, kind, level in (
        ("nowhere", LostKind.LOCATION, None),
        ("Northtel", LostKind.SUPPLIER, "ok"),
        ("Hill", LostKind.LOCATION, "down"),
    ):
        with pytest.raises(CmdbError):
            losses_view.loss_body(demo.services, item, kind, level, 10, None)


def test_an_answer_is_written_to_a_file_whose_suffix_tells_the_form(demo: Api, tmp_path: Path) -> None:
    answer = impact_view.ask(demo.services, ["payments-primary"], "down")
    impact_view.export_to(demo.services, answer, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().count("\n") == sum(answer.counts.values()) + 2
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    with pytest.raises(CmdbError, match="take one of"):
        impact_view.export_to(demo.services, answer, tmp_path / "a")
    with pytest.raises(CmdbError, match="cannot be written: No such file"):
        impact_view.export_to(demo.services, answer, tmp_path / "nowhere" / "a.csv")
