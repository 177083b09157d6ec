"""When to stop working on something: its time is up, or nobody waits for it any more.

Loops that try many things come by a `Stop` between one and the next (`come_by`), which also lets other requests pass
(`cmdb.kernel.courtesy`). What is waited for them does not count as time of the work: what an answer holds does not depend on how much else
is asked. It is handed down to whoever works, never kept in a global.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cmdb.kernel.errors import CmdbError


class OutOfTime(CmdbError):
    """A part of an operation was not begun, because the operation's time was up."""

    code = "out-of-time"
    status = 503
    title = "The operation's time is up"


def _nobody() -> float:
    return 0.0


@dataclass(slots=True)
class _Operation:
    """What an operation and all its parts share. `excused`: seconds waited for others."""

    clock: Callable[[], float]
    give_way: Callable[[], float] = _nobody
    abandoned: threading.Event = field(default_factory=threading.Event)
    excused: float = 0.0

    def now(self) -> float:
        return self.clock() - self.excused


class Stop:
    """`seconds` from now it is time; with none it never is. What is narrower (`within`) ends no later, and all of them end when one is
    abandoned."""

    def __init__(self, seconds: float = math.inf, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._operation = _Operation(clock)
        self._deadline = self._operation.now() + seconds

    def within(self, seconds: float) -> "Stop":
        """One that ends in so many seconds at the latest, counted from now."""
        return self._narrowed(self._operation, seconds)

    def giving_way(self, seconds: float, give_way: Callable[[], float]) -> "Stop":
        """The same for an operation that begins to work now and lets others pass by `give_way`, which returns the seconds it waited."""
        mine = self._operation
        return self._narrowed(_Operation(mine.clock, give_way, mine.abandoned), seconds)

    def _narrowed(self, operation: _Operation, seconds: float) -> "Stop":
        found = Stop(clock=operation.clock)
        found._operation = operation
        found._deadline = operation.now() + min(seconds, self.left)
        return found

    def abandon(self) -> None:
        """Nobody waits for it any more. From any thread."""
        self._operation.abandoned.set()

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for it."""
        return self._operation.abandoned.is_set()

    @property
    def left(self) -> float:
        """Seconds of work that are left, below zero when it is over."""
        return -math.inf if self.abandoned else self._deadline - self._operation.now()

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.left <= 0

    def come_by(self) -> bool:
        """Let others pass, then tell whether it is over. What is over already waits for nobody."""
        if self.over:
            return True
        self._operation.excused += self._operation.give_way()
        return self.over

    def check(self) -> None:
        """Come by, and raise `OutOfTime` where it is over: what is asked is not begun."""
        if self.come_by():
            raise OutOfTime("the time of this operation is up; ask for less at once, or in several requests")
