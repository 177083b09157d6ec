"""Histories of claims against the plainest model of them: a dictionary per source (design 5: absent is not null is not unknown)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.observation import Observation, ObservedRelation
from cmdb.model.pack import load_pack
from tests.support.memory_road import MemoryRoad
from tests.support.road import agent, batch

REGISTRY = load_pack()
SOURCES = ("a", "b", "c")
FIELDS = ("location", "owner", "description", "model")

field_values = st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.none(), st.sampled_from(["x", "y", "z"])))
steps = st.lists(st.tuples(st.sampled_from(SOURCES), field_values, st.booleans()), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_a_field_lives_exactly_while_a_source_that_said_it_has_not_taken_it_back(history: list[tuple[str, dict[str, Any], bool]]) -> None:
    road = MemoryRoad(registry=REGISTRY)
    model: dict[str, dict[str, Any]] = {}
    for source, fields, gone in history:
        serial = {"serial_number": "S1", "vendor": "v"}
        road.clock.advance(minutes=1)
        if gone:
            road.submit(batch(source, Observation("h", "server", gone=True)), agent(source))
            model.pop(source, None)
        else:
            road.submit(batch(source, Observation("h", "server", {**serial, **fields})), agent(source))
            mine = model.setdefault(source, {})
            for name, value in fields.items():
                mine.pop(name, None) if value is None else mine.update({name: value})
        live = list(road.graph.live.values())
        assert len(live) == (1 if model else 0)
        for state in live:
            for name in FIELDS:
                said = {who: claims[name] for who, claims in model.items() if name in claims}
                value, origin = state.value(name), state.origins.get(name)
                assert (value is None) == (not said)
                assert origin is None if value is None else said[origin] == value


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOURCES[:2]), st.sets(st.sampled_from("xyz")), st.booleans()), min_size=1, max_size=10))
def test_a_relationship_lives_exactly_while_a_source_claims_it(history: list[tuple[str, set[str], bool]]) -> None:
    """Each source lists what the host depends on, completely or not; the same list may be seen from the other end."""
    road = MemoryRoad(registry=REGISTRY)
    hosts = [Observation(name, "server", {"name": name, "serial_number": f"S{name}", "vendor": "v"}) for name in "xyz"]
    model: dict[str, set[str]] = {}
    for source, targets, complete in history:
        relations = tuple(ObservedRelation("depends_on", to=name) for name in sorted(targets))
        listed = ("depends_on",) if complete else ()
        web = Observation("web", "server", {"name": "web", "serial_number": "SW", "vendor": "v"}, relations, listed)
        road.submit(batch(source, web, *hosts), agent(source))
        mine = model.setdefault(source, set())
        model[source] = set(targets) if complete else mine | targets
        names = {state.id: state.name for state in road.graph.live.values()}
        found = {names[edge.target]: set(edge.sources) for edge in road.graph.edges.values()}
        wanted: dict[str, set[str]] = {}
        for who, claimed in model.items():
            for name in claimed:
                wanted.setdefault(name, set()).add(who)
        assert found == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=6), min_size=1, max_size=4), st.integers(1, 5))
def test_however_a_batch_is_cut_the_graph_is_the_same(batches: list[list[tuple[int, int]]], piece: int) -> None:
    def graph(size: int) -> tuple[set[str], set[tuple[str, str]], int]:
        road = MemoryRoad(registry=REGISTRY, piece=size)
        for edges in batches:
            hosts = [
                Observation(
                    f"h{n}",
                    "server",
                    {"name": f"h{n}"},
                    tuple(ObservedRelation("depends_on", to=f"h{b}") for a, b in dict.fromkeys(edges) if a == n and b != n),
                    ("depends_on",),
                )
                for n in range(12)
            ]
            result = road.submit(batch("a", *hosts), agent("a"))
            assert not any(one.problems for one in result.outcomes)
        again = road.submit(batch("a", *hosts), agent("a"))
        names = {state.id: state.name for state in road.graph.live.values()}
        found = {(names[edge.source], names[edge.target]) for edge in road.graph.edges.values()}
        return set(names.values()), found, again.counts["unchanged"]

    assert graph(piece) == graph(2_000)
    assert graph(piece)[2] == 12
