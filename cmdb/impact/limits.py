"""Bounds on a question, and what an answer says it left out (design 7: complete, or the reason and the frontier).

Rules. Nothing is bounded unless asked. `max_items`: so many items are followed, the worst level first. `max_depth`: items at that many
relationships from the roots are told, but not followed. `seconds`: the question is evaluated with a bound on items that grows fourfold
until everything was followed or the next round would not fit in the time that is left (rounds together cost a third more than the last).
An answer that a bound did not alter is complete.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cmdb.impact.evaluation import Evaluation, evaluate
from cmdb.impact.kernel import Rows
from cmdb.impact.levels import Ints, Level, Pass
from cmdb.impact.questions import ImpactQuestion, TooMuchAsked
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import arrows_into, breadth_first
from cmdb.impact.view import GraphView
from cmdb.kernel.stop import Stop

FIRST_ROUND = 20_000
GROWTH = 4
MAX_SECONDS = 60.0
MAX_DEPTH = 1_000_000


class CutBy(StrEnum):
    """What kept an answer from being complete."""

    ITEMS = "items"
    DEPTH = "depth"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Cut:
    """One reason why an answer is not complete; `frontier`: numbers of items known to be hit whose effects were not followed."""

    by: CutBy
    reason: str
    frontier: Ints


def check(question: ImpactQuestion) -> None:
    """Raise `TooMuchAsked` for bounds that make no sense."""
    if question.max_items < 0:
        raise TooMuchAsked("max_items cannot be negative")
    if question.max_depth is not None and not 1 <= question.max_depth <= MAX_DEPTH:
        raise TooMuchAsked(f"max_depth is from 1 to {MAX_DEPTH:,}, not {question.max_depth:,}", limit=MAX_DEPTH)
    if question.seconds is not None:
        check_seconds(question.seconds)


def check_seconds(seconds: float) -> float:
    """A time limit that makes sense. Raises `TooMuchAsked`."""
    if not math.isfinite(seconds) or not 0 <= seconds <= MAX_SECONDS:
        raise TooMuchAsked(f"a question may take 0 to {MAX_SECONDS:g} seconds, not {seconds:g}", limit=MAX_SECONDS)
    return seconds


def evaluated(
    view: GraphView, pool: ScratchPool, roots: Mapping[int, Level], question: ImpactQuestion, stop: Stop
) -> tuple[Evaluation, list[Cut]]:
    """The evaluation within the question's bounds, and what was cut. `stop` shortens its `seconds`; a question without them is one
    evaluation, which is begun or not. Raises `OutOfTime`."""
    stop.check()
    stop = stop if question.seconds is None else stop.within(question.seconds)
    boundary: Ints | None = None
    if question.max_depth is not None and roots:
        boundary = _boundary(view, pool, roots, question.max_depth)
        shallow = not_followed(view, boundary)
    else:
        shallow = view
    found, cut = _rounds(shallow, pool, roots, question, stop)
    cuts = [cut] if cut is not None else []
    if boundary is not None:
        open_ = _unsettled(view, found, boundary)
        if len(open_):
            depth = question.max_depth
            cuts.append(Cut(CutBy.DEPTH, f"nothing further than {depth:,} relationships from the roots was followed (max_depth)", open_))
    return found, cuts


def _rounds(
    view: GraphView, pool: ScratchPool, roots: Mapping[int, Level], question: ImpactQuestion, stop: Stop
) -> tuple[Evaluation, Cut | None]:
    most, seconds = question.max_items, question.seconds
    if seconds is None:
        return _cut_by_items(evaluate(view, pool, roots, most), most)
    bound = FIRST_ROUND
    while True:
        started = time.monotonic()
        here = bound if not most else min(bound, most)
        found = evaluate(view, pool, roots, here)
        if found.complete or here == most:
            return _cut_by_items(found, most)
        if (time.monotonic() - started) * GROWTH > stop.left:
            reason = f"only the first {here:,} items were followed in at most {seconds:g} seconds (seconds)"
            return found, Cut(CutBy.TIME, reason, found.frontier)
        bound *= GROWTH


def _cut_by_items(found: Evaluation, most: int) -> tuple[Evaluation, Cut | None]:
    if found.complete:
        return found, None
    return found, Cut(CutBy.ITEMS, f"only the first {most:,} items were followed (max_items)", found.frontier)


# -- depth ------------------------------------------------------------------------------------------------------------------------


def _boundary(view: GraphView, pool: ScratchPool, roots: Mapping[int, Level], depth: int) -> Ints:
    """Items exactly `depth` arrows from the nearest root."""
    starts = np.fromiter(roots, np.int32, len(roots))
    with pool.lend(view.items) as scratch:
        order, depths = np.empty(view.items, np.int32), np.empty(view.items, np.int32)
        found = breadth_first(starts, view.affects, scratch.buffers.state, scratch.next_mark(), order, depths, depth)
    at: Ints = order[:found][depths[:found] == depth]
    return at


def not_followed(view: GraphView, numbers: Ints) -> GraphView:
    """The view with no trouble leaving these items. Everything else is shared."""
    rows = view.affects
    slot = np.where(rows.slot < rows.slots, rows.slot, -1).astype(np.int32)  # slots given out since belong to later views
    slot[numbers] = rows.slots
    empty = np.zeros(1, np.int32)
    first, last = np.concatenate([rows.first[: rows.slots], empty]), np.concatenate([rows.last[: rows.slots], empty])
    affects = Rows(rows.start, rows.base, rows.base_tag, slot, rows.slots + 1, first, last, rows.pool, rows.pool_tag)
    fields = {name: getattr(view, name) for name in GraphView.__dataclass_fields__}
    return GraphView(**{**fields, "affects": affects})


def _unsettled(view: GraphView, found: Evaluation, boundary: Ints) -> Ints:
    """Those of the boundary whose trouble would have made something worse. (A member counts in its group, though maybe not enough to
    matter: then the answer is called cut though nothing is missing.)"""
    level = found.level_at
    hit = boundary[level[boundary] > 0]
    none = np.zeros(0, np.int32)
    size = arrows_into(hit, view.affects, none, none, none.astype(np.int8))
    other, own, how = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int8)
    arrows_into(hit, view.affects, other, own, how)
    harm = level[other] < level[own] - (how == Pass.SOFT)
    return np.unique(own[harm])
