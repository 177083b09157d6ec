"""Several writers at once, and answers that are lost: nothing twice, nothing missing, no gap."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pytest

from cmdb.inventory.service import Inventory
from cmdb.ledger.errors import IdentifierTaken, StalePlan
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import verify
from cmdb.store.bolt import BoltStore
from cmdb.store.errors import OutcomeUnknown
from cmdb.store.protocol import Transaction
from cmdb.store.statements import Statement
from tests.support.estate import SteppingClock, create, plan, server, update

pytestmark = pytest.mark.engine

T = TypeVar("T")


class LossyStore:
    """The store, but the answer to the next write is lost; `landed` says whether the write itself was done."""

    def __init__(self, store: BoltStore, landed: bool, losses: int = 1) -> None:
        self._store = store
        self._landed = landed
        self._losses = losses
        self.engine = store.engine

    def read(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> list[dict[str, Any]]:
        return self._store.read(statement, timeout=timeout, **params)

    def columns(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> dict[str, Any]:
        return dict(self._store.columns(statement, timeout=timeout, **params))

    def write(self, work: Callable[[Transaction], T], /, *, timeout: float | None = None) -> T:
        if not self._losses:
            return self._store.write(work, timeout=timeout)
        self._losses -= 1
        if self._landed:
            self._store.write(work, timeout=timeout)
        raise OutcomeUnknown("the line went dead")

    def writing(self) -> AbstractContextManager[None]:
        return self._store.writing()

    def close(self) -> None: ...


@pytest.mark.parametrize("landed", [True, False])
def test_a_lost_answer_is_looked_up(store: BoltStore, landed: bool) -> None:
    ledger = Ledger(LossyStore(store, landed), SteppingClock())
    receipt = ledger.commit(plan(create(server("a"))))
    assert (receipt.seq, dict(receipt.revisions), receipt.hash) == (1, {"a": 1}, ledger.head().hash)
    assert ledger.head().seq == 1
    assert verify(store).holds


def test_an_answer_lost_twice_is_told(store: BoltStore) -> None:
    ledger = Ledger(LossyStore(store, landed=False, losses=2), SteppingClock())
    with pytest.raises(OutcomeUnknown):
        ledger.commit(plan(create(server("a")), key="k"))
    assert ledger.intake("k") is None
    assert ledger.commit(plan(create(server("a")), key="k")).seq == 1


def run_together(works: list[Callable[[], Any]]) -> list[Any]:
    """Each work in a thread of its own, begun together; results or exceptions, in order."""
    found: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def one(at: int) -> None:
        gate.wait()
        try:
            found[at] = works[at]()
        except Exception as problem:
            found[at] = problem

    threads = [threading.Thread(target=one, args=(at,)) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


class Unordered(LossyStore):
    """A store as another machine has it: nobody takes turns, only the engine decides."""

    def __init__(self, store: BoltStore) -> None:
        super().__init__(store, landed=True, losses=0)

    def writing(self) -> AbstractContextManager[None]:
        from contextlib import nullcontext

        return nullcontext()


@pytest.mark.parametrize("take_turns", [True, False])
def test_writers_leave_no_gap(store: BoltStore, take_turns: bool) -> None:
    ledger = Ledger(store if take_turns else Unordered(store), SteppingClock())

    def work(writer: int) -> list[int | None]:
        return [ledger.commit(plan(create(server(f"{writer}-{n}")))).seq for n in range(5)]

    seqs = run_together([lambda writer=writer: work(writer) for writer in range(4)])  # type: ignore[misc]
    assert sorted(seq for made in seqs for seq in made) == list(range(1, 21))
    assert verify(store).problem is None


def test_of_two_edits_of_one_revision_one_is_stale(store: BoltStore) -> None:
    ledger = Ledger(Unordered(store), SteppingClock())
    web = server("w")
    ledger.commit(plan(create(web)))
    answers = run_together([lambda n=n: ledger.commit(plan(update(web, name=f"n{n}"))) for n in range(3)])  # type: ignore[misc]
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "StalePlan", "StalePlan"]
    assert Inventory(store).items(["w"])["w"].state.revision == 2
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [StalePlan, StalePlan]


def test_concurrent_agents_cannot_create_twins(store: BoltStore) -> None:
    ledger = Ledger(Unordered(store), SteppingClock())
    works = [lambda n=n: ledger.commit(plan(create(server(f"i{n}"), ["serial=1"]))) for n in range(3)]
    answers = run_together(works)  # type: ignore[arg-type]
    assert sorted(type(answer).__name__ for answer in answers) == ["IdentifierTaken", "IdentifierTaken", "Receipt"]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [IdentifierTaken, IdentifierTaken]
    assert ledger.head().seq == 1


def test_one_key_sent_twice_at_once_works_once(store: BoltStore) -> None:
    ledger = Ledger(Unordered(store), SteppingClock())
    wanted = plan(create(server("w")), key="k", body_digest="b")
    answers = run_together([lambda: ledger.commit(wanted)] * 3)
    assert [answer.seq for answer in answers] == [1, 1, 1]
    assert sorted(answer.replayed for answer in answers) == [False, True, True]
