"""What stands behind which service, and which items lie in circles, over the estate's columns (requirements 9.1-03, 9.1-04). Pure arrays.

Dependencies run from provider to dependent as the relationship type's propagation says: what a service needs, directly or through others,
helps to deliver it.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from baselines.audit.estate import Estate, Ints, Mask
from cmdb.model.registry import Registry


class Needs:
    """From each item to what it needs, in compressed rows."""

    def __init__(self, estate: Estate, registry: Registry) -> None:
        ends = [_affected(registry, name) for name in estate.relation_types]
        to_source = np.array([end == "source" for end in ends], np.bool_)
        matters = np.array([end is not None for end in ends], np.bool_)
        keep = matters[estate.relation_of] if ends else np.zeros(0, np.bool_)
        source, target, kind = estate.source[keep], estate.target[keep], estate.relation_of[keep]
        forward = to_source[kind] if ends else np.zeros(0, np.bool_)
        dependent, provider = np.where(forward, source, target), np.where(forward, target, source)
        order = np.argsort(dependent, kind="stable")
        self._to = provider[order].astype(np.int32)
        self._start = np.concatenate([[0], np.cumsum(np.bincount(dependent, minlength=estate.items))]).astype(np.int64)
        self._items = estate.items

    def reached(self, roots: Ints) -> Mask:
        """The roots and everything they need, directly or not."""
        seen = np.zeros(self._items, np.bool_)
        seen[roots] = True
        front = roots
        while len(front):
            following = np.unique(take_rows(self._to, self._start, front))
            front = following[~seen[following]]
            seen[front] = True
        return seen


def take_rows(values: NDArray[np.int32], start: NDArray[np.int64], rows: Ints) -> NDArray[np.int32]:
    """The values of these rows, one after the other."""
    lengths = start[rows + 1] - start[rows]
    total = int(lengths.sum())
    if not total:
        return np.zeros(0, np.int32)
    offsets = np.repeat(start[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    found: NDArray[np.int32] = values[np.arange(total) + offsets]
    return found


def circles(estate: Estate, relation_types: list[str]) -> list[list[int]]:
    """Sets of items that reach each other over relationships of these types alone, each set sorted, the largest first.

    What no circle can go through is peeled away first (nothing arrives or nothing leaves), so that only the doubtful rest is walked.
    """
    keep = estate.relations(relation_types)
    source, target = estate.source[keep], estate.target[keep]
    while len(source):
        both = np.intersect1d(source, target)
        inside = np.isin(source, both) & np.isin(target, both)
        if inside.all():
            break
        source, target = source[inside], target[inside]
    found = [sorted(part) for part in _components(source, target) if len(part) > 1]
    loops = sorted({int(one) for one in source[source == target]} - {one for part in found for one in part})
    return sorted(found, key=lambda part: (-len(part), part[0])) + [[one] for one in loops]


def _components(source: Ints, target: Ints) -> Iterator[list[int]]:
    """Strongly connected components (Tarjan 1972), without recursion."""
    following: dict[int, list[int]] = {}
    for one, other in zip(source.tolist(), target.tolist(), strict=True):
        following.setdefault(one, []).append(other)
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in sorted(following):
        if root in order:
            continue
        work = [(root, iter(following[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(following.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], order[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    yield _popped(stack, on_stack, node)


def _popped(stack: list[int], on_stack: set[int], node: int) -> list[int]:
    part = []
    while True:
        one = stack.pop()
        on_stack.discard(one)
        part.append(one)
        if one == node:
            return part


def _affected(registry: Registry, name: str) -> str | None:
    found = registry.relation_types.get(name)
    return found.propagation.affected_end if found is not None else None
