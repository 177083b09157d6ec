"""What must not grow with the estate: taking a baseline, and comparing with 100 differences; and how long 10,000 differences take.

Rules. Estates of all sizes stand side by side on engines of their own and are asked in turn, all of them warm: none is measured cold, and
what disturbs one disturbs all. Flat means that the slowest of all sizes is within the limit of the quickest, whichever is larger.
"""

import itertools
from collections.abc import Callable

from baselines.model import WHOLE, Scope, ScopeKind
from baselines.report import report
from benchmarks.baselines.estate import BLOCK, PIECE, WHO, Estate
from benchmarks.harness import Bench, in_turn, median, seconds

_NAMES = itertools.count()
SERVERS = Scope(ScopeKind.TYPE, types=("server",))


def measure_scale(bench: Bench, engine: str, estates: dict[int, Estate]) -> None:
    """Rows that must be flat over estates; those that have not their size yet are grown to it."""
    for size, estate in estates.items():
        estate.grow(size)
    rounds = 6 if bench.quick else 60
    for what, work, limit in (
        ("take, scope whole", _taking(WHOLE), 2.0),
        ("take, scope type", _taking(SERVERS), 2.0),
        ("compare, 100 differences, scope whole", _comparing, 1.3),
    ):
        works = {size: work(estate) for size, estate in estates.items()}
        in_turn(works, rounds, calls=3)  # the largest was just started anew, the others have just been written
        took = in_turn(works, rounds, calls=3)
        bench.flat(f"{engine}: {what}, {min(took):,} to {max(took):,} items", took, limit=limit)


def measure_many(bench: Bench, engine: str, estate: Estate, count: int) -> None:
    """How long `count` differences take, a fifth of them relationships, spread over the estate and over as many services as there are."""
    start = estate.ledger.head().seq
    _differ(estate, count, "many", piece=2_000)
    end = estate.ledger.head().seq

    def everything() -> None:
        found = estate.compared(start, end)
        total = found.totals().all.total
        services, complete = found.services()
        streamed = sum(1 for one in found.stream() if one.attributes())
        if (total, streamed, complete) != (count, count, True):
            raise SystemExit(f"{total} counted, {streamed} streamed, {count} are there; coverage complete: {complete}")
        if len(services) < min(count, estate.size) // BLOCK:
            raise SystemExit(f"only {len(services)} services have a share")

    def first_page() -> None:
        page = estate.compared(start, end).page(50)
        if len(page.differences) != 50 or not page.more or not page.differences[0].attributes():
            raise SystemExit("the first page is not whole")

    def printed() -> int:
        return sum(len(piece) for piece in report(estate.compared(start, end), "2026-11-27T10:00:00.000000Z", "bench"))

    everything()
    name = f"{engine}: {count:,} differences on {estate.size:,} items, scope whole"
    whole = median(everything, 1 if bench.quick else 3)
    bench.add(f"{name}, totals, coverage by service and every difference", whole, "s", limit=5)
    bench.add(f"{name}, first page", median(first_page, 3 if bench.quick else 7), "s", limit=0.3)
    for part, work in _parts(estate, start, end).items():
        bench.add(f"{name}, {part} alone", seconds(work, 1)[0], "s")
    bench.add(f"{name}, full HTML report", seconds(printed, 1)[0], "s", note=f"{printed() / 1e6:.1f} MB")


def _parts(estate: Estate, start: int, end: int) -> dict[str, Callable[[], object]]:
    return {
        "totals": lambda: estate.compared(start, end).totals(),
        "coverage by service": lambda: estate.compared(start, end).services(),
        "every difference": lambda: sum(1 for one in estate.compared(start, end).stream() if one.attributes()),
    }


def _taking(scope: Scope) -> Callable[[Estate], Callable[[], object]]:
    return lambda estate: lambda: estate.baselines.baselines.take(f"bench {next(_NAMES)}", "how long it takes", scope, WHO)


def _comparing(estate: Estate) -> Callable[[], object]:
    """A whole comparison with 80 items and 20 relationships that differ, spread over the estate, in five commits."""
    start = estate.ledger.head().seq
    _differ(estate, 100, "hundred", piece=20)
    end = estate.ledger.head().seq

    def work() -> None:
        found = estate.compared(start, end)
        if found.totals().all.total != 100 or len(found.page(100).differences) != 100:
            raise SystemExit(f"{found.totals().all.total} differences were found, 100 are there")

    return work


def _differ(estate: Estate, count: int, mark: str, piece: int) -> None:
    """So many differences, four items for each relationship, evenly over the estate and over all places in a block."""
    step = estate.size // count
    numbers = [place * step + (7 * place + place // 10) % step for place in range(count)]
    estate.change([number for place, number in enumerate(numbers) if place % 5], mark, piece=piece)
    estate.relink([number if number % PIECE else number + 1 for number in numbers[::5]], mark)
