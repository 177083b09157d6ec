"""Impact of the past on both engines: what was answered then is answered later, by the types of then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from cmdb.impact.asof import UNDER_WAY, PastGraphs, PastNotReady
from cmdb.impact.keeper import ImpactKeeper
from cmdb.impact.levels import Freshness, Level
from cmdb.impact.questions import BadWhatIf, ImpactQuestion, RelationRef, RetiredRoot, UnknownRoot, WhatIf
from cmdb.impact.service import ImpactService
from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import BadPoint, History, UnknownRevision
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.pack import load_pack
from cmdb.model.registry import Registry
from cmdb.model.types import Propagation, PropagationKind
from cmdb.registry.asof import registry_at
from cmdb.registry.service import RegistryService
from cmdb.store.bolt import BoltStore
from tests.support.estate import CAUSE, SteppingClock, create, plan, relate, relation, retire, server, unrelate, update

D, G, R = Level.DOWN, Level.DEGRADED, Level.AT_RISK
SEEDED, BUILT, CHANGED, SOFTER, GONE = 1, 2, 3, 4, 5


class Estate:
    """A shop with a history: seeded, built, the pool grown more demanding, the need of the cache ended, the database retired."""

    def __init__(self, store: BoltStore) -> None:
        self.store, self.clock = store, SteppingClock()
        self.ledger, self.history = Ledger(store, self.clock), History(store)
        self.registry = RegistryService(store, self.ledger, Inventory(store), look_again=0)
        self.registry.seed(CAUSE)
        self.past = PastGraphs(store, self.history, partial(registry_at, store))
        pool, db, cache = server("pool", type_name="redundancy_group", need_count=1), app("db"), relation("web", "cache")
        links = (
            relation("web", "db"), cache, relation("db", "pool", "runs_on"), relation("a", "pool", "member_of"),
            relation("b", "pool", "member_of"),
        )  # fmt: skip
        nodes = [replace(server(one), location="hall 1") for one in ("a", "b")]
        shop = [create(one) for one in (*nodes, app("web"), db, app("cache"), server("spare"), pool)]
        self.ledger.commit(plan(*shop, *(relate(one) for one in links)))
        self.ledger.commit(plan(update(pool, attributes={"need_count": 2})))
        self.ledger.commit(plan(unrelate(cache)))
        self.ledger.commit(plan(retire(db)))

    def service(self) -> ImpactService:
        """Over an index of the present."""
        keeper = ImpactKeeper(self.store, self.ledger, Log(self.store), self.registry.current, self.clock)
        keeper.open()
        return ImpactService(keeper.index, self.registry.current, past=self.past)


def app(item_id: str):  # type: ignore[no-untyped-def]
    return server(item_id, item_id, "application")


@pytest.fixture
def estate(store: BoltStore) -> Estate:
    return Estate(store)


def down(*roots: str, as_of: int | None, what_if: WhatIf | None = None) -> ImpactQuestion:
    return ImpactQuestion(dict.fromkeys(roots, D), what_if=what_if, as_of=as_of)


@pytest.mark.engine
def test_every_question_is_answered_as_it_was_then(estate: Estate) -> None:
    service = estate.service()
    assert service.revision == GONE
    assert service.impact(down("a", as_of=BUILT)).levels() == {"a": D, "pool": R, "db": R, "web": R}
    assert service.impact(down("a", as_of=CHANGED)).levels() == {"a": D, "pool": D, "db": D, "web": D}
    assert service.impact(down("a", as_of=GONE)).levels() == service.impact(down("a", as_of=None)).levels() == {"a": D, "pool": D}
    assert service.impact(down("cache", as_of=CHANGED)).levels() == {"cache": D, "web": D}
    assert service.impact(down("cache", as_of=SOFTER)).levels() == {"cache": D}
    answer = service.impact(down("a", as_of=BUILT))
    assert (answer.revision, answer.total) == (BUILT, 3)
    assert [one.id for one in service.of_kind(answer, "application", as_of=BUILT)] == ["db", "web"]

    assert [one.id for one in service.dependencies("web", as_of=BUILT).items] == ["cache", "db", "pool", "a", "b"]
    assert service.dependencies("web", as_of=GONE).total == 0
    assert service.paths("a", "web", as_of=BUILT).length == 3
    assert service.paths("a", "web", as_of=GONE).length is None
    points = {seq: {one.id for one in service.single_points_of_failure("web", as_of=seq).items} for seq in (BUILT, CHANGED)}
    assert points == {BUILT: {"cache", "db"}, CHANGED: {"cache", "db", "a", "b"}}
    assert service.common_causes({"db": D, "web": D}, as_of=CHANGED).revision == CHANGED
    assert service.location_loss("hall 1", as_of=BUILT).levels()["web"] == D
    assert service.cycles(as_of=BUILT).total == 0
    assert {seq: service.orphans(as_of=seq).ids for seq in (BUILT, SOFTER)} == {BUILT: ("spare",), SOFTER: ("cache", "spare")}
    assert service.view(as_of=BUILT).live_items == 7


@pytest.mark.engine
def test_what_if_on_the_past(estate: Estate) -> None:
    service = estate.service()
    cut = WhatIf(remove_relations=(RelationRef("depends_on", "web", "db"),))
    assert service.impact(down("pool", as_of=BUILT, what_if=cut)).levels() == {"pool": D, "db": D}
    assert service.impact(down("pool", as_of=BUILT)).levels() == {"pool": D, "db": D, "web": D}
    with pytest.raises(BadWhatIf):
        service.impact(down("pool", as_of=GONE, what_if=cut))


@pytest.mark.engine
def test_what_cannot_be_asked_of_the_past(estate: Estate) -> None:
    service = estate.service()
    for seq in (0, SEEDED):
        with pytest.raises(UnknownRoot, match=f"as of commit {seq}"):
            service.impact(down("web", as_of=seq))
        assert service.orphans(as_of=seq).total == 0
    for wrong, refusal in ((GONE + 1, UnknownRevision), (-1, BadPoint)):
        with pytest.raises(refusal):
            service.dependencies("web", as_of=wrong)
    estate.ledger.commit(plan(create(app("late"))))
    later = estate.service()
    with pytest.raises(RetiredRoot):
        later.impact(down("db", as_of=GONE))
    with pytest.raises(UnknownRoot):
        later.impact(down("late", as_of=GONE))
    with pytest.raises(UnknownRevision, match="keeps no history"):
        ImpactService(lambda: service._index(), load_pack).view(as_of=1)


class Moving:
    """The present index, and a commit that lands just after each look at its revision."""

    def __init__(self, keeper: ImpactKeeper, estate: Estate) -> None:
        self._keeper, self._estate = keeper, estate

    @property
    def revision(self) -> int:
        seen = self._keeper.index().revision
        self._estate.ledger.commit(plan(create(server(f"new{seen}"))))
        self._keeper.catch_up()
        return seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keeper.index(), name)


@pytest.mark.engine
def test_the_present_may_move_on_while_it_is_asked_about(estate: Estate) -> None:
    keeper = ImpactKeeper(estate.store, estate.ledger, Log(estate.store), estate.registry.current, estate.clock)
    keeper.open()
    moving = Moving(keeper, estate)
    service = ImpactService(lambda: moving, estate.registry.current, past=estate.past)  # type: ignore[arg-type,return-value]
    for ask in (service.impact, service.compare):
        seq = keeper.index().revision
        assert ask(down("a", as_of=seq)).revision == seq
        assert keeper.index().revision > seq


@pytest.mark.engine
def test_the_types_of_then_say_how_failure_travels(estate: Estate) -> None:
    before = estate.ledger.head().seq
    runs_on = estate.registry.current().relation_types["runs_on"]
    estate.registry.apply([replace(runs_on, propagation=Propagation(PropagationKind.NONE))], CAUSE)
    service = estate.service()
    now = estate.ledger.head().seq
    assert service.impact(down("pool", as_of=CHANGED)).levels()["db"] == D
    assert registry_at(estate.store, before).relation_types["runs_on"] == runs_on
    assert registry_at(estate.store, now).relation_types["runs_on"].propagation.kind is PropagationKind.NONE
    assert registry_at(estate.store, 0) == Registry.of([])
    assert set(registry_at(estate.store, SEEDED).item_types) == set(load_pack().item_types)


@pytest.mark.engine
def test_how_fresh_a_past_relationship_was(estate: Estate) -> None:
    hand = replace(relation("web", "spare"), sources=("manual",))
    nobody = replace(relation("cache", "spare"), sources=())
    estate.ledger.commit(plan(relate(hand), relate(nobody), relate(relation("spare", "pool", "runs_on"))))
    said = estate.ledger.head().seq
    estate.clock.now = estate.clock.now.replace(year=estate.clock.now.year + 1)
    estate.ledger.commit(plan(create(app("later"))))
    at = {seq: estate.past.at(seq).index.view() for seq in (said, said + 1)}

    def fresh(seq: int, source: str, target: str) -> Freshness:
        view = at[seq]
        return next(one.freshness for one in view.providers(view.find(source)) if one.other == view.find(target))

    assert [fresh(seq, "web", "spare") for seq in at] == [Freshness.BY_HAND] * 2
    assert [fresh(seq, "cache", "spare") for seq in at] == [Freshness.UNKNOWN] * 2
    assert [fresh(seq, "spare", "pool") for seq in at] == [Freshness.CONFIRMED, Freshness.UNKNOWN]


class Types:
    """Types that are given when the test says so; counts how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.go, self.problem = threading.Event(), False

    def __call__(self, seq: int) -> Registry:
        self.asked.append(seq)
        self.go.wait(20)
        if self.problem:
            raise UnknownRevision("altered")
        return load_pack()


def in_threads(past: PastGraphs, *seqs: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=past.at, args=(seq,), daemon=True) for seq in seqs]
    for one in threads:
        one.start()
    return threads


@pytest.mark.engine
def test_one_building_for_all_who_ask_and_few_are_kept(arcadedb_store: BoltStore) -> None:
    estate, types = Estate(arcadedb_store), Types()
    past = PastGraphs(arcadedb_store, estate.history, types, kept=2, wait=20)
    threads = in_threads(past, 2, 2, 2)
    types.go.set()
    for one in threads:
        one.join(20)
    assert types.asked == [2]
    assert past.at(2) is past.at(2)
    for seq in (3, 4, 3, 5):
        past.at(seq)
    assert past.revisions == (3, 5)
    assert past.memory == sum(past.at(seq).memory for seq in (3, 5)) > 0
    small = PastGraphs(arcadedb_store, estate.history, types, most_bytes=1)
    small.at(2), small.at(3)
    assert small.revisions == (3,), "what is asked for last is kept whatever its size"


@pytest.mark.engine
def test_who_cannot_wait_is_told_and_the_reading_goes_on(arcadedb_store: BoltStore) -> None:
    estate, types = Estate(arcadedb_store), Types()
    past = PastGraphs(arcadedb_store, estate.history, types, wait=0.05)
    for seq in range(2, 2 + UNDER_WAY):
        with pytest.raises(PastNotReady, match="rows so far"):
            past.at(seq)
    with pytest.raises(PastNotReady, match="read first"):
        past.at(1)
    types.go.set()
    patient = PastGraphs(arcadedb_store, estate.history, types)
    assert patient.at(5).index.revision == 5
    for _ in range(200):
        if 5 in past.revisions:
            break
        threading.Event().wait(0.05)
    assert past.revisions == (3, 4, 5)
    types.problem = True
    for _ in range(2):
        with pytest.raises(UnknownRevision):
            patient.at(1)
    assert types.asked.count(1) == 2, "what failed is tried again"


@pytest.mark.engine
def test_few_may_wait_and_whoever_has_waited_makes_room(arcadedb_store: BoltStore) -> None:
    estate, types = Estate(arcadedb_store), Types()
    full = PastGraphs(arcadedb_store, estate.history, types, wait=600, waiting=0)
    with ThreadPoolExecutor(1) as pool:
        refused = pool.submit(full.at, 2).exception(timeout=30)
    assert isinstance(refused, PastNotReady), "at once, and its reading has begun"
    types.go.set()
    for _ in range(200):
        if 2 in full.revisions:
            break
        threading.Event().wait(0.05)
    assert full.at(2).index.revision == 2
    narrow = PastGraphs(arcadedb_store, estate.history, types, waiting=1)
    assert [narrow.at(seq).index.revision for seq in (2, 3, 4)] == [2, 3, 4]
