"""Ingest as a background job.

A job's chunks and record are written to the graph first; only then is a worker told. The batch's idempotency key is the job's id unless the
caller gave one, so that a job that runs twice (a killed worker, a lease that ran out) writes nothing twice: the door answers what it has.
"""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from change_gate.door import Door
from change_gate.results import BatchResult
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.errors import CmdbError
from cmdb.kernel.ids import new_id
from cmdb.model.actor import Actor
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb_app.ingest.answer import merge
from cmdb_app.ingest.wire import WireBatch, header_body, observation_body, read_header, read_observations
from cmdb_app.jobs.model import Job, JobBusy, JobNotFound, JobState
from cmdb_app.jobs.repository import JobRepository

Enqueue = Callable[[str], None]

LEASE = timedelta(seconds=30)
_RENEW_EVERY = timedelta(seconds=5)
_TOLD = 1_000  # failed and held outcomes a job's result lists; the counts are always whole
_ATTEMPTS = 10  # workers that may die of one job, or fail at it in a way nobody foresaw
_WAIT = timedelta(seconds=20)  # a queued job older than this is announced to the workers again


class JobService:
    """Files jobs and carries them out. `enqueue` tells the workers of a job; where the broker is away the scheduler does so later."""

    def __init__(self, repository: JobRepository, door: Door, clock: Clock, chunk: int = 2_000, enqueue: Enqueue | None = None) -> None:
        self._repository = repository
        self._door = door
        self._clock = clock
        self._chunk = chunk
        self._enqueue = enqueue

    def file(self, wire: WireBatch, actor: Actor) -> Job:
        """Keeps the batch as a job and tells a worker."""
        job_id = new_id()
        observations = wire.batch.observations
        starts = range(0, len(observations), self._chunk)
        for number, start in enumerate(starts):
            bodies = [observation_body(one) for one in observations[start : start + self._chunk]]
            self._repository.add_chunk(job_id, number, orjson.dumps(bodies).decode())
        header: dict[str, Any] = {"batch": header_body(wire.batch), "source": wire.batch.source}
        if wire.failed:
            header["failed"] = [outcome.body() for outcome in wire.failed]
            header["positions"] = list(wire.positions)
        now = to_text(self._clock())
        job = Job(job_id, JobState.QUEUED, actor, header, wire.size, len(starts), 0, now, None, None, 0, None, None)
        self._repository.add(job)
        self._announce(job_id)
        return job

    def find(self, job_id: str) -> Job:
        """Raises `JobNotFound`."""
        job = self._repository.find(job_id)
        if job is None:
            raise JobNotFound(f"there is no job {job_id[:40]!r}")
        return job

    def run(self, job_id: str) -> Job:
        """Carries a job out, or tells how it ended if it has.

        Raises `JobBusy`, and what may pass (status 503) after giving the lease back.
        """
        job = self.find(job_id)
        if job.state in (JobState.DONE, JobState.FAILED):
            return job
        worker = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
        now = self._clock()
        if not self._repository.take(job_id, worker, to_text(now), to_text(now + LEASE)):
            raise JobBusy(f"job {job_id} is being worked at")
        if job.attempts >= _ATTEMPTS:
            return self._give_up(job, worker)
        try:
            result = self._door.submit(self._batch(job), job.actor, self._progress(job_id, worker))
        except CmdbError as problem:
            if problem.status == 503:
                self._repository.requeue(job_id, worker)
                raise
            ended = replace(job, state=JobState.FAILED, problem=problem.problem(), finished=to_text(self._clock()))
        else:
            ended = replace(
                job, state=JobState.DONE, result=_told(self._whole(job, result)), done=job.total, finished=to_text(self._clock())
            )
        if not self._repository.finish(job_id, worker, ended):
            raise JobBusy(f"job {job_id} was taken over by another worker")
        return ended

    def _give_up(self, job: Job, worker: str) -> Job:
        """A job at which every worker failed must not go round for ever."""
        problem = CmdbError(f"{job.attempts} workers failed at this job; their logs say why. What was committed stays").problem()
        ended = replace(job, state=JobState.FAILED, problem=problem, finished=to_text(self._clock()))
        self._repository.finish(job.id, worker, ended)
        return ended

    def waiting(self) -> list[str]:
        """Jobs that nobody works at: filed a while ago and not taken up, or left by a worker that is gone."""
        now = self._clock()
        return self._repository.waiting(to_text(now), to_text(now - _WAIT))

    def sweep(self, keep: timedelta) -> int:
        """Removes jobs that ended longer ago than `keep`; how many."""
        old = self._repository.finished(to_text(self._clock() - keep))
        for job_id in old:
            self._repository.delete(job_id)
        return len(old)

    def _announce(self, job_id: str) -> None:
        if self._enqueue is not None:
            self._enqueue(job_id)

    def _batch(self, job: Job) -> Any:
        header = read_header(job.header["batch"])
        bodies = [body for number in range(job.chunks) for body in self._repository.chunk(job.id, number)]
        return replace(header, observations=read_observations(bodies), key=header.key or f"job:{job.id}")

    def _progress(self, job_id: str, worker: str) -> Callable[[int, int, str], None]:
        last = self._clock()

        def tell(done: int, _total: int, _phase: str) -> None:
            nonlocal last
            now = self._clock()
            if now - last >= _RENEW_EVERY:
                last = now
                if not self._repository.renew(job_id, worker, to_text(now + LEASE), done):
                    raise JobBusy(f"job {job_id} was taken over by another worker")

        return tell

    def _whole(self, job: Job, result: BatchResult) -> BatchResult:
        failed: Sequence[Outcome] = [Outcome.from_body(body) for body in job.header.get("failed", ())]
        return merge(result, job.header.get("positions"), failed)


def _told(result: BatchResult) -> dict[str, Any]:
    body = result.body()
    notable = [outcome for outcome in result.outcomes if outcome.status in (OutcomeStatus.FAILED, OutcomeStatus.HELD) or outcome.problems]
    body["outcomes"] = [outcome.body() for outcome in notable[:_TOLD]]
    body["outcomes_left_out"] = len(result.outcomes) - len(body["outcomes"])
    return body
