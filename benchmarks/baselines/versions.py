"""What history costs who does not ask for it, and who does: live queries beside ten versions of everything, as-of reads among a hundred
versions, and the room a version takes."""

import itertools
from collections.abc import Callable
from pathlib import Path

from benchmarks.baselines.estate import Estate
from benchmarks.harness import Bench, median
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.store.statements import Statement

_COPY = Statement(
    "copy", "write", ("after", "upto"), ("done",),
    "MATCH (n:Item) WHERE n.id > $after AND n.id <= $upto CREATE (c:BaselineCopy) SET c = properties(n) RETURN count(c) AS done",
)  # fmt: skip


def measure_versions(bench: Bench, engine: str, estate: Estate, folder: Path, items: int, deep: int) -> None:
    """Expects an empty estate; leaves `items` items with ten versions each, the first `deep` of them with a hundred."""
    estate.grow(items)
    empty = _size(folder)
    asked = _live_queries(estate, items)
    rounds = 5 if bench.quick else 40
    once = {name: _time(work, rounds) for name, work in asked.items()}
    for round_ in range(9):
        estate.change(range(items), f"12.{round_}")
    per_version = (_size(folder) - empty) / (9 * items)
    for name, work in asked.items():
        bench.ratio(
            f"{engine}: live {name}, ten versions of each of {items:,} items against one", _time(work, rounds), once[name], "s", limit=1.1
        )  # fmt: skip
    _storage(bench, engine, estate, folder, items, per_version)
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


def _storage(bench: Bench, engine: str, estate: Estate, folder: Path, items: int, per_version: float) -> None:
    before = _size(folder)
    ids = [f"s{number:07d}" for number in range(items)]
    for start in range(0, items, 5_000):
        part = ids[start : start + 5_000]
        after = ids[start - 1] if start else ""
        estate.store.write(lambda tx, after=after, upto=part[-1]: tx.run(_COPY, after=after, upto=upto))
    per_copy = (_size(folder) - before) / items
    bench.add(f"{engine}: disk for one version", per_version, "bytes")
    bench.ratio(
        f"{engine}: disk for a baseline of {items:,} items after 1 % changed, against a full copy", per_version * items / 100,
        per_copy * items, "bytes", note=f"a copied item takes {per_copy:,.0f} bytes; the baseline itself is one record",
    )  # fmt: skip


def _time(work: Callable[[], object], rounds: int) -> float:
    """Seconds of one call: the middle of several rounds of ten, the best of three such; engines take thousands of calls to get warm, and
    what is measured first must not look slow for it."""

    def ten() -> None:
        for _ in range(10):
            work()

    for _ in range(max(1, rounds // 8)):
        ten()
    return min(median(ten, rounds) for _ in range(3)) / 10


def _size(folder: Path) -> int:
    """Bytes on disk, holes left out; logs that engines throw away are not data."""
    found = 0
    for path in folder.rglob("*"):
        if path.is_file() and not _is_log(path):
            found += path.stat().st_blocks * 512
    return found


def _is_log(path: Path) -> bool:
    return path.suffix in (".wal", ".log") or "transactions" in path.parts or path.name.startswith("neostore.transaction")
