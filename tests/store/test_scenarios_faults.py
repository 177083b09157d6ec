"""Engine scenarios 70 to 86: time-outs and broken connections. Nothing hangs, nothing is half written, and what is not known is said."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address, open_store
from cmdb.store.errors import OutcomeUnknown, QueryTimedOut, SignInRefused, StatementFailed, StoreUnavailable, UnknownEngine
from cmdb.store.protocol import Transaction
from cmdb.store.retry import Patience
from tests.support.cypher import ENDLESS, reading, writing
from tests.support.fault_proxy import Fault, FaultProxy

ADD = writing("CREATE (:Item {id: $id})")
ADD_ONCE = writing("MERGE (n:Item {id: $id}) ON CREATE SET n.made = 1 ON MATCH SET n.made = n.made + 1")
ALL = reading("MATCH (n:Item) RETURN n.id AS id ORDER BY id")
ONE = reading("RETURN 1 AS one")


@pytest.fixture
def address(request: pytest.FixtureRequest, store: BoltStore) -> BoltAddress:
    found: BoltAddress = request.getfixturevalue(f"{store.engine}_address")
    return found


@contextmanager
def through_proxy(address: BoltAddress, patience: Patience | None = None) -> Iterator[tuple[BoltStore, FaultProxy]]:
    host, port = address.uri.split("://")[1].split(":")
    with FaultProxy((host, int(port))) as proxy:
        store = open_address(replace(address, uri=proxy.uri, control_uri=None), patience=patience)
        try:
            yield store, proxy
        finally:
            store.close()


def test_s70_a_read_that_takes_too_long_ends_in_time_and_the_store_stays_usable(store: BoltStore) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTimedOut) as refusal:
        store.read(ENDLESS, timeout=0.5)
    assert time.monotonic() - began < 3
    assert (refusal.value.code, refusal.value.status) == ("query-timed-out", 503)
    assert store.read(ONE) == [{"one": 1}]


def test_s71_a_write_that_takes_too_long_leaves_nothing(store: BoltStore) -> None:
    def work(tx: Transaction) -> None:
        tx.run(ADD, id="a")
        tx.run(ENDLESS)

    with pytest.raises(QueryTimedOut):
        store.write(work, timeout=0.5)
    assert store.read(ALL) == []
    store.write(lambda tx: tx.run(ADD, id="a"))  # and no lock is left behind
    assert store.read(ALL) == [{"id": "a"}]


def test_s72_many_abandoned_queries_do_not_block_the_engine(store: BoltStore) -> None:
    def ask() -> None:
        with pytest.raises(QueryTimedOut):
            store.read(ENDLESS, timeout=0.5)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    began = time.monotonic()
    assert store.read(ONE, timeout=10) == [{"one": 1}]
    assert time.monotonic() - began < 3


def test_s73_an_abandoned_query_ends_on_the_server(store: BoltStore) -> None:
    with pytest.raises(QueryTimedOut):
        store.read(ENDLESS, timeout=0.3)
    running = reading("SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery AS text")
    give_up = time.monotonic() + 5
    while True:
        texts = [row["text"] for row in store.read(running)]
        if not any(text and text.startswith("UNWIND range(1, 100000)") for text in texts):
            return
        assert time.monotonic() < give_up, texts
        time.sleep(0.1)


def test_s74_a_connection_is_not_spoilt_by_an_old_deadline(store: BoltStore) -> None:
    for _ in range(3):
        store.read(ONE, timeout=0.2)
    time.sleep(0.4)
    store.read(ONE)
    with store.driver.session(database=store.database or None) as raw:
        raw.run(ONE.text).consume()  # the raw driver shares the pool


def test_s75_a_lost_answer_to_commit_is_told_and_the_row_is_there(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.LOSE_COMMIT_ANSWER)
        with pytest.raises(OutcomeUnknown) as refusal:
            remote.write(lambda tx: tx.run(ADD_ONCE, id="a"))
        assert (refusal.value.code, refusal.value.status) == ("outcome-unknown", 503)
        wait_until(lambda: proxy.answers_lost == 1)
    assert store.read(ALL) == [{"id": "a"}]
    assert store.read(reading("MATCH (n:Item) RETURN n.made AS made")) == [{"made": 1}]  # and it was not tried again


def test_s76_a_lost_commit_is_told_and_the_row_is_not_there(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.LOSE_COMMIT)
        with pytest.raises(OutcomeUnknown):
            remote.write(lambda tx: tx.run(ADD_ONCE, id="a"))
        assert proxy.fired == 1
    time.sleep(0.3)
    assert store.read(ALL) == []
    store.write(lambda tx: tx.run(ADD_ONCE, id="a"))  # the broken transaction holds no lock


def test_s77_a_connection_that_breaks_before_commit_is_tried_again_and_written_once(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.CUT_AT_RUN)
        remote.write(lambda tx: tx.run(ADD_ONCE, id="a"))
        assert proxy.fired == 1
    assert store.read(reading("MATCH (n:Item) RETURN n.made AS made")) == [{"made": 1}]


def test_s78_a_read_survives_a_broken_connection(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.CUT_AT_RUN)
        assert remote.read(ONE) == [{"one": 1}]
        proxy.break_all()  # idle connections of the pool
        assert remote.read(ONE) == [{"one": 1}]
        assert proxy.connections >= 3


def test_s79_a_refused_connection_is_told_soon(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address, Patience(unreachable=0.5)) as (remote, proxy):
        proxy.refuse()
        for call in (lambda: remote.read(ONE), lambda: remote.write(lambda tx: tx.run(ADD, id="a"))):
            began = time.monotonic()
            with pytest.raises(StoreUnavailable) as refusal:
                call()
            assert time.monotonic() - began < 5
            assert (refusal.value.code, refusal.value.status) == ("store-unavailable", 503)
            assert refusal.value.fields["retry_after"] > 0


def test_s80_a_short_absence_of_the_engine_is_waited_out(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        proxy.refuse()
        threading.Timer(0.7, proxy.listen).start()
        remote.write(lambda tx: tx.run(ADD, id="a"))
    assert store.read(ALL) == [{"id": "a"}]


def test_s81_an_engine_that_falls_silent_does_not_hang_a_read(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.STALL)
        began = time.monotonic()
        with pytest.raises(QueryTimedOut):
            remote.read(ONE, timeout=0.5)
        assert time.monotonic() - began < 4
        proxy.arm(Fault.NONE)
        assert remote.read(ONE) == [{"one": 1}]


def test_s82_an_engine_that_falls_silent_does_not_hang_a_write(store: BoltStore, address: BoltAddress) -> None:
    with through_proxy(address) as (remote, proxy):
        remote.read(ONE)
        proxy.arm(Fault.STALL)
        with pytest.raises(QueryTimedOut):
            remote.write(lambda tx: tx.run(ADD, id="a"), timeout=0.5)
        proxy.arm(Fault.NONE)
        remote.write(lambda tx: tx.run(ADD, id="b"))
    assert store.read(ALL) == [{"id": "b"}]


def test_s83_a_wrong_password_is_told(store: BoltStore, address: BoltAddress) -> None:
    with pytest.raises(SignInRefused) as refusal:
        open_store(address.uri, address.user, "wrong", address.database)
    assert "wrong" not in refusal.value.detail
    late = open_store(address.uri, address.user, "wrong", address.database, engine=store.engine)
    with pytest.raises(SignInRefused):
        late.read(ONE)
    late.close()


def test_s84_an_unknown_database_is_refused(store: BoltStore, address: BoltAddress) -> None:
    other = open_address(replace(address, database="nosuchdatabase"), patience=Patience(unreachable=0.3, read=5))
    with pytest.raises((StatementFailed, StoreUnavailable)):
        other.read(ONE)
    other.close()


def test_s85_the_engine_is_found_out(store: BoltStore, address: BoltAddress) -> None:
    opened = open_address(address)
    assert opened.engine == store.engine
    opened.close()


def test_s86_what_is_no_engine_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_like_http, args=(listener,), daemon=True).start()
        with pytest.raises(StoreUnavailable):
            open_store(f"bolt://127.0.0.1:{listener.getsockname()[1]}", "u", "p", "d")
    with pytest.raises(UnknownEngine):
        open_store("http://127.0.0.1:1", "u", "p", "d", engine="postgres")
    with pytest.raises(UnknownEngine):
        open_store("postgres://127.0.0.1:1", "u", "p", "d")


def _answer_like_http(listener: socket.socket) -> None:
    try:
        while True:
            client, _ = listener.accept()
            client.recv(1000)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            client.close()
    except OSError:
        return


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread brings about, 5 s at most."""
    give_up = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)
