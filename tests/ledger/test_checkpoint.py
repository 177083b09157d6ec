"""Checkpoints from outside: what the chain alone cannot tell, they do (requirement 9.1-19). Tampering is done directly in the engine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.ledger.chain import commit_fields, commit_hash
from cmdb.ledger.checkpoint import (
    Checkpoint,
    CheckpointMalformed,
    CheckpointOfAnotherLedger,
    CheckpointsContradict,
    CheckpointSignatureWrong,
    LedgerEmpty,
    check_signature,
    compare,
    noted,
    parse_checkpoints,
    read_checkpoints,
    sign_head,
)
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey, load_key
from cmdb.ledger.verify import Verification, verify
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.estate import SteppingClock, create, plan, relate, relation, server, update

CLOCK = SteppingClock()


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return load_key(tmp_path / "checkpoint.key", create=True)


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    """Twenty commits: two servers, a relationship, and one attribute that changes eighteen times."""
    ledger = Ledger(store, SteppingClock())
    a, b = server("a", os="linux", cpus=1), server("b")
    ledger.commit(plan(create(a), create(b)))
    ledger.commit(plan(relate(relation("a", "b", port=1))))
    for cpus in range(2, 20):
        changed = update(a, attributes={"os": "linux", "cpus": cpus})
        ledger.commit(plan(changed))
        a = replace(changed.after, revision=a.revision + 1)
    return ledger


def tamper(store: BoltStore, text: str) -> None:
    store.write(lambda tx: tx.run(Statement("tamper", "write", (), (), text)))


def against(store: BoltStore, *checkpoints: Checkpoint) -> Verification:
    return verify(store, checkpoints=noted(checkpoints, store))


def cut(store: BoltStore, count: int) -> None:
    """Take the last commits away with all that came of them, and leave a ledger that holds by itself."""
    head = Log(store).commits([20 - count])[20 - count]
    tamper(store, f"MATCH (c:Commit) WHERE c.seq > {head.seq} DELETE c")
    tamper(store, f"MATCH (v:ItemVersion) WHERE v.seq > {head.seq} DELETE v")
    tamper(store, f"MATCH (i:Intake) WHERE i.seq > {head.seq} DELETE i")
    tamper(store, f"MATCH (v:ItemVersion) WHERE v.until > {head.seq} SET v.until = {2**62}")
    tamper(store, f"MATCH (h:LedgerHead) SET h.seq = {head.seq}, h.hash = '{head.hash}', h.time = '{head.time}'")
    newest = f"MATCH (v:ItemVersion {{key: 'a@{head.seq}'}}) MATCH (n:Item {{id: 'a'}})"
    tamper(store, f"{newest} SET n.cpus = {head.seq - 1}, n._hash = v.hash, n._seq = v.seq, n.revision = v.revision")


def test_a_head_whose_time_was_altered_is_not_signed(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    tamper(store, "MATCH (h:LedgerHead) SET h.time = '2031-01-01T00:00:00.000000Z'")
    with pytest.raises(CheckpointsContradict, match="commit 20 do not agree"):
        sign_head(store, ledger.head(), key, CLOCK)


def test_a_checkpoint_pins_the_head(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    head = ledger.head()
    checkpoint = sign_head(store, head, key, CLOCK)
    assert (checkpoint.seq, checkpoint.hash, checkpoint.time) == (20, head.hash, head.time)
    assert checkpoint.ledger == Log(store).commits([1])[1].hash
    check_signature(checkpoint, key.public)
    assert parse_checkpoints(orjson.dumps(checkpoint.body())) == [checkpoint]
    assert against(store, checkpoint).holds


ALTERED: dict[str, tuple[str, tuple[str, str, int], str]] = {
    "a version": (
        "MATCH (v:ItemVersion {key: 'a@5'}) SET v.body = replace(v.body, 'linux', 'plan9')", ("item", "a", 5), "does not have the hash",
    ),
    "an attribute": ("MATCH (n:Item {id: 'a'}) SET n.os = 'plan9'", ("item", "a", 20), "attributes.os in the graph differ"),
    "a commit": ("MATCH (c:Commit {seq: 7}) SET c.actor = 'nobody'", ("commit", "7", 7), "what it says does not have its hash"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_named(ledger: Ledger, store: BoltStore, key: SigningKey, what: str) -> None:
    checkpoint = sign_head(store, ledger.head(), key, CLOCK)
    text, place, said = ALTERED[what]
    tamper(store, text)
    found = against(store, checkpoint)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.id, found.broken.seq) == place
    assert said in found.broken.what


def test_the_last_ten_commits_dropped_only_a_checkpoint_can_tell(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    late = sign_head(store, ledger.head(), key, CLOCK)
    cut(store, 10)
    assert verify(store).problem is None, "by itself the shortened ledger holds"
    early = sign_head(store, ledger.head(), key, CLOCK)
    assert early.seq == 10
    assert against(store, early).holds
    found = against(store, early, late)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.seq) == ("commit", 20)
    assert "commits 11 to 20 were cut off" in found.broken.what
    gap = compare(store, early, late)
    assert (gap.holds, gap.seq, gap.problem) == (False, 11, "commit 11 is missing in the ledger")


def test_a_rewritten_commit_is_told_from_outside(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    checkpoint = sign_head(store, ledger.head(), key, CLOCK)
    forged = commit_hash({**commit_fields(Log(store).commits([20])[20]), "actor": "nobody"})
    tamper(store, f"MATCH (c:Commit {{seq: 20}}), (h:LedgerHead) SET c.actor = 'nobody', c.hash = '{forged}', h.hash = '{forged}'")
    assert verify(store).holds
    found = against(store, checkpoint)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.seq) == ("commit", 20)
    assert "another hash than the one that was noted outside" in found.broken.what
    with pytest.raises(CheckpointsContradict):
        noted([checkpoint, sign_head(store, ledger.head(), key, CLOCK)], store)


def test_a_head_that_its_commit_denies_is_not_signed(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    tamper(store, "MATCH (c:Commit {seq: 20}) SET c.actor = 'nobody'")
    with pytest.raises(CheckpointsContradict):
        sign_head(store, ledger.head(), key, CLOCK)


def test_the_later_extends_the_earlier(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    early = sign_head(store, ledger.head(), key, CLOCK)
    for number in range(3):
        ledger.commit(plan(create(server(f"n{number}"))))
    late = sign_head(store, ledger.head(), key, CLOCK)
    for pair in ((early, late), (late, early)):
        found = compare(store, *pair)
        assert (found.holds, found.earlier, found.later, found.commits) == (True, 20, 23, 3)
    assert compare(store, late, late).holds
    forked = replace(late, seq=20)
    assert compare(store, early, forked).problem == "they name different hashes for commit 20"
    assert compare(store, replace(early, hash="0" * 64), late).problem == "commit 21 does not continue the earlier checkpoint"
    assert "another hash for commit 23" in str(compare(store, early, replace(late, hash="0" * 64)).problem)
    tamper(store, "MATCH (c:Commit {seq: 22}) SET c.reason = 'x'")
    assert compare(store, early, late).problem == "what commit 22 says does not have its hash"


def test_a_checkpoint_of_another_ledger_is_refused(ledger: Ledger, store: BoltStore, key: SigningKey) -> None:
    checkpoint = sign_head(store, ledger.head(), key, CLOCK)
    other = replace(checkpoint, ledger="f" * 64)
    with pytest.raises(CheckpointOfAnotherLedger):
        noted([other], store)
    with pytest.raises(CheckpointOfAnotherLedger):
        compare(store, checkpoint, other)


def test_nothing_is_signed_of_an_empty_ledger(store: BoltStore, key: SigningKey) -> None:
    with pytest.raises(LedgerEmpty):
        sign_head(store, Ledger(store, CLOCK).head(), key, CLOCK)


def plain(key: SigningKey) -> Checkpoint:
    bare = Checkpoint("a" * 64, 7, "b" * 64, "2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z", key.public)
    return replace(bare, signature=key.sign(bare.signed_bytes()))


CHANGES: dict[str, Callable[[Checkpoint], Checkpoint]] = {
    "ledger": lambda one: replace(one, ledger="c" * 64),
    "seq": lambda one: replace(one, seq=8),
    "hash": lambda one: replace(one, hash="c" * 64),
    "time": lambda one: replace(one, time="2026-01-01T00:00:00.000001Z"),
    "made_at": lambda one: replace(one, made_at="2026-01-03T00:00:00.000000Z"),
    "signature": lambda one: replace(one, signature="A" * 88),
}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_is_under_the_signature(key: SigningKey, field: str) -> None:
    with pytest.raises(CheckpointSignatureWrong, match="altered"):
        check_signature(CHANGES[field](plain(key)), key.public)


def test_another_key_is_told(key: SigningKey, tmp_path: Path) -> None:
    with pytest.raises(CheckpointSignatureWrong, match="another key"):
        check_signature(plain(load_key(tmp_path / "other", create=True)), key.public)


def test_files_hold_one_or_several(key: SigningKey, tmp_path: Path) -> None:
    one = plain(key)
    body = orjson.dumps(one.body())
    for text in (body, orjson.dumps([one.body()]), orjson.dumps(one.body(), option=orjson.OPT_INDENT_2), body + b"\n\n"):
        assert parse_checkpoints(text) == [one]
    assert parse_checkpoints(body + b"\n" + body) == [one, one]
    with pytest.raises(CheckpointMalformed, match="cannot be read"):
        read_checkpoints(tmp_path / "none")


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"garbage", b"\x00\xff", b"{}", b'{"format": "cmdb-checkpoint/2"}', b'{"format": "cmdb-checkpoint/1"}',
        b'"cmdb-checkpoint/1"', b"[" * 100_000,
    ],
)  # fmt: skip
def test_garbage_is_named(text: bytes) -> None:
    with pytest.raises(CheckpointMalformed):
        parse_checkpoints(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [("seq", 0), ("seq", True), ("seq", "7"), ("seq", 2**62), ("hash", "x" * 64), ("hash", None), ("ledger", "a"), ("time", "today"),
     ("key", 5), ("made_at", "2026-01-01"), ("extra", 1), ("signature", "x" * 201)],
)  # fmt: skip
def test_a_field_that_cannot_be_is_named(key: SigningKey, field: str, value: object) -> None:
    with pytest.raises(CheckpointMalformed, match=field):
        parse_checkpoints(orjson.dumps({**plain(key).body(), field: value}))


NAMES = st.sampled_from(["format", "seq", "hash", "ledger", "time", "x"])
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=10)
TEXTS = st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | VALUES.map(orjson.dumps)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_whatever_comes_is_a_checkpoint_or_told_so(text: bytes) -> None:
    with pytest.raises(CheckpointMalformed):
        parse_checkpoints(text)
