"""A job and its life: `queued -> running -> done | failed`. A running job holds a lease; when it runs out another worker may take over."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cmdb.kernel.errors import CmdbError, NotFound
from cmdb.model.actor import Actor


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One background job. `header` is the batch without its observations; `result` tells how it went, `problem` why it failed."""

    id: str
    state: JobState
    actor: Actor
    header: Mapping[str, Any]
    total: int
    chunks: int
    done: int
    created: str
    started: str | None
    finished: str | None
    attempts: int
    result: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None

    def body(self) -> dict[str, Any]:
        """What `/jobs/{id}` tells."""
        return {
            "id": self.id,
            "state": self.state.value,
            "source": self.header.get("source"),
            "actor": self.actor.name,
            "total": self.total,
            "done": self.done,
            "created": self.created,
            "started": self.started,
            "finished": self.finished,
            "attempts": self.attempts,
            "result": self.result,
            "problem": self.problem,
        }


class JobNotFound(NotFound):
    """No job has this id, or it was finished long ago and is no longer kept."""

    code = "job-not-found"
    title = "There is no such job"


class JobBusy(CmdbError):
    """Another worker holds the job's lease."""

    code = "job-busy"
    status = 409
    title = "Another worker is at this job"
