"""The engine by itself, beside a bare breadth-first search of scipy on the same graph."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from benchmarks.harness import Bench, best, seconds
from benchmarks.impact.graphs import ARROWS, hubs, item_id, power_law
from cmdb.impact import snapshot
from cmdb.impact.evaluation import evaluate
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.questions import AffectedQuery, ImpactQuestion
from cmdb.impact.rows import GraphRows
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.service import ImpactService
from cmdb.model.commit import Version, VersionKind
from cmdb.model.item import ItemState, RelationState
from cmdb.model.pack import load_pack

SMALL_ROOTS = 100


@dataclass(frozen=True)
class Case:
    """One graph, indexed, and the same for scipy."""

    label: str
    rows: GraphRows
    index: ImpactIndex
    matrix: csr_matrix
    build_seconds: float


def label(number: int) -> str:
    """1000000 -> `1M`."""
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k"


def make(items: int, relations: int, share: float = 1.0) -> Case:
    """Generate and index a graph whose hubs reach about `share` of all items."""
    rows = power_law(items, relations, share=share)
    made: list[ImpactIndex] = []
    took = seconds(lambda: made.append(ImpactIndex(rows, ARROWS, 1)), 1)[0]
    ones = np.ones(rows.relations, np.float64)  # scipy converts any other type at each call
    matrix = csr_matrix((ones, (rows.provider, rows.dependent)), shape=(items, items))
    return Case(f"{label(items)}/{label(relations)}", rows, made[0], matrix, took)


def worst_hub(bench: Bench, case: Case, limit: float | None) -> None:
    """Full evaluation from the hub that reaches most, against the bare search from it. Runs alternate, so that both see the same
    machine."""
    view, pool = case.index.view(), ScratchPool()
    root = max(hubs(case.rows).tolist(), key=lambda v: len(evaluate(view, pool, {v: Level.DOWN}).hit))
    reach = len(evaluate(view, pool, {root: Level.DOWN}).hit)
    ours, theirs = alternating(lambda: evaluate(view, pool, {root: Level.DOWN}), lambda: search(case, root), 40)
    bench.ratio(f"{case.label}: worst hub, reach {reach:,}: levels and groups / scipy search", ours * 1e3, theirs * 1e3, "ms", limit=limit)


def alternating(one: Callable[[], object], other: Callable[[], object], rounds: int = 25) -> tuple[float, float]:
    """The best of each in processor time, measured in turn: neither waits for anything, and others may use the machine."""
    pairs = [(seconds(one, 1, time.thread_time)[0], seconds(other, 1, time.thread_time)[0]) for _ in range(rounds)]
    return min(a for a, _ in pairs), min(b for _, b in pairs)


def search(case: Case, root: int) -> NDArray[np.int32]:
    """scipy's search in its quickest form: what it finds, the root included."""
    found: NDArray[np.int32] = breadth_first_order(case.matrix, root, directed=True, return_predecessors=False)
    return found


def reach_of(case: Case, root: int) -> int:
    """How many items a plain search finds, the root included."""
    return len(search(case, root))


def small_reach(bench: Bench, case: Case, limit: float | None) -> None:
    """Questions that reach about a hundred items, each from another root, one after the other: what one leaves in the processor's caches
    helps the next no more than in use."""
    view, pool = case.index.view(), ScratchPool()
    roots = [root for root, _ in nearest(case, 100, SMALL_ROOTS)]
    reaches = [len(evaluate(view, pool, {root: Level.DOWN}).hit) for root in roots]
    taken = seconds(lambda: [evaluate(view, pool, {root: Level.DOWN}) for root in roots], 7, time.thread_time)
    ours, theirs = min(taken) / len(roots), best(lambda: search(case, roots[0]), 3)
    bench.add(
        f"{case.label}: reach of about 100 ({min(reaches)} to {max(reaches)}) in the engine, mean of {len(roots)} roots",
        ours * 1e3,
        "ms",
        limit=limit,
        note=f"the first time round: {taken[0] / len(roots) * 1e3:.3g} ms; scipy search: {theirs * 1e3:.3g} ms",
    )


def near(case: Case, wanted: int) -> tuple[int, int]:
    """The item that harms nearest to `wanted` items, and how many it harms."""
    return nearest(case, wanted, 1)[0]


def nearest(case: Case, wanted: int, count: int, tried: int = 4000) -> list[tuple[int, int]]:
    """The `count` items among `tried` ones at random that harm nearest to `wanted` items, and how many each harms (at most three times
    `wanted` are looked at)."""
    view, pool = case.index.view(), ScratchPool()
    rng = np.random.default_rng(3)
    degree = np.bincount(case.rows.provider, minlength=case.rows.items)
    candidates = rng.permutation(np.flatnonzero((degree > 0) & (degree < wanted)))[:tried].tolist()
    reaches = [(v, len(evaluate(view, pool, {v: Level.DOWN}, limit=wanted * 3).hit)) for v in candidates]
    return sorted(reaches, key=lambda found: abs(found[1] - wanted))[:count]


def whole_answer(bench: Bench, case: Case) -> None:
    """What a page asks for: counts in every dimension, a page of items; then paths and depths; then freshness."""
    registry = load_pack()
    service = ImpactService(lambda: case.index, lambda: registry)
    root = item_id(int(hubs(case.rows, 1)[0]))

    def summary() -> None:
        answer = service.impact(ImpactQuestion.down(root))
        for count in (answer.by_type, answer.by_owner, answer.by_location, answer.by_criticality):
            count()
        service.services(answer)
        answer.page(AffectedQuery(first=50))

    bench.add(f"{case.label}: summary by type, owner, location, services, first page", best(summary, 3) * 1e3, "ms")
    bench.add(
        f"{case.label}: shortest explaining path and depth of every item",
        best(lambda: service.impact(ImpactQuestion.down(root)).depth_histogram(), 3) * 1e3,
        "ms",
    )
    bench.add(
        f"{case.label}: freshness of every relationship", best(lambda: service.impact(ImpactQuestion.down(root)).freshness(), 3) * 1e3, "ms"
    )


def changes(case: Case, count: int, seq: int) -> list[Version]:
    """`count` versions as a ledger makes them: relationships that go and come, items that come and change."""
    rng = np.random.default_rng(seq)
    rows = case.rows
    versions = []
    for at in rng.choice(rows.relations, count // 4, replace=False).tolist():
        name = rows.relation_types[int(rows.tag[at]) >> 2]
        source, target = int(rows.dependent[at]), int(rows.provider[at])
        if name == "member_of":
            source, target = target, source
        versions.append(relation(name, item_id(source), item_id(target), seq, retired=True))
    pairs = rng.integers(0, rows.items, (count // 2, 2)).tolist()
    versions += [relation("depends_on", item_id(source), item_id(target), seq) for source, target in pairs]
    for number in range(count - len(versions)):
        body = ItemState(item_id(10**12 + seq * 10**7 + number), "server", "new", "live", owner="team 1").body()
        versions.append(Version(VersionKind.ITEM, body["id"], seq, 1, "", body))
    return versions


def relation(name: str, source: str, target: str, seq: int, retired: bool = False) -> Version:
    """A version of a relationship."""
    state = RelationState(f"{name}{source}{target}", name, source, target, sources=("bench",), retired=retired)
    return Version(VersionKind.RELATION, state.id, seq, 1, "", state.body())


def applying(bench: Bench, case: Case, limit: float | None) -> None:
    """10,000 ledger changes: as one commit, and as a commit each with a question after each hundredth. By the clock, until a reader has a
    view of them."""

    def take_in(versions: list[Version]) -> None:
        case.index.apply(versions)
        case.index.view()

    fastest = min(seconds(partial(take_in, changes(case, 10_000, seq)), 1)[0] for seq in (2, 3, 4))
    bench.add(f"{case.label}: apply 10,000 changes in one commit, with a new view", fastest, "s", limit=limit)
    single = [Version(v.kind, v.subject_id, 5 + at, v.revision, v.hash, v.body) for at, v in enumerate(changes(case, 10_000, seq=5))]
    pool = ScratchPool()

    def one_by_one() -> None:
        for at, version in enumerate(single):
            case.index.apply((version,))
            if at % 100 == 0:
                evaluate(case.index.view(), pool, {case.rows.items - 1: Level.DOWN})

    bench.add(
        f"{case.label}: 10,000 commits of one change, a question after each hundredth",
        seconds(one_by_one, 1)[0],
        "s",
        limit=limit,
    )
    view = case.index.view()
    root = int(hubs(case.rows, 1)[0])
    ours, theirs = alternating(lambda: evaluate(view, pool, {root: Level.DOWN}), lambda: search(case, root), 5)
    bench.ratio(f"{case.label}: hub after 40,000 changes, not compacted / scipy search", ours * 1e3, theirs * 1e3, "ms")
    bench.add(f"{case.label}: compact in the background", seconds(case.index.compact, 1)[0], "s")


def keeping(bench: Bench, case: Case, limit: float | None) -> None:
    """Save, and what a restart takes until the first answer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph, revision, ledger_hash = case.index.compressed()
        bench.add(f"{case.label}: save a snapshot", seconds(lambda: snapshot.save(folder, graph, revision, ledger_hash, ARROWS), 1)[0], "s")

        def restart() -> None:
            found = snapshot.restore(folder, ARROWS)
            index = ImpactIndex(found.graph, ARROWS, found.revision, found.ledger_hash)
            evaluate(index.view(), ScratchPool(), {0: Level.DOWN})

        bench.add(f"{case.label}: restore after a restart, digests checked, first answer", seconds(restart, 1)[0], "s", limit=limit)


def memory(bench: Bench, case: Case) -> None:
    """Bytes of the index for each relationship, items and ids included."""
    bench.add(f"{case.label}: build from columns", case.build_seconds, "s")
    view = case.index.view()
    arrows = sum(part.nbytes for rows in (view.affects, view.needs) for part in (rows.base, rows.base_tag))
    bench.add(
        f"{case.label}: memory for each relationship, all included",
        view.memory() / view.relations,
        "bytes",
        note=f"arrows both ways alone: {arrows / view.relations:.1f} bytes",
    )
