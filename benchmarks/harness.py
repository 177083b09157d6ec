"""What every benchmark shares: timing, the table on the terminal, the results file, and the exit code.

    bench = Bench("impact")
    bench.ratio("reach 900k", value=0.12, baseline=0.09, unit="s", limit=1.5)
    raise SystemExit(bench.finish())

A row holds a measured `value`, where there is one the `baseline` it is compared with and their `ratio`, and where one is promised the
`limit`. `holds` is None where nothing is promised. A ratio is worth what its baseline is worth: sides of one are asked in turn, warm
(`in_turn`), and a ratio below its `floor` does not hold either, because then the baseline was disturbed and nothing has been shown. The
results file is `benchmarks/results/<name>.json`; a quick run writes `<name>.quick.json`, which is not committed.
"""

import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import psutil
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `limit` bounds `ratio` where there is a baseline, else `value`; `at_least` turns it round (speed-ups, rates).
    `floor` bounds a ratio from below."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    limit: float | None = None
    holds: bool | None = None
    at_least: bool = False
    note: str = ""
    floor: float | None = None


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next((line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")), "")
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "processor": model or platform.processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": [round(load, 2) for load in psutil.getloadavg()],
    }


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of installed packages."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


@dataclass
class Bench:
    """Collects rows; `finish()` prints, writes and tells the exit code (1 where a limit does not hold)."""

    name: str
    packages: tuple[str, ...] = ("neo4j", "arcadedb-embedded", "numpy", "numba")
    size: str = field(default_factory=lambda: os.environ.get("SIZE", "full"))
    engines: dict[str, str] = field(default_factory=dict)  # versions of servers measured
    rows: list[Row] = field(default_factory=list)
    _machine: dict[str, Any] = field(default_factory=machine)

    @property
    def quick(self) -> bool:
        """Whether a run under a minute is wanted (`SIZE=quick`)."""
        return self.size == "quick"

    def add(self, name: str, value: float, unit: str, *, limit: float | None = None, at_least: bool = False, note: str = "") -> Row:
        """A measured value, with a limit on the value itself where one is promised."""
        return self._keep(Row(name, value, unit, limit=limit, holds=_holds(value, limit, at_least), at_least=at_least, note=note))

    def ratio(
        self, name: str, value: float, baseline: float, unit: str, *, limit: float | None = None, at_least: bool = False,
        inverse: bool = False, floor: float | None = None, note: str = "",
    ) -> Row:  # fmt: skip
        """A value against a baseline measured in the same run. The ratio is value / baseline, or baseline / value with `inverse` (how
        many times faster)."""
        ratio = baseline / value if inverse else value / baseline
        holds = _holds(ratio, limit, at_least)
        if holds and floor is not None and ratio < floor:
            holds = False
        return self._keep(Row(name, value, unit, baseline, ratio, limit, holds, at_least, note, floor))

    def flat(self, name: str, seconds: Mapping[int, float], *, limit: float) -> Row:
        """What must not depend on a size: the slowest of all sizes against the quickest, whichever of them is the largest."""
        note = ", ".join(f"{size:,}: {1000 * value:.1f} ms" for size, value in seconds.items())
        return self.ratio(name, max(seconds.values()), min(seconds.values()), "s", limit=limit, note=note)

    def finish(self) -> int:
        """Print the table, write the results file; 0 where every limit holds, else 1."""
        table = Table(title=f"{self.name} ({self.size})")
        for head in ("what", "value", "unit", "baseline", "ratio", "limit", "holds"):
            table.add_column(head, justify="left" if head in ("what", "unit") else "right")
        for row in self.rows:
            bound = "" if row.limit is None else f"{'>=' if row.at_least else '<='} {_short(row.limit)}"
            if row.floor is not None:
                bound = f"{_short(row.floor)} to {_short(row.limit)}"
            verdict = {None: "", True: "yes", False: "NO"}[row.holds]
            table.add_row(row.name, _short(row.value), row.unit, _short(row.baseline), _short(row.ratio), bound, verdict)
        Console(width=150).print(table)
        for row in self.rows:
            if row.note:
                print(f"  {row.name}: {row.note}")
        self._write()
        return 1 if any(row.holds is False for row in self.rows) else 0

    def _keep(self, row: Row) -> Row:
        self.rows.append(row)
        against = f", ratio {_short(row.ratio)}" if row.ratio is not None else ""
        print(f"  {row.name}: {_short(row.value)} {row.unit}{against}", flush=True)
        return row

    def _write(self) -> None:
        RESULTS.mkdir(exist_ok=True)
        report = {
            "name": self.name,
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "size": self.size,
            "machine": self._machine,
            "versions": {**versions(self.packages), **self.engines},
            "rows": [asdict(row) for row in self.rows],
        }
        path = RESULTS / (f"{self.name}.quick.json" if self.quick else f"{self.name}.json")
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def best(work: Callable[[], Any], repeat: int = 5) -> float:
    """Seconds of the fastest of several runs: the figure least disturbed by others on the machine."""
    return min(seconds(work, repeat))


def median(work: Callable[[], Any], repeat: int = 5) -> float:
    """Seconds of the middle one of several runs."""
    return statistics.median(seconds(work, repeat))


def in_turn(works: Mapping[K, Callable[[], Any]], rounds: int, calls: int = 10) -> dict[K, float]:
    """Seconds of one call of each, the middle of `rounds` rounds of `calls` calls. What disturbs one disturbs all: they are asked in turn,
    in both directions, after two thirds as many rounds that do not count (an engine takes many calls to get warm)."""
    took: dict[K, list[float]] = {key: [] for key in works}
    order = list(works)
    unmeasured = 2 * rounds // 3
    for round_ in range(unmeasured + rounds):
        for key in order if round_ % 2 else reversed(order):
            found = seconds(lambda key=key: [works[key]() for _ in range(calls)], 1, collect=False)[0] / calls  # type: ignore[misc]
            if round_ >= unmeasured:
                took[key].append(found)
    return {key: statistics.median(found) for key, found in took.items()}


def seconds(work: Callable[[], Any], repeat: int, clock: Callable[[], float] = time.perf_counter, *, collect: bool = True) -> list[float]:
    """Seconds of each run, with the garbage collector quiet. `time.thread_time` as clock counts the processor's time of this thread
    alone: for work without waiting, on a machine that others use. `collect`: what lies about is thrown away first."""
    taken = []
    if collect:
        gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        for _ in range(repeat):
            start = clock()
            work()
            taken.append(clock() - start)
    finally:
        if was_on:
            gc.enable()
    return taken


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def _holds(value: float, limit: float | None, at_least: bool) -> bool | None:
    if limit is None:
        return None
    return value >= limit if at_least else value <= limit


def _short(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
