"""When to stop working on something: its time is up, or nobody waits for it any more.

Loops that try many things look at a `Stop` between one and the next. It is handed down to whoever works, never kept in a global.
"""

import math
import threading
import time
from collections.abc import Callable

from cmdb.kernel.errors import CmdbError


class OutOfTime(CmdbError):
    """A part of an operation was not begun, because the operation's time was up."""

    code = "out-of-time"
    status = 503
    title = "The operation's time is up"


class Stop:
    """`seconds` from now it is time; with none it never is. What is narrower (`within`) ends no later, and all of them end when it is
    abandoned. Who asks whether it is over comes by `give_way`, which may let others pass first (`cmdb.kernel.courtesy`)."""

    def __init__(
        self, seconds: float = math.inf, *, clock: Callable[[], float] = time.monotonic, give_way: Callable[[], None] = lambda: None
    ) -> None:
        self._clock, self._abandoned, self._give_way = clock, threading.Event(), give_way
        self._deadline = clock() + seconds

    def within(self, seconds: float, give_way: Callable[[], None] | None = None) -> "Stop":
        """One that ends in so many seconds at the latest, counted from now."""
        found = Stop(seconds, clock=self._clock, give_way=give_way or self._give_way)
        found._abandoned = self._abandoned
        found._deadline = min(found._deadline, self._deadline)
        return found

    def abandon(self) -> None:
        """Nobody waits for it any more. From any thread."""
        self._abandoned.set()

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for it."""
        return self._abandoned.is_set()

    @property
    def left(self) -> float:
        """Seconds that are left, below zero when it is over."""
        return -math.inf if self.abandoned else self._deadline - self._clock()

    def give_way(self) -> None:
        """Come by: others may pass now."""
        self._give_way()

    @property
    def over(self) -> bool:
        """Whether to stop, once others have been let pass."""
        self.give_way()
        return self.left <= 0

    def check(self) -> None:
        """Raise `OutOfTime` where it is over: what is asked is not begun."""
        if self.over:
            raise OutOfTime("the time of this operation is up; ask for less at once, or in several requests")
