"""Where checkpoints go: a file that is appended to, an address that is asked again where it is busy."""

import resource
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.checkpoint import Checkpoint, CheckpointMalformed, parse_checkpoints, read_checkpoints
from cmdb_app.checkpoints import CheckpointNotDelivered, hands_of, to_file, to_url
from cmdb_app.settings import BadSettings, load_settings

ONE = Checkpoint("a" * 64, 7, "b" * 64, "2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z", "k", "s")


class Receiver:
    """An address that answers with the given statuses, the last one for ever."""

    def __init__(self, statuses: list[int]) -> None:
        received = self.received = []  # type: list[bytes]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(self.rfile.read(int(self.headers["Content-Length"])))
                status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?token=secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receive() -> Iterator[Any]:
    made: list[Receiver] = []

    def make(*statuses: int) -> Receiver:
        made.append(Receiver(list(statuses)))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def test_half_a_line_spoils_no_other(tmp_path: Path) -> None:
    """A power failure left half a line: the next begins a new one, and who reads is told of the bad one."""
    path, told = tmp_path / "out", list[str]()
    to_file(path)(ONE)
    path.write_bytes(path.read_bytes() + path.read_bytes()[:40])
    to_file(path)(ONE)
    with pytest.raises(CheckpointMalformed, match="line 2"):
        read_checkpoints(path)
    assert read_checkpoints(path, told.append) == [ONE, ONE]
    assert len(told) == 1
    assert "line 2" in told[0]
    path.write_bytes(b'{"half": \n{}\n')
    with pytest.raises(CheckpointMalformed):
        read_checkpoints(path, told.append)


def test_what_the_disk_does_not_take_whole_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "out"
    to_file(path)(ONE)
    before = path.read_bytes()
    limit, old = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limit[1]))
    try:
        with pytest.raises(CheckpointNotDelivered):
            to_file(path)(ONE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, old)
    assert path.read_bytes() == before
    to_file(path)(ONE)
    assert read_checkpoints(path) == [ONE, ONE]


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    hand = to_file(tmp_path / "out")
    assert hand(ONE) == hand(ONE) == f"file {tmp_path / 'out'}"
    assert read_checkpoints(tmp_path / "out") == [ONE, ONE]
    with pytest.raises(CheckpointNotDelivered):
        to_file(tmp_path / "none" / "out")(ONE)


def test_a_busy_address_is_asked_again(receive: Any) -> None:
    receiver, waits = receive(503, 429, 204), []  # type: Any, list[float]
    told = to_url(receiver.url, waits.append)(ONE)
    assert told == receiver.url.replace("http", "url http", 1).partition("?")[0], "the query may hold a secret"
    assert [parse_checkpoints(body) for body in receiver.received] == [[ONE]] * 3
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(("status", "asked"), [(500, 5), (400, 1), (302, 1)])
def test_an_address_that_refuses_is_told(receive: Any, status: int, asked: int) -> None:
    receiver = receive(status)
    with pytest.raises(CheckpointNotDelivered, match=str(status)):
        to_url(receiver.url, lambda _: None)(ONE)
    assert len(receiver.received) == asked


def test_nobody_there() -> None:
    with pytest.raises(CheckpointNotDelivered, match="ConnectError"):
        to_url("http://127.0.0.1:1/", lambda _: None)(ONE)


@pytest.mark.parametrize("url", ["http://example.org/in", "ftp://example.org", "https://", "in", "file:///etc/passwd"])
def test_only_safe_addresses(url: str) -> None:
    with pytest.raises(InvalidInput):
        to_url(url)


def test_the_schedule_needs_a_place_outside(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="only outside"):
        load_settings(checkpoint_minutes=60)
    settings = load_settings(checkpoint_minutes=60, checkpoint_file=tmp_path / "out", checkpoint_url="https://example.org/in")
    assert len(hands_of(settings)) == 2


def test_the_scheduler_takes_them_where_asked(tmp_path: Path) -> None:
    from cmdb_app.worker import make_celery

    def schedule(**given: object) -> dict[str, Any]:
        found: dict[str, Any] = make_celery(load_settings(data_dir=tmp_path, **given), "memory://").conf.beat_schedule
        return found

    assert "checkpoint" not in schedule()
    assert schedule(checkpoint_minutes=60, checkpoint_file=tmp_path / "out")["checkpoint"]["schedule"] == 3_600
