"""A light question while another client asks for great answers without a pause, against the same question alone.

The heavy client is a process of its own, so that what is measured is the server's patience and not this interpreter's.
"""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import httpx

from benchmarks.harness import Bench, percentile
from benchmarks.impact.engine import Case, near
from benchmarks.impact.graphs import hubs, item_id
from benchmarks.impact.served import Question, question

TOTAL = "query Total($roots: [ImpactRoot!]!) { impact(roots: $roots) { total } }"


@dataclass(frozen=True)
class Export:
    """Everything a root harms as a file, read to its end."""

    url: str
    token: str
    root: int
    form: str

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=120)

    def ask(self, client: httpx.Client) -> None:
        client.get("/impact/export", params={"root": item_id(self.root), "format": self.form}).raise_for_status()


Heavy = Question | Export


def measure_beside_heavy(bench: Bench, case: Case, url: str, token: str, rounds: int, limit: float | None) -> None:
    """Each light question beside each heavy one, p95 against p95 alone. The limit is on the worst."""
    hub, (root, reach) = int(hubs(case.rows, 1)[0]), near(case, 20)
    lights = {
        f"counts, first twenty with names and paths of {reach}": question(url, token, "Impact", root, first=20),
        f"total of {reach}, without the store": Question(url, token, {"query": TOTAL, "variables": {"roots": [{"id": item_id(root)}]}}),
    }
    heavies: dict[str, Heavy] = {
        "summary": question(url, token, "ImpactSummary", hub),
        "page of 1,000 with reasons": question(url, token, "Impact", hub, first=1_000),
        "picture of 4,000": question(url, token, "ImpactPicture", hub, most=4_000),
        "SVG export": Export(url, token, hub, "svg"),
        "NDJSON export": Export(url, token, hub, "ndjson"),
    }
    found: list[tuple[float, float, float, str]] = []
    notes = []
    for light_name, light in lights.items():
        for heavy_name, heavy in heavies.items():
            quiet, beside, rate = _measured(light, heavy, rounds)
            one, other = percentile(beside, 0.95), percentile(quiet, 0.95)
            found.append((one / other, one, other, f"{light_name}, beside {heavy_name}"))
            middles = f"medians {percentile(quiet, 0.5):.1f} and {percentile(beside, 0.5):.1f} ms"
            notes.append(f"{found[-1][3]}: {found[-1][0]:.2f} ({middles}, {rate:.1f} heavy answers a second)")
    _, value, baseline, name = max(found)
    bench.ratio(
        f"{case.label}: light question beside heavy ones / alone, p95, worst of {len(found)}: {name}",
        value,
        baseline,
        "ms",
        limit=limit,
        note="; ".join(notes),
    )


def _measured(light: Question, heavy: Heavy, rounds: int) -> tuple[list[float], list[float], float]:
    """Milliseconds alone and beside, and how many heavy answers came each second meanwhile."""
    with light.client() as client:
        for _ in range(20):
            light.ask(client)
        quiet = [light.milliseconds(client) for _ in range(rounds)]
        with _asked_in_a_loop(heavy) as answered:
            before, start = answered.value, time.perf_counter()
            beside = [light.milliseconds(client) for _ in range(rounds)]
            while answered.value == before and time.perf_counter() - start < 60:  # a heavy answer may take longer than all the light ones
                beside.append(light.milliseconds(client))
            rate = (answered.value - before) / (time.perf_counter() - start)
    if rate == 0:
        raise SystemExit("the heavy client got no answer while the light one was measured")
    return quiet, beside, rate


@contextmanager
def _asked_in_a_loop(heavy: Heavy) -> Iterator[Any]:
    """Asks in another process for the length of the block; gives the count of answers."""
    context = multiprocessing.get_context("spawn")
    answered, stop = context.Value("q", 0), context.Event()
    process = context.Process(target=_ask_in_a_loop, args=(heavy, answered, stop), daemon=True)
    process.start()
    try:
        give_up = time.monotonic() + 120
        while answered.value < 3 and time.monotonic() < give_up:
            time.sleep(0.05)
        yield answered
    finally:
        stop.set()
        process.join(60)
        if process.is_alive():
            process.kill()


def _ask_in_a_loop(heavy: Heavy, answered: Any, stop: Event) -> None:
    with heavy.client() as client:
        while not stop.is_set():
            heavy.ask(client)
            answered.value += 1
