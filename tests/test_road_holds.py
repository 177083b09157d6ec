"""What waits for a person, on both engines: controlled changes, ambiguous observations, mass retirement; released, rejected, overtaken."""

from dataclasses import replace

import pytest

from change_gate.door import NEW_ITEM, HoldState, OutcomeStatus
from change_gate.policy import load_policy
from change_gate.verdicts import BadDecision, HoldClosed, HoldKind, HoldNotFound, HoldStale, OwnHold, RoleMissing
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.support.road import ENGINEER, MANAGER, Road, agent, batch, edit, server

A, B = agent("a"), agent("b")
STRICT = replace(load_policy(), under_control=frozenset({"server", "redundancy_group"}))


@pytest.fixture
def road(store: BoltStore) -> Road:
    return Road(store, policy=STRICT)


def group(ref: str, **fields: object) -> Observation:
    return Observation(ref, "redundancy_group", {"name": ref, **fields})


def first_hold(road: Road) -> str:
    [hold] = road.door.holds()
    return hold.id


def ids(result: object) -> dict[str, str]:
    return {one.ref: one.item_id for one in result.outcomes if one.item_id}  # type: ignore[attr-defined]


def test_only_the_controlled_part_of_an_edit_is_held(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h", os_version="11", location="rack 1")), A))["h"]
    result = road.door.submit(batch("a", server("h", os_version="12", location="rack 2")), A)
    [outcome] = result.outcomes
    assert (outcome.status, outcome.changed, len(outcome.holds)) == (OutcomeStatus.UPDATED, ("location",), 1)
    state = road.item(item)
    assert (state.location, state.attributes["os_version"]) == ("rack 2", "11")
    hold = road.door.hold(outcome.holds[0])
    assert (hold.kind, hold.state, hold.requester, hold.item_id) == (HoldKind.CONTROLLED, HoldState.OPEN, "agent-a", item)
    assert (hold.content["before"], hold.content["after"]) == ("11", "12")
    assert "os_version is controlled" in hold.reasons[0]
    assert result.held == (hold.id,)


def test_the_same_proposal_is_filed_once_and_a_new_value_takes_its_place(road: Road) -> None:
    road.door.submit(batch("a", server("h", os_version="11")), A)
    for _ in range(3):
        road.door.submit(batch("a", server("h", os_version="12")), A)
    hold = road.door.hold(first_hold(road))
    assert hold.revision == 1
    road.door.submit(batch("a", server("h", os_version="13")), A)
    newer = road.door.hold(first_hold(road))
    assert (newer.id, newer.revision, newer.content["after"]) == (hold.id, 2, "13")
    with pytest.raises(HoldStale):
        road.door.release(hold.id, MANAGER, "looked at it", expected_revision=1)


def test_release_needs_role_four_eyes_and_reason_and_then_lands(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h", os_version="11")), A))["h"]
    road.door.submit(batch("a", server("h", os_version="12")), A)
    asked = road.door.submit(edit(item, "server", fields={"status": "maintenance"}), MANAGER)
    held = asked.held[0]
    with pytest.raises(RoleMissing):
        road.door.release(held, ENGINEER, "please")
    with pytest.raises(OwnHold):
        road.door.release(held, MANAGER, "my own")
    other = Actor("mark", frozenset({Role.CHANGE_MANAGER}))
    with pytest.raises(BadDecision):
        road.door.release(held, other, "  ")
    with pytest.raises(BadDecision):
        road.door.release(held, other, "fine", choice="new")
    with pytest.raises(HoldNotFound):
        road.door.release("hnothing", other, "fine")
    result = road.door.release(held, other, "agreed by phone")
    assert result.outcomes[0].changed == ("status",)
    assert road.item(item).status == "maintenance"
    closed = road.door.hold(held)
    assert (closed.state, closed.decided_by, closed.decision_reason) == (HoldState.RELEASED, "mark", "agreed by phone")
    with pytest.raises(HoldClosed):
        road.door.release(held, other, "again")
    [left] = road.door.holds()
    assert left.content["attribute"] == "os_version", "the other hold still waits"
    assert verify(road.store).holds


def test_rejected_is_not_filed_again_until_the_value_changes(road: Road) -> None:
    road.door.submit(batch("a", server("h", os_version="11")), A)
    held = road.door.submit(batch("a", server("h", os_version="12")), A).held[0]
    road.door.reject(held, MANAGER, "not before the freeze ends")
    again = road.door.submit(batch("a", server("h", os_version="12")), A)
    assert again.held == (held,)
    assert road.door.holds() == []
    road.door.submit(batch("a", server("h", os_version="13")), A)
    assert [one.content["after"] for one in road.door.holds()] == ["13"]


def test_a_release_of_what_nobody_proposes_any_more_is_refused_and_set_aside(road: Road) -> None:
    road.door.submit(batch("a", server("h", os_version="11")), A)
    held = road.door.submit(batch("a", server("h", os_version="12")), A).held[0]
    road.door.submit(batch("a", server("h", os_version="11")), A)
    with pytest.raises(HoldStale):
        road.door.release(held, MANAGER, "go")
    assert road.door.hold(held).state is HoldState.SUPERSEDED
    road.door.submit(batch("a", server("h", os_version="12")), A)
    assert road.door.hold(held).state is HoldState.OPEN, "proposed again, filed again"


def test_another_edit_in_between_makes_a_release_plan_again(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h", os_version="11")), A))["h"]
    held = road.door.submit(batch("a", server("h", os_version="12")), A).held[0]
    road.door.submit(batch("a", server("h", os_version="12", location="rack 9")), A)
    road.door.release(held, MANAGER, "go")
    state = road.item(item)
    assert (state.attributes["os_version"], state.location, state.revision) == ("12", "rack 9", 3)
    done = road.door.submit(batch("a", server("h", os_version="12", location="rack 9")), A)
    assert done.counts["unchanged"] == 1
    assert done.held == ()


def test_a_held_creation_takes_its_relationships_with_it_and_brings_them_back(road: Road) -> None:
    app = Observation("app", "application", {"name": "app"}, (ObservedRelation("depends_on", to="pool"),))
    result = road.door.submit(batch("a", app, group("pool", need_count=2)), A)
    assert {one.ref: one.status for one in result.outcomes} == {"app": OutcomeStatus.CREATED, "pool": OutcomeStatus.HELD}
    item = ids(result)["app"]
    assert road.inventory.relations_of([item])[item] == []
    released = road.door.release(first_hold(road), MANAGER, "approved")
    assert {one.ref: one.status for one in released.outcomes} == {"pool": OutcomeStatus.CREATED, "app": OutcomeStatus.UPDATED}
    [row] = road.inventory.relations_of([item])[item]
    assert row.other == ids(released)["pool"]
    again = road.door.submit(batch("a", app, group("pool", need_count=2)), A)
    assert again.counts["updated"] == again.counts["created"] == 0
    assert road.door.holds() == []


def test_a_controlled_item_is_not_retired_unasked(road: Road) -> None:
    free = Road(road.store)
    item = ids(free.door.submit(batch("a", group("pool", need_count=2), scope="s", complete=True), A))["pool"]
    result = road.door.submit(batch("a", server("other"), scope="s", complete=True), A)
    assert [one.status for one in result.outcomes] == [OutcomeStatus.CREATED, OutcomeStatus.HELD]
    assert road.item(item) is not None
    done = road.door.release(first_hold(road), MANAGER, "the pool is history")
    assert done.outcomes[0].status is OutcomeStatus.RETIRED
    assert road.item(item) is None


def test_a_controlled_relationship_waits(road: Road) -> None:
    free = Road(road.store)
    member = server("m", serial_number="S", vendor="v")
    found = ids(free.door.submit(batch("a", member, group("pool")), A))
    joining = replace(member, relations=(ObservedRelation("member_of", to="pool"),))
    result = road.door.submit(batch("a", joining), A)
    assert result.outcomes[0].status is OutcomeStatus.HELD
    assert road.inventory.relations_of([found["m"]])[found["m"]] == []
    road.door.release(first_hold(road), MANAGER, "it may join")
    assert [row.other for row in road.inventory.relations_of([found["m"]])[found["m"]]] == [found["pool"]]


def test_an_atomic_batch_does_not_wait(road: Road) -> None:
    result = road.door.submit(batch("a", server("one"), group("pool"), atomic=True), A)
    assert result.counts["failed"] == 2
    assert road.door.holds() == []


# ambiguous observations


def two_serials(road: Road) -> dict[str, str]:
    one, two = server("h1", serial_number="S1", vendor="v"), server("h2", serial_number="S2", vendor="v")
    return ids(road.door.submit(batch("a", one, two), A))


def test_an_ambiguous_observation_is_held_with_its_candidates(road: Road) -> None:
    found = two_serials(road)
    confused = server("h1", serial_number="S2", vendor="v")
    result = road.door.submit(batch("a", confused, server("fine")), A)
    assert [one.status for one in result.outcomes] == [OutcomeStatus.HELD, OutcomeStatus.CREATED]
    hold = road.door.hold(first_hold(road))
    assert hold.kind is HoldKind.AMBIGUOUS
    assert set(hold.candidates) == {found["h1"], found["h2"]}
    assert "point to different items" in hold.reasons[0]
    with pytest.raises(BadDecision):
        road.door.release(hold.id, ENGINEER, "no choice made")
    with pytest.raises(BadDecision):
        road.door.release(hold.id, ENGINEER, "no such item", choice="nothing")
    assert road.door.hold(hold.id).state is HoldState.OPEN


def test_release_to_a_chosen_item_moves_the_source_s_ref_there(road: Road) -> None:
    found = two_serials(road)
    confused = server("h1", serial_number="S2", vendor="v", location="here")
    road.door.submit(batch("a", confused), A)
    result = road.door.release(first_hold(road), ENGINEER, "the board was swapped", choice=found["h2"])
    assert result.outcomes[0].item_id == found["h2"]
    assert road.item(found["h2"]).location == "here"
    assert road.item(found["h1"]) is None, "no source says any more that it is there"
    again = road.door.submit(batch("a", confused), A)
    assert [one.item_id for one in again.outcomes] == [found["h2"]]
    assert again.counts["unchanged"] == 1
    assert verify(road.store).holds


def test_release_as_the_item_its_ref_names_renews_the_serial(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h1", serial_number="S1", vendor="v")), A))["h1"]
    swapped = server("h1", serial_number="S9", vendor="v")
    road.door.submit(batch("a", swapped), A)
    road.door.release(first_hold(road), ENGINEER, "new board", choice=item)
    assert road.item(item).attributes["serial_number"] == "S9"
    assert road.door.submit(batch("a", swapped), A).counts["unchanged"] == 1
    other = road.door.submit(batch("b", server("x", serial_number="S9", vendor="v")), B)
    assert other.outcomes[0].item_id == item


def test_release_as_new_makes_another_item(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h1", serial_number="S1", vendor="v")), A))["h1"]
    clone = server("clone", serial_number="S1", vendor="v")
    result = road.door.submit(batch("a", clone), A)
    assert result.outcomes[0].status is OutcomeStatus.HELD
    released = road.door.release(first_hold(road), ENGINEER, "cloned image", choice=NEW_ITEM)
    assert released.outcomes[0].status is OutcomeStatus.CREATED
    assert released.outcomes[0].item_id != item
    again = road.door.submit(batch("a", clone), A)
    assert again.counts["unchanged"] == 1


# mass retirement


def test_an_empty_scan_retires_nothing_until_a_person_says_so(road: Road) -> None:
    hosts = [server(f"h{n}") for n in range(30)]
    road.door.submit(batch("a", *hosts, scope="site", complete=True), A)
    empty = road.door.submit(batch("a", scope="site", complete=True), A)
    assert empty.counts["held"] == 30
    assert empty.counts["retired"] == 0
    hold = road.door.hold(first_hold(road))
    assert hold.kind is HoldKind.MASS_RETIREMENT
    assert "30 of 30 items (100 %)" in hold.reasons[0]
    road.clock.advance(minutes=5)
    road.door.submit(batch("a", *hosts[:12]), A)
    result = road.door.release(hold.id, ENGINEER, "the site was closed")
    assert result.counts["retired"] == 18, "what was seen again meanwhile stays"
    assert verify(road.store).holds


def test_a_small_loss_is_no_mass_retirement(road: Road) -> None:
    hosts = [server(f"h{n}") for n in range(60)]
    road.door.submit(batch("a", *hosts, scope="site", complete=True), A)
    result = road.door.submit(batch("a", *hosts[:49], scope="site", complete=True), A)
    assert result.counts["retired"] == 11, "11 of 60 is less than a fifth"


def test_holds_are_listed_in_pages(road: Road) -> None:
    road.door.submit(batch("a", *[group(f"g{n}") for n in range(7)]), A)
    first = road.door.holds(first=5)
    rest = road.door.holds(first=5, after=first[-1].id)
    assert (len(first), len(rest)) == (5, 2)
    assert not {one.id for one in first} & {one.id for one in rest}
    assert len(road.door.holds(state=None)) == 7
    assert road.door.holds(state=HoldState.REJECTED) == []
