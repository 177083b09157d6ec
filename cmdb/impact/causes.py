"""Common cause: items are unwell together; which failures would explain them all?

A candidate is an item that all (or many) of the unwell depend on; each is then put down and evaluated, so that redundancy counts. One
cause that explains all is best, and among those the one that would harm the fewest others: the smallest explanation. Where no single one
does, the members of each redundancy group among the candidates are put down together; and then causes are added greedily until all are
explained, which need not give the smallest set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.evaluation import evaluate
from cmdb.impact.levels import Ints, Level, Pass
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import breadth_first
from cmdb.impact.view import GraphView
from cmdb.kernel.stop import Stop

MOST_TRIED = 300
MOST_NEEDED = 20_000
"""Of what each unwell item depends on, so many are considered, the nearest first."""
GROUPS_TRIED = 50
MOST_MEMBERS = 100
"""Larger groups are not tried as one candidate: nobody takes so many failures at once for an explanation."""


class CauseKind(StrEnum):
    """How a cause was found: one item alone, all members of one redundancy group, or a set put together greedily."""

    SINGLE = "single"
    GROUP = "group"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Cause:
    """A set of items (mostly one) whose failure explains `explained` of the unwell; `others` more items would be hit as well; `distance`:
    steps to the unwell, summed."""

    ids: tuple[str, ...]
    explained: int
    others: int
    distance: int
    kind: CauseKind = CauseKind.SINGLE


@dataclass(frozen=True, slots=True)
class CommonCauses:
    """Best first: explains most, then fewest items, then fewest others hit, then nearest. `complete` is False where not every candidate
    could be tried; that a greedy set is the smallest is never claimed."""

    revision: int
    unwell: int
    causes: tuple[Cause, ...]
    candidates: int
    tried: int
    complete: bool
    reason: str | None = None  # why it is not complete


@dataclass(frozen=True, slots=True)
class _Tried:
    """What the failure of these items explains, how many it hits, and how far away they are."""

    numbers: tuple[int, ...]
    explains: frozenset[int]
    hit: int
    distance: int
    kind: CauseKind


class _Trial:
    """Puts items down and sees which of the unwell that explains."""

    def __init__(self, view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level], distance: NDArray[np.int64]) -> None:
        self._view, self._pool, self._unwell, self._distance = view, pool, unwell, distance

    def of(self, numbers: Sequence[int], kind: CauseKind) -> _Tried:
        found = evaluate(self._view, self._pool, dict.fromkeys(numbers, Level.DOWN))
        explains = frozenset(u for u, level in self._unwell.items() if found.level_at[u] >= level)
        return _Tried(tuple(numbers), explains, len(found.hit), sum(int(self._distance[v]) for v in numbers), kind)


def common_causes_of(view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level], most: int, stop: Stop) -> CommonCauses:
    """Candidates for what made these items unwell. `unwell`: number -> the level it is seen at (a candidate must bring it to that level
    at least). What was tried when it is over is told."""
    ranked, distance, all_seen = _candidates(view, pool, unwell, stop)
    trial = _Trial(view, pool, unwell, distance)
    tried: list[_Tried] = []
    for v in ranked[:MOST_TRIED].tolist():
        if stop.come_by():
            break
        tried.append(trial.of((v,), CauseKind.SINGLE))
    left = []
    if len(tried) < len(ranked):
        left.append(f"{len(tried):,} of {len(ranked):,} candidates were tried, the most promising first (seconds, or {MOST_TRIED} at most)")
    if not all_seen:
        left.append(f"of what an item needs the nearest {MOST_NEEDED:,} were considered, and what there was time for")
    found = [one for one in tried if len(one.explains) == len(unwell)]
    if not found:
        groups, all_groups = _groups_tried(view, ranked, trial, stop)
        if not all_groups:
            left.append(f"not every group's members were tried together (seconds, or {GROUPS_TRIED} groups at most)")
        alone = max((len(one.explains) for one in tried), default=0)
        found = [one for one in tried if one.explains] + [one for one in groups if len(one.explains) > alone]
        if not any(len(one.explains) == len(unwell) for one in found):
            found += _greedy(trial, set(unwell), [*tried, *groups], stop)
    found.sort(key=lambda one: (-len(one.explains), len(one.numbers), one.hit, one.distance, one.numbers))
    causes = [
        Cause(tuple(view.ids.names(one.numbers)), len(one.explains), one.hit - len(one.explains), one.distance, one.kind)
        for one in found[:most]
    ]
    return CommonCauses(view.revision, len(unwell), tuple(causes), len(ranked), len(tried), not left, "; ".join(left) or None)


def _candidates(view: GraphView, pool: ScratchPool, unwell: Mapping[int, Level], stop: Stop) -> tuple[Ints, NDArray[np.int64], bool]:
    """What the unwell depend on (they themselves included), the most promising first: what most of them need, then the nearest; and by
    item number the steps to them, summed; and whether all they need was looked at."""
    covers, distance = np.zeros(view.items, np.int32), np.zeros(view.items, np.int64)
    all_seen = True
    room = min(view.items, MOST_NEEDED)
    order, depths = np.empty(room, np.int32), np.empty(room, np.int32)
    for number in unwell:
        if stop.come_by():
            all_seen = False
            break
        with pool.lend(view.items) as scratch:
            start = np.array([number], np.int32)
            found = breadth_first(start, view.needs, scratch.buffers.state, scratch.next_mark(), order, depths, view.items)
        all_seen &= found < room or room == view.items
        reached = order[:found]  # each item once
        covers[reached] += 1
        distance[reached] += depths[:found]
    candidates = np.flatnonzero(covers).astype(np.int32)
    return candidates[np.lexsort((candidates, distance[candidates], -covers[candidates]))], distance, all_seen


def _groups_tried(view: GraphView, ranked: Ints, trial: _Trial, stop: Stop) -> tuple[list[_Tried], bool]:
    """All members of each group put down together, and whether every group was tried."""
    groups = [v for v in ranked.tolist() if view.is_group(v)]
    found: list[_Tried] = []
    for group in groups[:GROUPS_TRIED]:
        if stop.come_by():
            return found, False
        members = sorted({link.other for link in view.providers(group) if link.how is Pass.MEMBER})
        if 2 <= len(members) <= MOST_MEMBERS:
            found.append(trial.of(members, CauseKind.GROUP))
    return found, len(groups) <= GROUPS_TRIED


def _greedy(trial: _Trial, left: set[int], tried: Sequence[_Tried], stop: Stop) -> list[_Tried]:
    """One set of causes that explains as much as can be explained by adding the best next one."""
    chosen: dict[int, None] = {}
    steps = 0
    while left and not stop.abandoned:
        best = max(tried, key=lambda one: (len(one.explains & left), -len(one.numbers), -one.distance, one.numbers), default=None)
        if best is None or not best.explains & left:
            break
        chosen.update(dict.fromkeys(best.numbers))
        left -= best.explains
        steps += 1
    return [trial.of(tuple(chosen), CauseKind.GREEDY)] if steps > 1 else []
