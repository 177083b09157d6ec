"""The writer's place: commits are serial (each locks the ledger's head), so waiting for one's turn beats a conflict at the end.

ArcadeDB finds conflicts only at commit: with a file lock, all processes on the machine of an embedded engine take turns. Neo4j locks the
head row by itself, across machines; there only this process's threads take turns, to spare connections.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriterPlace:
    """One place per store. Thread-safe and re-entrant within a thread. The kernel frees the file lock when its holder dies."""

    def __init__(self, lock_file: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._lock_file = lock_file
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the place and hold it."""
        with self._lock:
            if self._lock_file is None or self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            with open(self._lock_file, "a", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0
