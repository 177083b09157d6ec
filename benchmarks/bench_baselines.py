"""`make bench-baselines`: what baselines and history cost, on both engines (issue 5, "Numbers").

Taking is flat from 10,000 to a million items, comparing follows the differences, an as-of read costs little more than a live one, and
nobody pays for history who does not ask for it. Full size takes about fifteen minutes, most of it for writing the millionth item.
"""

import sys

from benchmarks.baselines.estate import ENGINES, Estate, engine
from benchmarks.baselines.scale import measure_scale
from benchmarks.baselines.storage import measure_storage
from benchmarks.baselines.versions import measure_versions
from benchmarks.harness import Bench


def main() -> int:
    """Run on both engines; 1 where a limit does not hold."""
    bench = Bench("baselines", packages=("neo4j", "neo4j-rust-ext", "arcadedb-embedded", "deepdiff", "orjson"))
    sizes, many = ([1_000, 5_000], (500, 5_000)) if bench.quick else ([10_000, 100_000, 1_000_000], (10_000, 100_000))
    items, deep = (600, 10) if bench.quick else (10_000, 200)
    for name in ENGINES:
        with engine(name) as one, engine(name) as ten:
            measure_versions(bench, name, Estate(one), Estate(ten), items, deep)
        with engine(name) as store:
            measure_scale(bench, name, Estate(store), sizes, many)
        if not bench.quick:
            measure_storage(bench, name, 20_000)
    return bench.finish()


if __name__ == "__main__":
    sys.exit(main())
