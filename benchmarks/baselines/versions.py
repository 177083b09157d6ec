"""What history costs who does not ask for it, and who does: live queries beside ten versions of everything, and as-of reads among a hundred
versions."""

import itertools
from collections.abc import Callable

from benchmarks.baselines.estate import Estate, id_of
from benchmarks.harness import Bench, in_turn
from cmdb.inventory.query import Filter, ItemQuery, Op

FLOOR = 0.8
"""History cannot make a live query quicker: a base that is so much slower was not warm."""


def measure_versions(bench: Bench, engine: str, one: Estate, ten: Estate, items: int, deep: int) -> None:
    """Expects two empty estates on engines of their own, so that both can be asked in turn: what disturbs one disturbs the other. Leaves
    `items` items with one version each in `one`, with ten in `ten`, the first `deep` of them with a hundred."""
    one.grow(items)
    ten.grow(items)
    for round_ in range(9):
        ten.change(range(items), f"12.{round_}")
    rounds = 9 if bench.quick else 120
    here, there = _live_queries(one, items), _live_queries(ten, items)
    for name, work in here.items():
        took = in_turn({"one": work, "ten": there[name]}, rounds)
        what = f"{engine}: live {name}, ten versions of each of {items:,} items against one"
        bench.ratio(what, took["ten"], took["one"], "s", limit=1.1, floor=FLOOR)
    for round_ in range(90):
        ten.change(range(deep), f"13.{round_}", piece=deep)
    _as_of(bench, engine, ten, deep, rounds)


def _live_queries(estate: Estate, items: int) -> dict[str, Callable[[], object]]:
    ids = itertools.cycle([id_of(number) for number in range(0, items, max(1, items // 97))])
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
    took = in_turn(
        {
            "live": lambda: estate.inventory.item(id_of(next(numbers))),
            "then": lambda: estate.history.item(id_of(next(numbers)), next(points)),
        },
        rounds,
    )
    versions = len(estate.history.versions_of(id_of(0)))
    if versions != 100:
        raise SystemExit(f"the item has {versions} versions, not 100")
    bench.ratio(f"{engine}: as-of read of one item with 100 versions, against the live read", took["then"], took["live"], "s", limit=2)
