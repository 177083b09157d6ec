"""Engine scenarios 87 to 101: the life of an engine's process, also its violent end. These start engines of their own."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cmdb.kernel.clock import system_clock
from cmdb.store.address import BoltAddress, read_address
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild, EngineInUse, EngineStartFailed
from cmdb.store.engines.arcadedb.child import free_port
from cmdb.store.engines.guard import Guard
from cmdb.store.errors import OutcomeUnknown, StoreUnavailable
from cmdb.store.migrations import migrate
from cmdb.store.retry import Patience
from tests.support.cypher import reading, writing
from tests.support.engines import Child, Missing
from tools.neo4j_jars import Neo4jChild, Neo4jNotPossible, find_jdk, provide_jars

pytestmark = [pytest.mark.engine, pytest.mark.slow]
ADD = writing("CREATE (:Item {id: $id})")
ALL = reading("MATCH (n:Item) RETURN n.id AS id")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def child(tmp_path: Path) -> Iterator[ArcadeChild]:
    """An ArcadeDB that is not started yet."""
    made = ArcadeChild(tmp_path / "graph", heap="256m")
    yield made
    made.stop()


@pytest.fixture(params=["arcadedb", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def any_child(request: pytest.FixtureRequest, tmp_path: Path, missing: Missing) -> Iterator[Child]:
    """An engine of either kind that may be killed, not started yet."""
    made: Child = ArcadeChild(tmp_path / "graph", heap="256m")
    if request.param == "neo4j":
        try:
            find_jdk()
            provide_jars()
        except Neo4jNotPossible as problem:
            missing.skip("Neo4j killed with SIGKILL (needs its own jars)", str(problem))
        made = Neo4jChild(tmp_path / "graph", short_lived=True)
    yield made
    made.stop()


def migrated(address: BoltAddress) -> BoltStore:
    store = open_address(address, patience=Patience(unreachable=0.2))
    migrate(store, system_clock)
    return store


def test_s87_killed_in_the_middle_of_writes_nothing_acknowledged_is_lost(any_child: Child) -> None:
    store = migrated(any_child.start())
    acknowledged: list[str] = []
    unknown: list[str] = []

    def writer(number: int) -> None:
        for k in range(100_000):
            name = f"{number}-{k}"
            try:
                store.write(lambda tx, name=name: tx.run(ADD, id=name))  # type: ignore[misc]
                acknowledged.append(name)
            except OutcomeUnknown:
                unknown.append(name)
            except StoreUnavailable:
                return

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 150:
        time.sleep(0.01)
    assert any_child.pid is not None
    os.kill(any_child.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    store.close()

    again = open_address(any_child.start())
    found = {row["id"] for row in again.read(ALL)}
    again.close()
    assert set(acknowledged) <= found
    assert found <= set(acknowledged) | set(unknown)  # nothing that was refused came in


def test_s88_a_restart_keeps_data_and_password(any_child: Child) -> None:
    first = any_child.start()
    store = migrated(first)
    store.write(lambda tx: tx.run(ADD, id="a"))
    store.close()
    any_child.stop()
    second = any_child.start()
    assert (second.user, second.password, second.database) == (first.user, first.password, first.database)
    store = open_address(second)
    assert store.read(ALL) == [{"id": "a"}]
    assert migrate(store, system_clock) == []
    store.close()


def test_s89_the_password_is_private_and_on_no_command_line(child: ArcadeChild, tmp_path: Path) -> None:
    address = child.start()
    folder = tmp_path / "graph"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("password", "address.json", "engine.pid", "log/engine.log"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    engine = psutil.Process(child.pid)
    assert address.password not in " ".join(engine.cmdline())
    assert address.password not in str(engine.environ())
    assert address.password not in repr(address)
    assert address.password not in child.log_file.read_text(encoding="utf-8")
    assert len(address.password) >= 32


def test_s90_it_listens_on_the_loopback_only(child: ArcadeChild) -> None:
    child.start()
    listening = [c.laddr.ip for c in psutil.Process(child.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert {ip.removeprefix("::ffff:") for ip in listening} <= {"127.0.0.1", "::1"}


def test_s91_other_processes_find_it_by_its_address_file(child: ArcadeChild) -> None:
    address = child.start()
    assert read_address(child.address_file) == address
    child.stop()
    assert read_address(child.address_file) is None
    child.stop()  # twice is fine


def test_s92_a_second_process_on_the_same_directory_is_refused(child: ArcadeChild, tmp_path: Path) -> None:
    child.start()
    other = ArcadeChild(tmp_path / "graph")
    with pytest.raises(EngineInUse) as refusal:
        other.start()
    assert refusal.value.code == "engine-in-use"
    assert str(os.getpid()) in refusal.value.detail
    other.stop()
    assert child.alive()
    assert read_address(child.address_file) is not None  # the refused one took nothing away


def test_s93_after_a_crash_it_starts_again_on_the_same_port(child: ArcadeChild) -> None:
    first = child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while child.alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    second = child.start()
    assert second.uri == first.uri
    assert child.alive()


def start_in_another_process(folder: Path) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    script = (
        "import json, sys, time\nfrom pathlib import Path\nfrom cmdb.store.engines.arcadedb import ArcadeChild\n"
        "child = ArcadeChild(Path(sys.argv[1]), heap='256m')\nchild.start()\n"
        "print(json.dumps({'pid': child.pid}), flush=True)\ntime.sleep(120)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    return parent, json.loads(parent.stdout.readline())


def test_s94_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent, said = start_in_another_process(tmp_path / "graph")
    engine = psutil.Process(said["pid"])
    parent.kill()
    parent.wait()
    engine.wait(timeout=10)  # raises TimeoutExpired where it lives on
    child = ArcadeChild(tmp_path / "graph", heap="256m")
    child.start()  # and the directory is free
    child.stop()


def test_s95_an_orphan_without_guard_is_cleared_away_at_the_next_start(tmp_path: Path) -> None:
    parent, said = start_in_another_process(tmp_path / "graph")
    engine = psutil.Process(said["pid"])
    guards = [process for process in psutil.Process(parent.pid).children() if "cmdb-guard" in process.cmdline()]
    assert len(guards) == 1
    guards[0].kill()
    parent.kill()
    parent.wait()
    time.sleep(0.3)
    assert engine.is_running()
    child = ArcadeChild(tmp_path / "graph", heap="256m")
    try:
        child.start()
        assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE
        assert child.pid != engine.pid
    finally:
        child.stop()


def test_s96_a_recorded_process_that_is_somebody_else_is_left_alone(child: ArcadeChild, tmp_path: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        (tmp_path / "graph").mkdir()
        record = f"{stranger.pid} {psutil.Process(stranger.pid).create_time()}"
        (tmp_path / "graph" / "engine.pid").write_text(record, encoding="utf-8")
        child.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_s97_a_start_that_fails_says_why_and_frees_the_directory(tmp_path: Path) -> None:
    broken = ArcadeChild(tmp_path / "graph", heap="none")
    with pytest.raises(EngineStartFailed) as refusal:
        broken.start()
    assert "Invalid maximum heap size" in refusal.value.detail
    assert broken.pid is None
    child = ArcadeChild(tmp_path / "graph", heap="256m")
    child.start()
    child.stop()


def test_s98_a_lost_password_file_is_replaced_and_the_data_stay(child: ArcadeChild, tmp_path: Path) -> None:
    store = migrated(child.start())
    store.write(lambda tx: tx.run(ADD, id="a"))
    store.close()
    child.stop()
    (tmp_path / "graph" / "password").unlink()
    store = open_address(child.start())
    assert store.read(ALL) == [{"id": "a"}]
    store.close()


def test_s99_a_busy_port_is_no_obstacle(child: ArcadeChild, tmp_path: Path) -> None:
    """The port of the crashed engine was taken meanwhile: another one is used and published."""
    first = child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    while child.alive():
        time.sleep(0.01)
    with socket.create_server(("127.0.0.1", int(first.uri.rsplit(":", 1)[1]))):
        second = child.start()
    assert second.uri != first.uri
    assert read_address(child.address_file) == second


@pytest.mark.parametrize("taken", ["bolt", "http"])
def test_s110_a_port_that_is_taken_between_choice_and_start_is_no_obstacle(tmp_path: Path, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as thief:
        busy = thief.getsockname()[1]
        chosen = [busy, free_port(0)] if taken == "bolt" else [free_port(0), busy]

        def choose(wanted: int) -> int:
            return chosen.pop(0) if chosen else free_port(wanted)

        child = ArcadeChild(tmp_path / "graph", heap="256m", choose_port=choose)
        try:
            address = child.start()
            assert address.uri != f"bolt://127.0.0.1:{busy}"
            store = open_address(address)
            assert store.read(reading("RETURN 1 AS one")) == [{"one": 1}]
            store.close()
        finally:
            child.stop()


def test_s100_ctrl_c_in_the_terminal_does_not_reach_the_engine(child: ArcadeChild) -> None:
    child.start()
    assert child.pid is not None
    assert os.getpgid(child.pid) != os.getpgid(0)  # a terminal signals the whole foreground group


def test_s101_a_guard_ends_its_process_when_told_nothing_and_spares_it_when_released() -> None:
    spared = subprocess.Popen(["/bin/sleep", "60"])
    guard = Guard(spared.pid)
    guard.release()
    time.sleep(0.2)
    assert spared.poll() is None
    spared.kill()
    spared.wait()
