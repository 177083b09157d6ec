"""What lies beside the history: claims, identifiers and idempotency keys that do not fit it are named (requirement 9.1-19)."""

from collections.abc import Mapping
from typing import Any

import pytest

from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import Verification, verify
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.estate import SteppingClock, claim, create, plan, retire, server, update


def keys(type_name: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """One rule: a server is known by its serial number."""
    return (f"host:serial|{fields['serial']}",) if type_name == "server" and fields.get("serial") else ()


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    ledger = Ledger(store, SteppingClock())
    a, b, c = server("a", serial="s1"), server("b", serial="s2"), server("c")
    known = {"a": ["host:serial|s1", "host:serial|old", "ref|test|host|a"], "b": ["host:serial|s2"], "c": ["host:serial|s3"]}
    edits = [create(one, strong=known[one.id], weak=[f"host:name|{one.name}"]) for one in (a, b, c)]
    spoken = [claim("a", fields={"serial": "s1"}), claim("a", source="other", fields={"serial": "old"}), claim("c", fields={"name": "c"})]
    ledger.commit(plan(*edits, *spoken, key="first"))
    ledger.commit(plan(update(b, name="B"), key="second"))
    ledger.commit(plan(claim("b", fields={}), key="nothing"))
    ledger.commit(plan(retire(c), key="third"))
    return ledger


def tamper(store: BoltStore, text: str) -> None:
    store.write(lambda tx: tx.run(Statement("tamper", "write", (), (), text)))


def test_without_types_that_can_be_read_the_rest_is_verified(ledger: Ledger, store: BoltStore) -> None:
    def unreadable() -> Any:
        raise InvalidInput("no types")

    found = verify(store, keys=unreadable)
    assert found.holds
    assert any("no types" in remark for remark in found.remarks)


def test_the_rule_is_made_only_of_what_holds(ledger: Ledger, store: BoltStore) -> None:
    tamper(store, "MATCH (n:Item {id: 'a'}) SET n.name = 'x'")

    def never() -> Any:
        raise AssertionError

    assert not verify(store, keys=never).holds


def look(store: BoltStore) -> Verification:
    return verify(store, keys=lambda: keys)


def test_what_is_as_it_should_be_holds(ledger: Ledger, store: BoltStore) -> None:
    found = look(store)
    assert (found.problem, found.remarks, found.seq) == (None, (), 3)


CASES = {
    "an identifier of nobody": (
        "CREATE (:Identifier {key: 'host:serial|x', item_id: 'ghost'})", ("identifier", "host:serial|x", None), "there is no version",
    ),
    "an identifier moved to another item": (
        "MATCH (i:Identifier {key: 'host:serial|s1'}) SET i.item_id = 'b'", ("identifier", "host:serial|s1", 2), "claims give another",
    ),
    "a weak identifier of nobody": (
        "CREATE (:WeakIdentifier {key: 'host:name|x', item_id: 'ghost'})", ("weak identifier", "host:name|x", None), "no version",
    ),
    "a claim of nobody": (
        "CREATE (:Claim {key: 'ghost|test', item_id: 'ghost', source: 'test', fields: '{}', relations: '[]'})",
        ("claim", "ghost|test", None), "there is no version",
    ),
    "a claim moved to another item": (
        "MATCH (c:Claim {key: 'a|test'}) SET c.item_id = 'b'", ("claim", "a|test", 2), "does not carry the key of item b",
    ),
    "a claim moved to another source": (
        "MATCH (c:Claim {key: 'a|test'}) SET c.source = 'admin'", ("claim", "a|test", 1), "source 'admin'",
    ),
    "a claim that cannot be read": ("MATCH (c:Claim {key: 'a|test'}) SET c.fields = '{'", ("claim", "a|test", 1), "that can be read"),
    "a claim without words": ("MATCH (c:Claim {key: 'a|test'}) SET c.relations = null", ("claim", "a|test", 1), "that can be read"),
    "an idempotency key taken out": ("MATCH (i:Intake {key: 'second'}) DELETE i", ("idempotency key", "second", 2), "is missing"),
    "an idempotency key of another commit": (
        "MATCH (i:Intake {key: 'second'}) SET i.seq = 1", ("idempotency key", "second", 2), "names commit 1 of",
    ),
    "an idempotency key of another time": (
        "MATCH (i:Intake {key: 'second'}) SET i.time = '2020-01-01T00:00:00.000000Z'", ("idempotency key", "second", 2), "2020-01-01",
    ),
    "an idempotency key made up": (
        "CREATE (:Intake {key: 'forged', seq: 2, digest: '', time: 'x'})", ("idempotency key", "forged", 2), "which it did not",
    ),
    "an idempotency key that did nothing, now said to have": (
        "MATCH (i:Intake {key: 'nothing'}) SET i.seq = 3", ("idempotency key", "nothing", 3), "which it did not",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_is_named(ledger: Ledger, store: BoltStore, case: str) -> None:
    text, place, what = CASES[case]
    tamper(store, text)
    found = look(store)
    assert found.broken is not None
    assert (found.broken.kind, found.broken.id, found.broken.seq) == place
    assert what in found.broken.what


def test_an_identifier_that_is_gone_is_a_remark(ledger: Ledger, store: BoltStore) -> None:
    tamper(store, "MATCH (i:Identifier {key: 'host:serial|s2'}) DELETE i")
    found = look(store)
    assert found.holds
    assert found.remarks == ("1 identifiers that values of live items give belong to nobody (first: host:serial|s2)",)
