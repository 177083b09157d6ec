"""Sealing, proving membership and verifying against the ledger, on both engines; what was altered is named."""

import json
from datetime import datetime
from typing import Any

import pytest

from baselines.errors import BadProof, BaselineNotFound, NotInBaseline, NotSealed, SealBroken
from baselines.leaves import leaf_data
from baselines.membership import root_of
from baselines.model import Baseline, Scope, ScopeKind
from baselines.proof import check_proof
from baselines.seal import Seals
from change_gate.verdicts import RoleMissing
from cmdb.ledger.log import Log
from cmdb.ledger.verify import verify
from cmdb.model.commit import VersionKind
from cmdb.store.bolt import BoltStore
from tests.support.baseline_room import ERIN, MAX, MONA, VERA, WHOLE, Shop
from tests.support.cypher import writing
from tests.support.estate import create, retire, server, unrelate, update

pytestmark = pytest.mark.engine

SCOPES = [
    WHOLE,
    Scope(ScopeKind.SERVICE, service="shop"),
    Scope(ScopeKind.TYPE, types=("host", "document")),
    Scope(ScopeKind.QUERY, query={"types": ["server"], "search": "n"}),
    Scope(ScopeKind.ITEMS, items=("lone", "web")),
    Scope(ScopeKind.RELEASE, release="r1"),
]


@pytest.fixture
def shop(store: BoltStore) -> Shop:
    return Shop(store)


def sealed(shop: Shop, name: str, scope: Scope = WHOLE) -> Baseline:
    shop.take(name, scope)
    return shop.room.seals.seal(name, ERIN).baseline


def expected_digest(shop: Shop, scope: Scope, seq: int) -> str:
    """The root over the versions in scope, read from the log one by one."""
    members = shop.room.scopes.members(scope, seq)
    last = {(one.kind, one.subject_id): one for one in Log(shop.store).versions(1, seq, [VersionKind.ITEM, VersionKind.RELATION])}
    live = [one for one in last.values() if not one.body["retired"]]
    types = {one.subject_id: one.body["type"] for one in live if one.kind is VersionKind.ITEM}

    def inside(one: Any) -> bool:
        if one.kind is VersionKind.ITEM:
            return (one.subject_id, one.body["type"]) in members
        return any((one.body[end], types[one.body[end]]) in members for end in ("source", "target"))

    chosen = sorted((one for one in live if inside(one)), key=lambda one: (one.seq, one.kind.value, one.subject_id))
    return root_of(leaf_data(one.kind.value, one.key, one.hash) for one in chosen).hex()


def test_the_seal_is_the_root_over_the_versions_in_scope(shop: Shop) -> None:
    shop.write(update(shop.states["n1"], name="n1b"), unrelate(shop.links["web", "doc"]))
    seq = shop.write(create(server("late")), retire(shop.states["n2"]))
    for number, scope in enumerate(SCOPES):
        shop.take(f"b{number}", scope)
    shop.write(update(shop.states["lone"], name="moved on"))
    for number, scope in enumerate(SCOPES):
        done = shop.room.seals.seal(f"b{number}", ERIN).baseline
        assert done.seal is not None
        assert done.seal.digest == expected_digest(shop, scope, done.seq), scope
        assert done.seal.seq == done.seq >= seq
    whole = shop.room.baselines.get("b0").seal
    assert whole is not None
    assert (whole.items, whole.relations) == (9, 6)
    assert verify(shop.store).holds


def test_sealing_again_changes_nothing_and_needs_a_role(shop: Shop) -> None:
    with pytest.raises(RoleMissing):
        shop.room.seals.seal(shop.take("one").id, VERA)
    assert shop.room.book.unsealed() == [shop.room.baselines.get("one").id]
    first = shop.room.seals.seal("one", ERIN)
    again = shop.room.seals.seal("one", MAX)
    assert again.baseline == first.baseline
    assert again.receipt.replayed
    assert shop.room.book.unsealed() == []
    with pytest.raises(BaselineNotFound):
        shop.room.seals.seal("nobody", ERIN)


def test_a_step_taken_while_the_digest_is_computed_is_kept(shop: Shop) -> None:
    shop.take("one")
    room, looks = shop.room, 0

    def clock() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 1:
            room.baselines.approve("one", MONA)
        return shop.clock()

    after = Seals(shop.store, shop.ledger, Log(shop.store), room.book, room.scopes, clock).seal("one", ERIN).baseline
    assert looks == 1
    assert (after.state.value, after.sealed, after.approved_by) == ("approved", True, "mona")
    assert after == room.baselines.get("one")


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.kind.value)
def test_every_member_can_be_proved_to_somebody_with_only_the_digest(shop: Shop, scope: Scope) -> None:
    baseline = sealed(shop, "one", scope)
    assert baseline.seal is not None
    members = shop.room.scopes.members(scope, baseline.seq)
    inside = [name for name, state in shop.states.items() if (name, state.type) in members]
    assert inside
    for name in inside:
        proof = json.loads(json.dumps(shop.room.seals.prove("one", name)))
        checked = check_proof(proof, baseline.seal.digest)
        assert checked.holds, checked.problem
        assert json.loads(proof["body"])["name"] == name
    for name in set(shop.states) - set(inside):
        with pytest.raises(NotInBaseline):
            shop.room.seals.prove("one", name)
    link = shop.links["web", "db"]
    if "web" in inside:
        assert check_proof(shop.room.seals.prove("one", link.id), baseline.seal.digest).subject.startswith("relation ")


def test_a_proof_that_was_bent_does_not_hold(shop: Shop) -> None:
    baseline = sealed(shop, "one")
    proof: dict[str, Any] = shop.room.seals.prove("one", "web")
    other: dict[str, Any] = shop.room.seals.prove("one", "db")
    bent = [
        {**proof, "body": proof["body"].replace("web", "wob")},
        {**proof, "body": other["body"]},
        {**proof, "body": other["body"], "leaf": {**proof["leaf"], "hash": other["leaf"]["hash"]}},
        {**proof, "leaf": other["leaf"]},
        {**proof, "index": proof["index"] + 1},
        {**proof, "path": proof["path"][::-1]},
        {**proof, "path": other["path"]},
        {**proof, "digest": "0" * 64},
        {**proof, "body": "{"},
    ]
    for one in bent:
        assert not check_proof(one).holds, one
    assert baseline.seal is not None
    assert not check_proof(proof, "f" * 64).holds
    assert check_proof(proof, baseline.seal.digest.upper()).holds
    for broken in ({}, {**proof, "format": "other/1"}, {**proof, "path": ["zz"]}, {**proof, "path": ["00"]}, {**proof, "index": "1"},
                   {**proof, "leaf": None}):  # fmt: skip
        with pytest.raises(BadProof):
            check_proof(broken)


def test_nothing_is_proved_without_a_seal(shop: Shop) -> None:
    shop.take("one")
    with pytest.raises(NotSealed):
        shop.room.seals.prove("one", "web")


def test_what_holds_is_said_with_its_figures(shop: Shop) -> None:
    baseline = sealed(shop, "one", SCOPES[1])
    shop.write(update(shop.states["web"], name="later"))
    found = shop.room.seals.verify("one")
    assert found.holds
    assert baseline.seal is not None
    assert (found.digest, found.chain) == (baseline.seal.digest, baseline.hash)
    assert (found.items, found.relations) == (6, 8)
    assert found.commits == 4
    unsealed = shop.take("two")
    assert shop.room.seals.verify("two").digest is None
    assert shop.room.seals.verify(unsealed.id).holds


TAMPERING = {
    "version body": ("MATCH (v:ItemVersion {key: 'web@1'}) SET v.body = replace(v.body, 'web', 'wob')", "item", "web"),
    "version hash": ("MATCH (v:ItemVersion {key: 'web@1'}) SET v.hash = 'ab'", "item", "web"),
    "version gone": ("MATCH (v:ItemVersion {key: 'web@1'}) DETACH DELETE v", "commit", "1"),
    "version ended": ("MATCH (v:ItemVersion {key: 'lone@1'}) SET v.until = 1", "seal", None),
    "commit": ("MATCH (c:Commit {seq: 1}) SET c.actor = 'nobody'", "commit", "1"),
    "own record": ("MATCH (r:Record {kind: 'baseline'}) SET r.body = replace(r.body, 'evidence for', 'nothing of')", "baseline", None),
    "own versions gone": ("MATCH (v:RecordVersion) WHERE v.type = 'baseline' DELETE v", "baseline", None),
    "own version emptied": ("MATCH (v:RecordVersion) WHERE v.type = 'baseline' SET v.body = '{}'", "baseline", None),
    "own version": ("MATCH (v:RecordVersion) WHERE v.type = 'baseline' SET v.body = replace(v.body, 'audit', 'adult')", "record", None),
}


@pytest.mark.parametrize("name", list(TAMPERING))
def test_what_was_altered_in_the_engine_is_named(shop: Shop, name: str) -> None:
    baseline = sealed(shop, "one")
    statement, kind, id_ = TAMPERING[name]
    shop.store.write(lambda tx: tx.run(writing(statement)))
    found = shop.room.seals.verify(baseline.id)
    assert not found.holds
    assert (kind, id_ or baseline.id) in {(one.kind, one.id) for one in found.faults}, found.faults


def test_a_proof_is_not_given_from_a_ledger_that_does_not_give_the_digest(shop: Shop) -> None:
    sealed(shop, "one")
    shop.store.write(lambda tx: tx.run(writing("MATCH (v:ItemVersion {key: 'lone@1'}) SET v.hash = 'ab'")))
    with pytest.raises(SealBroken):
        shop.room.seals.prove("one", "web")
