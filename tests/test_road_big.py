"""Batches of several pieces: cut off and sent again, replayed, sent with another body; on both engines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from change_gate.door import Door, OutcomeStatus
from cmdb.identification.errors import BatchTooLarge
from cmdb.inventory.query import ItemQuery
from cmdb.ledger.errors import IdempotencyKeyReused
from cmdb.ledger.intake import IntakeRecord
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import verify
from cmdb.model.commit import Receipt
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from tests.support.road import Road, agent, batch, server

A = agent("a")
SIZE, PIECE = 45, 20  # three pieces


class Killed(Exception):
    """Stands for `kill -9`: nothing after it runs."""


class CutOff:
    """A ledger that dies before its n-th commit."""

    def __init__(self, ledger: Ledger, before: int) -> None:
        self._ledger = ledger
        self._left = before

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        self._left -= 1
        if self._left <= 0:
            raise Killed
        return self._ledger.commit(plan, records, outcome)

    def intake(self, key: str) -> IntakeRecord | None:
        return self._ledger.intake(key)

    def touch(self, claim_keys: Sequence[str], seen_at: str) -> int:
        return self._ledger.touch(claim_keys, seen_at)


@pytest.fixture
def road(store: BoltStore) -> Road:
    return Road(store, piece=PIECE)


def estate(size: int = SIZE) -> tuple[Observation, ...]:
    """Each host depends on the next one and on one far away, so that relationships cross the pieces both ways."""
    return tuple(
        Observation(
            f"h{n}",
            "server",
            {"name": f"h{n}", "serial_number": f"SN{n:06d}", "vendor": "v"},
            (ObservedRelation("depends_on", to=f"h{(n + 1) % size}"), ObservedRelation("depends_on", to=f"h{(n * 7 + 22) % size}")),
        )
        for n in range(size)
    )


def expected_relations(size: int) -> int:
    pairs = {(n, other) for n in range(size) for other in ((n + 1) % size, (n * 7 + 22) % size) if other != n}
    return len(pairs)


def relations(road: Road, item_ids: Sequence[str]) -> int:
    rows = road.inventory.relations_of(item_ids, "out")
    return sum(len(found) for found in rows.values())


@pytest.mark.parametrize("key", [None, "ingest-1"])
def test_cut_off_between_pieces_and_sent_again_it_completes_without_twins(road: Road, key: str | None) -> None:
    sent = Batch("a", estate(), key=key)
    dying = Door(road.store, CutOff(road.ledger, before=2), lambda: road.registry, clock=road.clock, piece=PIECE)
    with pytest.raises(Killed):
        dying.submit(sent, A)
    assert road.inventory.count(ItemQuery()) == PIECE
    assert verify(road.store).holds

    phases: list[tuple[int, int, str]] = []
    done = road.door.submit(sent, A, lambda *step: phases.append(step))
    assert len(done.outcomes) == SIZE
    assert [one.index for one in done.outcomes] == list(range(SIZE))
    assert road.inventory.count(ItemQuery()) == SIZE
    found = [one.item_id or "" for one in done.outcomes]
    assert len(set(found)) == SIZE
    assert relations(road, found) == expected_relations(SIZE)
    assert phases[0] == (0, SIZE, "identify")
    assert phases[-1] == (SIZE, SIZE, "done")
    assert verify(road.store).holds

    again = road.door.submit(replace(sent, key=None), A)
    assert again.counts["unchanged"] == SIZE, "every claim was completed by the piece that brought its last relationship"
    assert again.receipts == ()


def test_a_replayed_key_answers_as_the_first_time(road: Road) -> None:
    sent = batch("a", server("web", ObservedRelation("depends_on", to="db")), server("db"), server("bad", warp=9), key="k1")
    first = road.door.submit(sent, A)
    again = road.door.submit(sent, A)
    assert again.replayed
    assert again.outcomes == first.outcomes
    assert [receipt.seq for receipt in again.receipts] == [receipt.seq for receipt in first.receipts]
    assert road.ledger.head().seq == 1


def test_a_replayed_key_with_another_body_is_refused(road: Road) -> None:
    road.door.submit(batch("a", server("web"), key="k1"), A)
    with pytest.raises(IdempotencyKeyReused):
        road.door.submit(batch("a", server("web", owner="ops"), key="k1"), A)
    assert road.ledger.head().seq == 1


def test_a_replayed_complete_batch_tells_of_the_retired_again(road: Road) -> None:
    road.door.submit(batch("a", server("web"), server("db"), scope="s", complete=True), A)
    sent = batch("a", server("web"), scope="s", complete=True, key="k2")
    first = road.door.submit(sent, A)
    again = road.door.submit(sent, A)
    assert again.outcomes == first.outcomes
    assert [one.status for one in again.outcomes] == [OutcomeStatus.UNCHANGED, OutcomeStatus.RETIRED]


def test_a_dry_run_of_several_pieces_sees_its_own_items(road: Road) -> None:
    dry = road.door.submit(Batch("a", estate(), dry_run=True), A)
    assert dry.counts["created"] == SIZE
    assert not any(one.problems for one in dry.outcomes)
    assert road.ledger.head().seq == 0


def test_more_than_an_atomic_batch_or_a_request_may_carry(road: Road) -> None:
    many = tuple(server(f"h{n}") for n in range(5_001))
    with pytest.raises(BatchTooLarge):
        road.door.submit(Batch("a", many, atomic=True), A)
