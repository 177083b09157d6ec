"""The reverse question, what an item depends on, and the shortest ways from one item to another."""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cmdb.impact.levels import Freshness, Pass
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.search import breadth_first, widest
from cmdb.impact.view import GraphView


class Strength(IntEnum):
    """How an item depends on another; the strongest way counts."""

    SOFT = 1  # every way there has a soft need on it: the worst it can do is degrade
    REDUNDANT = 2  # through a redundancy group: its loss alone need not matter
    HARD = 3  # hard needs all the way: if the other is down, so is this

    @property
    def word(self) -> str:
        """The name in the API."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Dependency:
    """One item that is needed; `depth`: fewest steps to it."""

    id: str
    type: str
    strength: Strength
    depth: int


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything an item depends on, strongest first, nearest first; `total` counts them all, `counts` by strength, `by_type` by type."""

    revision: int
    items: tuple[Dependency, ...]
    total: int
    counts: dict[Strength, int]
    by_type: dict[str, int]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One relationship on a path: from the provider to its dependent."""

    provider: str
    dependent: str
    relation_type: str
    how: Pass
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Paths:
    """All shortest ways along which trouble travels from one item to another. `total` counts them exactly; `complete` is False where not
    all are listed."""

    revision: int
    length: int | None  # None: there is none
    total: int
    paths: tuple[tuple[PathStep, ...], ...]
    complete: bool


CAPS = np.array([Strength.HARD, Strength.SOFT, Strength.REDUNDANT, 0], np.int8)  # by Pass


def dependencies_of(view: GraphView, pool: ScratchPool, number: int, first: int) -> Dependencies:
    """What the item depends on; the `first` of them are listed."""
    with pool.lend(view.items) as scratch:
        state, queue = scratch.buffers.state, scratch.buffers.queue
        ends = widest(number, view.needs, state, queue, scratch.next_mark(), CAPS)
        parts = {strength: queue[strength, :end].copy() for strength, end in zip((3, 2, 1), ends, strict=True)}
        total = sum(ends)
        order, depths = np.empty(total + 1, np.int32), np.empty(total + 1, np.int32)
        breadth_first(number, view.needs, state, scratch.next_mark(), order, depths, view.items)
    strength_at = {v: strength for strength, part in parts.items() for v in part.tolist()}
    depth_at = dict(zip(order.tolist(), depths.tolist(), strict=True))
    chosen = sorted(strength_at, key=lambda v: (-strength_at[v], depth_at[v], v))[:first]
    everything = np.concatenate([parts[strength] for strength in (3, 2, 1)])
    codes, counts = np.unique(view.type_of[everything], return_counts=True)
    return Dependencies(
        view.revision,
        tuple(Dependency(view.ids.name(v), view.type_name(v), Strength(strength_at[v]), depth_at[v]) for v in chosen),
        total,
        {Strength(strength): len(parts[strength]) for strength in (3, 2, 1)},
        {view.words.types[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)},
    )


def paths_between(view: GraphView, pool: ScratchPool, source: int, target: int, most: int) -> Paths:
    """All shortest ways from `source` to `target` in the direction trouble travels; at most `most` are listed."""
    with pool.lend(view.items) as scratch:
        order, depths = np.empty(view.items, np.int32), np.empty(view.items, np.int32)
        found = breadth_first(source, view.affects, scratch.buffers.state, scratch.next_mark(), order, depths, view.items)
    at = np.flatnonzero(order[:found] == target)
    if not len(at):
        return Paths(view.revision, None, 0, (), True)
    length = int(depths[at[0]])
    depth_of = np.full(view.items, -2, np.int32)
    depth_of[order[:found]] = depths[:found]
    before: dict[int, list[PathStepTo]] = {}
    waiting = deque([target])
    while waiting:
        v = waiting.popleft()
        if v in before:
            continue
        steps = [(link.other, link) for link in view.providers(v) if depth_of[link.other] == depth_of[v] - 1]
        before[v] = [
            (other, PathStep(view.ids.name(other), view.ids.name(v), link.relation_type, link.how, link.freshness)) for other, link in steps
        ]
        waiting.extend(other for other, _ in steps)
    ways: dict[int, int] = {source: 1}
    for v in sorted(before, key=lambda item: int(depth_of[item])):
        if v != source:
            ways[v] = sum(ways[other] for other, _ in before[v])
    listed: list[tuple[PathStep, ...]] = []
    unfinished: list[tuple[int, tuple[PathStep, ...]]] = [(target, ())]
    while unfinished and len(listed) < most:
        v, tail = unfinished.pop()
        if v == source:
            listed.append(tail)
        else:
            unfinished.extend((other, (step, *tail)) for other, step in reversed(before[v]))
    return Paths(view.revision, length, ways[target], tuple(listed), len(listed) == ways[target])


PathStepTo = tuple[int, PathStep]
