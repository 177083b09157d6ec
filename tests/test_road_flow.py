"""Flows through the door on both engines: what lands, what does not, and what the next batch finds."""

import threading
from dataclasses import replace

import pytest

from change_gate.door import OutcomeStatus
from change_gate.verdicts import RoleMissing, SourceMismatch
from cmdb.inventory.query import ItemQuery
from cmdb.ledger.verify import verify
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.support.road import ENGINEER, MANAGER, VIEWER, Road, agent, batch, edit, server

A, B = agent("a"), agent("b")


@pytest.fixture
def road(store: BoltStore) -> Road:
    return Road(store)


def ids(result: object) -> dict[str, str]:
    return {one.ref: one.item_id for one in result.outcomes if one.item_id}  # type: ignore[attr-defined]


def problems(result: object) -> list[str]:
    return [problem.code for one in result.outcomes for problem in one.problems]  # type: ignore[attr-defined]


def uses(ref: str, **how: object) -> ObservedRelation:
    return ObservedRelation("depends_on", to=ref, **how)  # type: ignore[arg-type]


def test_a_batch_becomes_items_relationships_claims_and_a_commit(road: Road) -> None:
    result = road.door.submit(batch("a", server("web", uses("db")), server("db", serial_number="S2", vendor="Dell")), A)
    assert [one.status for one in result.outcomes] == [OutcomeStatus.CREATED] * 2
    assert [receipt.seq for receipt in result.receipts] == [1]
    found = ids(result)
    web = road.item(found["web"])
    assert (web.name, web.status, web.revision, web.origins["name"]) == ("web", "live", 1, "a")
    [row] = road.inventory.relations_of([found["web"]])[found["web"]]
    assert (row.state.type, row.state.source, row.state.target, row.state.sources) == ("depends_on", found["web"], found["db"], ("a",))
    assert verify(road.store).holds


def test_the_same_again_writes_nothing_but_when_it_was_seen(road: Road) -> None:
    sent = batch("a", server("web", uses("db")), server("db"))
    first = road.door.submit(sent, A)
    road.clock.advance(hours=1)
    again = road.door.submit(sent, A)
    assert again.counts["unchanged"] == 2
    assert again.receipts == ()
    assert ids(again) == ids(first)
    [claim] = road.inventory.claims_of([ids(first)["web"]])[ids(first)["web"]]
    assert claim.seen_at == "2026-11-23T11:00:00.000000Z"
    assert claim.digest


def test_a_changed_field_makes_one_version_and_names_what_changed(road: Road) -> None:
    road.door.submit(batch("a", server("web", location="rack 1", owner="ops")), A)
    result = road.door.submit(batch("a", server("web", location="rack 2")), A)
    [outcome] = result.outcomes
    assert (outcome.status, outcome.revision, outcome.changed) == (OutcomeStatus.UPDATED, 2, ("location",))
    assert road.item(outcome.item_id).owner == "ops", "absent is not null"


def test_null_withdraws_and_absent_does_not(road: Road) -> None:
    road.door.submit(batch("a", server("web", location="rack 1", owner="ops")), A)
    result = road.door.submit(batch("a", Observation("web", "server", {"owner": None})), A)
    state = road.item(result.outcomes[0].item_id)
    assert (state.owner, state.location, state.name) == ("", "rack 1", "web")
    assert "owner" not in state.origins


def test_two_sources_meet_in_one_item_by_a_strong_identifier(road: Road) -> None:
    one = road.door.submit(batch("a", server("h1", serial_number="S1", vendor="Dell")), A)
    other = road.door.submit(batch("b", server("x9", serial_number="s1", vendor="DELL", location="rack 4")), B)
    assert ids(one)["h1"] == ids(other)["x9"]
    state = road.item(ids(one)["h1"])
    assert (state.name, state.origins["name"], state.origins["location"]) == ("h1", "a", "b"), "who came first keeps the word"


def test_faults_are_per_item_and_the_good_ones_land(road: Road) -> None:
    result = road.door.submit(
        batch(
            "a",
            server("good"),
            server("good", owner="twice"),
            Observation("", "server", {"name": "x"}),
            Observation("nul\x00", "server", {"name": "x"}),
            Observation("odd\ud800", "server", {"name": "x"}),
            Observation("t", "spaceship", {"name": "x"}),
            Observation("h", "host", {"name": "x"}),
            server("attr", warp=9),
            server("kind", cpu_count="many"),
            server("long", name="x" * 1_000_000),
            server("nan", rack_position=float("nan")),
            Observation("rel", "server", {"name": "rel"}, (uses("nowhere"), ObservedRelation("loves", to="good"))),
        ),
        A,
    )
    by_index = {one.index: one for one in result.outcomes}
    assert by_index[0].status is OutcomeStatus.CREATED
    codes = {index: one.problem.code for index, one in by_index.items() if one.problem}
    assert codes == {
        1: "duplicate-ref",
        2: "bad-ref",
        3: "bad-ref",
        4: "bad-ref",
        5: "unknown-type",
        6: "abstract-type",
        7: "unknown-attribute",
        8: "wrong-kind",
        9: "too-long",
        10: codes[10],
        11: "unknown-reference",
    }
    assert by_index[10].status is OutcomeStatus.FAILED
    assert by_index[11].status is OutcomeStatus.CREATED, "an item lands without the relationships that cannot be taken"
    assert [problem.code for problem in by_index[11].problems] == ["unknown-reference", "unknown-relation-type"]
    assert result.counts["failed"] == 10
    assert result.counts["created"] == 2


def test_a_reference_that_comes_later_is_taken_when_it_is_there(road: Road) -> None:
    early = road.door.submit(batch("a", server("web", uses("db"))), A)
    assert problems(early) == ["unknown-reference"]
    road.door.submit(batch("a", server("db")), A)
    late = road.door.submit(batch("a", server("web", uses("db"))), A)
    assert late.outcomes[0].status is OutcomeStatus.UPDATED
    assert not late.outcomes[0].problems
    settled = road.door.submit(batch("a", server("web", uses("db"))), A)
    assert settled.counts["unchanged"] == 1
    assert settled.receipts == ()


def test_a_relationship_lives_while_one_source_claims_it(road: Road) -> None:
    def sent(source: str, *relations: ObservedRelation) -> Batch:
        web = Observation("web", "server", {"serial_number": "W", "vendor": "v"}, relations, ("depends_on",))
        return batch(source, web, server("db", serial_number="D", vendor="v"))

    item = ids(road.door.submit(sent("a", uses("db")), A))["web"]
    road.door.submit(sent("b", uses("db")), B)
    [row] = road.inventory.relations_of([item])[item]
    assert row.state.sources == ("a", "b")
    road.door.submit(sent("a"), A)
    [row] = road.inventory.relations_of([item])[item]
    assert row.state.sources == ("b",)
    road.door.submit(sent("b"), B)
    assert road.inventory.relations_of([item])[item] == []
    road.door.submit(sent("a", uses("db")), A)
    [row] = road.inventory.relations_of([item])[item]
    assert row.state.revision > 1, "what comes back is the same relationship"


def test_a_relationship_claimed_from_both_ends_by_one_source_survives_the_loss_of_one(road: Road) -> None:
    back = uses("web", outgoing=False)
    item = ids(road.door.submit(batch("a", server("web", uses("db")), server("db", back)), A))["web"]
    road.door.submit(batch("a", Observation("web", "server", {"name": "web"}, (), ("depends_on",))), A)
    assert len(road.inventory.relations_of([item])[item]) == 1
    road.door.submit(batch("a", Observation("db", "server", {"name": "db"}, (), ("depends_on",))), A)
    assert road.inventory.relations_of([item])[item] == []


def test_without_a_completeness_flag_a_missing_relationship_stays(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("web", uses("db")), server("db")), A))["web"]
    road.door.submit(batch("a", server("web", owner="ops")), A)
    assert len(road.inventory.relations_of([item])[item]) == 1


def test_a_complete_scope_retires_what_it_no_longer_mentions_and_it_comes_back_as_itself(road: Road) -> None:
    first = road.door.submit(batch("a", server("web", uses("db")), server("db"), scope="site-1", complete=True), A)
    gone = road.door.submit(batch("a", server("web"), scope="site-1", complete=True), A)
    assert {one.ref: one.status for one in gone.outcomes} == {"web": OutcomeStatus.UPDATED, "db": OutcomeStatus.RETIRED}
    assert road.item(ids(first)["db"]) is None
    back = road.door.submit(batch("a", server("web", uses("db")), server("db"), scope="site-1", complete=True), A)
    assert {one.ref: one.status for one in back.outcomes} == {"web": OutcomeStatus.UPDATED, "db": OutcomeStatus.RESTORED}
    assert ids(back)["db"] == ids(first)["db"]
    assert road.item(ids(back)["db"]).revision == 3
    assert len(road.inventory.relations_of([ids(back)["web"]])[ids(back)["web"]]) == 1
    assert verify(road.store).holds


def test_another_scope_and_another_source_are_left_alone(road: Road) -> None:
    road.door.submit(batch("a", server("one"), scope="s1", complete=True), A)
    road.door.submit(batch("a", server("two"), scope="s2", complete=True), A)
    road.door.submit(batch("b", server("three"), scope="s1", complete=True), B)
    result = road.door.submit(batch("a", server("other"), scope="s1", complete=True), A)
    assert {one.ref for one in result.outcomes if one.status is OutcomeStatus.RETIRED} == {"one"}


def test_an_item_another_source_still_sees_outlives_the_scope(road: Road) -> None:
    one = server("h", serial_number="S", vendor="v", location="rack 1")
    item = ids(road.door.submit(batch("a", one, scope="s", complete=True), A))["h"]
    road.door.submit(batch("b", server("x", serial_number="S", vendor="v")), B)
    result = road.door.submit(batch("a", server("z"), scope="s", complete=True), A)
    assert [one.status for one in result.outcomes if one.item_id == item] == [OutcomeStatus.UPDATED]
    state = road.item(item)
    assert (state.name, state.location, state.origins["name"]) == ("x", "", "b")


def test_an_edit_by_hand_does_not_keep_alive_what_its_source_lost(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h"), scope="s", complete=True), A))["h"]
    road.door.submit(edit(item, "server", fields={"owner": "ops"}), ENGINEER)
    road.door.submit(batch("a", server("z"), scope="s", complete=True), A)
    assert road.item(item) is None


def test_gone_ends_a_source_s_word_on_an_item(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h")), A))["h"]
    result = road.door.submit(batch("a", Observation("h", "server", gone=True)), A)
    assert result.outcomes[0].status is OutcomeStatus.RETIRED
    assert road.item(item) is None
    again = road.door.submit(batch("a", Observation("h", "server", gone=True), Observation("never", "server", gone=True)), A)
    assert [one.status for one in again.outcomes] == [OutcomeStatus.UNCHANGED] * 2


def test_a_person_creates_updates_relates_unrelates_retires_and_restores(road: Road) -> None:
    made = road.door.submit(batch("manual", server("m1", owner="ops"), server("m2")), ENGINEER)
    one, two = ids(made)["m1"], ids(made)["m2"]
    changed = road.door.submit(edit(one, "server", fields={"owner": "net"}, expected_revision=1), ENGINEER)
    assert changed.outcomes[0].revision == 2
    stale = road.door.submit(edit(one, "server", fields={"owner": "db"}, expected_revision=1), ENGINEER)
    assert problems(stale) == ["revision-mismatch"]
    assert road.item(one).owner == "net"
    road.door.submit(edit(one, "server", ObservedRelation("depends_on", to_id=two)), ENGINEER)
    assert len(road.inventory.relations_of([one])[one]) == 1
    road.door.submit(edit(one, "server", ObservedRelation("depends_on", to_id=two, gone=True)), ENGINEER)
    assert road.inventory.relations_of([one])[one] == []
    assert road.door.submit(edit(one, "server", gone=True), ENGINEER).outcomes[0].status is OutcomeStatus.RETIRED
    back = road.door.submit(edit(one, "server"), ENGINEER)
    assert back.outcomes[0].status is OutcomeStatus.RESTORED
    state = road.item(one)
    assert (state.name, state.owner, state.origins["owner"]) == ("m1", "net", "history")
    assert problems(road.door.submit(edit("nothing", "server"), ENGINEER)) == ["unknown-item"]


def test_a_person_cannot_create_what_is_there_nor_end_what_others_claim(road: Road) -> None:
    found = ids(road.door.submit(batch("a", server("h", uses("d"), serial_number="S", vendor="v"), server("d")), A))
    twin = road.door.submit(batch("manual", server("mine", serial_number="S", vendor="v")), ENGINEER)
    assert problems(twin) == ["item-exists"]
    end = road.door.submit(edit(found["h"], "server", ObservedRelation("depends_on", to_id=found["d"], gone=True)), ENGINEER)
    assert problems(end) == ["claimed-elsewhere"]
    assert len(road.inventory.relations_of([found["h"]])[found["h"]]) == 1


def test_people_are_believed_before_agents_until_they_take_it_back(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h", location="rack 1")), A))["h"]
    road.door.submit(edit(item, "server", fields={"location": "rack 7"}), ENGINEER)
    road.door.submit(batch("a", server("h", location="rack 2")), A)
    assert road.item(item).location == "rack 7"
    road.door.submit(edit(item, "server", fields={"location": None}), ENGINEER)
    assert road.item(item).location == "rack 2"


def test_a_person_is_told_when_another_source_is_believed(road: Road) -> None:
    item = ids(road.door.submit(batch("a", server("h", kernel="6.1")), A))["h"]
    told = road.door.submit(edit(item, "server", fields={"kernel": "7.0", "owner": "ops"}), ENGINEER)
    assert (told.outcomes[0].status, problems(told)) == (OutcomeStatus.UPDATED, ["outranked"])
    assert road.item(item).attributes["kernel"] == "6.1"


def test_precedence_yields_with_age_even_for_an_unchanged_observation(road: Road) -> None:
    """Measured facts of a host: source `host` first, the others while it has been silent for a week."""
    host, other = agent("host"), agent("other")
    both = {"serial_number": "S", "vendor": "v"}
    item = ids(road.door.submit(batch("host", server("h", kernel="6.1", **both)), host))["h"]
    road.door.submit(batch("other", server("x", kernel="5.9", **both)), other)
    assert road.item(item).attributes["kernel"] == "6.1"
    road.clock.advance(days=8)
    later = road.door.submit(batch("other", server("x", kernel="5.9", **both)), other)
    assert later.outcomes[0].status is OutcomeStatus.UPDATED
    assert road.item(item).attributes["kernel"] == "5.9"
    road.door.submit(batch("host", server("h", kernel="6.1", **both)), host)
    assert road.item(item).attributes["kernel"] == "6.1"


def test_revoking_a_source_recomputes_and_retires(road: Road) -> None:
    both = {"serial_number": "S", "vendor": "v"}
    item = ids(road.door.submit(batch("a", server("h", location="rack 1", **both), server("only-a")), A))
    road.door.submit(batch("b", server("x", location="rack 2", **both)), B)
    with pytest.raises(RoleMissing):
        road.door.revoke_source("a", ENGINEER, "lied")
    result = road.door.revoke_source("a", MANAGER, "the scanner was wrong")
    assert {one.item_id: one.status for one in result.outcomes} == {
        item["h"]: OutcomeStatus.UPDATED,
        item["only-a"]: OutcomeStatus.RETIRED,
    }
    assert road.item(item["h"]).location == "rack 2"
    assert road.inventory.claims_of([item["h"]])[item["h"]][0].source == "b"
    assert verify(road.store).holds


def test_types_do_not_change_but_a_parent_may_be_named(road: Road) -> None:
    road.door.submit(batch("a", server("h")), A)
    other = road.door.submit(batch("a", Observation("h", "virtual_machine", {"name": "h"})), A)
    assert problems(other) == ["type-change"]


def test_parts_cannot_be_parts_of_themselves(road: Road) -> None:
    def part(ref: str, whole: str) -> Observation:
        return Observation(ref, "application", {"name": ref}, (ObservedRelation("part_of", to=whole),))

    three = batch("a", part("x", "y"), part("y", "z"), part("z", "x"))
    result = road.door.submit(three, A)
    assert problems(result) == ["cyclic-parts"]
    assert result.counts["created"] == 3
    one_by_one = road.door.submit(batch("a", part("z", "x")), A)
    assert problems(one_by_one) == ["cyclic-parts"]


def test_one_other_end_only(road: Road) -> None:
    def vm(host: str) -> Observation:
        return Observation("vm", "virtual_machine", {"name": "vm"}, (ObservedRelation("hosted_on", to=host),))

    item = ids(road.door.submit(batch("a", vm("h1"), server("h1"), server("h2")), A))
    road.door.submit(batch("a", vm("h2")), A)
    [row] = road.inventory.relations_of([item["vm"]], "out")[item["vm"]]
    assert row.other == item["h2"], "the same source moves it"
    by_b = batch("b", Observation("v", "virtual_machine", {"instance_id": "i-1"}, (ObservedRelation("hosted_on", to_id=item["h1"]),)))
    road.door.submit(batch("a", replace(vm("h2"), fields={"name": "vm", "instance_id": "i-1"})), A)
    assert problems(road.door.submit(by_b, B)) == ["cardinality"]


def test_pairs_are_checked(road: Road) -> None:
    wrong = Observation("p", "person", {"name": "Ada"}, (ObservedRelation("hosted_on", to="h"),))
    assert problems(road.door.submit(batch("a", wrong, server("h")), A)) == ["relation-pair"]


def test_atomic_lands_whole_or_not_at_all(road: Road) -> None:
    bad = road.door.submit(batch("a", server("one"), server("two", warp=9), atomic=True), A)
    assert bad.counts["failed"] == 2
    assert bad.receipts == ()
    assert [one.problem.code for one in bad.outcomes] == ["atomic-refused", "unknown-attribute"]
    good = road.door.submit(batch("a", server("one"), server("two"), atomic=True), A)
    assert good.counts["created"] == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(road: Road) -> None:
    plan = batch("a", server("web", uses("db")), server("db"), server("bad", warp=9), dry_run=True)
    dry = road.door.submit(plan, A)
    assert [one.status for one in dry.outcomes] == [OutcomeStatus.CREATED, OutcomeStatus.CREATED, OutcomeStatus.FAILED]
    assert dry.receipts == ()
    assert dry.dry_run
    assert road.ledger.head().seq == 0
    real = road.door.submit(replace(plan, dry_run=False), A)
    road.door.submit(batch("a", server("web", uses("db"))), A)
    dry = road.door.submit(batch("a", server("web", location="x"), dry_run=True), A)
    assert dry.outcomes[0].changed == ("location",)
    assert road.item(ids(real)["web"]).location == ""


def test_who_may_come_in(road: Road) -> None:
    with pytest.raises(SourceMismatch):
        road.door.submit(batch("b", server("x")), A)
    with pytest.raises(SourceMismatch):
        road.door.submit(batch("manual", server("x")), agent("manual"))
    with pytest.raises(RoleMissing):
        road.door.submit(batch("manual", server("x")), VIEWER)
    named = Observation("x", "server", {}, item_id="some-id")
    assert problems(road.door.submit(batch("a", named), A)) == ["item-id-not-allowed"]


def test_eight_agents_with_the_same_hosts_make_no_twins(road: Road) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def push(number: int) -> None:
        source = f"agent-{number}"
        hosts = [server(f"{number}-{n}", uses(f"{number}-{(n + 1) % 50}"), serial_number=f"SN{n:04d}", vendor="v") for n in range(50)]
        start.wait()
        try:
            result = road.door.submit(batch(source, *hosts), agent(source))
            assert result.counts["created"] + result.counts["updated"] + result.counts["unchanged"] == 50, result.counts
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    again = [
        road.door.submit(batch(f"agent-{n}", server(f"{n}-0", serial_number="SN0000", vendor="v")), agent(f"agent-{n}")) for n in (0, 7)
    ]
    assert again[0].outcomes[0].item_id == again[1].outcomes[0].item_id
    found = ids(again[0])["0-0"]
    assert len(road.inventory.claims_of([found])[found]) == 8
    assert road.inventory.count(ItemQuery()) == 50
    rows = road.inventory.relations_of([found], "out")[found]
    assert [row.state.sources for row in rows] == [tuple(f"agent-{n}" for n in range(8))]
    assert verify(road.store).holds
