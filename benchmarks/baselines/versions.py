"""What history costs who does not ask for it, and who does: live queries beside ten versions of everything, and as-of reads among a hundred
versions."""

import itertools
from collections.abc import Callable

from benchmarks.baselines.estate import Estate
from benchmarks.harness import Bench, median
from cmdb.inventory.query import Filter, ItemQuery, Op


def measure_versions(bench: Bench, engine: str, estate: Estate, items: int, deep: int) -> None:
    """Expects an empty estate; leaves `items` items with ten versions each, the first `deep` of them with a hundred."""
    estate.grow(items)
    asked = _live_queries(estate, items)
    rounds = 5 if bench.quick else 40
    for work in list(asked.values()) * (1 if bench.quick else 3):  # a cold engine would make every later figure look good
        _time(work, rounds)
    once = {name: _time(work, rounds) for name, work in asked.items()}
    for round_ in range(9):
        estate.change(range(items), f"12.{round_}")
    for name, work in asked.items():
        bench.ratio(
            f"{engine}: live {name}, ten versions of each of {items:,} items against one", _time(work, rounds), once[name], "s", limit=1.1
        )  # fmt: skip
    for round_ in range(90):
        estate.change(range(deep), f"13.{round_}", piece=deep)
    _as_of(bench, engine, estate, deep, rounds)


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
    live = _time(lambda: estate.inventory.item(f"s{next(numbers):07d}"), rounds)
    then = _time(lambda: estate.history.item(f"s{next(numbers):07d}", next(points)), rounds)
    versions = len(estate.history.versions_of("s0000000"))
    if versions != 100:
        raise SystemExit(f"the item has {versions} versions, not 100")
    bench.ratio(f"{engine}: as-of read of one item with 100 versions, against the live read", then, live, "s", limit=2)


def _time(work: Callable[[], object], rounds: int) -> float:
    """Seconds of one call: the middle of several rounds of ten, the best of three such; engines take thousands of calls to get warm, and
    what is measured first must not look slow for it."""

    def ten() -> None:
        for _ in range(10):
            work()

    for _ in range(max(1, rounds // 8)):
        ten()
    return min(median(ten, rounds) for _ in range(3)) / 10
