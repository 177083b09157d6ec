"""`make bench-impact`: the impact engine from 1k to 1M items, beside a bare breadth-first search of scipy on the same graphs.

Limits (issue "Impact"): the worst hub with levels and groups at most 1.5 times the search; a reach of 100 among a million under 0.2 ms;
10,000 ledger changes under 1 s; restore at 1M/5M under 5 s. Quick: up to 100k/500k, with the same limits.
"""

from benchmarks.harness import Bench
from benchmarks.impact import engine
from cmdb.impact.warm import warm_up

HUB_RATIO = 1.5
SMALL_REACH_MS = 0.2
APPLY_S = 1.0
RESTORE_S = 5.0


def main() -> int:
    """Run, print, write; the exit code."""
    bench = Bench("impact", packages=("numpy", "numba", "scipy"))
    warm_up()
    sizes = (1_000, 10_000, 100_000) if bench.quick else (1_000, 10_000, 100_000, 1_000_000)
    for items in sizes:
        case = engine.make(items, items * 5)
        promised = items >= 100_000
        engine.memory(bench, case)
        engine.worst_hub(bench, case, HUB_RATIO if promised else None)
        engine.small_reach(bench, case, SMALL_REACH_MS)
        if promised:
            engine.whole_answer(bench, case)
            engine.applying(bench, case, APPLY_S)
            engine.keeping(bench, case, RESTORE_S)
    return bench.finish()


if __name__ == "__main__":
    raise SystemExit(main())
