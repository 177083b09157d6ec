"""Follows the ledger from a cursor, in order (design 2, stage "project"): the type registry is read again when types changed, and whoever
waits for commits wakes up. (The impact index has a keeper of its own, `cmdb.impact.keeper`, because it must read far more.)

One thread for each process. A reading fault (the engine is away) is logged and tried again; nothing is skipped.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from cmdb.kernel.errors import CmdbError
from cmdb.model.commit import Commit, Version, VersionKind

_log = logging.getLogger("cmdb.projector")
_STEP = 200  # commits taken in at once


class LedgerLog(Protocol):
    """What is followed."""

    def after(self, seq: int, limit: int) -> Sequence[Commit]: ...

    def versions(self, seq_from: int, seq_to: int, kinds: Sequence[VersionKind]) -> Sequence[Version]: ...


class Derived(Protocol):
    """What is kept current. It is told in order, whole commits at a time, and may be told of one twice. `versions` are those of types."""

    def take_in(self, commits: Sequence[Commit], versions: Sequence[Version]) -> None: ...


class Projector:
    """`start()` begins to follow; `seq` is the commit everything derived stands at."""

    def __init__(self, log: LedgerLog, start_at: int, every: float, derived: Sequence[Derived] = ()) -> None:
        self._log = log
        self._derived = list(derived)
        self._every = every
        self._seq = start_at
        self._moved = threading.Condition()
        self._look = threading.Event()
        self._stop = threading.Event()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self.healthy = True

    @property
    def seq(self) -> int:
        """Sequence number of the last commit taken in."""
        return self._seq

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and wakes whoever waits."""
        self._stop.set()
        self._look.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._wake()

    def nudge(self) -> None:
        """Look now: this process has just written."""
        self._look.set()

    def catch_up(self) -> int:
        """Takes in everything there is; the new `seq`. The thread does this; callers may where no thread runs."""
        while commits := self._log.after(self._seq, _STEP):
            versions = self._log.versions(commits[0].seq, commits[-1].seq, (VersionKind.TYPE,))
            for one in self._derived:
                one.take_in(commits, versions)
            self._seq = commits[-1].seq
            self._wake()
        return self._seq

    def wait_beyond(self, seq: int, timeout: float) -> int:
        """Blocks until a commit after `seq` was taken in, or `timeout` seconds; where it stands then."""
        with self._moved:
            self._moved.wait_for(lambda: self._seq > seq or self._stop.is_set(), timeout)
        return self._seq

    async def beyond(self, seq: int, timeout: float) -> int:
        """The same for the event loop."""
        mine = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(mine)
        try:
            if self._seq <= seq and not self._stop.is_set():
                await asyncio.wait_for(mine[1].wait(), timeout)
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(mine)
        return self._seq

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.catch_up()
                self.healthy = True
            except CmdbError as problem:
                self.healthy = False
                _log.warning("cannot follow the ledger at %d: %s", self._seq, problem.detail)
            except Exception:
                self.healthy = False
                _log.exception("following the ledger failed at %d", self._seq)
            self._look.wait(self._every)
            self._look.clear()

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()
        for loop, event in list(self._waiting):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


class TypesFollower:
    """Reads the type registry again when a commit changed types, and tells who depends on it (the GraphQL schema)."""

    def __init__(self, refresh: Callable[[], object]) -> None:
        self._refresh = refresh
        self._listeners: list[Callable[[], object]] = []

    def tell(self, listener: Callable[[], object]) -> None:
        """`listener` is called after each change of types, in the projector's thread."""
        self._listeners.append(listener)

    def take_in(self, commits: Sequence[Commit], versions: Sequence[Version]) -> None:  # noqa: ARG002
        if versions:
            self._refresh()
            for listener in self._listeners:
                listener()
