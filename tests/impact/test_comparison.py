"""What-if beside today: the same as asking twice, in pages, worst first."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from cmdb.impact.comparison import Turn, TurnedQuery
from cmdb.impact.levels import Level
from cmdb.impact.questions import BadWhatIf, ImpactQuestion, NewItem, RelationRef, TooMuchAsked, UnknownRoot, WhatIf
from cmdb.impact.rows import GroupNeed
from cmdb.kernel.errors import InvalidInput
from tests.impact.test_levels_property import draw_roots, scenes
from tests.support.impact_graphs import Scene, scene

D, G, R, OK = Level.DOWN, Level.DEGRADED, Level.AT_RISK, Level.OK


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_differs_is_what_two_answers_differ_in(data: st.DataObject) -> None:
    made: Scene = data.draw(scenes())
    ids = sorted(made.reference.items)
    roots = draw_roots(data.draw, made)
    what_if = WhatIf(
        add_items=(NewItem("new", "server"),),
        remove_items=tuple(data.draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))),
        add_relations=(RelationRef("needs", data.draw(st.sampled_from(ids)), "new"),),
        group_needs={group: GroupNeed(count=data.draw(st.integers(0, 3))) for group in sorted(made.reference.groups)[:1]},
    )
    if data.draw(st.booleans()):
        roots["new"] = D
    before = made.service.impact(ImpactQuestion({item: level for item, level in roots.items() if item != "new"})).levels()
    after = made.service.impact(ImpactQuestion(roots, what_if=what_if)).levels()
    found = made.service.compare(ImpactQuestion(roots, what_if=what_if))
    assert (found.before.levels(), found.after.levels()) == (before, after)
    expected = {item: (before.get(item, OK), after.get(item, OK)) for item in before.keys() | after.keys()}
    expected = {item: pair for item, pair in expected.items() if pair[0] is not pair[1]}
    seen, cursor = [], None
    while True:
        page = found.page(TurnedQuery(first=2, after=cursor))
        assert page.total == len(expected)
        seen += page.items
        if not page.more:
            break
        cursor = page.cursors[-1]
    assert {one.id: (one.before, one.after) for one in seen} == expected
    assert len(seen) == len(expected)
    assert [(-one.after, one.before) for one in seen] == sorted((-one.after, one.before) for one in seen)
    assert {one.id for one in seen if one.new} <= {"new"}
    worse = {item for item, pair in expected.items() if pair[1] > pair[0]}
    assert {one.id for one in found.page(TurnedQuery(turn=Turn.WORSE, first=100)).items} == worse
    assert (found.worse, found.better) == (len(worse), len(expected) - len(worse))
    assert found.newly_hit == sum(pair[0] is OK for pair in expected.values())
    assert found.no_longer_hit == sum(pair[1] is OK for pair in expected.values())


def test_adding_a_relationship_that_is_there_changes_its_need() -> None:
    made = scene("web needs db")
    softer = WhatIf(add_relations=(RelationRef("needs", "web", "db", {"need": "soft"}),))
    found = made.service.compare(ImpactQuestion({"db": D}, what_if=softer))
    (web,) = found.page(TurnedQuery()).items
    assert (web.id, web.before, web.after) == ("web", D, G)
    assert made.service.impact(ImpactQuestion.down("db")).levels() == {"db": D, "web": D}, "nothing was written"


def test_what_cannot_be_compared_is_refused() -> None:
    made = scene("web needs db")
    with pytest.raises(UnknownRoot):
        made.service.compare(ImpactQuestion({"nobody": D}, what_if=WhatIf(remove_items=("db",))))
    with pytest.raises(BadWhatIf):
        made.service.compare(ImpactQuestion({}, what_if=WhatIf(remove_items=("nobody",))))
    with pytest.raises(TooMuchAsked):
        made.service.compare(ImpactQuestion({}, what_if=WhatIf(remove_items=("db",) * 10_001)))
    found = made.service.compare(ImpactQuestion({}, what_if=WhatIf(remove_items=("db",))))
    for cursor in ("", "30", "30:", "99:db", "x0:db", "30:nobody"):
        with pytest.raises(InvalidInput):
            found.page(TurnedQuery(after=cursor))
    for first in (-1, 1_001):
        with pytest.raises(TooMuchAsked):
            found.page(TurnedQuery(first=first))
    same = made.service.compare(ImpactQuestion({"db": D}))
    assert (same.worse, same.better, same.page(TurnedQuery()).items) == (0, 0, ())
