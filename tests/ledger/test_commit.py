"""Commits on both engines: what is written, what is refused, what is repeated (design 6)."""

from dataclasses import replace

import pytest

from cmdb.inventory.service import Inventory
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.chain import ZERO
from cmdb.ledger.errors import IdempotencyKeyReused, IdentifierTaken, StalePlan, TypeIsFixed
from cmdb.ledger.service import Ledger
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.estate import SteppingClock, at, claim, create, plan, relate, relation, restore, retire, rework, server, unrelate, update

pytestmark = pytest.mark.engine


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    return Ledger(store, SteppingClock())


@pytest.fixture
def inventory(store: BoltStore) -> Inventory:
    return Inventory(store)


def rows(store: BoltStore, text: str, **params: object) -> list[dict[str, object]]:
    return store.read(Statement("test", "read", (), ("x",), text), **params)


def test_an_empty_ledger_has_a_head(ledger: Ledger) -> None:
    assert (ledger.head().seq, ledger.head().hash) == (0, ZERO)


def test_items_and_relationships_come_back_as_written(ledger: Ledger, inventory: Inventory) -> None:
    web, db = server("w", "web", os="linux", cpus=4, load=0.5, tags=("a", "b"), on=True), server("d", "db", "database")
    link = relation("w", "d", port=5432)
    receipt = ledger.commit(plan(create(web), create(db), relate(link, fresh=True)))
    assert receipt.seq == 1
    assert receipt.revisions == {"w": 1, "d": 1, link.id: 1}
    found = inventory.item("w")
    assert found is not None
    assert found.state == web
    assert (found.seq, found.created) == (1, receipt.time)
    assert [row.state for row in inventory.relations_of(["w"])["w"]] == [link]
    assert inventory.item("nothing") is None


def test_commits_are_gapless_and_chained(ledger: Ledger, store: BoltStore) -> None:
    receipts = [ledger.commit(plan(create(server(f"i{n}")))) for n in range(3)]
    assert [receipt.seq for receipt in receipts] == [1, 2, 3]
    commits = rows(store, "MATCH (c:Commit) RETURN c.seq AS seq, c.hash AS hash, c.previous AS previous ORDER BY seq")
    assert [row["previous"] for row in commits] == [ZERO, receipts[0].hash, receipts[1].hash]
    assert ledger.head().hash == receipts[2].hash


def test_an_update_makes_a_version_and_ends_the_one_before(ledger: Ledger, inventory: Inventory, store: BoltStore) -> None:
    web = server("w", os="linux", tags=("a",))
    first = ledger.commit(plan(create(web)))
    ledger.commit(plan(update(web, name="web", attributes={"os": "bsd"})))
    found = inventory.item("w")
    assert found is not None
    assert (found.state.name, found.state.revision, found.created) == ("web", 2, first.time)
    assert dict(found.state.attributes) == {"os": "bsd"}, "an attribute that went must not stay on the node"
    versions = rows(store, "MATCH (v:ItemVersion {subject_id: 'w'}) RETURN v.key AS key, v.until AS until ORDER BY v.seq")
    assert versions == [{"key": "w@1", "until": 2}, {"key": "w@2", "until": 2**62}]


def test_a_stale_plan_is_refused_by_name_and_writes_nothing(ledger: Ledger, inventory: Inventory) -> None:
    web, other = server("w"), server("o")
    ledger.commit(plan(create(web), create(other)))
    ledger.commit(plan(update(web, name="new")))
    with pytest.raises(StalePlan) as refusal:
        ledger.commit(plan(update(web, name="late"), update(other, name="fine"), claim("o")))
    assert refusal.value.status == 412
    assert refusal.value.fields["stale"] == [{"id": "w", "expected": 1, "found": 2}]
    assert ledger.head().seq == 2
    assert inventory.items(["o"])["o"].state.name == "o"
    assert inventory.claims_of(["o"]) == {"o": []}


def test_an_update_of_an_item_that_is_gone_is_stale(ledger: Ledger) -> None:
    web = server("w")
    ledger.commit(plan(create(web)))
    ledger.commit(plan(retire(web)))
    with pytest.raises(StalePlan) as refusal:
        ledger.commit(plan(update(web, name="x")))
    assert refusal.value.fields["stale"] == [{"id": "w", "expected": 1, "found": 0}]


def test_both_ends_of_a_new_relationship_must_be_live(ledger: Ledger) -> None:
    ledger.commit(plan(create(server("w"))))
    with pytest.raises(StalePlan) as refusal:
        ledger.commit(plan(relate(relation("w", "ghost"))))
    assert refusal.value.fields["stale"] == [{"id": "ghost", "expected": 1, "found": 0}]
    assert ledger.head().seq == 1


def test_retiring_takes_relationships_along_and_reopens_neighbours_claims(ledger: Ledger, inventory: Inventory, store: BoltStore) -> None:
    web, db, far = server("w"), server("d"), server("f")
    link, back = relation("w", "d"), relation("d", "w", "runs_on")
    spoken = (("depends_on", "d", True),)
    ledger.commit(
        plan(
            create(web), create(db), create(far), relate(link, True), relate(back, True),
            claim("w", relations=spoken), claim("w", "silent"), claim("d"), claim("f", relations=spoken),
        )
    )  # fmt: skip
    receipt = ledger.commit(plan(retire(db)))
    assert receipt.revisions == {"d": 2, link.id: 2, back.id: 2}
    assert inventory.item("d") is None
    assert inventory.relations_of(["w"])["w"] == []
    last = rows(store, "MATCH (v:RelationVersion) WHERE v.retired RETURN count(v) AS n, min(v.seq) AS seq")
    assert last == [{"n": 2, "seq": 2}]
    claims = inventory.claims_of(["w", "f"])
    assert [(one.source, one.digest) for one in claims["w"]] == [("silent", "d"), ("test", None)]
    assert claims["w"][1].relations == spoken
    assert claims["f"][0].digest == "d", "only neighbours are looked at again"


def test_a_plan_that_retires_the_relationship_itself_is_fine(ledger: Ledger) -> None:
    web, db, link = server("w"), server("d"), relation("w", "d")
    ledger.commit(plan(create(web), create(db), relate(link, True)))
    receipt = ledger.commit(plan(retire(db), unrelate(link)))
    assert receipt.revisions == {"d": 2, link.id: 2}


def test_what_comes_back_continues_its_revisions(ledger: Ledger, inventory: Inventory) -> None:
    web, db, link = server("w"), server("d"), relation("w", "d", port=1)
    first = ledger.commit(plan(create(web), create(db), relate(link, True)))
    ledger.commit(plan(retire(db)))
    receipt = ledger.commit(plan(restore(None, db), relate(link)))
    assert receipt.revisions == {"d": 3, link.id: 3}
    found = inventory.items(["d"])["d"]
    assert (found.state.revision, found.created) == (3, first.time)
    assert inventory.relations_of(["d"], "in")["d"][0].state == at(link, 3)
    with pytest.raises(StalePlan):
        ledger.commit(plan(restore(None, db)))


def test_a_relationship_is_reworked_and_removed(ledger: Ledger, inventory: Inventory) -> None:
    web, db, link = server("w"), server("d"), relation("w", "d", port=1, via="x")
    ledger.commit(plan(create(web), create(db), relate(link, True)))
    ledger.commit(plan(rework(link, port=2)))
    found = inventory.relations_of(["w"])["w"][0]
    assert (dict(found.state.attributes), found.state.revision, found.seq) == ({"port": 2}, 2, 2)
    with pytest.raises(StalePlan):
        ledger.commit(plan(unrelate(link)))
    ledger.commit(plan(unrelate(found.state)))
    assert inventory.relations_of(["w"])["w"] == []
    with pytest.raises(StalePlan):
        ledger.commit(plan(unrelate(at(link, 3))))


def test_relating_what_is_related_is_stale(ledger: Ledger) -> None:
    web, db, link = server("w"), server("d"), relation("w", "d")
    ledger.commit(plan(create(web), create(db), relate(link, True)))
    with pytest.raises(StalePlan):
        ledger.commit(plan(relate(link)))


def test_a_key_repeats_its_receipt(ledger: Ledger) -> None:
    web = server("w")
    wanted = plan(create(web), key="k", body_digest="b")
    first = ledger.commit(wanted, outcome={"refs": ["w"]})
    again = ledger.commit(wanted)
    assert again == replace(first, replayed=True)
    known = ledger.intake("k")
    assert known is not None
    assert (known.seq, known.outcome) == (1, {"refs": ["w"]})
    with pytest.raises(IdempotencyKeyReused):
        ledger.commit(replace(wanted, body_digest="other"))
    assert ledger.intake("never") is None


def test_claims_alone_make_no_commit(ledger: Ledger, inventory: Inventory) -> None:
    ledger.commit(plan(create(server("w"))))
    receipt = ledger.commit(plan(claim("w", fields={"os": "linux", "tags": ("a",)}, seen_at="t1"), key="k"))
    assert receipt.seq is None
    assert ledger.head().seq == 1
    assert inventory.claims_of(["w"])["w"][0].fields == {"os": "linux", "tags": ("a",)}
    assert ledger.commit(plan(claim("w"), key="k")).replayed
    assert ledger.touch(["w|test", "w|nobody"], "t2") == 1
    assert inventory.claims_of(["w"])["w"][0].seen_at == "t2"
    ledger.commit(plan(claim("w", withdraw=True)))
    assert inventory.claims_of(["w"])["w"] == []


def test_identifiers_belong_to_one_item(ledger: Ledger) -> None:
    ledger.commit(plan(create(server("a"), ["serial=1"], ["fqdn=x"])))
    with pytest.raises(IdentifierTaken) as refusal:
        ledger.commit(plan(create(server("b"), ["serial=2", "serial=1"], ["fqdn=x"])))
    assert refusal.value.fields["taken"] == [{"key": "serial=1", "item_id": "a"}]
    assert ledger.head().seq == 1
    ledger.commit(plan(create(server("b"), ["serial=2"], ["fqdn=x"])))


def test_two_items_of_one_plan_may_not_share_an_identifier(ledger: Ledger) -> None:
    with pytest.raises(IdentifierTaken):
        ledger.commit(plan(create(server("a"), ["serial=1"]), create(server("b"), ["serial=1"])))
    assert ledger.head().seq == 0


def test_identifiers_are_replaced_moved_and_kept_after_retirement(ledger: Ledger, store: BoltStore) -> None:
    a, b = server("a"), server("b")
    ledger.commit(plan(create(a, ["s=1", "s=2"], ["w=1"]), create(b, ["s=3"])))
    ledger.commit(plan(update(a, ["s=1"], ["w=2"], name="a2"), update(b, ["s=2", "s=3"], name="b2")))
    ledger.commit(plan(retire(at(b, 2))))
    owners = rows(store, "MATCH (i:Identifier) RETURN i.key AS key, i.item_id AS item ORDER BY key")
    assert owners == [{"key": "s=1", "item": "a"}, {"key": "s=2", "item": "b"}, {"key": "s=3", "item": "b"}]
    assert rows(store, "MATCH (i:WeakIdentifier) RETURN i.key AS key") == [{"key": "w=2"}]


def test_records_are_versioned_and_do_not_touch_items(ledger: Ledger, store: BoltStore) -> None:
    held = RecordEdit(VersionKind.RECORD, "held_plan", "h", {"why": "controlled"}, indexed={"state": "held"})
    definition = RecordEdit(VersionKind.TYPE, "item_type", "server", {"name": "server"})
    receipt = ledger.commit(plan(), [held, definition])
    assert receipt.revisions == {"h": 1, "server": 1}
    ledger.commit(plan(), [replace(held, body={"why": "released"}, expected_revision=1, indexed={"state": "released"})])
    live = rows(store, "MATCH (n:Record {id: 'h'}) RETURN n.state AS state, n.revision AS revision, n.body AS body")
    assert live == [{"state": "released", "revision": 2, "body": '{"why":"released"}'}]
    with pytest.raises(StalePlan):
        ledger.commit(plan(), [replace(held, expected_revision=1)])
    ledger.commit(plan(), [replace(held, expected_revision=2, retired=True)])
    assert rows(store, "MATCH (n:Record {id: 'h'}) RETURN n.id AS id") == []
    assert ledger.commit(plan(), [held]).revisions == {"h": 4}
    assert rows(store, "MATCH (v:RecordVersion) RETURN count(v) AS n") == [{"n": 4}]
    assert rows(store, "MATCH (v:TypeVersion) RETURN count(v) AS n") == [{"n": 1}]


def test_time_never_goes_back(store: BoltStore) -> None:
    clock = SteppingClock()
    ledger = Ledger(store, clock)
    first = ledger.commit(plan(create(server("a"))))
    clock.now = clock.now.replace(year=2020)
    assert ledger.commit(plan(create(server("b")))).time == first.time


def test_a_type_is_fixed_and_a_subject_is_edited_once(ledger: Ledger) -> None:
    web = server("w")
    ledger.commit(plan(create(web)))
    with pytest.raises(TypeIsFixed):
        ledger.commit(plan(update(web, type="database")))
    with pytest.raises(InvalidInput):
        ledger.commit(plan(update(web, name="a"), update(web, name="b")))
