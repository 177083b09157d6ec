"""What must not grow with the estate: taking a baseline, and comparing with 100 differences; and how long 10,000 differences take."""

import itertools

from baselines.model import WHOLE, Scope, ScopeKind
from benchmarks.baselines.estate import WHO, Estate
from benchmarks.harness import Bench, best, median, seconds

_NAMES = itertools.count()


def measure_scale(bench: Bench, engine: str, estate: Estate, sizes: list[int], many: tuple[int, int]) -> None:
    """Rows for each size; the estate grows from one to the next. `many`: so many differences at the size that follows."""
    taken: dict[int, float] = {}
    typed: dict[int, float] = {}
    compared: dict[int, float] = {}
    runs = 4 if bench.quick else 15
    for size in sizes:
        estate.grow(size)
        if size == sizes[0]:  # a cold engine would make every larger size look good
            for scope in (WHOLE, Scope(ScopeKind.TYPE, types=("server",))):
                best(lambda scope=scope: _take(estate, scope), runs * 4)
            _hundred(estate, "warm", runs * 2)
        taken[size] = best(lambda: _take(estate, WHOLE), runs)
        typed[size] = best(lambda: _take(estate, Scope(ScopeKind.TYPE, types=("server",))), runs)
        compared[size] = _hundred(estate, f"at {size}", runs)
        if size == many[1]:
            _many(bench, engine, estate, *many)
    small, large = sizes[0], sizes[-1]
    for what, found, limit in (
        ("take, scope whole", taken, 2.0),
        ("take, scope type", typed, 2.0),
        ("compare, 100 differences", compared, 1.3),
    ):
        between = ", ".join(f"{size:,}: {1000 * value:.1f} ms" for size, value in found.items())
        bench.ratio(f"{engine}: {what}, {large:,} items against {small:,}", found[large], found[small], "s", limit=limit, note=between)


def _take(estate: Estate, scope: Scope) -> None:
    estate.baselines.baselines.take(f"bench {next(_NAMES)}", "how long it takes", scope, WHO)


def _hundred(estate: Estate, mark: str, runs: int) -> float:
    """Seconds of a whole comparison with 80 items and 20 relationships that differ, spread over the estate, in five commits."""
    start = estate.ledger.head().seq
    step = len(estate.states) // 80
    estate.change(range(0, 80 * step, step), mark, piece=20)
    estate.relink(20, mark)
    end = estate.ledger.head().seq

    def work() -> None:
        found = estate.compared(start, end)
        if found.totals().all.total != 100 or len(found.page(100).differences) != 100:
            raise SystemExit(f"{found.totals().all.total} differences were found, 100 are there")

    work()
    return best(work, runs)


def _many(bench: Bench, engine: str, estate: Estate, count: int, size: int) -> None:
    start = estate.ledger.head().seq
    step = len(estate.states) // count
    estate.change(range(0, count * step, step), "many", piece=2_000)
    end = estate.ledger.head().seq

    def everything() -> None:
        found = estate.compared(start, end)
        total = found.totals().all.total
        streamed = sum(1 for one in found.stream() if one.attributes())
        if (total, streamed) != (count, count):
            raise SystemExit(f"{total} counted, {streamed} streamed, {count} are there")

    def first_page() -> None:
        page = estate.compared(start, end).page(50)
        if len(page.differences) != 50 or not page.more or not page.differences[0].attributes():
            raise SystemExit("the first page is not whole")

    first_page()
    name = f"{engine}: {count:,} differences on {size:,} items"
    whole = median(everything, 1 if bench.quick else 3)
    bench.add(f"{name}, totals and every difference", whole, "s", limit=5)
    bench.add(f"{name}, first page", median(first_page, 3 if bench.quick else 7), "s", limit=0.3)
    bench.add(f"{name}, coverage by service", seconds(lambda: estate.compared(start, end).services(), 1)[0], "s")
