"""Compile, or load from the cache, all kernels on a graph of three items, so that the first question does not wait for it. Call it in a
thread at start."""

import numpy as np

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.compressed import CompressedGraph
from cmdb.impact.evaluation import evaluate
from cmdb.impact.graph import LiveGraph
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.rows import GraphRows
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.service import ImpactService
from cmdb.model.pack import load_pack


def warm_up() -> None:
    """Run every kernel once."""
    ids = np.array([b"a", b"b", b"c"])
    ends = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    rows = GraphRows(ids, np.zeros(3, np.int32), *ends, np.zeros(2, np.int8), np.zeros(2, np.int16))
    graph = LiveGraph(CompressedGraph.of(rows))
    view = graph.view(0)
    found = evaluate(view, ScratchPool(), {0: Level.DOWN})
    found.counts(view.type_of, 1)
    found.freshness()
    found.explained.path(2)
    graph.rows()
    ready = CompressedGraph.of(rows)
    service = ImpactService(lambda: ImpactIndex(ready, ArrowTable({}, frozenset())), load_pack)
    service.dependencies("c")
    service.paths("a", "c")
    service.single_points_of_failure("c")
    service.cycles()
