"""Jobs and their chunks in the graph. Empty text stands for "none"."""

from pathlib import Path
from typing import Any

import orjson

from cmdb.model.actor import Actor, Role
from cmdb.store.protocol import Store
from cmdb.store.statements import Statement, load
from cmdb_app.jobs.model import Job, JobState

_QUERIES = Path(__file__).parent / "queries"


def _statement(name: str) -> Statement:
    return load(_QUERIES, name)


class JobRepository:
    """The statements of this room as methods."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_chunk(self, job_id: str, number: int, body: str) -> None:
        """One transaction each, so that no transaction holds 50 MB. Chunks without a job are invisible."""
        self._write("create_chunk", key=f"{job_id}|{number}", job_id=job_id, number=number, body=body)

    def add(self, job: Job) -> None:
        """Makes the job visible: call it after its chunks."""
        self._write("create_job", row=_row(job))

    def find(self, job_id: str) -> Job | None:
        rows = self._store.read(_statement("find_job"), id=job_id)
        return _job(rows[0]["job"]) if rows else None

    def chunk(self, job_id: str, number: int) -> Any:
        """The wire forms of one chunk's observations."""
        rows = self._store.read(_statement("read_chunk"), key=f"{job_id}|{number}")
        return orjson.loads(rows[0]["body"]) if rows else []

    def take(self, job_id: str, worker: str, now: str, until: str) -> bool:
        """Takes the lease of a waiting job, or of one whose worker is gone."""
        return bool(self._write("take_job", id=job_id, worker=worker, now=now, until=until))

    def renew(self, job_id: str, worker: str, until: str, done: int) -> bool:
        """Keeps the lease; False when another worker has it."""
        return bool(self._write("renew_job", id=job_id, worker=worker, until=until, done=done))

    def finish(self, job_id: str, worker: str, job: Job) -> bool:
        """Writes how it ended and drops the chunks; False when another worker has the lease."""
        row = _row(job)
        parts = {name: row[name] for name in ("state", "finished", "done", "result", "problem")}
        ended = bool(self._write("finish_job", id=job_id, worker=worker, **parts))
        if ended:
            self._write("delete_chunks", id=job_id)
        return ended

    def requeue(self, job_id: str, worker: str) -> None:
        """Gives the lease back."""
        self._write("requeue_job", id=job_id, worker=worker)

    def waiting(self, now: str, before: str) -> list[str]:
        """Jobs that wait since before `before`, or whose lease has run out."""
        return [row["id"] for row in self._store.read(_statement("list_waiting_jobs"), now=now, before=before)]

    def finished(self, before: str) -> list[str]:
        return [row["id"] for row in self._store.read(_statement("list_finished_jobs"), before=before)]

    def delete(self, job_id: str) -> None:
        self._write("delete_chunks", id=job_id)
        self._write("delete_job", id=job_id)

    def _write(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return self._store.write(lambda tx: tx.run(_statement(name), **params))


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state.value,
        "actor": job.actor.name,
        "roles": sorted(job.actor.roles),
        "bound_source": job.actor.source or "",
        "token_id": job.actor.token_id or "",
        "header": orjson.dumps(dict(job.header)).decode(),
        "total": job.total,
        "chunks": job.chunks,
        "done": job.done,
        "created": job.created,
        "started": job.started or "",
        "finished": job.finished or "",
        "attempts": job.attempts,
        "worker": "",
        "lease": "",
        "result": orjson.dumps(job.result).decode() if job.result is not None else "",
        "problem": orjson.dumps(job.problem, default=str).decode() if job.problem is not None else "",
    }


def _job(row: dict[str, Any]) -> Job:
    roles = frozenset(Role(name) for name in row["roles"])
    return Job(
        id=row["id"],
        state=JobState(row["state"]),
        actor=Actor(row["actor"], roles, row["bound_source"] or None, row["token_id"] or None),
        header=orjson.loads(row["header"]),
        total=row["total"],
        chunks=row["chunks"],
        done=row["done"],
        created=row["created"],
        started=row["started"] or None,
        finished=row["finished"] or None,
        attempts=row["attempts"],
        result=orjson.loads(row["result"]) if row["result"] else None,
        problem=orjson.loads(row["problem"]) if row["problem"] else None,
    )
