"""The impact index: the live graph in memory at a revision of the ledger, kept current version by version.

Writers (the projector) hand in versions in ledger order; readers take a view, which never changes and never waits for a writer for long.
A view is made when the first reader asks after a change, so that a burst of writes costs one.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.compressed import CompressedGraph
from cmdb.impact.graph import LiveGraph
from cmdb.impact.levels import Freshness
from cmdb.impact.rows import GraphRows, GroupNeed
from cmdb.impact.view import GraphView
from cmdb.kernel.errors import CmdbError
from cmdb.model.commit import Version, VersionKind
from cmdb.model.item import ItemState, RelationState
from cmdb.model.observation import MANUAL_SOURCE


class IndexBehind(CmdbError):
    """The index did not reach the revision that was asked for in time."""

    code = "impact-index-behind"
    status = 503
    title = "The impact index has not caught up yet"


class ImpactIndex:
    """Thread-safe. `revision` is the ledger sequence number the index stands at."""

    def __init__(
        self,
        rows: GraphRows | CompressedGraph,
        arrows: ArrowTable,
        revision: int = 0,
        ledger_hash: str = "",
        fresh_as_of: str | None = None,
    ) -> None:
        """`fresh_as_of`: the moment the freshness of its relationships is about; None: not known."""
        self.arrows = arrows
        self.ledger_hash = ledger_hash
        self.fresh_as_of = fresh_as_of
        self._graph = LiveGraph(rows if isinstance(rows, CompressedGraph) else CompressedGraph.of(rows), fresh_as_of)
        self._revision = revision
        self._lock = threading.RLock()
        self._moved = threading.Condition(self._lock)
        self._view: GraphView | None = None
        self._pending: list[Version] | None = None  # versions applied while a compaction runs

    @staticmethod
    def empty(arrows: ArrowTable) -> "ImpactIndex":
        """An index of nothing, at revision 0."""
        none = np.zeros(0, np.int32)
        rows = GraphRows(np.zeros(0, "S26"), none, none, none, none.astype(np.int8), none.astype(np.int16), types=(), relation_types=())
        return ImpactIndex(rows, arrows)

    @property
    def revision(self) -> int:
        """The ledger sequence number the index stands at."""
        return self._revision

    def view(self, at_least: int = 0, timeout: float = 5.0) -> GraphView:
        """The graph now, at revision `at_least` or later. Raises `IndexBehind` after `timeout` seconds."""
        if self._revision < at_least:
            self._wait(at_least, timeout)
        view = self._view
        if view is None:
            with self._lock:
                view = self._view = self._view or self._graph.view(self._revision)
        return view

    def fork(self) -> tuple[LiveGraph, int]:
        """A private copy to try changes on, and the revision it stands at."""
        with self._lock:
            return self._graph.fork(), self._revision

    def apply(self, versions: Iterable[Version]) -> int:
        """Take in versions in ledger order, whole commits at a time; what is not newer than the index is passed over, so that a projector
        may hand things in twice. Returns the new revision."""
        with self._lock:
            fresh = [version for version in versions if version.seq > self._revision]
            for seq, commit in groupby(fresh, key=lambda version: version.seq):
                self._take_in(list(commit))
                self._revision = seq
            if fresh:
                if self._pending is not None:
                    self._pending.extend(fresh)
                self._view = None
                self._moved.notify_all()
            return self._revision

    def advance(self, revision: int, ledger_hash: str | None = None) -> None:
        """Say that the index stands at `revision`: commits between had nothing for it (records, types)."""
        with self._lock:
            if revision > self._revision:
                self._revision = revision
                self._view = None
                self._moved.notify_all()
            if ledger_hash is not None:
                self.ledger_hash = ledger_hash

    def wants_compaction(self) -> bool:
        """Whether so much has changed that rewriting the rows pays."""
        graph = self._graph
        changed = graph.affects.changed_rows + graph.needs.changed_rows
        pool = graph.affects.pool_size + graph.needs.pool_size
        return changed > 2_000 + graph.items // 10 or pool > 1_000_000 + graph.relations

    def compact(self) -> None:
        """Rewrite the rows without overlay. Readers and writers go on meanwhile: what comes in is replayed before the new graph takes
        over."""
        with self._lock:
            if self._pending is not None:
                return
            self._pending = []
            frozen, _ = self.fork()
        try:
            graph = LiveGraph(CompressedGraph.of(frozen.rows()), self.fresh_as_of)
            with self._lock:
                self._graph, pending = graph, self._pending
                for _, commit in groupby(pending, key=lambda version: version.seq):
                    self._take_in(list(commit))
                self._view = None
        finally:
            with self._lock:
                self._pending = None

    def compressed(self) -> tuple[CompressedGraph, int, str]:
        """The graph without overlay, with its revision and ledger hash, to save it."""
        with self._lock:
            frozen, revision = self.fork()
            ledger_hash = self.ledger_hash
        return CompressedGraph.of(frozen.rows()), revision, ledger_hash

    def _wait(self, revision: int, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with self._lock:
            while self._revision < revision:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise IndexBehind(
                        f"the impact index stands at {self._revision}, not yet at {revision}; ask again in a moment",
                        revision=self._revision, wanted=revision,
                    )  # fmt: skip
                self._moved.wait(left)

    # -- one commit --------------------------------------------------------------------------------------------------------------

    def _take_in(self, versions: Sequence[Version]) -> None:
        """One commit: items that live first, then relationships, then items that go, whatever order they were written in."""
        items = [v for v in versions if v.kind is VersionKind.ITEM]
        for version in items:
            if not version.body["retired"]:
                self._put_item(ItemState.from_body(version.body))
        for version in versions:
            if version.kind is VersionKind.RELATION:
                self._put_relation(RelationState.from_body(version.body))
        for version in items:
            number = self._graph.find(version.subject_id) if version.body["retired"] else -1
            if number >= 0:
                self._graph.retire_item(number)

    def _put_item(self, item: ItemState) -> None:
        graph = self._graph
        number = graph.find(item.id)
        criticality = item.attributes.get("criticality")
        words = {"owner": item.owner, "location": item.location, "criticality": str(criticality) if criticality else None}
        if number < 0:
            number = graph.add_item(item.id, item.type, **words)
        else:
            graph.describe(number, type=item.type, **words)
        if item.type in self.arrows.group_types:
            graph.set_group(number, group_need(item.attributes))

    def _put_relation(self, relation: RelationState) -> None:
        graph = self._graph
        source, target = graph.find(relation.source), graph.find(relation.target)
        propagation = self.arrows.propagation.get(relation.type)
        if propagation is None or source < 0 or target < 0:
            return
        provider, dependent = (target, source) if propagation.affected_end == "source" else (source, target)
        graph.drop_arrow(provider, dependent, relation.type)
        if not relation.retired:
            how = self.arrows.how(propagation, graph.is_group(target), relation.attributes)
            graph.add_arrow(provider, dependent, how, relation.type, freshness_of(relation.sources))


def group_need(attributes: Mapping[str, Any]) -> GroupNeed:
    """What a redundancy group needs of its members, from its attributes."""
    count, percent = attributes.get("need_count"), attributes.get("need_percent")
    return GroupNeed(None if count is None else int(count), None if percent is None else float(percent))


def freshness_of(sources: Iterable[str]) -> Freshness:
    """Of a relationship just written: a person's word, unless a source stands behind it."""
    named = set(sources)
    return Freshness.BY_HAND if named and named <= {MANUAL_SOURCE} else Freshness.CONFIRMED
