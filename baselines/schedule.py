"""Schedules: what is done again and again, at times a cron expression gives, in UTC. Shared by baselines, audits and library checks.

A schedule is a record of the ledger; what it is for is its `runner`'s business. Each minute somebody calls `run_due(now)`. A run is done
for its due time and under the key `schedule:<id>:<due time>`, so that it is done once whoever calls, and however often. What was missed
while nothing ran is made up for by one run, for the last due time; how many were missed is kept with the schedule.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cronsim import CronSim, CronSimError

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput, NotFound
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import VersionKind
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook, StoredRecord
from cmdb.store.protocol import Store

RECORD_KIND = "schedule"
SCHEDULER = Actor("scheduler", frozenset({Role.ADMINISTRATOR, Role.AUDITOR}))
"""Who carries out what is scheduled: the program itself."""

SOURCE = "schedule"
MOST_COUNTED = 10_000
"""Missed runs are counted up to here."""

_AWAY = 503
_log = logging.getLogger("cmdb.schedules")


class BadSchedule(InvalidInput):
    """The schedule's name, times or contents are not ones."""

    code = "bad-schedule"
    title = "This schedule is not valid"


class ScheduleNotFound(NotFound):
    """No schedule has this id or name."""

    code = "schedule-not-found"
    title = "There is no such schedule"


class ScheduleExists(Conflict):
    """Another schedule has this name."""

    code = "schedule-exists"
    title = "Another schedule has this name"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`cron` are five fields (minute hour day month weekday) in UTC; `what` belongs to the runner named `runner`.

    `last_due` is the time the last run was for (before the first: when the schedule was made), `last_run_at` when it ran, `last_result`
    what came of it in one line, `failed` whether it was refused; `missed` counts due times without a run of their own, `runs` those with
    one.
    """

    id: str
    name: str
    runner: str
    cron: str
    what: Mapping[str, Any]
    created_by: str
    created_at: str
    enabled: bool = True
    last_due: str = ""
    last_run_at: str | None = None
    last_result: str | None = None
    failed: bool = False
    missed: int = 0
    runs: int = 0
    revision: int = 0

    def body(self) -> dict[str, Any]:
        """What its record says."""
        return {name: getattr(self, name) for name in Schedule.__slots__ if name != "revision"} | {"what": dict(self.what)}

    def next_due(self) -> datetime:
        """The first due time after the last."""
        return next_time(self.cron, from_text(self.last_due))


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: of which schedule, for which due time, what came of it; `missed` due times were left out before it."""

    schedule: Schedule
    due: str
    result: str
    failed: bool
    missed: int


class Runner(Protocol):
    """Whatever can be scheduled. Raises `CmdbError` where it cannot be done; the schedule then says so and goes on."""

    name: str

    def check(self, what: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """What shall be done, in its plainest form. Raises where it is none or the actor may not have it done."""
        ...

    def run(self, schedule: Schedule, due: datetime, key: str) -> str:
        """Do it for the due time, once under this key; what came of it in one line."""
        ...


class Schedules:
    """Keeps schedules and runs what is due. Thread-safe."""

    def __init__(self, store: Store, ledger: Ledger, clock: Clock, runners: Iterable[Runner]) -> None:
        self._records, self._ledger, self._clock = RecordBook(store), ledger, clock
        self._runners = {one.name: one for one in runners}

    def create(self, name: str, runner: str, cron: str, what: Mapping[str, Any], actor: Actor, key: str | None = None) -> Schedule:
        """A new schedule; its first run is at the first due time from now on. Repeats with the key, or that ask for the same, answer alike.

        Raises `BadSchedule`, `ScheduleExists`, and what the runner refuses.
        """
        called = " ".join(name.split())
        if not 1 <= len(called) <= 100 or not called.isprintable():
            raise BadSchedule("a schedule's name has 1 to 100 printable characters")
        plain = self._runner(runner).check(what, actor)
        next_time(cron, self._clock())
        now = to_text(self._clock())
        asked = digest(canonical_json({"name": called, "runner": runner, "cron": cron, "what": dict(plain)}))
        made = Schedule(schedule_id(called), called, runner, " ".join(cron.split()), plain, actor.name, now, last_due=now)
        before = self._records.find(RECORD_KIND, [made.id]).get(made.id)
        if before is not None:
            same = _from(before)
            if (same.runner, same.cron, dict(same.what)) == (made.runner, made.cron, dict(made.what)) and same.created_by == actor.name:
                return same
            raise ScheduleExists(f"there is a schedule called {same.name!r}; remove it first, or choose another name", schedule=same.id)
        self._write(made, Cause(actor, MANUAL_SOURCE, f"schedule {called!r} made: {cron}"), key, asked)
        return self.get(made.id)

    def get(self, id_or_name: str) -> Schedule:
        """The schedule with this id or name. Raises `ScheduleNotFound`."""
        by_name = schedule_id(id_or_name)
        found = self._records.find(RECORD_KIND, [id_or_name, by_name])
        one = found.get(id_or_name) or found.get(by_name)
        if one is None:
            raise ScheduleNotFound(f"there is no schedule {id_or_name[:80]!r}", name=id_or_name[:80])
        return _from(one)

    def all(self, runner: str | None = None) -> list[Schedule]:
        """Every schedule (of one runner), by name."""
        where: dict[str, str | int | bool] = {"runner": runner} if runner else {}
        return sorted((_from(one) for one in self._records.all(RECORD_KIND, where)), key=lambda one: one.name)

    def enable(self, id_or_name: str, enabled: bool, actor: Actor) -> Schedule:
        """Let it run, or pause it. What falls due while it is paused is not missed: it was not wanted."""
        one = self.get(id_or_name)
        self._runner(one.runner).check(one.what, actor)
        if one.enabled is not enabled:
            after = replace(one, enabled=enabled, last_due=to_text(self._clock()) if enabled else one.last_due)
            self._write(after, Cause(actor, MANUAL_SOURCE, f"schedule {one.name!r} {'resumed' if enabled else 'paused'}"))
        return self.get(one.id)

    def remove(self, id_or_name: str, actor: Actor) -> Schedule:
        """End it. Its record's versions stay, and so does all it has done. The last state of it."""
        one = self.get(id_or_name)
        self._runner(one.runner).check(one.what, actor)
        self._write(one, Cause(actor, MANUAL_SOURCE, f"schedule {one.name!r} removed"), retired=True)
        return one

    def run_due(self, now: datetime | None = None) -> list[Ran]:
        """Run whatever is due at `now`, each schedule once at most. A graph that is away leaves the rest for the next call."""
        moment = (now or self._clock()).astimezone(UTC)
        found = []
        for one in self._records.all(RECORD_KIND, {"enabled": True}):
            ran = self._run(_from(one), moment)
            if ran is not None:
                found.append(ran)
        return found

    def _run(self, one: Schedule, now: datetime) -> Ran | None:
        due, missed = last_due(one.cron, from_text(one.last_due), now)
        runner = self._runners.get(one.runner)
        if due is None or runner is None:
            return None
        failed = False
        try:
            result = runner.run(one, due, run_key(one.id, due))
        except CmdbError as problem:
            if problem.status == _AWAY:
                raise
            result, failed = f"{problem.detail} ({problem.code})", True
        except Exception as problem:  # one that breaks down must not keep the others from running, for ever
            _log.exception("schedule %s broke down", one.name)
            result, failed = f"broke down: {type(problem).__name__}: {problem}", True
        after = replace(
            one,
            last_due=to_text(due),
            last_run_at=to_text(self._clock()),
            last_result=result[:2_000],
            failed=failed,
            missed=one.missed + missed,
            runs=one.runs + 1,
        )
        told = f"; {missed} missed before it" if missed else ""
        reason = f"schedule {one.name!r} {'failed' if failed else 'ran'} for {to_text(due)}{told}: {result[:500]}"
        try:
            self._write(after, Cause(SCHEDULER, SOURCE, reason))
        except StalePlan:  # another scheduler has run it for the same due time, or it was paused or removed meanwhile
            return None
        return Ran(after, to_text(due), result, failed, missed)

    def _runner(self, name: str) -> Runner:
        try:
            return self._runners[name]
        except KeyError:
            known = ", ".join(sorted(self._runners))
            raise BadSchedule(f"nothing called {name[:60]!r} can be scheduled; choose one of {known}", runner=name[:60]) from None

    def _write(self, one: Schedule, cause: Cause, key: str | None = None, asked: str = "", retired: bool = False) -> None:
        indexed: dict[str, str | int | bool] = {"name": one.name, "runner": one.runner, "enabled": one.enabled}
        edit = RecordEdit(VersionKind.RECORD, RECORD_KIND, one.id, one.body(), one.revision, indexed, retired)
        self._ledger.commit(ChangePlan(cause, key=key, body_digest=asked), [edit])


def schedule_id(name: str) -> str:
    """`s` and 25 hexadecimal digits that follow from the name, whatever its case."""
    return "s" + digest(f"schedule|{' '.join(name.casefold().split())}".encode())[:25]


def run_key(id_: str, due: datetime) -> str:
    """The idempotency key of one run."""
    return f"schedule:{id_}:{to_text(due)}"


def next_time(cron: str, after: datetime) -> datetime:
    """The first due time after a moment, in UTC. Raises `BadSchedule` for an expression that is none, or never comes."""
    try:
        return next(_times(cron, after))
    except StopIteration:
        raise BadSchedule(f"the times {cron[:60]!r} never come", cron=cron[:60]) from None


def last_due(cron: str, after: datetime, now: datetime) -> tuple[datetime | None, int]:
    """The last due time after `after` and not after `now` (None: none), and how many were due before it, counted up to `MOST_COUNTED`."""
    due, count = None, 0
    for count, moment in enumerate(_times(cron, after)):
        if moment > now or count > MOST_COUNTED:
            break
        due = moment
    if due is not None and count > MOST_COUNTED:
        due = next(_times(cron, now + timedelta(seconds=1), back=True))
    return due, max(0, count - 1)


def _times(cron: str, moment: datetime, back: bool = False) -> CronSim:
    fields = cron.split()
    if len(fields) != 5:
        raise BadSchedule("times are five fields: minute hour day-of-month month day-of-week, such as `0 2 * * *`", cron=cron[:60])
    try:
        return CronSim(" ".join(fields), moment.astimezone(UTC), reverse=back)
    except CronSimError as problem:
        raise BadSchedule(f"{cron[:60]!r} gives no times: {str(problem).lower()}", cron=cron[:60]) from problem


def _from(record: StoredRecord) -> Schedule:
    parts = {name: value for name, value in record.body.items() if name in Schedule.__slots__}
    return Schedule(**parts, revision=record.revision)
