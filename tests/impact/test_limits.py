"""Bounds: what is within them is right, what they altered is said, and nothing is cut silently."""

import hypothesis.strategies as st
import networkx as nx
import pytest
from hypothesis import given, settings

from cmdb.impact.levels import Level
from cmdb.impact.limits import FIRST_ROUND, MAX_SECONDS, CutBy
from cmdb.impact.questions import ImpactQuestion, TooMuchAsked, WhatIf
from cmdb.impact.reference import ReferenceGraph, levels
from tests.impact.test_levels_property import draw_roots, scenes
from tests.support.impact_graphs import Scene, scene

D = Level.DOWN


def without_effect(graph: ReferenceGraph, silent: set[str]) -> ReferenceGraph:
    """The graph in which no trouble leaves these items: in their arrows a twin stands for them that never fails."""
    made = graph.copy()
    made.items |= {f"{one}~" for one in silent}
    made.arrows = {(f"{p}~" if p in silent else p, d, kind): how for (p, d, kind), how in graph.arrows.items()}
    return made


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_limit_on_depth_leaves_out_what_lies_behind_and_says_so(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes())
    roots = draw_roots(data.draw, made)
    depth = data.draw(st.integers(1, 4))
    plain = nx.DiGraph(key[:2] for key in made.reference.arrows)
    plain.add_nodes_from(made.reference.items)
    steps = nx.multi_source_dijkstra_path_length(plain, set(roots)) if roots else {}
    boundary = {item for item, far in steps.items() if far == depth}
    answer = made.service.impact(ImpactQuestion(roots, max_depth=depth))
    everything, near = levels(made.reference, roots), levels(without_effect(made.reference, boundary), roots)
    assert answer.levels() == near
    assert set(answer.frontier) <= boundary & set(near)
    if near != everything:
        assert [cut.by for cut in answer.cuts] == [CutBy.DEPTH]
        assert answer.frontier
    if answer.complete:
        assert near == everything
    for item in near:
        assert answer.why(item).steps[-1].item.id == item


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_limit_on_items_tells_only_what_is_true(data: st.DataObject) -> None:
    """Nothing is told to be worse than it is; what is hit and was not followed is in the frontier."""
    made: Scene = data.draw(scenes())
    roots = draw_roots(data.draw, made)
    most = data.draw(st.integers(1, 6))
    answer = made.service.impact(ImpactQuestion(roots, max_items=most))
    everything = levels(made.reference, roots)
    found = answer.levels()
    assert all(everything[item] >= level for item, level in found.items())
    assert len(found) <= most
    assert answer.complete == (found == everything)
    assert (answer.frontier_total > 0) == (not answer.complete)


@pytest.fixture(scope="module")
def star() -> Scene:
    """One hub that more items need than the first round of a timed question follows."""
    made = Scene().step()
    leaves = [f"leaf{number:05d}" for number in range(FIRST_ROUND + 500)]
    made.commit(made.item("hub"), *(made.item(one) for one in leaves), *(made.relation(one, "needs", "hub") for one in leaves))
    return made


def test_time_that_is_up_cuts_and_time_enough_does_not(star: Scene) -> None:
    hurried = star.service.impact(ImpactQuestion.down("hub"))
    assert (hurried.complete, hurried.total) == (True, FIRST_ROUND + 500)
    cut = star.service.impact(ImpactQuestion({"hub": D}, seconds=0.0))
    assert ([one.by for one in cut.cuts], cut.complete) == ([CutBy.TIME], False)
    assert cut.total + 1 == FIRST_ROUND
    assert cut.frontier_total == 501
    assert "0 seconds" in (cut.reason or "")
    calm = star.service.impact(ImpactQuestion({"hub": D}, seconds=30.0))
    assert (calm.complete, calm.total) == (True, FIRST_ROUND + 500)
    both = star.service.impact(ImpactQuestion({"hub": D}, seconds=30.0, max_items=7))
    assert ([one.by for one in both.cuts], both.total) == ([CutBy.ITEMS], 6)


def test_a_what_if_is_bounded_like_the_question_it_is_compared_with(star: Scene) -> None:
    found = star.service.compare(ImpactQuestion({"hub": D}, what_if=WhatIf(remove_items=("leaf00001",)), max_items=10))
    assert (found.complete, found.before.complete, found.after.complete) == (False, False, False)


@pytest.mark.parametrize("seconds", [-1.0, MAX_SECONDS + 1, float("nan"), float("inf")])
def test_a_time_limit_without_meaning_is_refused(seconds: float) -> None:
    made = scene("a needs b")
    for ask in (
        lambda: made.service.impact(ImpactQuestion({"b": D}, seconds=seconds)),
        lambda: made.service.paths("a", "b", seconds=seconds),
        lambda: made.service.single_points_of_failure("a", seconds),
        lambda: made.service.common_causes({"a": D}, seconds=seconds),
    ):
        with pytest.raises(TooMuchAsked):
            ask()


@pytest.mark.parametrize("depth", [0, -3, 10**9])
def test_a_depth_without_meaning_is_refused(depth: int) -> None:
    with pytest.raises(TooMuchAsked):
        scene("a needs b").service.impact(ImpactQuestion({"b": D}, max_depth=depth))


def test_paths_out_of_time_still_show_one_way() -> None:
    made = scene("\n".join(f"{b}{n + 1} needs {a}{n}" for n in range(6) for a in "xy" for b in "xy"))
    full = made.service.paths("x0", "x6", most=1000)
    assert (full.length, full.total, len(full.paths), full.complete) == (6, 32, 32, True)
    hurried = made.service.paths("x0", "x6", seconds=0.0)
    assert (hurried.length, hurried.total, len(hurried.paths), hurried.complete) == (6, None, 1, False)
    (way,) = hurried.paths
    assert (way[0].provider, way[-1].dependent, len(way)) == ("x0", "x6", 6)


def test_ways_beyond_counting_are_counted_up_to_a_bound() -> None:
    made = scene("\n".join(f"{b}{n + 1} needs {a}{n}" for n in range(70) for a in "xy" for b in "xy"))
    found = made.service.paths("x0", "x70", most=3)
    assert (found.total, len(found.paths), found.complete) == (2**63 - 1, 3, False)
