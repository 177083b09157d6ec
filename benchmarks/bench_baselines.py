"""`make bench-baselines`: what baselines and history cost, on both engines (issue 5, "Numbers").

Taking is flat from 10,000 to a million items, comparing follows the differences, an as-of read costs little more than a live one, and
nobody pays for history who does not ask for it. A full run takes about twenty minutes, half of them for writing the millionth item.
"""

import sys
from contextlib import ExitStack

from benchmarks.baselines.estate import ENGINES, Estate, engine, filled, running
from benchmarks.baselines.scale import measure_many, measure_scale
from benchmarks.baselines.storage import measure_storage
from benchmarks.baselines.versions import measure_versions
from benchmarks.harness import Bench


def main() -> int:
    """Run on both engines; 1 where a limit does not hold."""
    bench = Bench("baselines", packages=("neo4j", "neo4j-rust-ext", "arcadedb-embedded", "deepdiff", "orjson"))
    sizes, many = ([1_000, 5_000], (500, 5_000)) if bench.quick else ([10_000, 100_000, 1_000_000], (10_000, 100_000))
    items, deep = (600, 10) if bench.quick else (10_000, 200)
    with filled(ENGINES, sizes[-1]) as large:
        for name in ENGINES:
            with engine(name) as one, engine(name) as ten:
                measure_versions(bench, name, Estate(one), Estate(ten), items, deep)
            with ExitStack() as side_by_side:
                estates = {size: Estate(side_by_side.enter_context(engine(name))) for size in sizes[:-1]}
                estates[sizes[-1]] = Estate(side_by_side.enter_context(running(large[name])), sizes[-1])
                measure_scale(bench, name, estates)
                measure_many(bench, name, estates[many[1]], many[0])
            if not bench.quick:
                measure_storage(bench, name, 20_000)
    return bench.finish()


if __name__ == "__main__":
    sys.exit(main())
