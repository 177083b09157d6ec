"""Impact as of every commit of random histories: what the slow reference says of the graph at that commit, and what the index said then."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from cmdb.impact.asof import PastGraphs
from cmdb.impact.levels import Level
from cmdb.impact.questions import ImpactQuestion, RelationRef, WhatIf
from cmdb.impact.reference import ReferenceGraph, levels
from cmdb.impact.service import ImpactService
from cmdb.ledger.asof import History
from cmdb.model.commit import Version
from tests.impact.test_levels_property import change, check_answer, draw_need, draw_relation, draw_roots
from tests.support.impact_graphs import GROUP, Scene
from tests.support.memory_history import MemoryHistory


class Recorded(Scene):
    """A scene whose commits also go into a history, and which remembers the reference graph after each."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.past: MemoryHistory = MemoryHistory()
        self.then: dict[int, ReferenceGraph] = {0: ReferenceGraph()}

    def commit(self, *versions: Version) -> None:
        super().commit(*versions)
        self.past.commit(self.seq, versions)
        self.then[self.seq] = self.reference.copy()


@st.composite
def histories(draw: Any) -> tuple[Recorded, list[tuple[int, dict[str, Level], dict[str, Level]]]]:
    """A history, and answers of the index recorded on the way: commit, roots, levels."""
    made = Recorded()
    made.step()
    ids = [f"i{number:02d}" for number in range(draw(st.integers(1, 8)))]
    first = [made.item(one, GROUP, **draw_need(draw)) if draw(st.integers(0, 2)) == 0 else made.item(one) for one in ids]
    links = [draw_relation(draw, ids) for _ in range(draw(st.integers(0, 16)))]
    unique = {(source, way, target): attributes for source, way, target, attributes in links}
    made.commit(*first, *(made.relation(*key, attributes=attributes) for key, attributes in unique.items()))
    answers = []
    for _ in range(draw(st.integers(0, 8))):
        change(draw, made)
        if made.seq not in made.then:  # nothing was there to change
            made.seq -= 1
            continue
        roots = draw_roots(draw, made)
        answers.append((made.seq, roots, made.service.impact(ImpactQuestion(roots)).levels()))
    return made, answers


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_as_of_any_commit_the_answer_is_that_of_then(data: st.DataObject) -> None:
    made, recorded = data.draw(histories())
    past = PastGraphs(made.past, History(made.past), lambda _: made.registry, kept=2)
    service = ImpactService(lambda: made.index, lambda: made.registry, past=past)
    for seq, roots, then in recorded:
        assert service.impact(ImpactQuestion(roots, as_of=seq)).levels() == then
    for seq, reference in made.then.items():
        view = past.at(seq).index.view()
        assert {view.ids.name(number) for number in range(view.items)} == reference.items
        live = sorted(reference.items)
        roots = dict.fromkeys(data.draw(st.lists(st.sampled_from(live), max_size=2, unique=True)), Level.DOWN) if live else {}
        made.reference, kept = reference, made.reference
        check_answer(past_answer(past, roots, seq), made, roots)
        made.reference = kept
    for seq in made.then:
        moment = past.at(seq)
        assert moment.index.revision == seq


def past_answer(past: PastGraphs, roots: dict[str, Level], seq: int) -> Any:
    """Asked of a graph read from history even where the present index stands at the same commit."""
    found = past.at(seq)
    return ImpactService(lambda: found.index, lambda: found.registry).impact(ImpactQuestion(roots))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_if_on_the_past_answers_like_the_rule_on_the_changed_graph(data: st.DataObject) -> None:
    made, _ = data.draw(histories())
    seq = data.draw(st.sampled_from(sorted(made.then)))
    reference = made.then[seq]
    if not reference.arrows:
        return
    past = PastGraphs(made.past, History(made.past), lambda _: made.registry)
    service = ImpactService(lambda: made.index, lambda: made.registry, past=past)
    provider, dependent, way = key = data.draw(st.sampled_from(sorted(reference.arrows)))
    source, target = (dependent, provider) if way in ("needs", "likes") else (provider, dependent)
    changed = reference.copy()
    fewest = {group: len(changed.members(group)) for group in changed.groups}
    del changed.arrows[key]
    roots = {data.draw(st.sampled_from(sorted(reference.items))): Level.DOWN}
    what_if = WhatIf(remove_relations=(RelationRef(way, source, target),))
    assert service.impact(ImpactQuestion(roots, what_if=what_if, as_of=seq)).levels() == levels(changed, roots, fewest)
    assert service.impact(ImpactQuestion(roots, as_of=seq)).levels() == levels(reference, roots)
