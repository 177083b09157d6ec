"""Engine scenarios 58 to 67: several writers at once. No update is lost, no twin is made, and nobody waits for ever."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cmdb.store.address import BoltAddress, write_address
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.errors import AlreadyExists, QueryTimedOut, WriteConflict
from cmdb.store.protocol import Transaction
from cmdb.store.retry import Patience
from tests.support.cypher import reading, writing

HEAD = writing("CREATE (:LedgerHead {id: 'head', seq: 0})")
LOCK = writing("MATCH (h:LedgerHead {id: 'head'}) SET h.locked = $by RETURN h.seq AS seq")
ADVANCE = writing("MATCH (h:LedgerHead {id: 'head'}) SET h.seq = $seq CREATE (:Commit {seq: $seq, actor: $by})")
SEQ = reading("MATCH (h:LedgerHead {id: 'head'}) RETURN h.seq AS seq")
COMMITS = reading("MATCH (c:Commit) RETURN c.seq AS seq ORDER BY seq")


def commit(tx: Transaction, by: str) -> int:
    """One ledger step: lock the head, then read it, then move it on."""
    seq = int(tx.run(LOCK, by=by)[0]["seq"]) + 1
    tx.run(ADVANCE, seq=seq, by=by)
    return seq


def together(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Run `work(0)` ... `work(count - 1)` in threads that start at the same moment; what they raised."""
    start, problems = threading.Barrier(count), list[Exception]()

    def one(number: int) -> None:
        start.wait()
        try:
            work(number)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def test_s58_eight_writers_at_the_ledgers_head_lose_nothing_and_leave_no_gap(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(HEAD))
    attempts = [0] * 8

    def writer(number: int) -> None:
        for _ in range(15):

            def work(tx: Transaction) -> int:
                attempts[number] += 1
                return commit(tx, f"w{number}")

            store.write(work)

    assert together(8, writer) == []
    assert store.read(SEQ) == [{"seq": 120}]
    assert [row["seq"] for row in store.read(COMMITS)] == list(range(1, 121))


def test_s59_with_the_writers_place_nothing_is_tried_twice(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(HEAD))
    attempts = [0] * 8

    def writer(number: int) -> None:
        for _ in range(10):

            def work(tx: Transaction) -> int:
                attempts[number] += 1
                return commit(tx, f"w{number}")

            with store.writing():
                store.write(work)

    assert together(8, writer) == []
    assert attempts == [10] * 8
    assert store.read(SEQ) == [{"seq": 80}]


def test_s60_two_processes_take_turns_through_the_lock_file(request: pytest.FixtureRequest, store: BoltStore, tmp_path: Path) -> None:
    address: BoltAddress = request.getfixturevalue(f"{store.engine}_address")
    write_address(tmp_path / "address.json", address)
    store.write(lambda tx: tx.run(HEAD))
    script = Path(__file__).parent.parent / "support" / "commit_in_turn.py"
    arguments = [sys.executable, str(script), str(tmp_path / "address.json"), str(tmp_path / "writer.lock"), "20"]
    processes = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs == ["20 attempts", "20 attempts"]
    assert store.read(SEQ) == [{"seq": 40}]


def test_s61_writers_that_lock_in_opposite_order_both_succeed(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(writing("CREATE (:Item {id: 'a', n: 0}), (:Item {id: 'b', n: 0})")))
    touch = writing("MATCH (n:Item {id: $id}) SET n.n = n.n + 1")

    def writer(number: int) -> None:
        order = "ab" if number == 0 else "ba"

        def work(tx: Transaction) -> None:
            tx.run(touch, id=order[0])
            time.sleep(0.15)
            tx.run(touch, id=order[1])

        for _ in range(3):
            store.write(work)

    assert together(2, writer) == []
    assert store.read(reading("MATCH (n:Item) RETURN n.n AS n")) == [{"n": 6}, {"n": 6}]


def test_s62_of_eight_creators_of_one_key_one_wins_and_seven_are_told(store: BoltStore) -> None:
    create = writing("CREATE (:Identifier {key: 'serial|X1', item_id: $by})")
    problems = together(8, lambda number: store.write(lambda tx: tx.run(create, by=str(number))) and None)
    assert [type(problem) for problem in problems] == [AlreadyExists] * 7
    assert store.read(reading("MATCH (n:Identifier) RETURN count(n) AS n")) == [{"n": 1}]


def test_s63_eight_mergers_of_the_same_keys_agree_without_an_error(store: BoltStore) -> None:
    """Concurrent agents cannot create twins, and none of them is refused for being second."""
    merge = writing("UNWIND $keys AS key MERGE (n:Identifier {key: key}) ON CREATE SET n.item_id = $by RETURN n.item_id AS item")
    answers: list[list[str]] = []

    def agent(number: int) -> None:
        for round_ in range(5):
            keys = [f"k{round_}-{n}" for n in range(10)]
            rows = store.write(lambda tx, keys=keys: tx.run(merge, keys=keys, by=str(number)))  # type: ignore[misc]
            answers.append([f"{round_}", *(row["item"] for row in rows)])

    assert together(8, agent) == []
    assert len(answers) == 40
    by_round = {answer[0]: {tuple(other) for other in answers if other[0] == answer[0]} for answer in answers}
    assert all(len(seen) == 1 for seen in by_round.values()), by_round
    assert store.read(reading("MATCH (n:Identifier) RETURN count(n) AS n, count(DISTINCT n.key) AS keys")) == [{"n": 50, "keys": 50}]


def test_s64_writers_of_different_items_do_not_disturb_each_other(store: BoltStore) -> None:
    create = writing("UNWIND range(0, 19) AS n CREATE (:Item:Server {id: $by + '-' + n})")

    def work(number: int) -> None:
        with store.writing():  # as every commit does: without it two first uses may lock ArcadeDB for ever (decision 0011)
            store.write(lambda tx: tx.run(create, by=str(number)))

    assert together(8, work) == []
    assert store.read(reading("MATCH (n:Item) RETURN count(n) AS n")) == [{"n": 160}]


def test_s65_hot_items_under_mixed_writes_end_consistent(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(writing("UNWIND range(0, 4) AS n CREATE (:Item {id: 'i' + n, n: 0})")))
    touch = writing("MATCH (n:Item {id: $id}) SET n.n = n.n + 1")
    relate = writing("MATCH (a:Item {id: $a}) MATCH (b:Item {id: $b}) CREATE (a)-[:DEPENDS_ON {id: $r}]->(b)")

    def writer(number: int) -> None:
        for k in range(8):

            def work(tx: Transaction, k: int = k) -> None:
                tx.run(touch, id=f"i{k % 5}")
                tx.run(relate, a=f"i{k % 5}", b=f"i{number % 5}", r=f"{number}-{k}")

            store.write(work)

    assert together(6, writer) == []
    assert store.read(reading("MATCH (n:Item) RETURN sum(n.n) AS n")) == [{"n": 48}]
    assert store.read(reading("MATCH (:Item)-[r]->(:Item) RETURN count(DISTINCT r.id) AS n")) == [{"n": 48}]


def test_s66_a_conflict_that_never_ends_is_told_in_time(request: pytest.FixtureRequest, store: BoltStore) -> None:
    """ArcadeDB: somebody else commits on the same node within each attempt. Neo4j: somebody else holds the lock and does not let go."""
    address: BoltAddress = request.getfixturevalue(f"{store.engine}_address")
    store.write(lambda tx: tx.run(HEAD))
    impatient = open_address(address, patience=Patience(write=1.5))
    began = time.monotonic()
    try:
        if store.engine == "arcadedb":
            with pytest.raises(WriteConflict) as refusal:
                impatient.write(lambda tx: lose(tx, store))
            assert (refusal.value.code, refusal.value.status) == ("write-conflict", 503)
        else:
            with pytest.raises(QueryTimedOut):
                store.write(lambda tx: (tx.run(LOCK, by="holder"), impatient.write(lambda late: late.run(LOCK, by="late"))))
        assert 0.5 < time.monotonic() - began < 6
    finally:
        impatient.close()


def lose(tx: Transaction, faster: BoltStore) -> None:
    """Touch the head, then let another transaction on the same head commit first."""
    tx.run(LOCK, by="loser")
    faster.write(lambda other: other.run(LOCK, by=str(time.monotonic())))


def test_s67_the_work_is_run_again_as_a_whole_after_a_lost_race(arcadedb_store: BoltStore) -> None:
    """ArcadeDB only: Neo4j makes the second writer wait, so a race cannot be lost there once the head is locked."""
    store, seen = arcadedb_store, list[int]()
    store.write(lambda tx: tx.run(HEAD))

    def work(tx: Transaction) -> int:
        seen.append(int(tx.run(LOCK, by="slower")[0]["seq"]))
        if len(seen) == 1:
            store.write(lambda other: commit(other, "faster"))
        tx.run(ADVANCE, seq=seen[-1] + 1, by="slower")
        return seen[-1] + 1

    assert store.write(work) == 2
    assert seen == [0, 1]
    assert [row["seq"] for row in store.read(COMMITS)] == [1, 2]


@pytest.mark.parametrize("round_", range(5))
def test_s68_eight_writers_that_use_a_new_label_for_the_first_time(store: BoltStore, round_: int) -> None:
    create = writing("UNWIND range(0, 19) AS n CREATE (:{{label}} {id: $by + '-' + n})").named(
        label=f"Item:FirstUse{round_}{time.time_ns()}"
    )
    beside = writing("CREATE (:Session {digest: $by})")

    def work(number: int) -> None:
        if number % 2:  # what is written outside of the place uses only labels that migrations made known
            store.write(lambda tx: tx.run(beside, by=str(number)))
        with store.writing():  # as every commit does: without it two first uses may lock ArcadeDB for ever (decision 0011)
            store.write(lambda tx: tx.run(create, by=str(number)))

    assert together(8, work) == []
    assert store.read(reading("MATCH (n:Item) RETURN count(n) AS n")) == [{"n": 160}]


def test_s69_readers_go_on_while_a_writer_holds_the_head(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(HEAD))

    def work(tx: Transaction) -> int:
        tx.run(LOCK, by="writer")
        tx.run(ADVANCE, seq=1, by="writer")
        return int(store.read(SEQ, timeout=5)[0]["seq"])

    assert store.write(work) == 0
    assert store.read(SEQ) == [{"seq": 1}]
