"""The kernel against the plain rule, on random graphs: cycles, nested groups, several roots, changes while readers hold on, what-if."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.evaluation import evaluate
from cmdb.impact.levels import Level
from cmdb.impact.questions import ImpactQuestion, NewItem, RelationRef, WhatIf
from cmdb.impact.reference import depths, levels
from cmdb.impact.rows import GroupNeed
from cmdb.impact.scratch import ScratchPool
from tests.support.impact_graphs import GROUP, Scene

WAYS = ("needs", "likes", "feeds", "helps", "piece_of", "also_piece_of", "mentions")
PUT = (Level.AT_RISK, Level.DEGRADED, Level.DOWN)


def draw_need(draw: Callable[..., object]) -> dict[str, object]:
    need: dict[str, object] = {}
    if draw(st.booleans()):
        need["need_count"] = draw(st.integers(1, 5))
    if draw(st.booleans()):
        need["need_percent"] = draw(st.sampled_from([0, 10, 25, 50, 75, 100]))
    return need


def draw_relation(draw: Callable[..., object], ids: list[str]) -> tuple[str, str, str, dict[str, str]]:
    way = draw(st.sampled_from(WAYS))
    attributes = {"need": draw(st.sampled_from(["hard", "soft"]))} if way == "needs" and draw(st.booleans()) else {}
    return draw(st.sampled_from(ids)), way, draw(st.sampled_from(ids)), attributes


@st.composite
def scenes(draw: Callable[..., object], most: int = 14) -> Scene:
    """A scene with up to `most` items, a third of them groups, and up to three arrows for each item, both ends chosen freely."""
    made = Scene().step()
    count = draw(st.integers(1, most))
    ids = [f"i{number:02d}" for number in range(count)]
    versions = []
    for item_id in ids:
        if draw(st.integers(0, 2)) == 0:
            versions.append(made.item(item_id, GROUP, **draw_need(draw)))
        else:
            versions.append(made.item(item_id))
    for _ in range(draw(st.integers(0, 3 * count))):
        source, way, target, attributes = draw_relation(draw, ids)
        versions.append(made.relation(source, way, target, attributes=attributes))
    made.commit(*versions)
    return made


def draw_roots(draw: Callable[..., Any], made: Scene) -> dict[str, Level]:
    ids = sorted(made.reference.items)
    chosen = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if ids else []
    return {item: draw(st.sampled_from(PUT)) for item in chosen}


def change(draw: Callable[..., object], made: Scene) -> None:
    """One random commit: an item comes, goes or comes back, a relationship comes, changes or goes, a group's need changes."""
    made.step()
    live = sorted(made.reference.items)
    what = draw(st.sampled_from(["item", "retire", "relate", "relate", "relate", "unrelate", "need"]))
    if what == "item" or not live:
        item_id = draw(st.sampled_from([f"i{n:02d}" for n in range(20)]))
        type_name = made.types.get(item_id) or draw(st.sampled_from(["server", GROUP]))
        made.commit(made.item(item_id, type_name, **(draw_need(draw) if type_name == GROUP else {})))
    elif what == "retire":
        item_id = draw(st.sampled_from(live))
        made.commit(made.item(item_id, made.types[item_id], retired=True))
    elif what == "relate":
        source, way, target, attributes = draw_relation(draw, live)
        made.commit(made.relation(source, way, target, attributes=attributes))
    elif what == "unrelate" and made.reference.arrows:
        provider, dependent, way = draw(st.sampled_from(sorted(made.reference.arrows)))
        source, target = (dependent, provider) if way in ("needs", "likes") else (provider, dependent)
        made.commit(made.relation(source, way, target, retired=True))
    elif what == "need" and made.reference.groups:
        group = draw(st.sampled_from(sorted(made.reference.groups)))
        made.commit(made.item(group, GROUP, **draw_need(draw)))


def check_answer(answer: ImpactAnswer, made: Scene, roots: dict[str, Level]) -> None:
    """Levels, counts and every explaining path, against the rule."""
    expected = levels(made.reference, roots)
    assert answer.levels() == expected
    affected = [level for item, level in expected.items() if item not in roots]
    assert answer.counts == {level: affected.count(level) for level in PUT}
    assert sum(count.total for count in answer.by_type()) == len(affected)
    steps = depths(made.reference, roots, expected)
    assert set(steps) == set(expected)
    histogram = answer.depth_histogram()
    assert {d: n for d, n in histogram.items() if n} == {d: list(steps.values()).count(d) for d in set(steps.values())}
    for item in expected:
        why = answer.why(item)
        assert why.depth == steps[item]
        assert [step.item.id for step in why.steps][-1] == item
        assert why.steps[0].item.root
        for step in why.steps:
            assert step.item.level == expected[step.item.id]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_levels_counts_and_paths_are_those_of_the_rule(data: st.DataObject) -> None:
    made = data.draw(scenes())
    roots = draw_roots(data.draw, made)
    check_answer(made.service.impact(ImpactQuestion(roots)), made, roots)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_after_any_changes_the_index_answers_like_the_rule_and_held_views_do_not_move(data: st.DataObject) -> None:
    made = data.draw(scenes(most=8))
    held = []
    for _ in range(data.draw(st.integers(1, 14))):
        change(data.draw, made)
        turn = data.draw(st.integers(0, 5))
        if turn == 0:
            made.index.compact()
        elif turn <= 2:
            roots = draw_roots(data.draw, made)
            held.append((made.service.impact(ImpactQuestion(roots)), roots, levels(made.reference, roots), made.index.revision))
    roots = draw_roots(data.draw, made)
    check_answer(made.service.impact(ImpactQuestion(roots)), made, roots)
    for answer, was_put, expected, revision in held:
        assert answer.levels() == expected
        assert answer.revision == revision
        numbers = {answer.view.find(item): level for item, level in was_put.items()}
        assert ImpactAnswer(evaluate(answer.view, ScratchPool(), numbers)).levels() == expected


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_if_answers_like_the_rule_on_the_changed_graph_and_writes_nothing(data: st.DataObject) -> None:
    made = data.draw(scenes(most=8))
    roots = draw_roots(data.draw, made)
    before = levels(made.reference, roots)
    changed = made.reference.copy()
    fewest = {group: len(changed.members(group)) for group in changed.groups}
    ids = sorted(changed.items)
    gone = []
    for key in data.draw(st.lists(st.sampled_from(sorted(changed.arrows)), max_size=3, unique=True)) if changed.arrows else []:
        provider, dependent, way = key
        source, target = (dependent, provider) if way in ("needs", "likes") else (provider, dependent)
        gone.append(RelationRef(way, source, target))
        del changed.arrows[key]
    new = NewItem("new", GROUP, GroupNeed(count=1)) if data.draw(st.booleans()) else NewItem("new", "server")
    changed.items.add("new")
    if new.need is not None:
        changed.groups["new"] = new.need
    added = []
    for _ in range(data.draw(st.integers(0, 3))):
        source, way, target, attributes = draw_relation(data.draw, [*ids, "new"])
        if way == "mentions" or source == target:  # the latter is refused, as the door does
            continue
        added.append(RelationRef(way, source, target, attributes))
        arrow = made.table.arrow(way, source, target, GROUP if target in changed.groups else "server", attributes)
        assert arrow is not None
        changed.arrows[arrow.provider, arrow.dependent, way] = arrow.how
    removed = tuple(data.draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)))
    what_if = WhatIf((new,), removed, tuple(added), tuple(gone))
    answer = made.service.impact(ImpactQuestion(roots, what_if=what_if))
    put = {**roots, **dict.fromkeys(removed, Level.DOWN)}
    assert answer.levels() == levels(changed, put, fewest)
    assert made.service.impact(ImpactQuestion(roots)).levels() == before
