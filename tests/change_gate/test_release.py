"""Relationships that may not end unasked, and what a release really does (requirements 9.1-10, 9.1-13): on a graph in memory."""

from dataclasses import replace

import pytest

from change_gate.policy import load_policy
from change_gate.release import Releases
from change_gate.verdicts import HoldStale, HoldState
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.model.pack import load_pack
from tests.support.memory_road import MemoryRoad
from tests.support.road import ENGINEER, MANAGER, agent, batch, edit, server

REGISTRY = load_pack()
A = agent("a")
STRICT = replace(load_policy(), under_control=frozenset({"redundancy_group", "service"}))
GROUP = Observation("g", "redundancy_group", {"name": "g", "need_count": 1})
WITHOUT = Observation("h", "server", {"name": "h", "vendor": "Dell", "serial_number": "SER4711"}, (), ("depends_on",))


@pytest.fixture
def road() -> MemoryRoad:
    return MemoryRoad(registry=REGISTRY)


def related(road: MemoryRoad, source: str = "a") -> dict[str, str]:
    """A server that needs a group; then groups, not servers, come under control. Ids by ref."""
    who = ENGINEER if source == "manual" else agent(source)
    needs = server("h", ObservedRelation("depends_on", to="g"), vendor="Dell", serial_number="SER4711")
    result = road.submit(batch(source, needs, GROUP, scope="s"), who)
    assert len(road.graph.edges) == 1
    road.policy = STRICT
    return {one.ref: one.item_id or "" for one in result.outcomes}


def release(road: MemoryRoad, hold: str) -> None:
    Releases(road.gate, road.graph).release(hold, MANAGER, "agreed", None, None)
    assert road.graph.get(hold).state is HoldState.RELEASED


def test_what_a_source_no_longer_lists_is_held_whichever_end_is_controlled(road: MemoryRoad) -> None:
    related(road)
    [held] = road.submit(batch("a", WITHOUT, scope="s"), A).held
    assert len(road.graph.edges) == 1
    assert road.graph.get(held).content["action"] == "unrelate"
    assert road.submit(batch("a", WITHOUT, scope="s"), A).held == (held,), "asked once, and still known"
    release(road, held)
    assert not road.graph.edges
    assert not road.submit(batch("a", WITHOUT, scope="s"), A).held


def test_a_source_that_withdraws_an_item_ends_no_controlled_relationship(road: MemoryRoad) -> None:
    host = related(road)["h"]
    seen = road.submit(batch("b", server("hb", vendor="Dell", serial_number="SER4711")), agent("b"))
    assert seen.outcomes[0].item_id == host
    [held] = road.submit(batch("a", GROUP, scope="s", complete=True), A).held
    [edge] = road.graph.edges.values()
    assert (edge.sources, road.graph.claim[host, "a"].fields, road.graph.claim[host, "a"].ref) == (("a",), {}, "")
    release(road, held)
    assert not road.graph.edges
    assert host in road.graph.live


def test_a_person_s_end_of_a_controlled_relationship_lands_with_its_release(road: MemoryRoad) -> None:
    ids = related(road, "manual")
    [held] = road.submit(edit(ids["h"], "server", ObservedRelation("depends_on", to_id=ids["g"], gone=True)), ENGINEER).held
    assert len(road.graph.edges) == 1
    release(road, held)
    assert not road.graph.edges


def test_an_end_that_came_by_another_way_is_set_aside(road: MemoryRoad) -> None:
    ids = related(road)
    [held] = road.submit(batch("a", WITHOUT, scope="s"), A).held
    road.policy = load_policy()
    road.submit(batch("a", WITHOUT, scope="s"), A)
    assert not road.graph.edges
    with pytest.raises(HoldStale):
        Releases(road.gate, road.graph).release(held, MANAGER, "agreed", None, None)
    assert ids["h"] in road.graph.live


def test_identifiers_follow_a_released_value(road: MemoryRoad) -> None:
    created = road.submit(batch("manual", Observation("s", "service", {"name": "Shop", "criticality": "high"})), ENGINEER)
    item = created.outcomes[0].item_id
    road.policy = STRICT
    [held] = road.submit(edit(item, "service", fields={"name": "Store"}), ENGINEER).held
    assert "service:name|shop" in road.graph.strong
    release(road, held)
    assert road.graph.live[item or ""].name == "Store"
    assert road.graph.strong == {"ref|manual|configuration_item|s": item, "service:name|store": item}


def test_a_retirement_that_ends_a_controlled_relationship_of_another_item_is_held(road: MemoryRoad) -> None:
    ids = related(road)
    [held] = road.submit(edit(ids["h"], "server", gone=True), ENGINEER).held
    assert ids["h"] in road.graph.live
    assert len(road.graph.edges) == 1
    release(road, held)
    assert ids["h"] not in road.graph.live
    assert not road.graph.edges
