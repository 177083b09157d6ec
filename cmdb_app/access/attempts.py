"""Slows guessing: after five failures for one name within five minutes, that name waits until the oldest of them is five minutes old.

Kept in memory of one API process: a restart forgets, which is well as long as guessing a password of 12 characters takes years anyway.
"""

import math
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from cmdb.kernel.clock import Clock
from cmdb_app.access.errors import TooManyAttempts

_ALLOWED = 5
_WINDOW = timedelta(minutes=5)
_NAMES = 10_000  # names remembered at once, so that made-up names cannot fill the memory


class Attempts:
    """Counts failed sign-ins per name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str) -> None:
        """Raises `TooManyAttempts` with `retry_after` seconds when the name has to wait."""
        now = self._clock()
        with self._lock:
            recent = [moment for moment in self._failures.get(name, ()) if now - moment < _WINDOW]
        if len(recent) >= _ALLOWED:
            wait = math.ceil((recent[0] + _WINDOW - now).total_seconds())
            raise TooManyAttempts(f"too many failed attempts; try again in {wait} seconds", retry_after=wait)

    def failed(self, name: str) -> None:
        now = self._clock()
        with self._lock:
            recent = [moment for moment in self._failures.pop(name, ()) if now - moment < _WINDOW]
            self._failures[name] = [*recent[-_ALLOWED:], now]
            while len(self._failures) > _NAMES:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        with self._lock:
            self._failures.pop(name, None)
