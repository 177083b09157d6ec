"""kill -9 of the API, the worker or the graph engine in the middle of a large ingest, then start again: what was acknowledged is there, the
batch completes without twins when it is sent again, and `cmdb verify` holds."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.serving import Serving

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.broker, pytest.mark.timeout(900)]

ITEMS = 20_000
PIECES = ITEMS // 2_000  # commits at the least


def estate(prefix: str) -> bytes:
    """20,000 servers, each depending on another, as one NDJSON batch."""
    lines: list[dict[str, Any]] = [{"source": "load", "scope": prefix, "complete": True, "count": ITEMS}]
    for n in range(ITEMS):
        near = [{"type": "depends_on", "to": f"{prefix}{n // 2}"}] if n else []
        fields = {"name": f"{prefix}{n}", "serial_number": f"SN-{prefix}-{n:05}", "cpu_count": 4}
        lines.append({"ref": f"{prefix}{n}", "type": "server", "fields": fields, "relations": near})
    return b"\n".join(json.dumps(line).encode() for line in lines)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A running CMDB with room for the load."""
    found = Serving(tmp_path_factory.mktemp("kill") / "data", CMDB_GRAPH_HEAP="1g")
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def sender(serving: Serving) -> dict[str, str]:
    return serving.token("load", "agent", "--source", "load")


@pytest.fixture(scope="module")
def reader(serving: Serving) -> dict[str, str]:
    return serving.token("reader", "viewer")


def head(serving: Serving, reader: dict[str, str]) -> int:
    """Sequence number of the newest commit."""
    return int(httpx.get(f"{serving.url}/commits?limit=1", headers=reader, timeout=60).json()["head"])


def commits(serving: Serving, reader: dict[str, str], after: int) -> list[dict[str, Any]]:
    """All commits after a number."""
    found: list[dict[str, Any]] = httpx.get(f"{serving.url}/commits?after={after}&limit=1000", headers=reader, timeout=60).json()["commits"]
    return found


def send(serving: Serving, headers: dict[str, str], body: bytes, key: str, **more: str) -> httpx.Response:
    """One attempt to send the whole batch under its key."""
    sent = {**headers, "Content-Type": "application/x-ndjson", "Idempotency-Key": key, **more}
    return httpx.post(f"{serving.url}/observations?outcomes=notable", content=body, headers=sent, timeout=400)


def wait_for_commits(serving: Serving, reader: dict[str, str], after: int, count: int) -> list[dict[str, Any]]:
    """Waits until `count` commits were made after a number: the ingest is in its middle."""
    give_up = time.monotonic() + 240
    while len(found := commits(serving, reader, after)) < count:
        assert time.monotonic() < give_up, serving.logs()
        time.sleep(0.05)
    return found


def check_whole(serving: Serving, reader: dict[str, str], prefix: str) -> None:
    """Every item once, every relationship once, and the ledger holds."""
    verified = json.loads(serving.run("verify", "--json", patience=600).stdout)
    assert verified["holds"], verified
    text = httpx.get(f"{serving.url}/items/export?type=server", headers=reader, timeout=240).text
    names = [one["name"] for one in map(json.loads, text.splitlines()) if one["name"].startswith(prefix)]
    assert len(names) == ITEMS
    assert len(set(names)) == ITEMS
    question = {"query": "query($w: String!) { items(search: $w, first: 1) { totalCount } }", "variables": {"w": f"{prefix}1999"}}
    answer = httpx.post(f"{serving.url}/graphql", json=question, headers=reader, timeout=60).json()
    assert "errors" not in answer, answer


@pytest.mark.parametrize("victim", ["api", "graph"])
def test_killed_while_the_api_takes_a_batch_in(serving: Serving, sender: dict[str, str], reader: dict[str, str], victim: str) -> None:
    prefix = f"{victim}-"
    body, key, before = estate(prefix), f"kill-{victim}", head(serving, reader)
    answers: list[object] = []

    def first() -> None:
        try:
            answers.append(send(serving, sender, body, key).status_code)
        except httpx.TransportError as fault:
            answers.append(type(fault).__name__)

    thread = threading.Thread(target=first)
    thread.start()
    acknowledged = wait_for_commits(serving, reader, before, 2)
    serving.parts()[victim].kill()
    thread.join(400)
    assert len(acknowledged) < PIECES  # it was killed in the middle
    if victim == "api":  # an engine that is back in time for the retry fails nobody
        assert answers != [200]
    serving.wait_ready()
    after = commits(serving, reader, before)
    assert [one["hash"] for one in after][: len(acknowledged)] == [one["hash"] for one in acknowledged]

    again = send(serving, sender, body, key)
    assert again.status_code == 200, again.text[:2000]
    counts = again.json()["counts"]
    assert (counts["failed"], counts["held"], counts["retired"]) == (0, 0, 0)
    check_whole(serving, reader, prefix)
    last = head(serving, reader)
    third = send(serving, sender, body, key)
    assert third.status_code == 200
    assert head(serving, reader) == last  # everything was there


def test_killed_while_the_worker_works_at_a_job(serving: Serving, sender: dict[str, str], reader: dict[str, str]) -> None:
    body, before = estate("job-"), head(serving, reader)
    answer = send(serving, sender, body, "kill-worker", Prefer="respond-async")
    assert answer.status_code == 202, answer.text
    place = serving.url + answer.headers["location"]
    wait_for_commits(serving, reader, before, 2)
    worker = serving.parts()["worker"]
    for child in worker.children(recursive=True):
        child.kill()
    worker.kill()
    give_up = time.monotonic() + 400
    while (job := httpx.get(place, headers=sender, timeout=60).json())["state"] not in ("done", "failed"):
        assert time.monotonic() < give_up, (job, serving.logs())
        time.sleep(0.5)
    assert job["state"] == "done", job
    assert job["attempts"] >= 2
    assert (job["result"]["counts"]["failed"], job["result"]["counts"]["retired"]) == (0, 0)
    check_whole(serving, reader, "job-")


def test_killed_altogether_and_started_again(tmp_path: Path) -> None:
    serving = Serving(tmp_path / "data", CMDB_GRAPH_HEAP="1g")
    try:
        serving.start()
        sender, reader = serving.token("load", "agent", "--source", "load"), serving.token("reader", "viewer")
        body, before = estate("all-"), head(serving, reader)
        answer = send(serving, sender, body, "kill-all", Prefer="respond-async")
        place = answer.headers["location"]
        acknowledged = wait_for_commits(serving, reader, before, 2)
        parts = list(serving.parts().values())
        serving.kill()
        for part in parts:
            if part.is_running():
                part.kill()
        serving.start()
        after = commits(serving, reader, before)
        assert [one["hash"] for one in after][: len(acknowledged)] == [one["hash"] for one in acknowledged]
        give_up = time.monotonic() + 400
        while (job := httpx.get(serving.url + place, headers=sender, timeout=60).json())["state"] not in ("done", "failed"):
            assert time.monotonic() < give_up, (job, serving.logs())
            time.sleep(0.5)
        assert job["state"] == "done", job
        check_whole(serving, reader, "all-")
    finally:
        serving.stop()
