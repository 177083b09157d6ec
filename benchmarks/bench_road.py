"""`make bench-road`: what the road costs against the raw driver, a page against the bare query, a GraphQL list against FastAPI with orjson.

Ratios in one run on one machine; limits are those of the issue that built the road. Full size: 20,000 items with 60,000 relationships in
batches of 2,000, a page of 50 over 100,000 items, a list of 10,000 objects.
"""

import sys

from benchmarks.harness import Bench
from benchmarks.road.engines import ENGINES, fresh_engine
from benchmarks.road.ingest import measure_ingest
from benchmarks.road.lists import measure_list
from benchmarks.road.pages import measure_page

CHUNK = 2_000


def main() -> int:
    """Run on both engines; 1 where a limit does not hold."""
    bench = Bench(
        "road", packages=("neo4j", "neo4j-rust-ext", "arcadedb-embedded", "strawberry-graphql", "graphql-core", "fastapi", "orjson")
    )
    items, library = (4_000, 10_000) if bench.quick else (20_000, 100_000)
    for engine in ENGINES:
        measure_ingest(bench, engine, items, items * 3, CHUNK)
        with fresh_engine(engine) as (store, database):
            measure_page(bench, engine, store, database, library)
            measure_list(bench, engine, store, database, 10_000)
    return bench.finish()


if __name__ == "__main__":
    sys.exit(main())
