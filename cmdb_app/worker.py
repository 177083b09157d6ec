"""Background work on Celery over the Redis protocol (design 4).

A task may run twice, or be lost with its broker: jobs and their leases are in the graph, every write carries an idempotency key, and the
scheduler announces again what nobody took up. So the queue needs no result backend, and nothing in it is precious.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cmdb.kernel.errors import CmdbError
from cmdb_app.settings import Settings
from cmdb_app.supervise.errors import NothingRunning
from cmdb_app.supervise.home import Home
from cmdb_app.supervise.patience import patiently

if TYPE_CHECKING:
    from celery import Celery

    from cmdb_app.wiring import Core

_log = logging.getLogger("cmdb.worker")

INGEST, HOUSEKEEPING, HOST = "cmdb.ingest", "cmdb.housekeeping", "cmdb.host"
CHECKPOINT = "cmdb.checkpoint"
SCHEDULES, SEALS, AUDITS = "cmdb.schedules", "cmdb.seals", "cmdb.audits"
_SCHEDULES_EVERY, _SEALS_EVERY, _AUDITS_EVERY = 60.0, 15.0, 15.0  # seconds
_HOUSEKEEPING_EVERY = 15.0  # seconds
_TRIES = 20


def broker_url(settings: Settings) -> str:
    """The broker of the settings, or the embedded one of a running `cmdb serve`. Raises `NothingRunning`."""
    found = settings.broker() or Home(settings.data_dir).broker_url()
    if not found:
        raise NothingRunning(
            f"no broker runs on {settings.data_dir}. Start everything with `cmdb serve`, or name a Redis or Valkey with CMDB_BROKER_URL.",
            data_dir=str(settings.data_dir),
        )
    return found


class CoreHolder:
    """One core for a worker process, opened at the first task (after the fork) and again after the graph was away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._core: Core | None = None

    def get(self) -> "Core":
        if self._core is None:
            from cmdb_app.wiring import open_core

            self._core = open_core(self._settings)
        return self._core

    def drop(self) -> None:
        """Forget the core: the engine may come back at another address."""
        core, self._core = self._core, None
        if core is not None:
            with suppress(Exception):
                core.close()


def make_celery(settings: Settings, url: str) -> "Celery":
    """The Celery app with our tasks and schedule. Nothing connects before it is used."""
    from celery import Celery

    app = Celery("cmdb", broker=url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,  # a killed worker's task comes back
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 60,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            "health_check_interval": 10,
        },
        timezone="UTC",
        beat_schedule=_schedule(settings),
        beat_scheduler="celery.beat:Scheduler",  # the schedule is in the settings; no file to keep
    )
    holder = CoreHolder(settings)
    _add_tasks(app, settings, holder)
    _add_rounds(app, url, holder)
    return app


def _schedule(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {
        "housekeeping": {"task": HOUSEKEEPING, "schedule": _HOUSEKEEPING_EVERY, "options": {"expires": _HOUSEKEEPING_EVERY}}
    }
    found["schedules"] = {"task": SCHEDULES, "schedule": _SCHEDULES_EVERY, "options": {"expires": _SCHEDULES_EVERY}}
    found["audits"] = {"task": AUDITS, "schedule": _AUDITS_EVERY, "options": {"expires": _AUDITS_EVERY}}
    found["seals"] = {"task": SEALS, "schedule": _SEALS_EVERY, "options": {"expires": _SEALS_EVERY}}
    if settings.host_agent:
        seconds = settings.host_agent_minutes * 60.0
        found["host"] = {"task": HOST, "schedule": seconds, "options": {"expires": seconds}}
    if settings.checkpoint_minutes:
        seconds = settings.checkpoint_minutes * 60.0
        found["checkpoint"] = {"task": CHECKPOINT, "schedule": seconds, "options": {"expires": seconds}}
    return found


def _add_tasks(app: "Celery", settings: Settings, holder: CoreHolder) -> None:
    def guarded(work: Callable[["Core"], Any]) -> Any:
        try:
            return work(holder.get())
        except CmdbError as problem:
            if problem.status == 503:
                holder.drop()
            raise

    @app.task(name=INGEST, bind=True, max_retries=_TRIES)  # type: ignore[untyped-decorator]
    def ingest(task: Any, job_id: str) -> None:
        """Carries out one ingest job."""
        try:
            job = guarded(lambda core: core.jobs.run(job_id))
            _log.info("job %s is %s", job_id, job.state, extra={"job_id": job_id})
        except CmdbError as problem:
            if problem.status == 503:
                raise task.retry(exc=problem, countdown=min(30, 2 + 2 * task.request.retries)) from problem
            # Another worker has it, or it is gone: the record in the graph says how it goes on.
            _log.info("job %s left alone: %s", job_id, problem.detail, extra={"job_id": job_id})

    @app.task(name=HOUSEKEEPING)  # type: ignore[untyped-decorator]
    def housekeeping() -> None:
        """Announces jobs nobody took up, ends sessions and forgets old jobs."""
        guarded(lambda core: _keep_house(core, settings, lambda job_id: app.send_task(INGEST, (job_id,))))

    @app.task(name=CHECKPOINT)  # type: ignore[untyped-decorator]
    def checkpoint() -> None:
        """Takes a checkpoint where something was committed since the last, and hands it over."""
        from cmdb_app.checkpoints import take_scheduled

        guarded(take_scheduled)

    @app.task(name=HOST)  # type: ignore[untyped-decorator]
    def host() -> None:
        """Observes this machine."""
        from cmdb_app.sources import observe_host

        guarded(lambda core: observe_host(core.door, packages=settings.host_agent_packages))


def _add_rounds(app: "Celery", url: str, holder: CoreHolder) -> None:
    """What is done by one worker at a time."""
    from cmdb_app.schedules import Sealer, alone, run_due

    sealer = Sealer()

    def round_of(name: str, work: Callable[["Core"], Any]) -> None:
        with alone(url, name) as mine:
            if not mine:
                return
            try:
                work(holder.get())
            except CmdbError as problem:
                if problem.status == 503:
                    holder.drop()
                raise

    @app.task(name=SCHEDULES)  # type: ignore[untyped-decorator]
    def schedules() -> None:
        """Runs what is due."""
        round_of("schedules", run_due)

    @app.task(name=AUDITS)  # type: ignore[untyped-decorator]
    def audits() -> None:
        """Carries out audit runs that somebody asked for."""
        from cmdb_app.audits import take_up

        round_of("audits", take_up)

    @app.task(name=SEALS)  # type: ignore[untyped-decorator]
    def seals() -> None:
        """Seals baselines that are not sealed yet."""
        round_of("seals", sealer.seal_all)


def _keep_house(core: "Core", settings: Settings, announce: Callable[[str], object]) -> None:
    for job_id in core.jobs.waiting():
        announce(job_id)
    core.access.sweep()
    core.jobs.sweep(timedelta(days=settings.job_retention_days))


def make_enqueue(settings: Settings) -> Callable[[str], None]:
    """Tells the workers of a job. Where the broker is away the job waits in the graph until the scheduler announces it."""
    app: Celery | None = None

    def enqueue(job_id: str) -> None:
        nonlocal app
        try:
            app = app or make_celery(settings, broker_url(settings))
            app.send_task(INGEST, (job_id,), retry=False)
        except Exception as problem:
            app = None
            _log.warning("the broker did not take job %s; it will be announced later: %s", job_id, type(problem).__name__)

    return enqueue


def broker_answers(settings: Settings) -> Callable[[], bool]:
    """Whether the broker answers within a second."""

    def ask() -> bool:
        import redis

        try:
            with redis.Redis.from_url(broker_url(settings), socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError, CmdbError):
            return False

    return ask


def run_worker(settings: Settings, processes: int, wait: float = 0) -> None:
    """Runs until SIGTERM; the task at hand is finished first."""
    app = make_celery(settings, patiently(lambda: broker_url(settings), wait))
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--pool", "prefork", "--concurrency", str(processes), "--loglevel", settings.log_level, *quiet])


def run_scheduler(settings: Settings, wait: float = 0) -> None:
    """Runs until SIGTERM."""
    app = make_celery(settings, patiently(lambda: broker_url(settings), wait))
    app.Beat(loglevel=settings.log_level, pidfile=None, quiet=True).run()
