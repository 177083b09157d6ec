"""Purge: what the policy lets go goes, what baselines and holds need stays, and the chain still holds (issue "purge by policy")."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cmdb.archive.backup import backup
from cmdb.archive.errors import PurgeForbidden, PurgePlanMoved, PurgeStateWrong
from cmdb.archive.purge import Purges
from cmdb.archive.restore import restore
from cmdb.archive.retention import Retention, read_policy
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.asof import History
from cmdb.ledger.checkpoint import noted, sign_head
from cmdb.ledger.log import Log
from cmdb.ledger.purged import VersionPurged
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import load_key
from cmdb.ledger.told import told_versions
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Role
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.archive import everything
from tests.support.engines import wipe
from tests.support.estate import claim, create, plan, relate, relation, retire, rework, server, update

ADA, BEN = (Actor(name, frozenset({Role.ADMINISTRATOR})) for name in ("ada", "ben"))
POLICY = "name: Personal data\nrules: [{types: [person], keep_days: 30, retired_items: true}, {types: [knows], keep_days: 30}]\n"


class Days:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Days:
    return Days()


@pytest.fixture
def ledger(store: BoltStore, clock: Days) -> Ledger:
    """Day 0: Ann, Bob and a server, Ann knows Bob. Day 10: Ann and the server are renamed. Day 20: again. Day 30: Bob leaves."""
    ledger = Ledger(store, clock)
    ann, bob, box = server("ann", "Ann", "person", mail="ann@old"), server("bob", "Bob", "person", mail="bob@x"), server("box", "Box")
    knows = relation("ann", "bob", "knows", since=1)
    said = [claim("bob", fields={"mail": "bob@x"}), claim("ann", fields={"mail": "ann@old"})]
    people = [create(ann, strong=["person:mail|ann@old"]), create(bob, strong=["person:mail|bob@x"])]
    ledger.commit(plan(*people, create(box), relate(knows, True), *said))
    for _ in range(2):
        clock.now += timedelta(days=10)
        changes: list[Any] = [
            update(ann, name=ann.name + "a"),
            update(box, name=box.name + "x"),
            rework(knows, since=knows.attributes["since"] + 1),
        ]
        ledger.commit(plan(*changes))
        ann, box, knows = (replace(one.after, revision=one.after.revision + 1) for one in changes)
    clock.now += timedelta(days=10)
    ledger.commit(plan(retire(bob)))
    return ledger


@pytest.fixture
def purges(store: BoltStore, ledger: Ledger, clock: Days) -> Purges:
    return Purges(store, ledger, RecordBook(store), clock)


@pytest.fixture
def policy() -> Retention:
    return read_policy(POLICY)


def baseline(ledger: Ledger, seq: int, state: str = "approved", revision: int = 0) -> None:
    ledger.commit(plan(), [RecordEdit(VersionKind.RECORD, "baseline", f"b{seq}", {"seq": seq, "state": state}, expected_revision=revision)])


def bodies(store: BoltStore) -> set[str]:
    """Versions of people (by key) and of who knows whom (`knows@<seq>`) that have their body."""
    found: set[str] = set()
    for label in ("ItemVersion", "RelationVersion"):
        text = f"MATCH (v:{label}) WHERE v.body <> '' RETURN v.key AS key, v.type AS type, v.seq AS seq"
        for row in store.read(Statement("bodies", "read", (), ("key", "type", "seq"), text)):
            if row["type"] in ("person", "knows"):
                found.add(row["key"] if row["type"] == "person" else f"knows@{row['seq']}")
    return found


def carry_out(purges: Purges, policy: Retention) -> Any:
    made = purges.propose(policy, ADA, "the law")
    purges.approve(made.id, BEN)
    return purges.run(made.id, ADA)


def test_the_preview_writes_nothing(purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days) -> None:
    clock.now += timedelta(days=15)  # day 45: what was replaced on day 10 is 35 days old
    before = everything(store)
    found = purges.preview(policy)
    assert found.counts() == {"knows": 1, "person": 1}
    assert found.whole == ()
    assert everything(store) == before


def test_bodies_go_and_the_chain_holds(
    purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days, tmp_path: Path
) -> None:
    checkpoint = sign_head(store, ledger.head(), load_key(tmp_path / "k", create=True), clock)
    clock.now += timedelta(days=100)
    done = carry_out(purges, policy)
    assert (done.state, done.removed, done.counts, done.whole) == ("done", 7, {"knows": 3, "person": 4}, ("bob",))
    assert bodies(store) == {"ann@3", "knows@4"}, "live, and the end of what is no more"
    found = verify(store, checkpoints=noted([checkpoint], store))
    assert found.problem is None
    assert found.remarks == ("7 versions have been purged: their hashes were checked, their content is gone",)
    left = everything(store)
    assert {one["item_id"] for one in left["Claim"]} == {"ann"}, "what was said of Bob is gone as well"
    assert {one["item_id"] for one in left["Identifier"]} == {"ann"}
    commit = Log(store).commits([done.ordered_at])[done.ordered_at]
    assert (commit.actor, commit.reason) == ("ada", f"purge {done.id} ordered: the law")
    with pytest.raises(PurgeStateWrong, match="nothing go now"):
        purges.propose(policy, ADA, "again")


def test_reads_of_purged_versions_are_refused_never_wrong(
    purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days
) -> None:
    clock.now += timedelta(days=100)
    carry_out(purges, policy)
    history = History(store)
    for read in (
        lambda: history.item("ann", 1),
        lambda: history.relations("ann", 2),
        lambda: history.items(1),
        lambda: history.items(1, equal={"name": "Ann"}),
        lambda: history.versions_of("ann"),
        lambda: Log(store).versions(1, 1),
    ):
        with pytest.raises(VersionPurged):
            read()
    box, ann = history.item("box", 1), history.item("ann", 4)
    assert box is not None
    assert ann is not None
    assert (box.state.name, ann.state.name) == ("Box", "Annaa")
    assert [past.state.id for past in history.items(4)] == ["ann", "box"]
    assert history.counts(1) == {"person": 2, "server": 1}


def test_what_a_baseline_needs_stays(purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days) -> None:
    baseline(ledger, 2)
    clock.now += timedelta(days=100)
    found = purges.preview(policy)
    assert found.kept_for_baselines == 3
    carry_out(purges, policy)
    assert bodies(store) == {"ann@2", "ann@3", "bob@1", "knows@2", "knows@4"}
    assert [past.state.name for past in History(store).items(2)] == ["Anna", "Bob", "Boxx"]
    assert verify(store).problem is None
    baseline(ledger, 2, "withdrawn", revision=1)
    assert purges.preview(policy).counts() == {"knows": 1, "person": 2}


def record(ledger: Ledger, kind: str, id_: str, body: dict[str, Any], revision: int = 0) -> None:
    ledger.commit(plan(), [RecordEdit(VersionKind.RECORD, kind, id_, body, expected_revision=revision)])


def test_what_an_open_audit_goes_on_from_stays(purges: Purges, policy: Retention, ledger: Ledger, clock: Days) -> None:
    record(ledger, "audit", "a", {"state": "planned"})
    run = {"audit": "a", "state": "done", "since": 0}
    record(ledger, "audit_run", "r1", {**run, "seq": 1})
    record(ledger, "audit_run", "r2", {**run, "seq": 2})
    clock.now += timedelta(days=100)
    assert purges.preview(policy).kept_for_baselines == 3, "live at commit 2, from which the next run goes on; not at commit 1"
    record(ledger, "audit_run", "r3", {**run, "seq": 3, "since": 1, "state": "running"})
    assert purges.preview(policy).kept_for_baselines == 6, "it is taken up again, as it was"
    record(ledger, "audit", "a", {"state": "closed"}, revision=1)
    assert purges.preview(policy).kept_for_baselines == 0


def test_the_history_of_an_item_tells_what_is_left(
    purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days
) -> None:
    clock.now += timedelta(days=100)
    done = carry_out(purges, policy)
    told = told_versions(store, "ann")
    assert [(one.seq, one.revision, one.purged) for one in told] == [(3, 3, None), (2, 2, done.ordered_at), (1, 1, done.ordered_at)]
    assert told[0].body is not None
    assert (told[0].body["name"], told[1].body, told[1].retired) == ("Annaa", None, False)
    assert [one.retired for one in told_versions(store, "bob", limit=1)] == [True]
    history = History(store)
    assert (history.was("bob"), history.was("bob", before=1), history.was("nobody")) == (True, False, False)


def line(store: BoltStore) -> list[Any]:
    text = "MATCH (v:ItemVersion {key: 'box@1'}) RETURN v.hash AS hash"
    return ["item", "box@1", store.read(Statement("hash", "read", (), ("hash",), text))[0]["hash"], "server", False, "", ""]


@pytest.mark.parametrize("how", ["no order", "not approved", "approved by who proposed it", "an order of another commit"])
def test_an_order_nobody_approved_is_named(ledger: Ledger, store: BoltStore, how: str) -> None:
    """A commit that the chain holds, but that no two people made."""
    proposed = {"state": "proposed" if how == "not approved" else "approved", "proposed_by": "ada", "approved_by": "ada"}
    body = {"state": "ordered", "ordered_at": ledger.head().seq + (1 if how == "an order of another commit" else 2)}
    record(ledger, "purge", "p", proposed)
    edits = [RecordEdit(VersionKind.RECORD, "purge_part", "p-00000", {"purge": "p", "versions": [line(store)]})]
    if how != "no order":
        edits.append(RecordEdit(VersionKind.RECORD, "purge", "p", {**proposed, **body}, expected_revision=1))
    ledger.commit(plan(), edits)
    found = verify(store).broken
    assert found is not None
    assert (found.kind, found.seq) == ("commit", 6)
    assert ("nobody else had approved" if how not in ("no order", "an order of another commit") else "without the order") in found.what


def test_what_a_hold_names_stays(purges: Purges, ledger: Ledger, store: BoltStore, clock: Days) -> None:
    clock.now += timedelta(days=100)
    carry_out(purges, read_policy(POLICY + "holds: [{name: case, items: [ann]}]"))
    assert bodies(store) == {"ann@1", "ann@2", "ann@3", "knows@1", "knows@2", "knows@3", "knows@4"}, "who knows Ann is part of the case"
    assert purges.preview(read_policy(POLICY + "holds: [{name: case, types: [person, knows]}]")).lines == ()


def test_four_eyes_and_one_step_after_the_other(purges: Purges, policy: Retention, ledger: Ledger, clock: Days) -> None:
    clock.now += timedelta(days=100)
    with pytest.raises(PurgeForbidden):
        purges.propose(policy, Actor("eve", frozenset({Role.AUDITOR, Role.CHANGE_MANAGER})), "x")
    made = purges.propose(policy, ADA, "the law")
    with pytest.raises(PurgeForbidden, match="another administrator"):
        purges.approve(made.id, ADA)
    with pytest.raises(PurgeForbidden):
        purges.approve(made.id, Actor("eve", frozenset({Role.AUDITOR})))
    with pytest.raises(PurgeStateWrong):
        purges.run(made.id, ADA)
    purges.approve(made.id, BEN)
    with pytest.raises(PurgeStateWrong):
        purges.approve(made.id, BEN)
    assert purges.withdraw(made.id, ADA, "not now").state == "withdrawn"
    with pytest.raises(PurgeStateWrong):
        purges.run(made.id, ADA)
    assert [one.state for one in purges.all()] == ["withdrawn"]


def test_what_was_approved_or_nothing(purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days) -> None:
    clock.now += timedelta(days=100)
    made = purges.propose(policy, ADA, "the law")
    purges.approve(made.id, BEN)
    baseline(ledger, 2)
    head, before = ledger.head().seq, bodies(store)
    with pytest.raises(PurgePlanMoved):
        purges.run(made.id, ADA)
    assert (ledger.head().seq, bodies(store)) == (head, before)


class Interrupted(CmdbError):
    code = "internal-error"


class Interrupting:
    """A store that fails once, at its nth write."""

    def __init__(self, store: BoltStore, writes: int) -> None:
        self._store, self._left = store, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Any, **more: Any) -> Any:
        self._left -= 1
        if self._left == -1:
            raise Interrupted("power is gone")
        return self._store.write(work, **more)


@pytest.mark.parametrize("writes", [1, 2, 4, 5, 6])
def test_an_interrupted_purge_is_finished(
    purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days, writes: int
) -> None:
    clock.now += timedelta(days=100)
    made = purges.propose(policy, ADA, "the law")
    purges.approve(made.id, BEN)
    broken: Any = Interrupting(store, writes)
    with pytest.raises(Interrupted):
        Purges(broken, Ledger(broken, clock), RecordBook(store), clock).run(made.id, ADA)
    assert purges.get(made.id).state == "ordered"
    assert verify(store).problem is None, "an order that is not carried out breaks nothing"
    done = purges.run(made.id, ADA)
    assert (done.state, done.removed) == ("done", 7)
    assert bodies(store) == {"ann@3", "knows@4"}, "live, and the end of what is no more"
    assert verify(store).problem is None


ANN, BOX = "MATCH (v:ItemVersion {key: 'ann@1'}) SET v.", "MATCH (v:ItemVersion {key: 'box@1'}) SET v."
STOLEN = {
    "a body taken out, said to be purged": (BOX + "body = '', v.purged = 6", ("item", "box", 1), "no purge"),
    "a purged version of another commit": (ANN + "purged = 5", ("item", "ann", 1), "no purge of commit 5"),
    "a purged version of another type": (ANN + "type = 'server'", ("item", "ann", 1), "no purge"),
    "a purged version with another hash": (ANN + f"hash = '{'0' * 64}'", ("commit", "1", 1), "the digest of its versions"),
    "a purged version made retired": (ANN + "retired = true", ("item", "ann", 1), "no purge"),
    "a body put into a purged version": (ANN + "body = '{}'", ("item", "ann", 1), "does not have the hash"),
    "a mark on a version that was not purged": (BOX + "purged = 6", ("item", "box", 1), "has its body"),
    "the order taken out": ("MATCH (v:RecordVersion {type: 'purge_part'}) DELETE v", ("commit", "7", 7), "versions"),
}


@pytest.mark.parametrize("what", STOLEN)
def test_a_theft_is_no_purge(purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days, what: str) -> None:
    clock.now += timedelta(days=100)
    carry_out(purges, policy)
    text, place, said = STOLEN[what]
    store.write(lambda tx: tx.run(Statement("steal", "write", (), (), text)))
    found = verify(store)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.id, found.broken.seq) == place
    assert said in found.broken.what


def test_a_purged_ledger_is_saved_and_restored(
    purges: Purges, policy: Retention, ledger: Ledger, store: BoltStore, clock: Days, tmp_path: Path
) -> None:
    clock.now += timedelta(days=100)
    carry_out(purges, policy)
    before = everything(store)
    backup(store, clock, tmp_path / "b")
    wipe(store)
    restore(store, tmp_path / "b")
    assert everything(store) == before
    assert verify(store).problem is None
