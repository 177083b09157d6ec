"""Starting, watching and stopping: real child processes, fake engines."""

import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from cmdb_app.supervise.errors import AlreadyServing, PartFailed
from cmdb_app.supervise.home import Home, Serving
from cmdb_app.supervise.process import ChildProcess
from cmdb_app.supervise.supervisor import Supervisor


class FakeEngine:
    """Counts how often it was started; `up` is what `alive()` says."""

    def __init__(self, journal: list[str], name: str, fails: bool = False) -> None:
        self._journal, self._name, self._fails = journal, name, fails
        self.up = False

    def start(self) -> None:
        self._journal.append(f"start {self._name}")
        if self._fails:
            raise PartFailed(f"{self._name} does not start")
        self.up = True

    def stop(self) -> None:
        self._journal.append(f"stop {self._name}")
        self.up = False

    def alive(self) -> bool:
        return self.up


def child(name: str, folder: Path, program: str) -> ChildProcess:
    """A Python program as a part."""
    return ChildProcess(name, [sys.executable, "-c", program], folder / f"{name}.log", stop_timeout=5.0)


SLEEP = "import time; time.sleep(600)"


def test_parts_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    journal: list[str] = []
    workers = [child("API", tmp_path, SLEEP), child("worker", tmp_path, SLEEP)]
    supervisor = Supervisor([("graph", FakeEngine(journal, "graph")), ("broker", FakeEngine(journal, "broker"))], workers, lambda _: None)
    supervisor.start()
    supervisor.start_rest()
    pids = [worker.pid for worker in workers]
    assert all(psutil.pid_exists(pid or 0) for pid in pids)
    supervisor.stop()
    assert journal == ["start graph", "start broker", "stop broker", "stop graph"]
    assert not any(psutil.pid_exists(pid or 0) for pid in pids)


def test_what_was_started_is_stopped_when_a_later_part_fails(tmp_path: Path) -> None:
    journal: list[str] = []
    api = child("API", tmp_path, SLEEP)
    engines = [("graph", FakeEngine(journal, "graph")), ("broker", FakeEngine(journal, "broker", fails=True))]
    with pytest.raises(PartFailed, match="broker"):
        Supervisor(engines, [api], lambda _: None).start()
    assert journal[-2:] == ["stop broker", "stop graph"]
    assert not api.alive()


def test_an_api_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor([], [child("API", tmp_path, "print('no luck today'); raise SystemExit(3)")], lambda _: None)
    supervisor.start()
    with pytest.raises(PartFailed, match="no luck today"):
        supervisor.wait_ready("http://127.0.0.1:9", timeout=20)
    supervisor.stop()


def test_a_part_that_ends_is_started_again_until_it_is_hopeless(tmp_path: Path) -> None:
    said: list[str] = []
    engine = FakeEngine([], "graph")
    supervisor = Supervisor([("graph", engine)], [child("API", tmp_path, "print('again')")], said.append)
    supervisor.start()
    with pytest.raises(PartFailed, match="5 times"):
        supervisor.watch()
    supervisor.stop()
    assert said.count("the API has ended; starting it again") == 5


def test_an_engine_that_ends_is_started_again(tmp_path: Path) -> None:
    journal: list[str] = []
    engine = FakeEngine(journal, "graph")
    supervisor = Supervisor([("graph", engine)], [child("API", tmp_path, SLEEP)], lambda _: None)
    supervisor.start()
    engine.up = False
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    give_up = time.monotonic() + 10
    while not engine.up:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    supervisor.ask_to_stop()
    watching.join(10)
    supervisor.stop()
    assert journal == ["start graph", "start graph", "stop graph"]


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "ignoring = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)';"
        "p = subprocess.Popen([sys.executable, '-c', ignoring]);"
        "print(p.pid, flush=True); time.sleep(600)"
    )
    stubborn = ChildProcess("worker", [sys.executable, "-c", program], tmp_path / "worker.log", stop_timeout=0.5)
    stubborn.start()
    give_up = time.monotonic() + 20
    while not stubborn.last_words().isdigit():
        assert time.monotonic() < give_up
        time.sleep(0.02)
    grandchild = psutil.Process(int(stubborn.last_words()))
    stubborn.stop()
    assert grandchild.wait(10) is None or not grandchild.is_running()
    assert stubborn.pid is None


def test_logs_are_for_their_owner_only(tmp_path: Path) -> None:
    quick = child("API", tmp_path, "print('x')")
    quick.start()
    quick.stop()
    assert quick.log.stat().st_mode & 0o077 == 0


def test_one_serve_for_each_data_directory(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    assert home.serving() is None
    with home.hold():
        home.publish(Serving(123, "http://127.0.0.1:8650"))
        assert home.serving() == Serving(123, "http://127.0.0.1:8650")
        with pytest.raises(AlreadyServing, match=r"http://127\.0\.0\.1:8650"), Home(tmp_path / "data").hold():
            pass
    assert home.serving() is None
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_what_a_killed_serve_left_behind_does_not_count(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.hold():
        pass
    home.publish(Serving(123, "http://127.0.0.1:8650"))
    assert home.serving() is None
    with home.hold():
        assert home.serving() is not None
