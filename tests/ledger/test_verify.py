"""Verification names the first thing that does not hold, whatever was tampered with (requirement 9.1-19)."""

from dataclasses import replace

import pytest

from cmdb.kernel.canonical import digest
from cmdb.ledger.chain import commit_hash
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.errors import LedgerBroken
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import verify
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.estate import SteppingClock, create, plan, relate, relation, retire, server, update

pytestmark = pytest.mark.engine

A, B, C = server("a", os="linux", load=[1, 2.5]), server("b", "db", "database", tags=("x", "y")), server("c")
LINK, SIDE = relation("a", "b", port=1), relation("c", "b")


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    ledger = Ledger(store, SteppingClock())
    ledger.commit(plan(create(A), create(B), create(C), relate(LINK, True), relate(SIDE, True)))
    ledger.commit(plan(update(A, name="A", attributes={"os": "bsd", "cpus": 4})))
    ledger.commit(plan(retire(C)), [RecordEdit(VersionKind.RECORD, "note", "n", {"t": "x"}, indexed={"state": "open"})])
    ledger.commit(plan(), [RecordEdit(VersionKind.TYPE, "item_type", "server", {"name": "server"})])
    return ledger


def tamper(store: BoltStore, text: str) -> None:
    store.write(lambda tx: tx.run(Statement("tamper", "write", (), (), text)))


def test_an_untouched_ledger_holds(ledger: Ledger, store: BoltStore) -> None:
    told: list[tuple[int, int]] = []
    found = verify(store, lambda done, total: told.append((done, total)))
    assert found.problem is None
    assert found.holds
    assert (found.seq, found.hash, found.commits, found.versions) == (4, ledger.head().hash, 4, 10)
    assert (found.items, found.relations, found.records) == (2, 1, 2)
    assert told[0] == (0, 14)
    assert told[-1] == (14, 14)


def test_an_empty_store_has_no_ledger_that_could_hold(store: BoltStore) -> None:
    with pytest.raises(LedgerEmpty):
        verify(store)
    noted = verify(store, checkpoints={3: "f" * 64})
    assert noted.problem is not None
    assert "commits 1 to 3 were cut off" in noted.problem
    assert store.read(Statement("all", "read", (), ("n",), "MATCH (n) WHERE NOT n:Migration RETURN count(n) AS n"))[0]["n"] == 0


CASES = {
    "a version's hash taken away": (
        "MATCH (v:ItemVersion {key: 'a@1'}) SET v.hash = null", ("item", "a", 1), "does not have the hash",
    ),
    "a version's body taken away": (
        "MATCH (v:ItemVersion {key: 'a@1'}) SET v.body = null", ("item", "a", 1), "does not have the hash",
    ),
    "until taken away": (
        "MATCH (v:ItemVersion {key: 'a@1'}) SET v.until = null", ("item", "a", 1), "commit -1 replaced it",
    ),
    "whether a version is a retirement taken away": (
        f"MATCH (v:RelationVersion {{key: '{LINK.id}@1'}}) SET v.retired = null", ("relation", LINK.id, 1), "do not agree",
    ),
    "an end of a relationship's version taken away": (
        f"MATCH (v:RelationVersion {{key: '{LINK.id}@1'}}) SET v.target = null", ("relation", LINK.id, 1), "source or target",
    ),
    "a commit's number of versions taken away": (
        "MATCH (c:Commit {seq: 2}) SET c.versions = null", ("commit", "2", 2), "does not say how many",
    ),
    "when an item was created": (
        "MATCH (n:Item {id: 'a'}) SET n._created = '1999-01-01T00:00:00.000000Z'", ("item", "a", 2), "time of its first version",
    ),
    "a version's body": (
        """MATCH (v:ItemVersion {key: 'a@1'}) SET v.body = replace(v.body, 'linux', 'Linux')""",
        ("item", "a", 1), "body does not have the hash",
    ),
    "a version's look-up property": ("MATCH (v:ItemVersion {key: 'c@3'}) SET v.retired = false", ("item", "c", 3), "do not agree"),
    "an end of a relationship's version": (
        f"MATCH (v:RelationVersion {{key: '{LINK.id}@1'}}) SET v.target = 'c'", ("relation", LINK.id, 1), "source or target",
    ),
    "until": ("MATCH (v:ItemVersion {key: 'a@1'}) SET v.until = 3", ("item", "a", 1), "says that commit 3 replaced it"),
    "until of a newest version": ("MATCH (v:ItemVersion {key: 'b@1'}) SET v.until = 4", ("item", "b", 1), "commit 4 replaced it"),
    "a version removed": ("MATCH (v:ItemVersion {key: 'a@2'}) DELETE v", ("commit", "2", 2), "1 versions; 0 are there"),
    "a commit's reason": ("MATCH (c:Commit {seq: 2}) SET c.reason = 'harmless'", ("commit", "2", 2), "does not have its hash"),
    "a commit removed": ("MATCH (c:Commit {seq: 2}) DELETE c", ("commit", "2", 2), "is missing"),
    "the last commit removed": ("MATCH (c:Commit {seq: 4}) DELETE c", ("commit", "4", 4), "is missing"),
    "the head": ("MATCH (h:LedgerHead) SET h.hash = 'x'", ("ledger", "head", 4), "does not carry the hash"),
    "the time of the head": (
        "MATCH (h:LedgerHead) SET h.time = '2031-01-01T00:00:00.000000Z'", ("ledger", "head", 4), "carries the time '2031-01-01",
    ),
    "the head removed": ("MATCH (h:LedgerHead) DELETE h", ("ledger", "head", None), "is missing though there are commits"),
    "a relationship from a commit": (
        "MATCH (c:Commit {seq: 2}), (n:Item {id: 'a'}) CREATE (c)-[:DEPENDS_ON]->(n)",
        ("relation", "Commit->a", None), "DEPENDS_ON from a node that is no item",
    ),
    "a relationship between versions": (
        "MATCH (c:Commit {seq: 2}), (d:Commit {seq: 1}) CREATE (c)-[:CAME_AFTER]->(d)",
        ("relation", "Commit->Commit", None), "CAME_AFTER from a node that is no item",
    ),
    "an attribute in the live graph": ("MATCH (n:Item {id: 'a'}) SET n.cpus = 8", ("item", "a", 2), "attributes.cpus in the graph differ"),
    "an attribute removed": ("MATCH (n:Item {id: 'b'}) SET n.tags = null", ("item", "b", 1), "attributes.tags in the graph differ"),
    "a core field": ("MATCH (n:Item {id: 'a'}) SET n.owner = 'me'", ("item", "a", 2), "owner in the graph differ"),
    "origins": ("MATCH (n:Item {id: 'a'}) SET n._origins = '{}'", ("item", "a", 2), "origins.load, origins.name, origins.os"),
    "bookkeeping": ("MATCH (n:Item {id: 'a'}) SET n._seq = 1", ("item", "a", 2), "number or hash of another version"),
    "an item nobody committed": (
        "CREATE (n:Item {id: 'x', type: 'server', name: 'x'})", ("item", "x", None), "has no version",
    ),
    "an item without an id": ("CREATE (n:Item {name: 'x'})", ("item", "(none)", None), "have no id"),
    "a live item removed": ("MATCH (n:Item {id: 'b'}) DETACH DELETE n", ("item", "b", 1), "missing in the graph"),
    "a live relationship removed": ("MATCH (:Item {id: 'a'})-[x]->() DELETE x", ("relation", LINK.id, 1), "missing in the graph"),
    "a relationship's attribute": ("MATCH (:Item {id: 'a'})-[x]->() SET x.port = 2", ("relation", LINK.id, 1), "attributes.port"),
    "a relationship nobody committed": (
        "MATCH (a:Item {id: 'a'}), (b:Item {id: 'b'}) CREATE (b)-[:RUNS_ON]->(a)", ("relation", "b->a", None), "has no version",
    ),
    "a relationship under another type": (
        "MATCH (a:Item {id: 'a'})-[x:DEPENDS_ON]->(b) CREATE (a)-[y:RUNS_ON]->(b) SET y = properties(x) DELETE x",
        ("relation", LINK.id, 1), "is stored as RUNS_ON",
    ),
    "an item under another label": (
        """MATCH (n:Item {id: 'a'})-[x]->(b) WITH n, b, properties(n) AS p, properties(x) AS q DETACH DELETE n
        CREATE (m:Item:Database) SET m = p, m.id = 'tmp' CREATE (m)-[y:DEPENDS_ON]->(b) SET y = q SET m.id = 'a'""",
        ("item", "a", 2), "is labelled",
    ),
    "a version slipped in between two commits": (
        """MATCH (v:ItemVersion {key: 'a@1'})
        CREATE (:ItemVersion {key: 'a@1.5', subject_id: 'a', seq: 1.5, until: 9, hash: v.hash, body: v.body})""",
        ("item", "a@1.5", None), "which no commit can have",
    ),
    "a version whose number is a text": (
        """MATCH (v:ItemVersion {key: 'a@1'})
        CREATE (:ItemVersion {key: 'a@x', subject_id: 'a', seq: '1', until: 9, hash: v.hash, body: v.body})""",
        ("item", "a@x", None), "which no commit can have",
    ),
    "a record's indexed property": ("MATCH (n:Record {id: 'n'}) SET n.state = 'done'", ("record", "n", 3), "indexed.state"),
    "a type definition": ("MATCH (n:Record {id: 'server'}) SET n.body = '{}'", ("type", "server", 4), "body.name"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_tampering_is_named(ledger: Ledger, store: BoltStore, case: str) -> None:
    text, place, what = CASES[case]
    tamper(store, text)
    found = verify(store)
    assert not found.holds
    assert found.broken is not None
    assert (found.broken.kind, found.broken.id, found.broken.seq) == place
    assert what in found.broken.what
    assert found.problem is not None
    assert what in found.problem


def test_nothing_is_committed_onto_a_head_that_does_not_fit(ledger: Ledger, store: BoltStore) -> None:
    tamper(store, "MATCH (h:LedgerHead) SET h.time = '2031-01-01T00:00:00.000000Z'")
    with pytest.raises(LedgerBroken, match="commit 4"):
        ledger.commit(plan(create(server("new"))))
    assert ledger.head().seq == 4


def test_a_commit_beyond_the_head_is_named_by_its_number(ledger: Ledger, store: BoltStore) -> None:
    tamper(store, "CREATE (:Commit {seq: 9, key: 'a key', hash: 'x'})")
    found = verify(store).broken
    assert found is not None
    assert (found.kind, found.id, found.seq) == ("commit", "9", 9)


def test_a_body_exchanged_with_its_hash_breaks_the_commit(ledger: Ledger, store: BoltStore) -> None:
    tamper(store, "MATCH (v:ItemVersion {key: 'b@1'}), (w:ItemVersion {key: 'c@1'}) SET v.body = replace(v.body, 'db', 'dc')")
    tamper(store, f"MATCH (v:ItemVersion {{key: 'b@1'}}) SET v.hash = '{_hash_of(store, 'b@1')}'")
    found = verify(store)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.seq) == ("commit", 1)
    assert "exchanged" in found.broken.what


NO_BODIES = {
    "a list": "[]", "no JSON": "x", "nothing": "", "nothing of a version": "{}", "a word": '"a"', "no relationship's": '{"id": "a"}',
}  # fmt: skip


@pytest.mark.parametrize("text", NO_BODIES)
@pytest.mark.parametrize("subject", ["ItemVersion {key: 'a@1'}", f"RelationVersion {{key: '{LINK.id}@1'}}", "RecordVersion {key: 'n@3'}"])
def test_a_body_that_is_none_is_named_though_its_hash_fits(ledger: Ledger, store: BoltStore, subject: str, text: str) -> None:
    hash_ = digest(NO_BODIES[text].encode())
    tamper(store, f"MATCH (v:{subject}) SET v.body = '{NO_BODIES[text]}', v.hash = '{hash_}'")
    found = verify(store).broken
    assert found is not None
    assert f"{found.id}@{found.seq}" in subject
    assert "none the ledger could have written" in found.what


@pytest.mark.parametrize(
    "alteration",
    ["v.until = '2'", "v.until = 2.5", "v.purged = 'yes'", "v.purged = 2, v.body = '', v.hash = 'zz'", "v.purged = '2', v.body = ''"],
)
def test_bookkeeping_of_another_kind_is_named(ledger: Ledger, store: BoltStore, alteration: str) -> None:
    tamper(store, f"MATCH (v:ItemVersion {{key: 'a@1'}}) SET {alteration}")
    found = verify(store).broken
    assert found is not None
    assert (found.kind, found.id, found.seq) == ("item", "a", 1)


def test_cutting_off_the_end_is_found(ledger: Ledger, store: BoltStore) -> None:
    head = ledger.head()
    cut = "MATCH (c:Commit {seq: 4}) WITH c, c.previous AS before DELETE c WITH before MATCH (h:LedgerHead) SET h.seq = 3, h.hash = before"
    tamper(store, cut)
    tamper(store, "MATCH (c:Commit {seq: 3}), (h:LedgerHead) SET h.time = c.time")
    found = verify(store)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.seq) == ("type", 4)
    assert "cut off" in found.broken.what
    tamper(store, "MATCH (v:TypeVersion) DELETE v")
    tamper(store, "MATCH (n:Record {id: 'server'}) DELETE n")
    left = verify(store).broken
    assert left is not None
    assert (left.kind, left.seq, left.what) == ("idempotency key", 4, "says that it made commit 4, which it did not")
    tamper(store, "MATCH (i:Intake {seq: 4}) DELETE i")
    assert verify(store).holds, "nothing inside can tell"
    outside = verify(store, checkpoints={head.seq: head.hash})
    assert outside.broken is not None
    assert "noted outside" in outside.broken.what


def test_a_chain_rewritten_from_within_is_found_from_outside(ledger: Ledger, store: BoltStore) -> None:
    head = ledger.head()
    row = store.read(Statement("last", "read", (), ("c",), "MATCH (c:Commit {seq: 4}) RETURN properties(c) AS c"))[0]["c"]
    forged = commit_hash({**{name: row.get(name) for name in FIELDS}, "reason": "forged"})
    tamper(store, f"MATCH (c:Commit {{seq: 4}}), (h:LedgerHead) SET c.reason = 'forged', c.hash = '{forged}', h.hash = '{forged}'")
    assert verify(store).holds
    assert not verify(store, checkpoints={4: head.hash}).holds


FIELDS = ("seq", "time", "actor", "source", "reason", "change", "key", "versions", "content", "previous")


def test_commits_made_meanwhile_do_not_disturb(ledger: Ledger, store: BoltStore) -> None:
    made = []

    def write(done: int, total: int) -> None:
        if done >= 10 and len(made) < 2:  # the history has been walked, the live graph is next
            made.append(ledger.commit(plan(create(server(f"new{len(made)}")))))

    found = verify(store, write)
    assert len(made) == 2
    assert found.problem is None
    assert found.holds


def test_an_item_that_is_changed_meanwhile_is_no_breach(ledger: Ledger, store: BoltStore) -> None:
    """It was read as the newest version; when the walk goes on, another one is."""
    made = []

    def write(done: int, total: int) -> None:
        if done >= 10 and not made:
            made.append(ledger.commit(plan(update(B, name="changed"))))

    found = verify(store, write)
    assert len(made) == 1
    assert found.problem is None
    assert found.seq == 5


def test_until_is_read_anew_where_something_came_meanwhile(ledger: Ledger, store: BoltStore) -> None:
    made = []

    def write(done: int, total: int) -> None:
        if done >= 10 and not made:
            made.append(ledger.commit(plan(update(B, name="changed"))))
            tamper(store, f"MATCH (v:ItemVersion {{key: 'b@1'}}) SET v.until = {2**62}")

    found = verify(store, write).broken
    assert found is not None
    assert (found.kind, found.id, found.seq) == ("item", "b", 1)


def test_what_writers_never_leave_alone_is_a_remark(ledger: Ledger, store: BoltStore) -> None:
    """An item that is wrong in the graph, and that a commit touches each time it is looked at."""
    tamper(store, "MATCH (n:Item {id: 'b'}) SET n.tags = ['z']")
    last = B

    def write(done: int, total: int) -> None:
        nonlocal last
        if done >= 10:  # beyond the history: the live graph is looked at
            changed = update(last, name=last.name + "x")
            ledger.commit(plan(changed))
            last = replace(changed.after, revision=last.revision + 1)
            tamper(store, "MATCH (n:Item {id: 'b'}) SET n.tags = ['z']")

    found = verify(store, write)
    assert found.problem is None
    assert any("verify again" in remark for remark in found.remarks)


def _hash_of(store: BoltStore, key: str) -> str:
    row = store.read(Statement("body", "read", (), ("b",), f"MATCH (v:ItemVersion {{key: '{key}'}}) RETURN v.body AS b"))[0]
    return digest(str(row["b"]).encode())
