"""Requests that are repeated: after a refusal, and while the first one is still on its way (requirement 9.1-10; design 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from change_gate.door import OutcomeStatus
from change_gate.passage import Passage
from change_gate.verdicts import AgentNamesChange
from cmdb.model.commit import Receipt
from cmdb.model.observation import Batch, ObservedRelation
from cmdb.model.pack import load_pack
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from tests.support.memory_road import MemoryGraph, MemoryRoad
from tests.support.road import ENGINEER, agent, batch, edit, server

REGISTRY = load_pack()
A = agent("a")


class Killed(Exception):
    """The process that carried a request is gone."""


@dataclass
class RacedGraph(MemoryGraph):
    """Somebody else is quicker: `race` runs just before the first commit."""

    race: list[Callable[[], None]] = field(default_factory=list)

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        if self.race:
            self.race.pop()()
        return super().commit(plan, records, outcome)


def killed_after_first_piece(road: MemoryRoad, sent: Batch) -> None:
    def watch(done: int, _total: int, phase: str) -> None:
        if phase == "commit":
            raise Killed(str(done))

    with pytest.raises(Killed):
        Passage(road.gate, sent, A, watch).run()


def test_a_refused_atomic_batch_is_judged_anew_when_it_is_sent_again_with_its_key() -> None:
    road = MemoryRoad(registry=REGISTRY)
    sent = batch("a", server("web", ObservedRelation("depends_on", to="db")), atomic=True, key="k")
    for _ in range(2):
        refused = road.submit(sent, A)
        assert [one.status for one in refused.outcomes] == [OutcomeStatus.FAILED]
        assert not refused.replayed
    road.submit(batch("a", server("db")), A)
    landed = road.submit(sent, A)
    assert [one.status for one in landed.outcomes] == [OutcomeStatus.CREATED]
    assert road.submit(sent, A).replayed


def test_the_same_request_at_the_same_time_answers_with_the_items_that_are_there() -> None:
    graph = RacedGraph()
    road = MemoryRoad(graph, registry=REGISTRY)
    sent = batch("a", server("one"), server("two"), key="k")
    answers = []
    graph.race.append(lambda: answers.append(road.submit(sent, A)))
    answers.append(road.submit(sent, A))
    assert len(graph.live) == 2
    for answer in answers:
        assert {one.item_id for one in answer.outcomes} == set(graph.live)
        assert [one.status for one in answer.outcomes] == [OutcomeStatus.CREATED] * 2


def test_a_request_overtaken_by_its_twin_that_was_then_killed_loses_no_relationship() -> None:
    graph = RacedGraph()
    road = MemoryRoad(graph, registry=REGISTRY, piece=1)
    needs = ObservedRelation("depends_on", to="db")
    sent = batch("a", server("db"), server("web", needs), server("app", needs), key="k")
    graph.race.append(lambda: killed_after_first_piece(road, sent))
    answer = road.submit(sent, A)
    assert len(graph.live) == 3
    assert not [one.problems for one in answer.outcomes if one.problems]
    [db] = [one.item_id for one in answer.outcomes if one.ref == "db"]
    assert [edge.target for edge in graph.edges.values()] == [db, db]
    assert road.submit(batch("a", *sent.observations), A).counts["unchanged"] == 3


def test_two_people_who_relate_one_item_at_once_can_both_take_back_their_words() -> None:
    graph = RacedGraph()
    road = MemoryRoad(graph, registry=REGISTRY)
    made = road.submit(batch("a", server("web"), server("db"), server("mq")), A)
    ids = {one.ref: one.item_id for one in made.outcomes}

    def relate(to: str, *, gone: bool = False) -> None:
        said = ObservedRelation("depends_on", to_id=ids[to], gone=gone)
        road.submit(edit(ids["web"], "server", said), ENGINEER)

    graph.race.append(lambda: relate("mq"))
    relate("db")
    assert {one[1] for one in graph.claim[ids["web"] or "", "manual"].relations} == {ids["db"], ids["mq"]}
    for to in ("db", "mq"):
        relate(to, gone=True)
    assert not graph.edges


def test_an_agent_does_not_authorise_itself() -> None:
    """The change a commit names counts as what authorised it: people name one, agents do not."""
    road = MemoryRoad(registry=REGISTRY)
    for sent in (batch("a", server("web"), change="CHG-1"), batch("a", server("web"), change="CHG-1", dry_run=True)):
        with pytest.raises(AgentNamesChange, match="CHG-1"):
            road.submit(sent, A)
    assert [one.status for one in road.submit(batch("a", server("web"), change=None), A).outcomes] == [OutcomeStatus.CREATED]
    done = road.submit(batch("manual", server("mine"), change="CHG-2"), ENGINEER)
    assert [one.status for one in done.outcomes] == [OutcomeStatus.CREATED]
