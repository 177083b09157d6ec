"""Plain reach in Cypher (no levels, no groups), as fast as it can be had, against our full evaluation with both.

In the shape that suits the engines best: one label, one relationship type, one direction, one property; in Neo4j brought in with its own
bulk import. On ArcadeDB on the live graph as well, since its path procedure takes a direction for each type (Neo4j cannot prune over the
many types that pass trouble either way). The statements are in `queries/`, with what else was tried. The graph's hubs reach what the limits
name: 50,000 of 100,000 items, 900,000 of a million.

Times are of the engine's processor or of the clock, whichever is less, the best of several runs: others may use the machine.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from benchmarks.harness import Bench, seconds
from benchmarks.impact.engine import Case, reach_of
from benchmarks.impact.graphs import hubs, item_id
from cmdb.impact.evaluation import evaluate
from cmdb.impact.levels import Level
from cmdb.impact.rows import GraphRows
from cmdb.impact.scratch import ScratchPool
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild
from cmdb.store.statements import load
from tools.neo4j_jars import Neo4jChild, find_jdk, provide_jars

QUERIES = Path(__file__).parent / "queries"
LIVE, PLAIN = "count_reach_live", "count_reach_plain"
SHAPES = {LIVE: "live graph", PLAIN: "one label and type"}
"""Statements: over the live graph as the product keeps it, and over a graph of one label and one relationship type."""
RUNS = 5
ROWS_AT_ONCE = 20_000


@contextmanager
def imported(rows: GraphRows, heap: str = "4g") -> Iterator[tuple[BoltStore, int]]:
    """A Neo4j with the plain graph, and its process."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _bulk_import(folder, rows)
        child = Neo4jChild(folder / "graph", heap=heap, start_timeout=300)
        store = open_address(child.start())
        try:
            with store.driver.session(database=store.database) as session:
                for statement in ("index_nodes", "await_indexes"):
                    session.run(load(QUERIES, statement).for_engine("neo4j")).consume()
            assert child.pid is not None
            yield store, child.pid
        finally:
            store.close()
            child.stop()


@contextmanager
def written(rows: GraphRows, heap: str = "2g") -> Iterator[tuple[BoltStore, int]]:
    """An ArcadeDB with the plain graph, and its process."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as name:
        child = ArcadeChild(Path(name) / "graph", heap=heap)
        store = open_address(child.start())
        try:
            with store.driver.session(database=store.database) as session:
                session.run(load(QUERIES, "index_nodes").for_engine("arcadedb")).consume()
            _write(store, "create_nodes", ({"n": number} for number in range(rows.items)))
            pairs = zip(rows.provider.tolist(), rows.dependent.tolist(), strict=True)
            _write(store, "create_arrows", ({"provider": a, "dependent": b} for a, b in pairs))
            assert child.pid is not None
            yield store, child.pid
        finally:
            store.close()
            child.stop()


def _write(store: BoltStore, name: str, rows: Iterator[dict[str, int]]) -> None:
    statement = load(QUERIES, name)
    while part := list(islice(rows, ROWS_AT_ONCE)):
        store.write(lambda tx, part=part: tx.run(statement, rows=part), timeout=600)


def _bulk_import(folder: Path, rows: GraphRows) -> None:
    home = folder / "graph"
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "neo4j.conf").touch()
    (folder / "nodes.head").write_text("n:ID{id-type:long}\n")
    (folder / "arrows.head").write_text(":START_ID,:END_ID\n")
    (folder / "nodes.csv").write_text("\n".join(map(str, range(rows.items))))
    pairs = zip(rows.provider.tolist(), rows.dependent.tolist(), strict=True)
    (folder / "arrows.csv").write_text("\n".join(f"{a},{b}" for a, b in pairs))
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "sun.nio.ch", "java.lang")]
    command = [
        str(find_jdk()), "-Xmx2g", *opened, "-cp", f"{provide_jars()}/*", "org.neo4j.cli.AdminTool", "database", "import", "full", "neo4j",
        f"--nodes=Node={folder}/nodes.head,{folder}/nodes.csv", f"--relationships=AFFECTS={folder}/arrows.head,{folder}/arrows.csv",
    ]  # fmt: skip
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    # It leaves a report where it stands, so it stands in the folder.
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Neo4j's import failed: {(done.stdout + done.stderr)[-800:]}")


def measure_plain(bench: Bench, name: str, case: Case, store: BoltStore, pid: int, statement: str, limit: float | None) -> None:
    """One row: the engine finds what a root reaches, we find how badly each of it is hit."""
    root, reached = _root(case)
    query = load(QUERIES, statement)
    param: Any = root if statement == PLAIN else item_id(root)
    theirs = [_less(pid, lambda: store.read(query, timeout=590, root=param)[0]["reached"]) for _ in range(RUNS)]
    found = theirs[0][1]
    if found not in (reached, reached - 1):  # the root itself counts where an engine says so
        raise SystemExit(f"{name} reaches {found:,} from {root}, the index {reached:,}")
    view, pool = case.index.view(), ScratchPool()
    ours = min(seconds(lambda: evaluate(view, pool, {root: Level.DOWN}), RUNS * 2, time.thread_time))
    hit = len(evaluate(view, pool, {root: Level.DOWN}).hit)
    text = " ".join(query.for_engine(store.engine).split())
    bench.ratio(
        f"{case.label}: reach {found:,}: our levels and groups / {name}'s plain reach in Cypher, {SHAPES[statement]}",
        ours * 1e3,
        min(took for took, _ in theirs) * 1e3,
        "ms",
        inverse=True,
        limit=limit,
        at_least=True,
        note=f"{hit:,} of them are hit. {text}",
    )


def _root(case: Case) -> tuple[int, int]:
    """The hub that harms most, and how many a plain search finds from it, itself included. By harm, not by reach: our side is not to be
    measured on a root whose trouble a group stops early."""
    view, pool = case.index.view(), ScratchPool()
    root = max(hubs(case.rows, 3).tolist(), key=lambda v: len(evaluate(view, pool, {v: Level.DOWN}).hit))
    return root, reach_of(case, root)


def _less(pid: int, work: Any) -> tuple[float, Any]:
    """Seconds of the processor in process `pid` or by the clock, whichever is less, and what came of the work."""
    process = psutil.Process(pid)
    before, start = process.cpu_times(), time.perf_counter()
    found = work()
    clock, after = time.perf_counter() - start, process.cpu_times()
    busy = after.user + after.system - before.user - before.system
    return min(clock, busy) if busy > 0.02 else clock, found
