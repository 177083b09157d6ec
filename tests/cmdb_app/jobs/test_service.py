"""Jobs on both engines: leases, taking over, giving back, keeping house. The door is a fake of ours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from change_gate.results import BatchResult
from cmdb.identification.errors import BadBatch
from cmdb.kernel.errors import CmdbError
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Batch, Observation
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb.store.bolt import BoltStore
from cmdb.store.errors import StoreUnavailable
from cmdb_app.ingest.wire import WireBatch
from cmdb_app.jobs.model import JobBusy, JobNotFound, JobState
from cmdb_app.jobs.repository import JobRepository
from cmdb_app.jobs.service import LEASE, JobService

AGENT = Actor("token:a", frozenset({Role.AGENT}), "scan", "t1")


class FakeDoor:
    """Lets everything through and remembers it; `before` runs in the middle of a submit."""

    def __init__(self) -> None:
        self.seen: list[tuple[Batch, Actor]] = []
        self.before: Callable[[Any], None] = lambda _: None

    def submit(self, batch: Batch, actor: Actor, progress: Any = None) -> BatchResult:
        self.before(progress)
        self.seen.append((batch, actor))
        made = (Outcome(one.ref, OutcomeStatus.CREATED, index=n) for n, one in enumerate(batch.observations))
        return BatchResult(batch.source, tuple(made))


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Setting:
    """A service with its fakes."""

    def __init__(self, store: BoltStore) -> None:
        self.door, self.clock, self.told = FakeDoor(), Clock(), []
        self.service = JobService(JobRepository(store), self.door, self.clock, chunk=3, enqueue=self.told.append)  # type: ignore[arg-type]


@pytest.fixture
def setting(store: BoltStore) -> Setting:
    return Setting(store)


def wire(count: int, **batch: Any) -> WireBatch:
    """A batch as it came, its second observation misshapen when it has more than one."""
    made = tuple(Observation(f"r{n}", "server", {"name": f"n{n}", "ip_addresses": ("10.0.0.1",)}) for n in range(count))
    return WireBatch(Batch("scan", made, **batch), tuple(range(count)), ())


def test_a_job_is_whole_again_when_it_is_carried_out(setting: Setting) -> None:
    sent = wire(8, scope="s", reason="why")
    job = setting.service.file(sent, AGENT)
    assert setting.told == [job.id]
    assert (job.state, job.total, job.chunks) == (JobState.QUEUED, 8, 3)
    done = setting.service.run(job.id)
    assert (done.state, done.done, done.attempts) == (JobState.DONE, 8, 0)
    batch, actor = setting.door.seen[0]
    assert actor == AGENT
    assert batch.observations == sent.batch.observations
    assert (batch.scope, batch.reason, batch.key) == ("s", "why", f"job:{job.id}")
    found = setting.service.find(job.id)
    assert (found.state, found.attempts, found.result["counts"]["created"]) == (JobState.DONE, 1, 8)  # type: ignore[index]
    setting.service.run(job.id)
    assert len(setting.door.seen) == 1


def test_the_callers_key_is_kept(setting: Setting) -> None:
    setting.service.run(setting.service.file(wire(1, key="mine"), AGENT).id)
    assert setting.door.seen[0][0].key == "mine"


def test_two_workers_never_work_at_one_job(setting: Setting) -> None:
    job = setting.service.file(wire(1), AGENT)

    def another(_: Any) -> None:
        with pytest.raises(JobBusy):
            setting.service.run(job.id)

    setting.door.before = another
    assert setting.service.run(job.id).state == JobState.DONE


def test_a_job_whose_worker_is_gone_is_taken_over_and_the_late_one_gives_way(setting: Setting) -> None:
    job = setting.service.file(wire(1), AGENT)

    def overslept(progress: Any) -> None:
        setting.door.before = lambda _: None
        setting.clock.now += LEASE + timedelta(seconds=1)
        assert setting.service.waiting() == [job.id]
        assert setting.service.run(job.id).state == JobState.DONE
        progress(1, 1, "commit")

    setting.door.before = overslept
    with pytest.raises(JobBusy):
        setting.service.run(job.id)
    assert setting.service.find(job.id).state == JobState.DONE


def test_the_lease_is_kept_while_work_goes_on(setting: Setting) -> None:
    job = setting.service.file(wire(2), AGENT)

    def slow(progress: Any) -> None:
        for done in range(10):
            setting.clock.now += LEASE / 2
            progress(done, 10, "commit")
            assert setting.service.waiting() == []

    setting.door.before = slow
    assert setting.service.run(job.id).state == JobState.DONE


def test_an_engine_that_is_away_gives_the_job_back(setting: Setting) -> None:
    job = setting.service.file(wire(1), AGENT)

    def away(_: Any) -> None:
        raise StoreUnavailable("gone")

    setting.door.before = away
    with pytest.raises(StoreUnavailable):
        setting.service.run(job.id)
    assert setting.service.find(job.id).state == JobState.QUEUED
    setting.door.before = lambda _: None
    assert setting.service.run(job.id).state == JobState.DONE


def test_a_refusal_ends_the_job_and_is_told(setting: Setting) -> None:
    job = setting.service.file(wire(1), AGENT)

    def refuse(_: Any) -> None:
        raise BadBatch("no good")

    setting.door.before = refuse
    setting.service.run(job.id)
    found = setting.service.find(job.id)
    assert found.state == JobState.FAILED
    assert found.problem is not None
    assert (found.problem["code"], found.problem["detail"]) == ("bad-batch", "no good")


def test_what_nobody_took_up_is_announced_and_old_jobs_are_forgotten(setting: Setting) -> None:
    lost = setting.service.file(wire(1), AGENT)
    assert setting.service.waiting() == []
    setting.clock.now += timedelta(minutes=1)
    assert setting.service.waiting() == [lost.id]
    setting.service.run(lost.id)
    assert setting.service.waiting() == []
    assert setting.service.sweep(timedelta(days=1)) == 0
    setting.clock.now += timedelta(days=2)
    assert setting.service.sweep(timedelta(days=1)) == 1
    with pytest.raises(JobNotFound):
        setting.service.find(lost.id)
    assert issubclass(JobNotFound, CmdbError)


def test_a_job_at_which_every_worker_fails_ends(setting: Setting) -> None:
    job = setting.service.file(wire(2), AGENT)

    def die(_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    setting.door.before = die
    for _ in range(10):
        with pytest.raises(RuntimeError):
            setting.service.run(job.id)
        setting.clock.now += LEASE + timedelta(seconds=1)
        assert setting.service.waiting() == [job.id]
    ended = setting.service.run(job.id)
    assert (ended.state, ended.problem and ended.problem["status"]) == (JobState.FAILED, 500)
    assert setting.service.find(job.id).state is JobState.FAILED
    assert setting.service.waiting() == []


def test_an_engine_that_is_away_costs_no_attempt(setting: Setting) -> None:
    job = setting.service.file(wire(2), AGENT)

    def away(_: object) -> None:
        raise StoreUnavailable("away")

    setting.door.before = away
    for _ in range(12):
        with pytest.raises(StoreUnavailable):
            setting.service.run(job.id)
    setting.door.before = lambda _: None
    assert setting.service.run(job.id).state is JobState.DONE
