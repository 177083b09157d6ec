"""Dependencies, paths, single points of failure, cycles and common causes, against plain definitions on random graphs."""

from itertools import pairwise

import hypothesis.strategies as st
import networkx as nx
from hypothesis import given, settings

from cmdb.impact.dependencies import Strength
from cmdb.impact.levels import Level, Pass
from cmdb.impact.reference import ReferenceGraph, levels
from tests.impact.test_levels_property import scenes
from tests.support.impact_graphs import Scene

CAP = {Pass.HARD: Strength.HARD, Pass.MEMBER: Strength.REDUNDANT, Pass.SOFT: Strength.SOFT}


def digraph(reference: ReferenceGraph) -> nx.DiGraph:
    """Items and arrows, provider to dependent."""
    graph = nx.DiGraph()
    graph.add_nodes_from(reference.items)
    graph.add_edges_from(key[:2] for key in reference.arrows)
    return graph


def strengths(reference: ReferenceGraph, item: str) -> dict[str, Strength]:
    """The strongest way to everything the item needs: widest paths by repetition."""
    found = {item: Strength.HARD}
    for _ in reference.items:
        for (provider, dependent, _way), how in reference.arrows.items():
            if dependent in found:
                found[provider] = max(found.get(provider, Strength.SOFT), min(found[dependent], CAP[how]))
    del found[item]
    return found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_dependencies_and_their_strength(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes())
    item = data.draw(st.sampled_from(sorted(made.reference.items)))
    answer = made.service.dependencies(item)
    assert {one.id: one.strength for one in answer.items} == strengths(made.reference, item)
    assert answer.total == len(answer.items) == sum(answer.counts.values()) == sum(answer.by_type.values())
    distances = nx.single_source_shortest_path_length(digraph(made.reference).reverse(), item)
    assert {one.id: one.depth for one in answer.items} == {other: steps for other, steps in distances.items() if other != item}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_all_shortest_paths(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes())
    ids = sorted(made.reference.items)
    source, target = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
    most = data.draw(st.sampled_from([1, 3, 1000]))
    multi = nx.MultiDiGraph()
    multi.add_nodes_from(ids)
    multi.add_edges_from((p, d, way) for p, d, way in made.reference.arrows if not second_membership(made.reference, p, d, way))
    answer = made.service.paths(source, target, most=most)
    if not nx.has_path(multi, source, target):
        assert (answer.length, answer.total, answer.paths, answer.complete) == (None, 0, (), True)
        return
    expected = set()
    for nodes in nx.all_shortest_paths(nx.DiGraph(multi), source, target):
        ways = [()]
        for provider, dependent in pairwise(nodes):
            ways = [(*way, (provider, dependent, name)) for way in ways for name in multi[provider][dependent]]
        expected.update(ways)
    listed = [tuple((step.provider, step.dependent, step.relation_type) for step in path) for path in answer.paths]
    if source == target:
        assert (answer.length, answer.total) == (0, 1)
        return
    assert answer.total == len(expected)
    assert len(listed) == len(set(listed)) == min(most, len(expected))
    assert set(listed) <= expected
    assert answer.complete == (len(listed) == len(expected))


def second_membership(reference: ReferenceGraph, provider: str, dependent: str, way: str) -> bool:
    """Two relationship types may both say that an item is a member of a group: it is one arrow. The index keeps the one that came first,
    these scenes name them in any order, so the test leaves the graph as it is where only one is there and refuses the other otherwise."""
    both = [(provider, dependent, name) in reference.arrows for name in ("piece_of", "also_piece_of")]
    return dependent in reference.groups and all(both) and way == later(reference, provider, dependent)


def later(reference: ReferenceGraph, provider: str, dependent: str) -> str:
    """The membership that was written last."""
    order = [key for key in reference.arrows if key[:2] == (provider, dependent) and key[2] in ("piece_of", "also_piece_of")]
    return order[-1][2]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_single_points_of_failure_are_those_whose_loss_alone_takes_it_down(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes())
    item = data.draw(st.sampled_from(sorted(made.reference.items)))
    answer = made.service.single_points_of_failure(item)
    expected = {
        other
        for other in made.reference.items - {item}
        if levels(made.reference, {other: Level.DOWN}).get(item) is Level.DOWN and not made.reference.members_if_group(other)
    }
    assert {one.id for one in answer.items} == expected
    assert answer.complete


@settings(max_examples=80, deadline=None)
@given(scenes())
def test_cycles_are_the_strong_components(made: Scene) -> None:
    graph = digraph(made.reference)
    expected = {frozenset(c) for c in nx.strongly_connected_components(graph) if len(c) > 1 or graph.has_edge(*(list(c) * 2))}
    answer = made.service.cycles(most=1000)
    assert {frozenset(cycle) for cycle in answer.cycles} == expected
    assert (answer.total, answer.items) == (len(expected), sum(map(len, expected)))
    orphans = made.service.orphans(first=1000)
    assert set(orphans.ids) == {item for item in graph if graph.degree(item) == 0}
    assert (orphans.total, orphans.more) == (len(orphans.ids), False)
    assert [len(cycle) for cycle in answer.cycles] == list(answer.sizes) == sorted(answer.sizes, reverse=True)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_common_cause_explains_what_it_says(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes(most=9))
    ids = sorted(made.reference.items)
    chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
    unwell = {item: data.draw(st.sampled_from([Level.AT_RISK, Level.DEGRADED, Level.DOWN])) for item in chosen}
    answer = made.service.common_causes(unwell, most=1000)

    def explained(roots: tuple[str, ...]) -> int:
        hit = levels(made.reference, dict.fromkeys(roots, Level.DOWN))
        return sum(hit.get(item, Level.OK) >= level for item, level in unwell.items())

    for cause in answer.causes:
        assert cause.explained == explained(cause.ids)
    alone = {item for item in ids if explained((item,)) == len(unwell)}
    if alone:
        assert {cause.ids[0] for cause in answer.causes} == alone
        assert [cause.others for cause in answer.causes] == sorted(cause.others for cause in answer.causes)
    assert answer.complete
