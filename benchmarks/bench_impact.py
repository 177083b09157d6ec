"""`make bench-impact`: the impact engine from 1k to 1M items, in one run: beside a bare breadth-first search of scipy on the same graphs,
built from both stores, over HTTP, and beside the best Cypher for plain reach.

Limits (issue "Impact"): the worst hub with levels and groups at most 1.5 times the search; a reach of 100 among a million under 0.2 ms;
10,000 ledger changes under 1 s; restore at 1M/5M under 5 s; a summary over HTTP at most twice the engine's time plus 10 ms; a light
question beside the worst of heavy ones at most 3 times as long; plain reach in Cypher at least 20 times slower at 100k/500k,
25 times at 1M/5M on Neo4j.
Quick: every part, the engine up to 100k/500k, the others at 2k/10k, where nothing is promised.
"""

from benchmarks.harness import Bench
from benchmarks.impact import beside, engine, live, plain, served
from cmdb.impact.warm import warm_up

HUB_RATIO = 1.5
SMALL_REACH_MS = 0.2
APPLY_S = 1.0
RESTORE_S = 5.0
LIGHT_RATIO = 3.0
CYPHER_100K, CYPHER_1M = 20.0, 25.0
PACKAGES = ("numpy", "numba", "scipy", "neo4j", "arcadedb-embedded", "strawberry-graphql", "graphql-core", "uvicorn")


def main() -> int:
    """Run, print, write; the exit code."""
    bench = Bench("impact", packages=PACKAGES)
    warm_up()
    for items in (1_000, 10_000, 100_000) if bench.quick else (1_000, 10_000, 100_000, 1_000_000):
        by_itself(bench, items)
    in_engines(bench, 2_000 if bench.quick else 100_000)
    for name in ("arcadedb", "neo4j"):
        beside_cypher(bench, name, 2_000 if bench.quick else 100_000, 0.505, None if bench.quick else CYPHER_100K)
    if not bench.quick:
        beside_cypher(bench, "neo4j", 1_000_000, 0.909, CYPHER_1M)
    return bench.finish()


def by_itself(bench: Bench, items: int) -> None:
    """The engine alone, on a generated graph."""
    case = engine.make(items, items * 5)
    promised = items >= 100_000
    engine.memory(bench, case)
    engine.worst_hub(bench, case, HUB_RATIO if promised else None)
    engine.small_reach(bench, case, SMALL_REACH_MS)
    if promised:
        engine.whole_answer(bench, case)
        engine.applying(bench, case, APPLY_S)
        engine.keeping(bench, case, RESTORE_S)


def in_engines(bench: Bench, items: int) -> None:
    """The same graph in both stores: building the index; on ArcadeDB questions over HTTP, and plain reach in Cypher (of all
    of it: the graph whose reach is set is `beside_cypher`'s)."""
    case = engine.make(items, items * 5)
    rounds = 60 if bench.quick else 200
    for name in ("neo4j", "arcadedb"):
        with live.engine(name) as (store, address, pid):
            bench.engines[name] = live.version(store)
            registry = live.seed(store)
            live.write_live(store, case.rows)
            index = live.build(bench, name, store, registry, case)
            if name == "arcadedb":
                with served.served(store, address) as (url, token):
                    served.measure_summary(bench, case, index, registry, url, token, rounds // 2, not bench.quick)
                    beside.measure_beside_heavy(bench, case, url, token, rounds, None if bench.quick else LIGHT_RATIO)
                limit = None if bench.quick else CYPHER_100K
                plain.measure_plain(bench, name, case, store, pid, plain.LIVE, limit)


def beside_cypher(bench: Bench, name: str, items: int, share: float, limit: float | None) -> None:
    """Plain reach in Cypher, on the graph in the shape that suits engines best; its hubs reach a little less than `share` of all items."""
    case = engine.make(items, items * 5, share)
    with (plain.imported if name == "neo4j" else plain.written)(case.rows) as (store, pid):
        plain.measure_plain(bench, name, case, store, pid, plain.PLAIN, limit)


if __name__ == "__main__":
    raise SystemExit(main())
