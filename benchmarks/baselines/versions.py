"""What history costs who does not ask for it, and who does: live queries beside ten versions of everything, and as-of reads among a hundred
versions."""

import itertools
import statistics
import time
from collections.abc import Callable

from benchmarks.baselines.estate import Estate
from benchmarks.harness import Bench
from cmdb.inventory.query import Filter, ItemQuery, Op


def measure_versions(bench: Bench, engine: str, one: Estate, ten: Estate, items: int, deep: int) -> None:
    """Expects two empty estates on engines of their own, so that both can be asked in turn: what disturbs one disturbs the other. Leaves
    `items` items with one version each in `one`, with ten in `ten`, the first `deep` of them with a hundred."""
    one.grow(items)
    ten.grow(items)
    for round_ in range(9):
        ten.change(range(items), f"12.{round_}")
    rounds = 3 if bench.quick else 30
    here, there = _live_queries(one, items), _live_queries(ten, items)
    for name, work in here.items():
        plain, beside = _in_turn(work, there[name], rounds)
        bench.ratio(f"{engine}: live {name}, ten versions of each of {items:,} items against one", beside, plain, "s", limit=1.1)
    for round_ in range(90):
        ten.change(range(deep), f"13.{round_}", piece=deep)
    _as_of(bench, engine, ten, deep, rounds)


def _live_queries(estate: Estate, items: int) -> dict[str, Callable[[], object]]:
    ids = itertools.cycle([f"s{number:07d}" for number in range(0, items, max(1, items // 97))])
    page = ItemQuery(types=("server",), filters=(Filter("location", Op.EQ, "site-7"),), first=50)
    return {
        "item by id": lambda: estate.inventory.item(next(ids)),
        "page of 50 by filter": lambda: estate.inventory.page(page),
        "relationships of 50 items": lambda: estate.inventory.relations_of([next(ids) for _ in range(50)]),
    }


def _as_of(bench: Bench, engine: str, estate: Estate, deep: int, rounds: int) -> None:
    """One item among those with a hundred versions, at commits spread over its life, against the same item live."""
    head = estate.ledger.head().seq
    numbers = itertools.cycle(range(deep))
    points = itertools.cycle(range(head - 90, head, 7))
    live, then = _in_turn(
        lambda: estate.inventory.item(f"s{next(numbers):07d}"), lambda: estate.history.item(f"s{next(numbers):07d}", next(points)), rounds
    )
    versions = len(estate.history.versions_of("s0000000"))
    if versions != 100:
        raise SystemExit(f"the item has {versions} versions, not 100")
    bench.ratio(f"{engine}: as-of read of one item with 100 versions, against the live read", then, live, "s", limit=2)


def _in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of one call of each: rounds of ten calls in turn, warm (an engine takes thousands of calls to get so), the middle of all."""
    took: tuple[list[float], list[float]] = ([], [])
    for round_ in range(5 * rounds):
        for work, found in zip((first, second), took, strict=True):
            began = time.perf_counter()
            for _ in range(10):
                work()
            if round_ >= 2 * rounds:
                found.append((time.perf_counter() - began) / 10)
    return statistics.median(took[0]), statistics.median(took[1])
