"""What is done on schedule, and baselines' seals: called by the scheduler through Celery, and by hand from the command line.

Each round is done by one worker at a time: a lock at the broker, kept while its holder lives, keeps a task that the broker hands out twice
from doing long work twice. Nothing depends on the lock: runs have keys, and a seal computed twice is the same seal.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from baselines.schedule import SCHEDULER, Ran, Schedules
from cmdb.kernel.errors import CmdbError

if TYPE_CHECKING:
    from cmdb_app.wiring import Core

_log = logging.getLogger("cmdb.schedules")

_LEASE = 45.0  # seconds: a worker that was killed keeps others out for so long
_AGAIN = 3_600.0  # seconds until a baseline that could not be sealed is tried again
_AWAY = 503


def open_schedules(core: "Core") -> Schedules:
    """Schedules with everything that can be scheduled."""
    from cmdb_app.audits import open_audits

    return Schedules(core.store, core.ledger, core.clock, [core.baselines.runner, *open_audits(core).runners()])


def run_due(core: "Core") -> list[Ran]:
    """Run whatever is due, and say so in the log."""
    found = open_schedules(core).run_due()
    for ran in found:
        missed = f", {ran.missed} missed before it" if ran.missed else ""
        _log.log(
            logging.WARNING if ran.failed or ran.missed else logging.INFO,
            "schedule %s %s for %s%s: %s",
            *(ran.schedule.name, "failed" if ran.failed else "ran", ran.due, missed, ran.result),
            extra={"schedule": ran.schedule.id},
        )
    return found


class Sealer:
    """Seals what is not sealed yet. What cannot be sealed is left alone for an hour, so that it does not keep a worker busy."""

    def __init__(self) -> None:
        self._later: dict[str, float] = {}

    def seal_all(self, core: "Core") -> list[str]:
        """Ids of the baselines sealed now. Raises where the graph is away."""
        now = time.monotonic()
        self._later = {id_: until for id_, until in self._later.items() if until > now}
        done = []
        for id_ in core.baselines.book.unsealed():
            if id_ in self._later:
                continue
            try:
                seal = core.baselines.seals.seal(id_, SCHEDULER).baseline.seal
            except CmdbError as problem:
                if problem.status == _AWAY:
                    raise
                self._later[id_] = now + _AGAIN
                _log.warning("baseline %s cannot be sealed: %s", id_, problem.detail, extra={"baseline": id_})
                continue
            except Exception:  # what somebody has put into the engine: the others are sealed all the same
                self._later[id_] = now + _AGAIN
                _log.exception("sealing baseline %s broke down", id_, extra={"baseline": id_})
                continue
            done.append(id_)
            if seal is not None:
                _log.info("baseline %s sealed: %s items, %s relationships", id_, seal.items, seal.relations, extra={"baseline": id_})
        return done


@contextmanager
def alone(broker_url: str, name: str) -> Iterator[bool]:
    """Whether this is the only one at `name` now. The place is kept until the end, and lost within a minute after a crash."""
    import redis
    from redis.exceptions import LockError

    with redis.Redis.from_url(broker_url, socket_timeout=5, socket_connect_timeout=5) as client:
        lock = client.lock(f"cmdb.lock.{name}", timeout=_LEASE, blocking=False, thread_local=False)
        if not lock.acquire():
            yield False
            return
        over = threading.Event()

        def stay() -> None:
            while not over.wait(_LEASE / 3):
                with suppress(redis.RedisError, LockError):
                    lock.reacquire()

        keeper = threading.Thread(target=stay, name=f"lock-{name}", daemon=True)
        keeper.start()
        try:
            yield True
        finally:
            over.set()
            keeper.join()
            with suppress(redis.RedisError, LockError):
                lock.release()
