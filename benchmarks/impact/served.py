"""Questions over real HTTP: the product's app under uvicorn in a process of its own, on the graph as it lies in an engine."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from benchmarks.harness import Bench, percentile
from benchmarks.impact.engine import Case
from benchmarks.impact.graphs import hubs, item_id
from cmdb.impact.index import ImpactIndex
from cmdb.impact.questions import ImpactQuestion
from cmdb.impact.service import ImpactService
from cmdb.kernel.clock import system_clock
from cmdb.model.actor import Actor, Role
from cmdb.registry.service import RegistryService
from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService
from cmdb_graphql.impact_types import SHOWN
from cmdb_graphql.operations import by_name, load_operations, operations_dir

ADMINISTRATOR = Actor("bench", frozenset({Role.ADMINISTRATOR}))
REQUEST_MS = 10.0
"""What a request may cost beside twice the engine's own time."""


@dataclass(frozen=True)
class Question:
    """One named operation with its variables, ready to be sent."""

    url: str
    token: str
    body: dict[str, Any]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=120)

    def ask(self, client: httpx.Client) -> dict[str, Any]:
        """The answer's data. Ends the benchmark where there is none: a fast refusal is no result."""
        answer = client.post("/graphql", json=self.body)
        found = answer.json()
        if answer.status_code != 200 or found.get("errors"):
            raise SystemExit(f"the server refused a question of the benchmark: {answer.text[:500]}")
        data: dict[str, Any] = found["data"]
        return data

    def milliseconds(self, client: httpx.Client) -> float:
        start = time.perf_counter()
        self.ask(client)
        return (time.perf_counter() - start) * 1e3


@contextmanager
def served(store: BoltStore, address: BoltAddress) -> Iterator[tuple[str, str]]:
    """The app over this engine: its address and a viewer's token."""
    token = AccessService(AccessRepository(store), system_clock).create_token("bench", [Role.VIEWER], ADMINISTRATOR)[1]
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as folder, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        number = listening.fileno()
        command = [sys.executable, "-m", "benchmarks.impact.serve", str(number)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=(number,), text=True)
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"data_dir": folder, "address": asdict(address)}) + "\n")
            process.stdin.flush()
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            httpx.get(f"{url}/livez", timeout=600).raise_for_status()  # answers once the index is built
            yield url, token
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def question(url: str, token: str, name: str, root: int, **variables: Any) -> Question:
    """One of the product's named operations, asked about one item."""
    text = by_name(load_operations(operations_dir()))[name].text
    return Question(url, token, {"query": text, "variables": {"roots": [{"id": item_id(root)}], **variables}})


def summary(service: ImpactService, root: int) -> int:
    """What `ImpactSummary` asks of the engine."""
    answer = service.impact(ImpactQuestion.down(item_id(root)))
    for count in (answer.by_type, answer.by_owner, answer.by_location, answer.by_criticality):
        count()
    answer.depth_histogram()
    answer.freshness()
    service.business(answer)
    for kind in ("service", "service_component", "customer"):
        service.of_kind(answer, kind, SHOWN)
    return answer.total


def measure_summary(
    bench: Bench, case: Case, index: ImpactIndex, registry: RegistryService, url: str, token: str, rounds: int, promised: bool
) -> None:
    """`ImpactSummary` of the worst hub over HTTP against the same work in the engine, in turn."""
    root = int(hubs(case.rows, 1)[0])
    service = ImpactService(lambda: index, registry.current)
    asked = question(url, token, "ImpactSummary", root)
    with asked.client() as client:
        for _ in range(20):  # warm, as the light questions are
            total = asked.ask(client)["impact"]["total"]
            if total != summary(service, root):
                raise SystemExit(f"the server counts {total:,}, the engine {summary(service, root):,}")
        engine, http = [], []
        for _ in range(rounds):
            start = time.perf_counter()
            summary(service, root)
            engine.append((time.perf_counter() - start) * 1e3)
            http.append(asked.milliseconds(client))
    middle, worst = percentile(engine, 0.5), percentile(http, 0.95)
    bench.add(
        f"{case.label}: GraphQL summary of {total:,} affected over HTTP, p95",
        worst,
        "ms",
        limit=2 * middle + REQUEST_MS if promised else None,
        note=f"engine: median {middle:.1f} ms, p95 {percentile(engine, 0.95):.1f} ms; HTTP: median {percentile(http, 0.5):.1f} ms",
    )
