"""Keep an impact index: restore or build it, follow the ledger, rebuild it in the background when that pays, save it for the next start.

Built consistently though the store is read in many statements: head first, then the graph, then everything the ledger has since that head
is taken in again.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from cmdb.impact import snapshot
from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import ImpactIndex
from cmdb.impact.loader import Progress, load_rows
from cmdb.impact.snapshot import Unusable
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.ledger.log import Log
from cmdb.ledger.purged import VersionPurged
from cmdb.ledger.service import Ledger
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

logger = logging.getLogger(__name__)

VERSIONS_AT_ONCE = 20_000
FRESHNESS_HOURS = 6.0
"""After so long the index is rebuilt from the store, because sightings are no commits and staleness comes with time alone. Counted by the
clock, over restarts: a snapshot says when sightings were read for it."""


class ImpactKeeper:
    """One for each process that answers impact questions. `index()` may be called from any thread, everything else from one."""

    def __init__(
        self, store: Store, ledger: Ledger, log: Log, registry: Callable[[], Registry], clock: Clock, folder: Path | None = None
    ) -> None:
        """`folder` is where snapshots are kept; None keeps none. `registry` gives the types of the moment."""
        self._store, self._ledger, self._log = store, ledger, log
        self._registry, self._clock, self._folder = registry, clock, folder
        self._index = ImpactIndex.empty(ArrowTable.of(registry()))
        self._read_at = time.monotonic()  # when sightings were read, by this process's clock that never jumps
        self._saved = (0, "")  # revision and `fresh_as_of` of the last snapshot
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def index(self) -> ImpactIndex:
        """The index of the moment."""
        return self._index

    def open(self, progress: Progress = lambda _: None, fresh: bool = False) -> ImpactIndex:
        """Restore the snapshot and catch up, or build from the store. Where the snapshot's freshness is too old it is rebuilt in the
        background once the thread runs (`start`); with `fresh` now, for a process that does not live long enough."""
        index = self._restored()
        if index is not None:
            self._index = index
            try:
                self.catch_up()
                return self.rebuild(progress) if fresh and self._is_old() else self._index
            except VersionPurged:
                logger.info("versions since the snapshot were purged: the impact index is built from the store")
        self.rebuild(progress)
        return self._index

    def rebuild(self, progress: Progress = lambda _: None) -> ImpactIndex:
        """Build anew from the store; the former index answers until this one has caught up, and follows the ledger meanwhile where the
        keeper runs in its thread."""
        index = self._read(progress) if self._thread is None else self._read_beside(progress)
        self._follow(index)
        self._index, self._read_at = index, time.monotonic()
        return index

    def _read(self, progress: Progress) -> ImpactIndex:
        registry = self._registry()
        head = self._ledger.head()
        now = self._clock()
        rows = load_rows(self._store, registry, now, progress)
        return ImpactIndex(rows, ArrowTable.of(registry), head.seq, head.hash, to_text(now))

    def _read_beside(self, progress: Progress) -> ImpactIndex:
        """Reading a large graph takes minutes: who has just written must not wait for that, nor who stops the process."""
        former, reading = self._index, Future[ImpactIndex]()

        def read() -> None:
            try:
                reading.set_result(self._read(progress))
            except BaseException as problem:
                reading.set_exception(problem)
            self._wake.set()

        threading.Thread(target=read, name="impact-rebuild", daemon=True).start()
        while not reading.done() and not self._stop.is_set():
            self._wake.wait(1.0)
            self._wake.clear()
            with suppress(VersionPurged):  # then it stays where it is: the new one does not need them
                self._follow(former)
        return reading.result() if reading.done() else former

    def catch_up(self) -> int:
        """Take in what the ledger has since; returns the revision. Rebuilds where types that decide about propagation have changed."""
        self._follow(self._index)
        if self._registry().derived(ArrowTable.of) != self._index.arrows:
            logger.info("propagation rules have changed: the impact index is built anew")
            self.rebuild()
        return self._index.revision

    def save(self) -> None:
        """Write a snapshot, where there is a folder and something to save since the last."""
        index, moment = self._index, self._index.fresh_as_of
        if self._folder is None or moment is None or (index.revision, moment) == self._saved:
            return
        graph, revision, ledger_hash = index.compressed()
        snapshot.save(self._folder, graph, revision, ledger_hash, index.arrows, moment)
        self._saved = (revision, moment)

    def start(self, interval: float = 1.0) -> None:
        """Follow the ledger in a thread of its own: every `interval` seconds, and at once after `poke()`."""
        self._thread = threading.Thread(target=self._run, args=(interval,), name="impact-keeper", daemon=True)
        self._thread.start()

    def poke(self) -> None:
        """Something was committed: look now."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread and save."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self.save()

    def _run(self, interval: float) -> None:
        while not self._stop.is_set():
            self._wake.wait(interval)
            self._wake.clear()
            try:
                self.catch_up()
                self._tidy()
            except Exception:
                # Whatever it was (most likely the store is away): the index stays as it is, says its revision, and the next round tries
                # again.
                logger.exception("the impact index could not follow the ledger; trying again")
                self._stop.wait(interval)

    def _tidy(self) -> None:
        if self._is_old():
            self.rebuild()
            self.save()  # who restores it next need not do the same again
        elif self._index.wants_compaction():
            self._index.compact()
            self.save()

    def _is_old(self) -> bool:
        """Whether sightings were read too long ago."""
        return time.monotonic() - self._read_at > FRESHNESS_HOURS * 3600

    def _follow(self, index: ImpactIndex) -> None:
        """Take in all commits after the index's revision."""
        for commits, versions in self._log.batches(index.revision, VERSIONS_AT_ONCE):
            index.apply(versions)
            index.advance(commits[-1].seq, commits[-1].hash)

    def _restored(self) -> ImpactIndex | None:
        if self._folder is None:
            return None
        arrows = ArrowTable.of(self._registry())
        try:
            found = snapshot.restore(self._folder, arrows)
            if found.revision:
                commits = self._log.after(found.revision - 1, 1)
                if not commits or commits[0].seq != found.revision or commits[0].hash != found.ledger_hash:
                    raise Unusable("it belongs to another ledger")
            elif self._log.after(0, 1):
                raise Unusable("it was saved before the first commit")
        except Unusable as reason:
            logger.info("the impact index is built from the store: its snapshot is not used because %s", reason)
            snapshot.discard(self._folder)
            return None
        self._saved = (found.revision, found.fresh_as_of)
        self._read_at = time.monotonic() - max(0.0, (self._clock() - from_text(found.fresh_as_of)).total_seconds())
        return ImpactIndex(found.graph, arrows, found.revision, found.ledger_hash, found.fresh_as_of)
