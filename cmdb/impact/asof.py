"""Impact of the past: the index of the graph as it was after a commit (design 6 and 7; requirement 9.1-05).

The past does not change, so an index of it is good for ever: a few of them are kept, the one not asked for longest goes first, and none
needs to be kept current. Whoever asks for one that is not there starts its building, in a thread of its own so that it goes on when the
caller gives up; whoever asks meanwhile waits for the same one. One is built at a time.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import ImpactIndex
from cmdb.impact.past_loader import load_past_rows
from cmdb.kernel.clock import from_text
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

logger = logging.getLogger(__name__)

KEPT = 3
MOST_BYTES = 1 << 30
"""Arrays of all kept indices together; the last one asked for is kept whatever its size."""
UNDER_WAY = 4
"""Indices being built or waiting for their turn; who asks for one more is told to come back."""
WAIT = 20.0
"""Seconds a caller waits for an index."""
WAITING = 8
"""Callers that may wait at once: each holds a thread, which questions about the present need as well. Others are told to come back."""


class PastNotReady(CmdbError):
    """The graph of an earlier moment is still being read from history. The reading goes on: ask again."""

    code = "impact-past-not-ready"
    status = 503
    title = "The graph of that moment is still being read from history"


@dataclass(frozen=True, slots=True)
class PastGraph:
    """The index as of a commit and the types of then; `seconds` it took to build, `memory` in bytes."""

    index: ImpactIndex
    registry: Registry
    seconds: float
    memory: int


@dataclass(slots=True)
class _Building:
    """One under way. `rows` counts what has been read so far."""

    done: threading.Event = field(default_factory=threading.Event)
    graph: PastGraph | None = None
    problem: BaseException | None = None
    rows: int = 0


class PastGraphs:
    """Indices of earlier moments. Thread-safe."""

    def __init__(
        self,
        store: Store,
        history: History,
        types: Callable[[int], Registry],
        *,
        kept: int = KEPT,
        most_bytes: int = MOST_BYTES,
        wait: float = WAIT,
        waiting: int = WAITING,
    ) -> None:
        """`types`: the registry as it was after a commit."""
        self._store, self._history, self._types = store, history, types
        self._most, self._most_bytes, self._wait = kept, most_bytes, wait
        self._kept: OrderedDict[int, PastGraph] = OrderedDict()
        self._under_way: dict[int, _Building] = {}
        self._waiting = threading.BoundedSemaphore(waiting)
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def at(self, seq: int) -> PastGraph:
        """The graph as it was after commit `seq`; 0: before the first. Raises `UnknownRevision` for what the ledger has not reached,
        `PastNotReady` after `wait` seconds, or at once where too many wait already."""
        with self._lock:
            kept = self._kept.get(seq)
            if kept is not None:
                self._kept.move_to_end(seq)
                return kept
        building = self._started(self._history.resolve(seq))
        if not self._waited(building):
            raise PastNotReady(
                f"the graph as of commit {seq} is being read from history ({building.rows:,} rows so far); ask again in a moment",
                revision=seq, rows=building.rows, retry_after=5,
            )  # fmt: skip
        if building.problem is not None:
            raise building.problem
        assert building.graph is not None
        return building.graph

    def was(self, item_id: str, seq: int) -> bool:
        """Whether the id had been an item by commit `seq`, live then or not."""
        return self._history.was(item_id, seq + 1)

    @property
    def revisions(self) -> tuple[int, ...]:
        """The moments whose graphs are kept, the one asked for last at the end."""
        with self._lock:
            return tuple(self._kept)

    @property
    def memory(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            return sum(one.memory for one in self._kept.values())

    def _waited(self, building: _Building) -> bool:
        """Whether it was done in time."""
        if building.done.is_set() or not self._waiting.acquire(blocking=False):
            return building.done.is_set()
        try:
            return building.done.wait(self._wait)
        finally:
            self._waiting.release()

    def _started(self, seq: int) -> _Building:
        with self._lock:
            if seq in self._kept:  # it was finished between two looks
                return _finished(self._kept[seq])
            building = self._under_way.get(seq)
            if building is not None:
                return building
            if len(self._under_way) >= UNDER_WAY:
                asked = sorted(self._under_way)
                raise PastNotReady(
                    f"the graphs as of commits {', '.join(map(str, asked))} are being read first; ask again in a moment",
                    revision=seq, retry_after=10,
                )  # fmt: skip
            building = self._under_way[seq] = _Building()
        threading.Thread(target=self._build, args=(seq, building), name=f"impact-as-of-{seq}", daemon=True).start()
        return building

    def _build(self, seq: int, building: _Building) -> None:
        try:
            with self._turn:
                building.graph = self._read(seq, building)
        except BaseException as problem:
            building.problem = problem
            if not isinstance(problem, CmdbError):
                logger.exception("the impact index as of commit %s could not be built", seq)
        with self._lock:
            self._under_way.pop(seq, None)
            if building.graph is not None:
                self._keep(seq, building.graph)
        building.done.set()

    def _read(self, seq: int, building: _Building) -> PastGraph:
        started = time.monotonic()
        registry = self._types(seq)

        def read(rows: int) -> None:
            building.rows += rows

        rows = load_past_rows(self._store, registry, seq, self._spoken_since(registry, seq), read)
        told = Log(self._store).commits([seq]).get(seq) if seq else None
        index = ImpactIndex(rows, ArrowTable.of(registry), seq, fresh_as_of=told.time if told is not None else None)
        return PastGraph(index, registry, time.monotonic() - started, index.view().memory())

    def _spoken_since(self, registry: Registry, seq: int) -> dict[str, int]:
        """By item type, the last commit whose word was stale at commit `seq`."""
        limits = {name: one.stale_after for name, one in registry.item_types.items() if one.stale_after is not None}
        if not limits or seq == 0:
            return {}
        moment = from_text(Log(self._store).commits([seq])[seq].time)
        reached: dict[timedelta, int] = {limit: self._history.resolve(moment - limit) for limit in set(limits.values())}
        return {name: reached[limit] for name, limit in limits.items()}

    def _keep(self, seq: int, graph: PastGraph) -> None:
        self._kept[seq] = graph
        while len(self._kept) > 1 and (len(self._kept) > self._most or sum(one.memory for one in self._kept.values()) > self._most_bytes):
            self._kept.popitem(last=False)


def _finished(graph: PastGraph) -> _Building:
    building = _Building(graph=graph)
    building.done.set()
    return building
