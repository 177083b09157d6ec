"""Every question about impact, asked over HTTP by its named operation on the demo estate. What is right is worked out from the estate's
files with the slow reference (`cmdb.impact.reference`) and networkx, never from the index."""

from typing import Any

import networkx as nx
import pytest

from cmdb.impact.levels import Level, Pass
from cmdb.impact.reference import ReferenceGraph, levels
from cmdb.impact.rows import GroupNeed
from cmdb.model.pack import load_pack
from cmdb_graphql.operations import by_name, load_operations, operations_dir
from discovery.demo.estate import demo_batches
from discovery.demo.load import load_demo
from tests.support.api import ROOT, Api
from tests.support.batches import Estate

OPERATIONS = by_name(load_operations(operations_dir()))
D, G, R, OK = Level.DOWN, Level.DEGRADED, Level.AT_RISK, Level.OK
SHOP, PRIMARY, GROUP = "service/Hillside Shop", "database/payments-primary", "redundancy_group/Payments database"
WEAKEST = {Pass.HARD: 3, Pass.MEMBER: 2, Pass.SOFT: 1}


@pytest.fixture(scope="module")
def estate() -> Estate:
    return Estate(demo_batches(), load_pack())


@pytest.fixture(scope="module")
def demo(api: Api) -> Api:
    """The app with the demo estate, and the index abreast of it."""
    assert not load_demo(api.services.door, ROOT).failed
    api.services.nudge()
    api.services.impact.view(at_least=api.services.ledger.head().seq, wait=20)
    return api


@pytest.fixture(scope="module")
def ids(demo: Api, estate: Estate) -> dict[str, str]:
    """`type/name` -> id."""
    found = ask(demo, "{ items(first: 1000) { nodes { id name type } } }")["items"]["nodes"]
    named = {f"{one['type']}/{one['name']}": one["id"] for one in found}
    assert set(named) >= set(estate.fields)
    return named


def ask(demo: Api, query: str, **variables: Any) -> Any:
    """The data of a named operation, or of a text."""
    text = OPERATIONS[query].text if query in OPERATIONS else query
    answer = demo.post("/graphql", "viewer", json={"query": text, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def named(nodes: list[dict[str, Any]], field: str = "level") -> dict[str, str]:
    """`type/name` -> level."""
    return {f"{one['type']}/{one['item']['name']}": one[field] for one in nodes}


def words(hit: dict[str, Level]) -> dict[str, str]:
    return {name: level.name for name, level in hit.items()}


def digraph(graph: ReferenceGraph) -> nx.MultiDiGraph:
    """Provider to dependent."""
    made = nx.MultiDiGraph()
    made.add_nodes_from(graph.items)
    made.add_edges_from((provider, dependent, kind) for provider, dependent, kind in graph.arrows)
    return made


def test_the_payment_database_fails_and_the_shop_is_only_at_risk(demo: Api, estate: Estate, ids: dict[str, str]) -> None:
    answer = ask(demo, "Impact", roots=[{"name": "payments-primary"}], first=1000)["impact"]
    expected = estate.levels(PRIMARY)
    assert named(answer["affected"]["nodes"]) == words({name: level for name, level in expected.items() if name != PRIMARY})
    assert (answer["complete"], answer["reason"], answer["frontierTotal"]) == (True, None, 0)
    why = next(one["why"] for one in answer["affected"]["nodes"] if one["item"]["name"] == "Hillside Shop")
    group = next(step for step in why if step["group"])
    assert group["affected"]["itemId"] == ids[GROUP]
    assert group["group"] == {"needed": 1, "members": 2, "up": 1}, "one is enough and one is left: at risk, not down"
    summary = ask(demo, "ImpactSummary", roots=[{"name": "payments-primary"}])["impact"]
    counts = {one["name"]: (one["down"], one["degraded"], one["atRisk"]) for one in summary["byBusiness"]}
    pack = load_pack()
    for kind, found in counts.items():
        hit = [level for name, level in expected.items() if estate.types[name] in pack.concrete_of(kind)]
        assert found == (hit.count(D), hit.count(G), hit.count(R)), kind
    assert counts["service"] == (1, 1, 2)
    assert len(summary["serviceComponents"]) == sum(counts["service_component"])


def test_filters_on_affected_items_leave_what_they_say(demo: Api, estate: Estate) -> None:
    hit = estate.levels("site/Hill")
    asked = [
        ({"search": "PAY"}, lambda name: "pay" in name.partition("/")[2].lower()),
        ({"search": "hill rack"}, lambda name: all(word in name.partition("/")[2].lower() for word in ("hill", "rack"))),
        ({"types": ["place"]}, lambda name: estate.types[name] in ("site", "room", "rack")),
        ({"criticalities": ["critical"]}, lambda name: estate.fields[name].get("criticality") == "critical"),
        ({"owners": ["Payments"], "levels": ["DOWN"]}, lambda name: estate.fields[name].get("owner") == "Payments" and hit[name] is D),
        ({"locations": ["Vale"]}, lambda name: estate.fields[name].get("location") == "Vale"),
    ]
    for filters, fits in asked:
        found = ask(demo, "AffectedItems", roots=[{"name": "Hill"}], first=1000, **filters)["impact"]["affected"]
        assert named(found["nodes"]) == words({name: level for name, level in hit.items() if fits(name)}), filters
        assert found["totalCount"] == len(found["nodes"])
    assert named(ask(demo, "AffectedItems", roots=[{"name": "Hill"}], search="pay")["impact"]["affected"]["nodes"])


def test_what_if_the_group_needed_both(demo: Api, estate: Estate, ids: dict[str, str]) -> None:
    stricter = estate.graph.copy()
    stricter.groups[GROUP] = GroupNeed(count=2)
    before, after = estate.levels(PRIMARY), levels(stricter, {PRIMARY: D})
    change = {"groupNeeds": [{"group": ids[GROUP], "need": {"count": 2}}]}
    found = ask(demo, "CompareWhatIf", change=change, roots=[{"name": "payments-primary"}], first=1000)["whatIf"]
    changed = {name for name in before.keys() | after.keys() if before.get(name, OK) is not after.get(name, OK)}
    assert named(found["changed"]["nodes"], "before") == words({name: before.get(name, OK) for name in changed})
    assert named(found["changed"]["nodes"], "after") == words({name: after.get(name, OK) for name in changed})
    assert after[SHOP] is D
    assert (found["worse"], found["better"]) == (len(changed), 0)
    assert found["before"]["total"] == len(before) - 1
    assert found["after"]["total"] == len(after) - 1


def test_what_if_a_third_copy_stood_by_makes_it_better(demo: Api, ids: dict[str, str]) -> None:
    """Both copies fail: today the shop is down; with a third one it would only be at risk."""
    change = {
        "addItems": [{"id": "third", "type": "database"}],
        "addRelations": [{"type": "member_of", "source": "third", "target": ids[GROUP]}],
    }
    roots = [{"name": "payments-primary"}, {"name": "payments-replica"}]
    found = ask(demo, "CompareWhatIf", change=change, roots=roots, turn="BETTER", first=1000)["whatIf"]
    shop = next(one for one in found["changed"]["nodes"] if one["itemId"] == ids[SHOP])
    assert (shop["before"], shop["after"]) == ("DOWN", "AT_RISK")
    assert (found["worse"], found["better"]) == (0, found["changed"]["totalCount"])
    pages, after = [], None
    while True:
        part = ask(demo, "CompareWhatIf", change=change, roots=roots, first=3, after=after)["whatIf"]["changed"]
        pages += [one["itemId"] for one in part["nodes"]]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
    assert len(pages) == len(set(pages)) == found["better"]


def test_what_the_shop_needs(demo: Api, estate: Estate) -> None:
    expected = {SHOP: 3}
    for _ in estate.graph.items:
        for (provider, dependent, _kind), how in estate.graph.arrows.items():
            if dependent in expected:
                expected[provider] = max(expected.get(provider, 1), min(expected[dependent], WEAKEST[how]))
    del expected[SHOP]
    found = ask(demo, "NeededItems", of={"name": "Hillside Shop"}, first=1000)["dependencies"]
    strengths = {3: "HARD", 2: "REDUNDANT", 1: "SOFT"}
    assert named(found["needed"]["nodes"], "strength") == {name: strengths[one] for name, one in expected.items()}
    assert found["total"] == len(expected) == sum(one["count"] for one in found["byType"])
    assert [found[one] for one in ("hard", "redundant", "soft")] == [list(expected.values()).count(one) for one in (3, 2, 1)]
    depths = nx.single_source_shortest_path_length(digraph(estate.graph).reverse(), SHOP)
    assert named(found["needed"]["nodes"], "depth") == {name: depth for name, depth in depths.items() if name != SHOP}
    few = ask(demo, "NeededItems", of={"name": "Hillside Shop"}, strengths=["HARD"], types=["network_device"], first=1000)["dependencies"]
    assert named(few["needed"]["nodes"], "type").keys() == {
        name for name, one in expected.items() if one == 3 and load_pack().is_a(estate.types[name], "network_device")
    }


def test_ways_from_the_primary_to_the_shop(demo: Api, estate: Estate) -> None:
    graph = nx.DiGraph(digraph(estate.graph))
    expected = {tuple(path) for path in nx.all_shortest_paths(graph, PRIMARY, SHOP)}
    ids = {"source": {"name": "payments-primary"}, "target": {"name": "Hillside Shop"}}
    found = ask(demo, "Paths", **ids, first=100)["paths"]
    ways = {(way["steps"][0]["provider"]["name"], *(step["dependent"]["name"] for step in way["steps"])) for way in found["paths"]}
    assert ways == {tuple(name.partition("/")[2] for name in path) for path in expected}
    assert (found["total"], found["complete"], found["length"]) == (len(found["paths"]), True, len(next(iter(expected))) - 1)
    back = ask(demo, "Paths", source=ids["target"], target=ids["source"])["paths"]
    assert (back["length"], back["total"], back["paths"], back["complete"]) == (None, 0, [], True)


def test_single_points_of_failure_of_the_shop(demo: Api, estate: Estate) -> None:
    needed = nx.ancestors(digraph(estate.graph), SHOP)
    graph = estate.graph.copy()  # only what the shop needs can take it down: the rest would cost time alone
    graph.items = needed | {SHOP}
    graph.groups = {name: need for name, need in graph.groups.items() if name in graph.items}
    graph.arrows = {key: how for key, how in graph.arrows.items() if set(key[:2]) <= graph.items}
    expected = {one for one in needed if not graph.members_if_group(one) and levels(graph, {one: D}).get(SHOP) is D}
    found = ask(demo, "SinglePointsOfFailure", of={"name": "Hillside Shop"}, first=1000)["singlePointsOfFailure"]
    assert set(named(found["points"]["nodes"], "depth")) == expected
    assert "site/Hill" in expected, "two of three web servers are there: the weakness the demo hides"
    hard = nx.DiGraph([key[:2] for key, how in graph.arrows.items() if how is Pass.HARD])
    behind = expected - nx.ancestors(hard, SHOP)
    assert {name for name, one in named(found["points"]["nodes"], "behindRedundancy").items() if one} == behind
    assert (found["complete"], found["total"]) == (True, len(expected))


def test_what_made_three_services_unwell(demo: Api, estate: Estate) -> None:
    seen = {"service/Finance Reporting": D, "service/Payments Desk": G, SHOP: R}
    unwell = [{"name": name.partition("/")[2], "level": level.name} for name, level in seen.items()]
    found = ask(demo, "CommonCauses", unwell=unwell, first=1000)["commonCauses"]
    causes = {f"{one['items'][0]['type']}/{one['items'][0]['name']}": one for one in found["causes"]}
    assert PRIMARY in causes
    for name in list(causes)[:5]:
        hit = estate.levels(name)
        assert all(hit.get(item, OK) >= level for item, level in seen.items())
        assert causes[name]["explained"] == 3
        assert causes[name]["others"] == len(hit) - 3
    assert [one["others"] for one in found["causes"]] == sorted(one["others"] for one in found["causes"])
    assert found["complete"]


def test_a_lost_site_takes_rooms_racks_and_all_in_them(demo: Api, estate: Estate) -> None:
    inside = nx.DiGraph([(target, source) for kind, source, target in estate.relations if kind == "located_in"])
    there = nx.descendants(inside, "site/Hill") | {"site/Hill"}
    spoken = {estate.fields[one]["name"] for one in there if estate.types[one] in ("site", "room", "rack")}
    lost = there | {name for name, fields in estate.fields.items() if fields.get("location") in spoken}
    expected = levels(estate.graph, dict.fromkeys(lost, D))
    found = ask(demo, "LocationLoss", place={"name": "Hill"}, first=1000)["locationLoss"]
    assert set(named(found["lost"]["nodes"])) == lost
    assert set(found["names"]) == spoken
    assert (found["lostTotal"], found["ambiguousNames"]) == (len(lost), [])
    assert found["impact"]["total"] == len(expected) - len(lost)
    assert named([{**one, "type": "service"} for one in found["impact"]["services"]]) == words(
        {name: level for name, level in expected.items() if estate.types[name] == "service"}
    )
    words_only = ask(demo, "LocationLoss", place={"name": "Hill, room A"}, first=1000)["locationLoss"]
    assert words_only["itemId"] is None
    assert set(named(words_only["lost"]["nodes"])) == {n for n, fields in estate.fields.items() if fields.get("location") == "Hill, room A"}


def test_a_lost_supplier_degrades_what_it_supplies_or_worse(demo: Api, estate: Estate) -> None:
    line = "circuit/Internet line Hill"
    found = ask(demo, "SupplierLoss", supplier={"name": "Northtel"})["supplierLoss"]
    assert named(found["lost"]["nodes"]) == {"supplier/Northtel": "DOWN"}
    assert found["impact"]["total"] == len(estate.levels("supplier/Northtel")) - 1
    assert len(found["contractIds"]) == 1
    dark = ask(demo, "SupplierLoss", supplier={"name": "Northtel"}, level="DOWN")["supplierLoss"]
    assert named(dark["lost"]["nodes"]) == {"supplier/Northtel": "DOWN", line: "DOWN"}
    assert dark["impact"]["total"] == len(estate.levels("supplier/Northtel", line)) - 2


def test_a_lost_switch_as_a_network_segment(demo: Api, estate: Estate) -> None:
    found = ask(demo, "SegmentLoss", segment={"name": "core-hill-1"})["networkSegmentLoss"]
    assert named(found["lost"]["nodes"]) == {"network_device/core-hill-1": "DOWN"}
    assert found["impact"]["total"] == len(estate.levels("network_device/core-hill-1")) - 1


def test_cycles_and_orphans(demo: Api, estate: Estate) -> None:
    graph = digraph(estate.graph)
    rings = [one for one in nx.strongly_connected_components(graph) if len(one) > 1]
    found = ask(demo, "Cycles")["cycles"]
    assert (found["total"], found["itemsInCycles"]) == (len(rings), sum(map(len, rings)))
    alone = {name for name in graph if graph.degree(name) == 0}
    orphans = ask(demo, "Orphans", first=1000)["orphans"]
    assert set(named(orphans["nodes"], "type")) == alone
    assert orphans["totalCount"] == len(alone)
    people = ask(demo, "Orphans", types=["person"], first=3)["orphans"]
    assert people["totalCount"] == sum(estate.types[name] == "person" for name in alone)
    rest = ask(demo, "Orphans", types=["person"], first=1000, after=people["pageInfo"]["endCursor"])["orphans"]["nodes"]
    assert len(rest) == people["totalCount"] - 3


def test_bounds_cut_and_say_so(demo: Api, estate: Estate, ids: dict[str, str]) -> None:
    query = """query Q($roots: [ImpactRoot!]!, $items: Int! = 0, $depth: Int, $seconds: Float) {
      impact(roots: $roots, maxItems: $items, maxDepth: $depth, seconds: $seconds) {
        complete reason total frontier frontierTotal cuts { by reason frontierTotal } affected(first: 1000) { nodes { itemId } } } }"""
    roots = [{"name": "payments-primary"}]
    near = ask(demo, query, roots=roots, depth=1)["impact"]
    step = {dependent for provider, dependent, _ in estate.graph.arrows if provider == PRIMARY}
    assert {one["itemId"] for one in near["affected"]["nodes"]} == {ids[name] for name in step}
    assert [one["by"] for one in near["cuts"]] == ["DEPTH"]
    assert set(near["frontier"]) <= {ids[name] for name in step}
    assert near["frontierTotal"] == len(near["frontier"]) > 0
    few = ask(demo, query, roots=roots, items=3)["impact"]
    assert ([one["by"] for one in few["cuts"]], few["complete"], few["total"]) == (["ITEMS"], False, 2)
    enough = ask(demo, query, roots=roots, items=1000, depth=100, seconds=5)["impact"]
    assert (enough["complete"], enough["cuts"], enough["total"]) == (True, [], len(estate.levels(PRIMARY)) - 1)


def test_as_of_before_the_retirement_of_the_replica(demo: Api, ids: dict[str, str]) -> None:
    """The last test here: it alters the estate. Without the replica the primary takes the shop down; as of before, it does not."""
    before = demo.services.ledger.head().seq
    text = "mutation M($input: ItemActionInput!) { retireItem(input: $input) { receipt { seq } } }"
    retired = demo.post(
        "/graphql", "engineer", json={"query": text, "variables": {"input": {"id": ids["database/payments-replica"]}}}
    ).json()
    seq = retired["data"]["retireItem"]["receipt"]["seq"]
    now = ask(demo, "Impact", roots=[{"name": "payments-primary"}], atLeast=seq)["impact"]
    assert {one["item"]["name"]: one["level"] for one in now["services"]}["Hillside Shop"] == "DOWN"
    then = ask(demo, "Impact", roots=[{"name": "payments-primary"}], asOf={"seq": before})["impact"]
    assert {one["item"]["name"]: one["level"] for one in then["services"]}["Hillside Shop"] == "AT_RISK"
    assert then["revision"] == before
    replica = ask(demo, "NeededItems", of={"name": "payments-replica"}, asOf={"seq": before})["dependencies"]
    assert replica["itemId"] == ids["database/payments-replica"]
    assert replica["total"] > 0
