"""What happened to the relationships of an item, on both engines."""

from dataclasses import replace

import pytest

from cmdb.ledger.service import Ledger
from cmdb.ledger.touching import LastKnown, RelationTurn, Touching, Turn
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, at, create, plan, relate, relation, retire, rework, server, unrelate, update

pytestmark = pytest.mark.engine

WEB, DB, BOX = server("w", "web"), server("d", "db", "database"), server("b", "box")
NEEDS, RUNS = relation("w", "d", port=1), relation("w", "b", "runs_on")


@pytest.fixture
def touching(store: BoltStore) -> Touching:
    """Related, reworked, ended, begun again, and in the end the database retired with what hangs on it."""
    ledger = Ledger(store, SteppingClock())
    ledger.commit(plan(create(WEB), create(DB), create(BOX), relate(NEEDS, True), relate(RUNS, True)))
    ledger.commit(plan(rework(NEEDS, port=2), update(DB, name="stock")))
    ledger.commit(plan(unrelate(RUNS)))
    ledger.commit(plan(relate(at(RUNS, 3))))
    ledger.commit(plan(retire(replace(DB, name="stock", revision=2))))
    return Touching(store)


def told(found: list[RelationTurn]) -> list[tuple[int, str, Turn]]:
    return [(one.seq, one.type, one.turn) for one in found]


def test_turns_come_newest_first_from_both_ends_and_in_pages(touching: Touching) -> None:
    everything = touching.of("w", 10)
    assert told(everything)[:4] == [
        (5, "depends_on", Turn.ENDED),
        (4, "runs_on", Turn.BEGAN),
        (3, "runs_on", Turn.ENDED),
        (2, "depends_on", Turn.CHANGED),
    ]
    assert sorted(told(everything)[4:]) == [(1, "depends_on", Turn.BEGAN), (1, "runs_on", Turn.BEGAN)]
    assert told(touching.of("d", 10)) == [turn for turn in told(everything) if turn[1] == "depends_on"]
    paged, place = [], touching.of("w", 1)[0].place
    while page := touching.of("w", 1, place):
        paged += page
        place = page[-1].place
    assert paged == everything[1:]
    assert touching.of("nobody", 10) == []


def test_names_are_known_of_retired_items_too(touching: Touching) -> None:
    assert touching.names(["w", "d", "d", "nobody"]) == {"w": LastKnown("server", "web"), "d": LastKnown("database", "stock")}
