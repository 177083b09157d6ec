"""Every rule of identification, on a graph in memory."""

import pytest

from cmdb.identification import identify
from cmdb.identification.errors import BadBatch, BatchTooLarge
from cmdb.model.match import Match, Verdict
from cmdb.model.observation import Batch, Observation
from cmdb.model.pack import load_pack
from cmdb.model.registry import Registry
from tests.support.memory_road import MemoryGraph, MemoryRoad
from tests.support.road import agent, batch, server


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_pack()


@pytest.fixture
def road(registry: Registry) -> MemoryRoad:
    return MemoryRoad(registry=registry)


def land(road: MemoryRoad, source: str, *observations: Observation) -> dict[str, str]:
    result = road.submit(batch(source, *observations), agent(source))
    return {one.ref: one.item_id for one in result.outcomes if one.item_id}


def match(road: MemoryRoad, source: str, *observations: Observation, **how: object) -> tuple[Match, ...]:
    return identify(road.graph, road.registry, batch(source, *observations, **how)).matches


def test_the_source_s_own_ref_finds_its_item(road: MemoryRoad) -> None:
    item = land(road, "a", server("h"))["h"]
    [found] = match(road, "a", server("h", owner="ops"))
    assert (found.verdict, found.item_id, found.rule) == (Verdict.MATCHED, item, "ref")
    [other] = match(road, "b", server("h", owner="ops"), Observation("h2", "server", {"owner": "x"}))[:1]
    assert other.rule != "ref", "another source's refs are its own"


def test_the_same_observation_is_known_without_a_second_look(road: MemoryRoad) -> None:
    item = land(road, "a", server("h"))["h"]
    [found] = match(road, "a", server("h"))
    assert (found.verdict, found.item_id, dict(found.fields)) == (Verdict.SAME, item, {})


def test_a_changed_type_definition_makes_every_observation_worth_a_look(road: MemoryRoad) -> None:
    from dataclasses import replace

    land(road, "a", server("h"))
    changed = road.registry.with_definitions([replace(road.registry.item("server").definition, description="A machine you can touch.")])
    found = identify(road.graph, changed, batch("a", server("h"))).matches
    assert found[0].verdict is Verdict.MATCHED


def test_a_strong_rule_finds_what_another_source_sent_and_folds_case(road: MemoryRoad) -> None:
    item = land(road, "a", server("h", serial_number="ABC-1", vendor="Dell"))["h"]
    [found] = match(road, "b", server("x", serial_number="abc-1", vendor="DELL"))
    assert (found.verdict, found.item_id, found.rule) == (Verdict.MATCHED, item, "host:serial_number+vendor")


@pytest.mark.parametrize("serial", ["0", "To Be Filled By O.E.M.", "None", "xxxxxxxx", "Not Specified"])
def test_placeholders_identify_nothing(road: MemoryRoad, serial: str) -> None:
    land(road, "a", server("h", serial_number=serial, vendor="Dell"))
    [found] = match(road, "b", server("x", serial_number=serial, vendor="Dell"))
    assert found.verdict is Verdict.NEW


def test_strong_rules_that_disagree_are_for_a_person(road: MemoryRoad) -> None:
    uuid = "4c4c4544-0050-3510-8051-b4c04f4a3132"
    found = land(road, "a", server("h1", serial_number="S1", vendor="v"), server("h2", system_uuid=uuid))
    [both] = match(road, "b", server("x", serial_number="S1", vendor="v", system_uuid=uuid))
    assert both.verdict is Verdict.AMBIGUOUS
    assert set(both.candidates) == set(found.values())
    assert "different items" in both.reason


def test_a_ref_whose_item_carries_another_serial_is_for_a_person(road: MemoryRoad) -> None:
    item = land(road, "a", server("h", serial_number="S1", vendor="v"))["h"]
    [found] = match(road, "a", server("h", serial_number="S2", vendor="v"))
    assert (found.verdict, found.candidates) == (Verdict.AMBIGUOUS, (item,))
    assert "'s1|v'" in found.reason
    assert "'s2|v'" in found.reason


def test_one_weak_candidate_is_a_match_and_two_are_for_a_person(road: MemoryRoad) -> None:
    item = land(road, "a", server("h1", fqdn="h.example.org"))["h1"]
    [found] = match(road, "b", Observation("x", "server", {"fqdn": "h.example.org"}))
    assert (found.verdict, found.item_id, found.rule) == (Verdict.MATCHED, item, "host:fqdn")
    land(road, "a", server("h2", fqdn="h.example.org"))
    [found] = match(road, "b", Observation("x", "server", {"fqdn": "h.example.org"}))
    assert found.verdict is Verdict.AMBIGUOUS
    assert len(found.candidates) == 2


def test_a_weak_match_that_something_strong_contradicts_is_none(road: MemoryRoad) -> None:
    land(road, "a", server("h1", fqdn="h.example.org", serial_number="S1", vendor="v"))
    [found] = match(road, "b", Observation("x", "server", {"fqdn": "h.example.org", "serial_number": "S2", "vendor": "v"}))
    assert found.verdict is Verdict.NEW


def test_weak_identifiers_never_join_what_one_source_tells_apart(road: MemoryRoad) -> None:
    """1,640 of FacterDB's hosts share one full name: sent by one source, they are that many hosts."""
    hosts = [Observation(f"h{n}", "server", {"fqdn": "host.shared.org", "name": "shared"}) for n in range(20)]
    assert len(set(land(road, "a", *hosts[:10]).values())) == 10
    verdicts = [one.verdict for one in match(road, "a", *hosts)]
    assert verdicts == [Verdict.SAME] * 10 + [Verdict.NEW] * 10


def test_two_refs_with_one_serial_in_a_batch_become_one_item_and_a_question(road: MemoryRoad) -> None:
    one, two = match(road, "a", server("h1", serial_number="S", vendor="v"), server("h2", serial_number="S", vendor="v"))
    assert (one.verdict, two.verdict) == (Verdict.NEW, Verdict.AMBIGUOUS)
    assert two.candidates == (one.item_id,)


def test_a_second_ref_for_a_known_serial_is_for_a_person_unless_the_first_is_gone(road: MemoryRoad) -> None:
    serial = {"serial_number": "S", "vendor": "v"}
    road.submit(batch("a", server("old", **serial), scope="s", complete=True), agent("a"))
    item = next(iter(road.graph.live))
    [clone] = match(road, "a", server("new", **serial))
    assert clone.verdict is Verdict.AMBIGUOUS
    [renamed] = match(road, "a", server("new", **serial), scope="s", complete=True)
    assert (renamed.verdict, renamed.item_id) == (Verdict.MATCHED, item)


def test_a_ref_s_item_has_the_first_claim_to_itself(road: MemoryRoad) -> None:
    item = land(road, "a", server("h", serial_number="S", vendor="v"))["h"]
    thief, owner = match(road, "a", server("thief", serial_number="S", vendor="v"), server("h", owner="ops"))
    assert (owner.verdict, owner.item_id) == (Verdict.MATCHED, item)
    assert thief.verdict is Verdict.AMBIGUOUS


def test_another_type_is_refused_and_a_type_above_is_not(road: MemoryRoad) -> None:
    land(road, "a", server("h", serial_number="S", vendor="v"))
    [found] = match(road, "b", Observation("x", "virtual_machine", {"serial_number": "S", "vendor": "v"}))
    assert (found.verdict, found.problems[0].code) == (Verdict.FAILED, "type-change")


def test_the_number_of_queries_does_not_depend_on_the_size_of_the_batch(registry: Registry) -> None:
    def reads(size: int) -> tuple[int, int, int]:
        road = MemoryRoad(registry=registry)
        hosts = [server(f"h{n}", serial_number=f"S{n}", vendor="v", fqdn=f"h{n}.org") for n in range(size)]
        counts = []
        for fields in ({}, {}, {"owner": "ops"}):
            road.graph.reads = 0
            changed = [Observation(one.ref, one.type, {**one.fields, **fields}) for one in hosts]
            road.submit(batch("a", *changed), agent("a"))
            counts.append(road.graph.reads)
        return counts[0], counts[1], counts[2]

    assert reads(3) == reads(60)
    assert max(reads(3)) <= 16


def test_keys_of_long_values_stay_short(road: MemoryRoad) -> None:
    land(road, "a", Observation("r" * 500, "server", {"name": "name-" * 80}))
    assert max(len(key) for key in road.graph.strong) < 200
    assert max(len(key) for key, _ in road.graph.weak) < 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": ""},
        {"source": "has|bar"},
        {"source": "x" * 101},
        {"scope": "nul\x00"},
        {"scope": "x" * 501},
        {"key": "k" * 301},
        {"reason": "r" * 2_001},
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(registry: Registry, wrong: dict[str, str]) -> None:
    with pytest.raises(BadBatch):
        identify(MemoryGraph(), registry, Batch(**{"source": "a", "observations": (), **wrong}))  # type: ignore[arg-type]


def test_too_many_observations_are_refused_before_anything_is_done(registry: Registry) -> None:
    with pytest.raises(BatchTooLarge):
        identify(MemoryGraph(), registry, Batch("a", (server("h"),) * 200_001))
