"""The agent: pushing with patience, the spool, and rounds. Against a fake server behind httpx's own transport, and a real one on
loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb_app.ingest.wire import parse_ndjson
from discovery.agent import Agent, AgentConfig, PushClient, Spool, run_agent
from discovery.agent.errors import AgentMisconfigured, AgentRejected, ServerUnreachable
from discovery.agent.wire import encode, idempotency_key
from discovery.demo.estate import demo_batches
from discovery.source import Listener, Recorder, SourceProblem, SourceUnreadable
from discovery.sources.host import HostConfig, HostSource

NOW = datetime(2026, 11, 23, 10, 7, 30, tzinfo=UTC)
AT_HILL = ObservedRelation("located_in", to="hill")
WEB = Observation("web", "server", {"name": "web", "ip_addresses": ("10.0.0.1",)}, (AT_HILL,), ("located_in",))
BATCH = Batch("host", (WEB,), scope="host:m1", complete=True, reason="test")


class Server:
    """Answers as it is told, one answer a request (the last one for ever), and remembers what came."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for request in self.requests]


OK = httpx.Response(200, json={"counts": {"created": 1, "updated": 0}})


def config(tmp_path: Path, **changes: object) -> AgentConfig:
    return AgentConfig("https://cmdb.example", "cmdb_token", tmp_path / "spool", **changes)  # type: ignore[arg-type]


def client(settings: AgentConfig, server: Server, waits: list[float]) -> PushClient:
    return PushClient(settings, transport=httpx.MockTransport(server), sleep=waits.append, clock=lambda: NOW, jitter=lambda: 1.0)


def once(_: Listener) -> Iterator[Batch]:
    yield BATCH


class TestWire:
    def test_a_header_and_one_observation_a_line(self) -> None:
        header, line = [json.loads(line) for line in encode(BATCH).splitlines()]
        assert header == {"source": "host", "scope": "host:m1", "complete": True, "count": 1, "reason": "test"}
        assert line == {
            "ref": "web",
            "type": "server",
            "fields": {"name": "web", "ip_addresses": ["10.0.0.1"]},
            "relations": [{"type": "located_in", "to": "hill"}],
            "complete_relations": ["located_in"],
        }

    def test_the_server_reads_what_was_meant(self) -> None:
        """The two ends are written apart: the agent may not import the server."""
        batches = [BATCH, *demo_batches(), *HostSource().collect(HostConfig(remote=True), Recorder())]
        for batch in batches:
            read = parse_ndjson(encode(batch), limit=100_000)
            assert read.failed == ()
            assert read.batch == batch

    def test_a_key_stands_for_content_and_window(self) -> None:
        assert idempotency_key(BATCH, 1) == idempotency_key(Batch("host", (WEB,), "host:m1", True, observed_at="later", reason="test"), 1)
        others = [Batch("host", (), "host:m1", True), Batch("host", (WEB,), "host:m2", True), Batch("host", (WEB,), "host:m1", False)]
        assert len({idempotency_key(BATCH, 1), idempotency_key(BATCH, 2), *(idempotency_key(one, 1) for one in others)}) == 5


class TestPush:
    def test_it_sends_token_key_and_body(self, tmp_path: Path) -> None:
        server = Server(OK)
        outcome = client(config(tmp_path), server, []).push("k1", b"body")
        assert outcome.accepted
        assert outcome.attempts == 1
        (request,) = server.requests
        assert (request.method, request.url.path) == ("POST", "/observations")
        assert request.headers["Authorization"] == "Bearer cmdb_token"
        assert request.headers["Content-Type"] == "application/x-ndjson"
        assert request.content == b"body"

    @pytest.mark.parametrize("trouble", [503, 500, 429, 409, httpx.ConnectError("no"), httpx.ReadTimeout("slow")], ids=str)
    def test_trouble_is_met_with_the_same_key_and_growing_waits(self, tmp_path: Path, trouble: int | Exception) -> None:
        waits: list[float] = []
        met = httpx.Response(trouble) if isinstance(trouble, int) else trouble
        server = Server(met, met, met, OK)
        assert client(config(tmp_path), server, waits).push("k1", b"x").attempts == 4
        assert server.keys == ["k1"] * 4
        assert waits == [1.0, 2.0, 4.0]

    @pytest.mark.parametrize(
        ("header", "wait"),
        [("7", 7.0), ("Mon, 23 Nov 2026 10:08:00 GMT", 30.0), ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0), ("soon", 1.0), ("999999", 3600.0)],
    )
    def test_retry_after_is_honoured(self, tmp_path: Path, header: str, wait: float) -> None:
        waits: list[float] = []
        server = Server(httpx.Response(503, headers={"Retry-After": header}), OK)
        assert client(config(tmp_path), server, waits).push("k", b"").accepted
        assert waits == [wait]

    def test_waits_have_an_end(self, tmp_path: Path) -> None:
        waits: list[float] = []
        with pytest.raises(ServerUnreachable):
            client(config(tmp_path, attempts=9, longest_wait=10.0), Server(httpx.Response(502)), waits).push("k", b"")
        assert waits == [1, 2, 4, 8, 10, 10, 10, 10]

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_token_that_is_not_accepted_is_not_tried_again(self, tmp_path: Path, status: int) -> None:
        server = Server(httpx.Response(status, json={"detail": "the token has expired"}))
        with pytest.raises(AgentRejected, match="the token has expired"):
            client(config(tmp_path), server, []).push("k", b"")
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_a_refused_batch_is_answered_not_repeated(self, tmp_path: Path, status: int) -> None:
        outcome = client(config(tmp_path), Server(httpx.Response(status, json={"code": "bad-batch"})), []).push("k", b"")
        assert (outcome.accepted, outcome.status, outcome.body) == (False, status, {"code": "bad-batch"})

    @pytest.mark.parametrize(
        "changes",
        [
            {"server": "cmdb.example"},
            {"server": "http://cmdb.example"},
            {"token": ""},
            {"token": "a\nb"},
            {"attempts": 0},
            {"interval": -1.0},
        ],
    )
    def test_settings_that_make_no_sense_are_refused(self, tmp_path: Path, changes: dict[str, object]) -> None:
        base: dict[str, object] = {"server": "https://cmdb.example", "token": "t", "spool": tmp_path}
        with pytest.raises(AgentMisconfigured):
            AgentConfig(**{**base, **changes}).checked()  # type: ignore[arg-type]
        assert AgentConfig("http://127.0.0.1:8000", "t", tmp_path).checked().server


class TestSpool:
    def test_it_keeps_order_over_a_restart_and_is_the_owners(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "s")
        for number in range(3):
            spool.add(f"k{number}", "host", f"scope{number}", b"body", complete=False)
        assert (tmp_path / "s").stat().st_mode & 0o77 == 0
        assert all(path.stat().st_mode & 0o77 == 0 for path in (tmp_path / "s").iterdir())
        again = Spool(tmp_path / "s")
        again.add("k3", "host", "x", b"", complete=False)
        assert [one.key for one in again] == ["k0", "k1", "k2", "k3"]

    def test_a_newer_complete_batch_takes_the_place_of_older_ones_of_its_scope(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path)
        spool.add("a", "host", "s1", b"1", complete=True)
        spool.add("b", "host", "s2", b"2", complete=True)
        spool.add("c", "host", "s1", b"3", complete=False)
        assert spool.add("d", "host", "s1", b"4", complete=True) == ["a", "c"]
        assert [one.key for one in spool] == ["b", "d"]

    def test_when_full_the_oldest_go_and_are_named(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path, most_bytes=25)
        for name in "abc":
            dropped = spool.add(name, "host", name, b"0123456789", complete=True)
        assert dropped == ["a"]
        assert [one.key for one in spool] == ["b", "c"]

    def test_damaged_files_are_set_aside(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path)
        spool.add("a", "host", "s", b"whole body", complete=True)
        spool.add("b", "host", "t", b"fine", complete=True)
        first = sorted(tmp_path.glob("*.batch"))[0]
        first.write_bytes(first.read_bytes()[:-3])
        (tmp_path / "000000000009.batch").write_bytes(b"\xff\xfe")
        assert [one.key for one in spool] == ["b"]
        assert len(list(tmp_path.glob("*.damaged"))) == 2


class TestRounds:
    def agent(self, tmp_path: Path, server: Server, lines: list[str], when: Callable[[], datetime] = lambda: NOW) -> Agent:
        settings = config(tmp_path)
        return Agent(settings, client(settings, server, []), Spool(settings.spool), lines.append, when)

    def test_what_is_collected_is_sent_and_forgotten(self, tmp_path: Path) -> None:
        lines: list[str] = []
        server = Server(OK)
        done = self.agent(tmp_path, server, lines).round([once])
        assert (done.collected, done.sent, done.refused, done.waiting) == (1, 1, 0, 0)
        assert json.loads(server.requests[0].content.splitlines()[0])["observed_at"] == "2026-11-23T10:00:00.000000Z"
        assert lines == ["sent host host:m1: 1 created"]

    def test_the_same_content_in_one_window_is_the_same_request(self, tmp_path: Path) -> None:
        server = Server(OK)
        times = iter([NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=15)])
        agent = self.agent(tmp_path, server, [], lambda: next(times))
        for _ in range(3):
            agent.round([once])
        assert server.keys[0] == server.keys[1] != server.keys[2]
        assert server.requests[0].content == server.requests[1].content

    def test_a_server_that_is_away_loses_nothing(self, tmp_path: Path) -> None:
        lines: list[str] = []
        done = self.agent(tmp_path, Server(httpx.ConnectError("refused")), lines).round([once])
        assert (done.sent, done.waiting) == (0, 1)
        assert "waits in the spool" in lines[0]
        back = Server(OK)
        assert self.agent(tmp_path, back, []).round([]).sent == 1
        assert len(back.requests) == 1

    def test_a_refused_batch_is_kept_for_a_person_and_the_next_goes_on(self, tmp_path: Path) -> None:
        def two(_: Listener) -> Iterator[Batch]:
            yield BATCH
            yield Batch("host", (), scope="other")

        lines: list[str] = []
        done = self.agent(tmp_path, Server(httpx.Response(422, json={"code": "bad-batch"}), OK), lines).round([two])
        assert (done.sent, done.refused, done.waiting) == (1, 1, 0)
        assert len(list((tmp_path / "spool").glob("*.refused"))) == 1
        assert "bad-batch" in next((tmp_path / "spool").glob("*.answer")).read_text()

    def test_a_source_that_fails_does_not_keep_others_from_being_sent(self, tmp_path: Path) -> None:
        def broken(listener: Listener) -> Iterator[Batch]:
            listener.problem(SourceProblem("x", "here", "odd"))
            raise SourceUnreadable("nothing there")
            yield BATCH

        lines: list[str] = []
        assert self.agent(tmp_path, Server(OK), lines).round([broken, once]).sent == 1
        assert lines[:2] == ["a source could not be read: nothing there", "here: odd"]

    def test_a_rejected_agent_stops_and_keeps_what_it_collected(self, tmp_path: Path) -> None:
        stop = threading.Event()
        with pytest.raises(AgentRejected):
            run_agent(config(tmp_path), [once], stop, print, transport=httpx.MockTransport(Server(httpx.Response(401))))
        assert [one.source for one in Spool(tmp_path / "spool")] == ["host"]

    def test_it_goes_on_until_it_is_stopped(self, tmp_path: Path) -> None:
        stop = threading.Event()
        rounds = 0

        def count(_: Listener) -> Iterator[Batch]:
            nonlocal rounds
            rounds += 1
            if rounds == 3:
                stop.set()
            yield BATCH

        done = run_agent(config(tmp_path, interval=0.001), [count], stop, lambda _: None, transport=httpx.MockTransport(Server(OK)))
        assert rounds == 3
        assert done.sent == 1


def test_over_a_real_connection(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503 if len(bodies) == 1 else 200)
            self.send_header("Content-Length", "2")
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            settings = AgentConfig(f"http://127.0.0.1:{server.server_port}", "t", tmp_path, interval=0)
            done = run_agent(settings, [once], threading.Event(), lambda _: None)
        finally:
            server.shutdown()
            thread.join()
    assert (done.sent, done.waiting) == (1, 0)
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
