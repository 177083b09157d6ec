"""Schedules: due times, runs once each, missed ones made up for once and told; baselines taken by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from baselines.errors import BadBaseline, BadScope, EmptyScope, OwnBaseline
from baselines.model import BaselineState, Scope, ScopeKind
from baselines.schedule import BadSchedule, Schedule, ScheduleExists, ScheduleNotFound, Schedules, last_due, next_time
from change_gate.verdicts import RoleMissing
from cmdb.kernel.clock import to_text
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor
from cmdb.store.bolt import BoltStore
from cmdb.store.errors import StoreUnavailable
from tests.support.baseline_room import ERIN, MAX, MONA, VERA, WHOLE, Shop
from tests.support.estate import update

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_due_times_are_utc() -> None:
    assert next_time("0 2 * * *", NOON) == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert next_time("*/15 * * * *", NOON) == NOON + timedelta(minutes=15)
    assert next_time("0 0 1 * *", NOON) == datetime(2026, 12, 1, tzinfo=UTC)


def test_the_last_due_time_and_how_many_before_it() -> None:
    assert last_due("0 * * * *", NOON, NOON + timedelta(minutes=59)) == (None, 0)
    assert last_due("0 * * * *", NOON, NOON + timedelta(hours=1)) == (NOON + timedelta(hours=1), 0)
    assert last_due("0 * * * *", NOON, NOON + timedelta(hours=5, minutes=1)) == (NOON + timedelta(hours=5), 4)
    due, missed = last_due("* * * * *", NOON, NOON + timedelta(days=30, seconds=30))
    assert (due, missed) == (NOON + timedelta(days=30), 10_000)


@pytest.mark.parametrize("cron", ["", "* * * *", "61 * * * *", "0 0 30 2 *", "* * * * * *", "every day", "0 25 * * *", "@daily"])
def test_times_that_are_none_are_refused(cron: str) -> None:
    with pytest.raises(BadSchedule):
        next_time(cron, NOON)


@dataclass
class Diary:
    """A runner that notes what it was asked to do; `refuse` is what it raises."""

    name: str = "diary"
    entries: list[tuple[str, str]] = field(default_factory=list)
    refuse: Exception | None = None

    def check(self, what: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        return what

    def run(self, schedule: Schedule, due: datetime, key: str) -> str:
        if self.refuse is not None:
            raise self.refuse
        self.entries.append((to_text(due), key))
        return "noted"


@pytest.fixture
def shop(store: BoltStore) -> Shop:
    return Shop(store)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def schedules(shop: Shop, diary: Diary) -> Schedules:
    return Schedules(shop.store, shop.ledger, shop.clock, [diary, shop.room.runner])


@pytest.mark.engine
def test_what_is_due_runs_once(shop: Shop, schedules: Schedules, diary: Diary) -> None:
    made = schedules.create("hourly", "diary", "0 * * * *", {"a": 1}, ERIN)
    assert schedules.run_due() == []
    shop.clock.now = made.next_due() + timedelta(seconds=20)
    (ran,) = schedules.run_due()
    assert (ran.result, ran.missed, ran.failed) == ("noted", 0, False)
    assert schedules.run_due() == []
    assert diary.entries == [(to_text(made.next_due()), f"schedule:{made.id}:{to_text(made.next_due())}")]
    kept = schedules.get("HOURLY")
    assert (kept.runs, kept.missed, kept.last_result, kept.last_due) == (1, 0, "noted", to_text(made.next_due()))


@pytest.mark.engine
def test_missed_runs_are_made_up_for_once_and_told(shop: Shop, schedules: Schedules, diary: Diary) -> None:
    schedules.create("hourly", "diary", "0 * * * *", {}, ERIN)
    shop.clock.advance(hours=7)
    (ran,) = schedules.run_due()
    assert ran.missed == 6
    assert len(diary.entries) == 1
    assert schedules.get("hourly").missed == 6
    assert schedules.run_due() == []


@pytest.mark.engine
def test_a_refusal_is_kept_and_a_graph_that_is_away_is_waited_for(shop: Shop, schedules: Schedules, diary: Diary) -> None:
    schedules.create("hourly", "diary", "0 * * * *", {}, ERIN)
    shop.clock.advance(hours=1)
    diary.refuse = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        schedules.run_due()
    assert schedules.get("hourly").runs == 0
    diary.refuse = InvalidInput("not like this")
    (ran,) = schedules.run_due()
    assert (ran.failed, ran.result) == (True, "not like this (invalid-input)")
    diary.refuse = None
    shop.clock.advance(hours=1)
    assert schedules.run_due()[0].failed is False


@pytest.mark.engine
def test_making_pausing_and_removing(shop: Shop, schedules: Schedules, diary: Diary) -> None:
    made = schedules.create("hourly", "diary", "0 * * * *", {"a": 1}, ERIN)
    assert schedules.create("hourly", "diary", "0 * * * *", {"a": 1}, ERIN) == made
    with pytest.raises(ScheduleExists):
        schedules.create("Hourly", "diary", "5 * * * *", {"a": 1}, ERIN)
    with pytest.raises(BadSchedule):
        schedules.create("other", "nothing", "5 * * * *", {}, ERIN)
    schedules.enable("hourly", False, ERIN)
    shop.clock.advance(hours=3)
    assert schedules.run_due() == []
    schedules.enable("hourly", True, ERIN)
    assert schedules.run_due() == []  # what fell due while it was paused was not wanted
    assert [one.name for one in schedules.all()] == [one.name for one in schedules.all("diary")] == ["hourly"]
    schedules.remove("hourly", ERIN)
    with pytest.raises(ScheduleNotFound):
        schedules.get("hourly")
    assert schedules.create("hourly", "diary", "30 * * * *", {}, ERIN).cron == "30 * * * *"
    assert verify(shop.store).holds


@pytest.mark.engine
def test_a_scheduled_baseline_designates_its_due_time_however_late(shop: Shop, schedules: Schedules) -> None:
    what = {"purpose": "nightly evidence", "scope": WHOLE.body(), "keep": 2}
    made = schedules.create("nightly", "baseline", "0 2 * * *", what, ERIN)
    then = shop.ledger.head().seq
    due = made.next_due()
    shop.clock.now = due + timedelta(hours=5)
    shop.write(update(shop.states["web"], name="after it"))
    (ran,) = schedules.run_due()
    taken = shop.room.baselines.get("nightly 2026-11-24 02:00")
    assert ran.result == f"baseline 'nightly 2026-11-24 02:00' designates commit {then}"
    assert (taken.seq, taken.taken_by, taken.schedule) == (then, "scheduler", made.id)
    shop.room.baselines.approve(taken.id, MONA)
    for _ in range(4):
        shop.clock.advance(days=1)
        assert not schedules.run_due()[0].failed
    states = {one.name[-16:-6]: one.state for one in shop.room.baselines.page()}
    taken_state, withdrawn = BaselineState.TAKEN, BaselineState.WITHDRAWN
    assert states == {
        "2026-11-24": BaselineState.APPROVED, "2026-11-25": withdrawn, "2026-11-26": withdrawn,
        "2026-11-27": taken_state, "2026-11-28": taken_state,
    }  # fmt: skip


@pytest.mark.engine
def test_one_that_breaks_down_does_not_keep_others_from_running(shop: Shop) -> None:
    diary, broken = Diary(), Diary(name="broken", refuse=KeyError("no such thing"))
    schedules = Schedules(shop.store, shop.ledger, shop.clock, [diary, broken])
    for name in "abcdef":
        schedules.create(name, "broken" if name == "c" else "diary", "0 * * * *", {}, ERIN)
    shop.clock.advance(hours=1)
    assert len(schedules.run_due()) == 6
    assert len(diary.entries) == 5
    told = schedules.get("c")
    assert (told.failed, told.last_result) == (True, "broke down: KeyError: 'no such thing'")


@pytest.mark.engine
def test_who_made_the_schedule_does_not_approve_what_it_took(shop: Shop, schedules: Schedules) -> None:
    what = {"purpose": "nightly evidence", "scope": WHOLE.body()}
    schedules.create("nightly", "baseline", "0 2 * * *", what, MONA)
    shop.clock.advance(days=1)
    assert not schedules.run_due()[0].failed
    (taken,) = shop.room.baselines.page()
    with pytest.raises(OwnBaseline, match="by a schedule"):
        shop.room.baselines.approve(taken.id, MONA)
    schedules.remove("nightly", MONA)
    schedules.create("nightly", "baseline", "0 3 * * *", what, MAX)
    with pytest.raises(OwnBaseline):
        shop.room.baselines.approve(taken.id, MONA)
    assert shop.room.baselines.approve(taken.id, MAX).baseline.state is BaselineState.APPROVED


@pytest.mark.engine
def test_a_run_that_came_twice_takes_one_baseline(shop: Shop, schedules: Schedules) -> None:
    made = schedules.create("nightly", "baseline", "0 2 * * *", {"purpose": "nightly", "scope": WHOLE.body()}, ERIN)
    shop.clock.advance(days=1)
    due = made.next_due()
    first = shop.room.runner.run(made, due, f"schedule:{made.id}:{to_text(due)}")  # a scheduler that died before it noted the run
    (ran,) = schedules.run_due()
    assert (ran.result, ran.failed) == (first, False)
    assert shop.room.baselines.count() == 1


@pytest.mark.engine
def test_what_cannot_be_taken_cannot_be_scheduled(shop: Shop, schedules: Schedules) -> None:
    def create(what: Mapping[str, Any], actor: Actor = ERIN) -> None:
        schedules.create("nightly", "baseline", "0 2 * * *", what, actor)

    whole = {"purpose": "nightly", "scope": WHOLE.body()}
    with pytest.raises(RoleMissing):
        create(whole, VERA)
    for what in ({"scope": WHOLE.body()}, {**whole, "wings": 2}, {**whole, "keep": 0}):
        with pytest.raises(BadBaseline):
            create(what)
    for scope in ({}, {"kind": "galaxy"}, {"kind": "service"}):
        with pytest.raises(BadScope):
            create({**whole, "scope": scope})
    with pytest.raises(EmptyScope):
        create({**whole, "scope": Scope(ScopeKind.SERVICE, service="nobody").body()})
    assert schedules.all() == []
