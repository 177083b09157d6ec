"""Who has worked long lets those pass who have just come.

All threads of a process share one interpreter: beside an answer that takes a second, a question of 3 ms takes 10. So whoever makes a great
answer comes by here at each of its steps (`Passage.give_way`).

Rules. A request is young for `YOUNG` seconds from when it came. Work older than that, when it comes by, waits while a young request is
there, but never longer in all than `PATIENCE` times what it has worked: however many questions come, a great answer gets its share.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

YOUNG = 0.03
PATIENCE = 3.0
_NAP = 0.0005


class Courtesy:
    """One for a process. Thread-safe: it only adds and takes away whole entries."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._came: dict[object, float] = {}

    @contextmanager
    def present(self) -> Iterator[None]:
        """A request is here for the length of the block."""
        request = object()
        self._came[request] = self._clock()
        try:
            yield
        finally:
            del self._came[request]

    def begin(self) -> "Passage":
        """Work that begins now."""
        return Passage(self, self._clock, self._sleep)

    def young(self) -> bool:
        """Whether a request is here that has just come."""
        since = self._clock() - YOUNG
        return any(came > since for came in list(self._came.values()))


class Passage:
    """One piece of work. It may move from thread to thread."""

    def __init__(self, courtesy: Courtesy, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._courtesy, self._clock, self._sleep = courtesy, clock, sleep
        self._start = clock()
        self._waited = 0.0

    def give_way(self) -> None:
        """Wait where others are young and this is not. Costs next to nothing where nobody is."""
        if not self._courtesy.young():
            return
        came = self._clock()
        while self._worked(came) > max(YOUNG, self._waited / PATIENCE) and self._courtesy.young():
            self._sleep(_NAP)
            now = self._clock()
            self._waited, came = self._waited + now - came, now

    def _worked(self, now: float) -> float:
        return now - self._start - self._waited
