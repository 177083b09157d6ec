"""Taking checkpoints: handed over first, recorded afterwards, by administrators."""

from pathlib import Path

import pytest

from cmdb.archive.checkpoints import CheckpointForbidden, Checkpoints
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.checkpoint import Checkpoint, LedgerEmpty, check_signature, noted
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import load_key
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Role
from cmdb.records.book import RecordBook
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, create, plan, server

ADMINISTRATOR = Actor("ada", frozenset({Role.ADMINISTRATOR}))


class Away(CmdbError):
    code = "internal-error"


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    return Ledger(store, SteppingClock())


@pytest.fixture
def checkpoints(store: BoltStore, ledger: Ledger, tmp_path: Path) -> Checkpoints:
    return Checkpoints(store, ledger, RecordBook(store), SteppingClock(), lambda: load_key(tmp_path / "key", create=True))


def test_taken_handed_over_and_recorded(checkpoints: Checkpoints, ledger: Ledger, store: BoltStore, tmp_path: Path) -> None:
    ledger.commit(plan(create(server("a"))))
    handed: list[Checkpoint] = []

    def hand(one: Checkpoint) -> str:
        handed.append(one)
        return "a safe"

    taken = checkpoints.take(ADMINISTRATOR, [hand])
    assert handed == [taken.checkpoint]
    assert (taken.checkpoint.seq, taken.by, taken.sent_to, taken.recorded) == (1, "ada", ("a safe",), 2)
    check_signature(taken.checkpoint, load_key(tmp_path / "key").public)
    assert checkpoints.latest() == taken
    assert verify(store, checkpoints=noted([taken.checkpoint], store)).holds


def test_newest_first_in_pages(checkpoints: Checkpoints, ledger: Ledger) -> None:
    ledger.commit(plan(create(server("a"))))
    for _ in range(12):
        checkpoints.take(ADMINISTRATOR)
    seqs = [one.checkpoint.seq for one in checkpoints.page(first=5)]
    assert seqs == [12, 11, 10, 9, 8]
    assert [one.checkpoint.seq for one in checkpoints.page(before=8, first=50)] == [7, 6, 5, 4, 3, 2, 1]


def test_the_schedule_takes_none_where_nothing_happened(checkpoints: Checkpoints, ledger: Ledger) -> None:
    assert checkpoints.take_if_new(ADMINISTRATOR) is None
    ledger.commit(plan(create(server("a"))))
    first = checkpoints.take_if_new(ADMINISTRATOR)
    assert first is not None
    assert checkpoints.take_if_new(ADMINISTRATOR) is None
    ledger.commit(plan(create(server("b"))))
    second = checkpoints.take_if_new(ADMINISTRATOR)
    assert second is not None
    assert second.checkpoint.seq == 3


def test_a_hand_that_fails_leaves_no_record(checkpoints: Checkpoints, ledger: Ledger) -> None:
    ledger.commit(plan(create(server("a"))))

    def hand(_: Checkpoint) -> str:
        raise Away("the safe is closed")

    with pytest.raises(Away):
        checkpoints.take(ADMINISTRATOR, [hand])
    assert ledger.head().seq == 1
    assert checkpoints.latest() is None


def test_only_administrators_and_only_something(checkpoints: Checkpoints, ledger: Ledger) -> None:
    with pytest.raises(LedgerEmpty):
        checkpoints.take(ADMINISTRATOR)
    ledger.commit(plan(create(server("a"))))
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(CheckpointForbidden):
            checkpoints.take(Actor("x", frozenset({role})))
