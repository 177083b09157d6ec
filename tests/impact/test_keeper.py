"""The index against real engines: built from the store, kept current from the ledger, saved, restored, distrusted."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cmdb.impact.keeper import ImpactKeeper
from cmdb.impact.levels import Freshness, Level
from cmdb.impact.questions import ImpactQuestion
from cmdb.impact.service import ImpactService
from cmdb.kernel.clock import to_text
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.item import RelationState
from cmdb.model.pack import load_pack
from cmdb.model.registry import Registry
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, claim, create, plan, relate, relation, restore, retire, rework, server, unrelate, update
from tests.support.impact_graphs import impact_registry

pytestmark = pytest.mark.engine
Open = Callable[..., ImpactKeeper]


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def ledger(store: BoltStore, clock: SteppingClock) -> Ledger:
    return Ledger(store, clock)


@pytest.fixture
def keeper_of(store: BoltStore, ledger: Ledger, clock: SteppingClock) -> Open:
    """Opens a keeper; `folder` for snapshots, `registry` for other types than the pack's."""

    def opened(folder: Path | None = None, registry: Registry | None = None) -> ImpactKeeper:
        types = registry or load_pack()
        keeper = ImpactKeeper(store, ledger, Log(store), lambda: types, clock, folder)
        keeper.open()
        return keeper

    return opened


def levels(keeper: ImpactKeeper, *roots: str) -> dict[str, Level]:
    return ImpactService(keeper.index, load_pack).impact(ImpactQuestion.down(*roots)).levels()


def shop(ledger: Ledger) -> None:
    """web needs db hard and cache softly; db runs on a pool that needs one of two nodes; a disk is part of node a."""
    group = server("pool", "pool", "redundancy_group", need_count=1)
    ledger.commit(
        plan(
            *(create(server(i)) for i in ("a", "b")),
            *(create(server(i, i, "application")) for i in ("web", "db", "cache")),
            create(server("disk", "disk", "storage_volume")),
            create(group),
            *(
                relate(link)
                for link in (
                    relation("web", "db"), relation("web", "cache", need="soft"), relation("db", "pool", "runs_on"),
                    relation("a", "pool", "member_of"), relation("b", "pool", "member_of"), relation("disk", "a", "part_of"),
                )
            ),
        )
    )  # fmt: skip


D, G, R = Level.DOWN, Level.DEGRADED, Level.AT_RISK


def test_the_index_is_built_from_the_store(ledger: Ledger, keeper_of: Open) -> None:
    shop(ledger)
    keeper = keeper_of()
    assert keeper.index().revision == 1
    assert levels(keeper, "disk") == {"disk": D, "a": D, "pool": R, "db": R, "web": R}
    assert levels(keeper, "a", "b") == {"a": D, "b": D, "pool": D, "db": D, "web": D}
    assert levels(keeper, "cache") == {"cache": D, "web": G}
    assert levels(keeper, "web") == {"web": D}


def test_an_empty_store_gives_an_empty_index(keeper_of: Open) -> None:
    index = keeper_of().index()
    assert (index.revision, index.view().live_items) == (0, 0)


def test_what_is_committed_later_is_taken_in_and_equals_a_fresh_build(ledger: Ledger, keeper_of: Open) -> None:
    keeper = keeper_of()
    shop(ledger)
    ledger.commit(
        plan(rework(relation("web", "cache", need="soft"), need="hard"), retire(server("b")), unrelate(relation("b", "pool", "member_of")))
    )
    pool = server("pool", "pool", "redundancy_group", need_count=1)
    ledger.commit(plan(update(pool, owner="ops"), create(server("c")), relate(relation("c", "pool", "member_of"))))
    assert keeper.catch_up() == 3
    fresh = keeper_of()
    for roots in (("cache",), ("a",), ("c",), ("a", "c"), ("db",), ("disk",)):
        assert levels(keeper, *roots) == levels(fresh, *roots)
    assert levels(keeper, "cache") == {"cache": D, "web": D}
    assert levels(keeper, "a") == {"a": D, "pool": R, "db": R, "web": R}
    ledger.commit(plan(restore(None, server("b")), relate(relation("b", "pool", "member_of"))))
    assert keeper.catch_up() == 4
    assert levels(keeper, "a", "c") == {"a": D, "c": D, "pool": R, "db": R, "web": R}


def test_a_snapshot_is_restored_and_caught_up(ledger: Ledger, keeper_of: Open, tmp_path: Path) -> None:
    shop(ledger)
    first = keeper_of(tmp_path / "impact")
    first.stop()
    ledger.commit(plan(unrelate(relation("web", "db"))))
    second = keeper_of(tmp_path / "impact")
    assert second.index().revision == 2
    assert levels(second, "db") == {"db": D}
    assert levels(second, "disk") == {"disk": D, "a": D, "pool": R, "db": R}


@pytest.mark.parametrize("damage", ["array", "description", "missing", "format", "empty"])
def test_a_damaged_snapshot_is_not_trusted(ledger: Ledger, keeper_of: Open, tmp_path: Path, damage: str) -> None:
    shop(ledger)
    keeper_of(tmp_path / "impact").stop()
    folder = next((tmp_path / "impact").iterdir())
    if damage == "array":
        path = folder / "affects_base.npy"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    elif damage == "description":
        text = (folder / "snapshot.json").read_text()
        (folder / "snapshot.json").write_text(text.replace('"revision":1', '"revision":9'))
    elif damage == "missing":
        (folder / "needs_start.npy").unlink()
    elif damage == "format":
        (folder / "snapshot.json").write_text(json.dumps({"digest": "", "description": []}))
    else:
        (folder / "snapshot.json").write_bytes(b"")
    keeper = keeper_of(tmp_path / "impact")
    assert levels(keeper, "disk") == {"disk": D, "a": D, "pool": R, "db": R, "web": R}
    assert keeper.index().revision == 1


def test_a_snapshot_of_another_ledger_is_not_trusted(store: BoltStore, ledger: Ledger, keeper_of: Open, tmp_path: Path) -> None:
    from tests.support.engines import wipe

    shop(ledger)
    keeper_of(tmp_path / "impact").stop()
    wipe(store)
    ledger.commit(plan(create(server("other"))))
    keeper = keeper_of(tmp_path / "impact")
    assert keeper.index().view().find("other") >= 0
    assert keeper.index().view().find("web") < 0


def test_other_propagation_rules_make_a_snapshot_useless(ledger: Ledger, keeper_of: Open, tmp_path: Path) -> None:
    shop(ledger)
    keeper_of(tmp_path / "impact").stop()
    keeper = keeper_of(tmp_path / "impact", impact_registry())
    assert levels(keeper, "disk") == {"disk": D, "a": D, "pool": R, "db": R, "web": R}


def test_freshness_comes_from_the_claims_of_either_end(ledger: Ledger, keeper_of: Open, clock: SteppingClock) -> None:
    now = clock()
    old = to_text(now - timedelta(days=4000))
    recent = to_text(now)

    def link(source: str, target: str, *sources: str) -> RelationState:
        made = relation(source, target)
        return RelationState(made.id, made.type, made.source, made.target, {}, sources)

    ledger.commit(
        plan(
            *(create(server(i)) for i in "abcdef"),
            relate(link("a", "f", "test")), relate(link("b", "f", "test")), relate(link("c", "f", "manual")),
            relate(link("d", "f", "manual", "nobody")), relate(link("e", "f", "other")),
            claim("a", seen_at=recent), claim("b", seen_at=old), claim("f", source="other", seen_at=recent),
        )
    )  # fmt: skip
    keeper = keeper_of()
    links = {
        keeper.index().view().ids.name(one.other): one.freshness
        for one in keeper.index().view().dependents(keeper.index().view().find("f"))
    }
    assert links == {
        "a": Freshness.CONFIRMED, "b": Freshness.STALE, "c": Freshness.BY_HAND, "d": Freshness.UNKNOWN, "e": Freshness.CONFIRMED,
    }  # fmt: skip
    answer = ImpactService(keeper.index, load_pack).impact(ImpactQuestion.down("f"))
    assert answer.freshness() == {Freshness.UNKNOWN: 1, Freshness.CONFIRMED: 2, Freshness.STALE: 1, Freshness.BY_HAND: 1}


def test_a_restart_does_not_make_old_sightings_young(ledger: Ledger, keeper_of: Open, clock: SteppingClock, tmp_path: Path) -> None:
    shop(ledger)
    first = keeper_of(tmp_path / "impact")
    read_at = first.index().fresh_as_of
    assert read_at is not None
    first.stop()

    soon = keeper_of(tmp_path / "impact")
    assert soon.index().fresh_as_of == read_at, "what was confirmed then is told as of then"
    assert ImpactService(soon.index, load_pack).impact(ImpactQuestion.down("db")).fresh_as_of == read_at
    soon.stop()

    clock.now += timedelta(hours=7)
    late = keeper_of(tmp_path / "impact")
    assert late.index().fresh_as_of == read_at, "old, and said so, until it is read in the background"
    late.start(interval=0.05)
    try:
        for _ in range(400):
            if late.index().fresh_as_of != read_at:
                break
            threading.Event().wait(0.05)
        assert (late.index().fresh_as_of or "") > read_at
    finally:
        late.stop()
    saved = json.loads(next((tmp_path / "impact").glob("*/snapshot.json")).read_text())["description"]
    assert saved["fresh_as_of"] == late.index().fresh_as_of

    clock.now += timedelta(hours=7)
    command = keeper_of(tmp_path / "impact")
    stale = command.index().fresh_as_of
    assert (command.open(fresh=True).fresh_as_of or "") > (stale or ""), "a process that ends soon reads them at once"


def test_pages_smaller_than_the_graph_give_the_same_index(store: BoltStore, ledger: Ledger, keeper_of: Open, clock: SteppingClock) -> None:
    from cmdb.impact.arrows import ArrowTable
    from cmdb.impact.index import ImpactIndex
    from cmdb.impact.loader import load_rows

    shop(ledger)
    registry = load_pack()
    index = ImpactIndex(load_rows(store, registry, clock(), page=2), ArrowTable.of(registry), 1)
    answer = ImpactService(lambda: index, load_pack).impact(ImpactQuestion.down("disk"))
    assert answer.levels() == levels(keeper_of(), "disk")


def test_a_keeper_in_its_thread_follows_the_ledger(ledger: Ledger, keeper_of: Open) -> None:
    keeper = keeper_of()
    keeper.start(interval=30)
    try:
        shop(ledger)
        keeper.poke()
        assert keeper.index().view(at_least=1, timeout=20).live_items == 7
    finally:
        keeper.stop()


def test_the_former_index_follows_the_ledger_while_the_next_one_is_read(store: BoltStore, ledger: Ledger, clock: SteppingClock) -> None:
    types, reading, go = [load_pack()], threading.Event(), threading.Event()
    go.set()

    def slow() -> datetime:
        reading.set()
        go.wait(60)
        return clock()

    keeper = ImpactKeeper(store, ledger, Log(store), lambda: types[0], slow)
    shop(ledger)
    former = keeper.open()
    keeper.start(interval=0.05)
    try:
        go.clear()
        reading.clear()
        types[0] = impact_registry()
        assert reading.wait(20), "other rules of propagation: the graph is read anew"
        ledger.commit(plan(create(server("late"))))
        keeper.poke()
        assert former.view(at_least=2, timeout=20).find("late") >= 0
        assert keeper.index() is former
        go.set()
        for _ in range(400):
            if keeper.index() is not former:
                break
            threading.Event().wait(0.05)
        assert keeper.index() is not former
        assert keeper.index().view(at_least=2, timeout=20).find("late") >= 0
        go.clear()
        reading.clear()
        types[0] = load_pack()
        assert reading.wait(20)
        keeper.stop()
        assert not go.is_set(), "who stops does not wait for the reading"
        assert keeper.index().revision == 2
    finally:
        go.set()
        keeper.stop()
        for one in threading.enumerate():
            if one.name == "impact-rebuild":
                one.join(20)
