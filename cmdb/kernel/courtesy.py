"""Long work lets requests pass that have just come.

All threads of a process share one interpreter: beside an answer that takes seconds, a question of 3 ms takes three times as long and more.
So whoever makes a great answer comes by here between its steps (`LongWork.give_way`).

Rules. A request is young for `YOUNG` seconds from when it came. Work that has taken longer than that waits, when it comes by, while a young
request is here: at most `NAP` at once, and in all at most `PATIENCE` times what it has worked itself. However many requests come, a great
answer gets its share, and whoever hangs up is noticed soon. Between two visits at most `STRETCH` counts as worked: who waits for a slow
reader does not earn patience.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

YOUNG = 0.03
PATIENCE = 3.0
NAP = 0.25
STRETCH = 0.5
_TICK = 0.001


class Courtesy:
    """Who is here. One for a process, used from all its threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.clock, self.sleep = clock, sleep
        self._lock = threading.Lock()
        self._arrivals: dict[object, float] = {}  # in order of coming: the last is the youngest

    @contextmanager
    def present(self) -> Iterator[None]:
        """A request is here for the length of the block."""
        request = object()
        with self._lock:
            self._arrivals[request] = self.clock()
        try:
            yield
        finally:
            with self._lock:
                del self._arrivals[request]

    def begin(self, longest: float = math.inf) -> "LongWork":
        """Work that may become long and begins now. It waits `longest` seconds in all at most."""
        return LongWork(self, longest)

    def young(self) -> bool:
        """Whether a request is here that has just come."""
        with self._lock:
            youngest = next(reversed(self._arrivals.values()), -math.inf)
        return youngest > self.clock() - YOUNG


class LongWork:
    """One piece of work, in one thread at a time."""

    def __init__(self, courtesy: Courtesy, longest: float) -> None:
        self._courtesy, self._longest = courtesy, longest
        self._last_visit = courtesy.clock()
        self._worked = self._waited = 0.0

    def give_way(self) -> float:
        """Come by: wait where others are young and this is not. Returns the seconds waited."""
        clock = self._courtesy.clock
        came = now = clock()
        self._worked += min(STRETCH, came - self._last_visit)
        if self._worked > YOUNG:
            until = came + min(NAP, PATIENCE * self._worked - self._waited, self._longest - self._waited)
            while now < until and self._courtesy.young():
                self._courtesy.sleep(_TICK)
                now = clock()
        self._last_visit = now
        self._waited += now - came
        return now - came
