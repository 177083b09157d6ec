"""The shape of the graph: cycles, and items that nothing ties to anything."""

from dataclasses import dataclass

import numpy as np

from cmdb.impact.graph import flattened
from cmdb.impact.kernel import Rows
from cmdb.impact.levels import Ints
from cmdb.impact.search import components
from cmdb.impact.view import GraphView


@dataclass(frozen=True, slots=True)
class Cycles:
    """Sets of items each of which reaches all others of its set, largest first; at most `shown` ids of each."""

    revision: int
    total: int
    items: int  # how many items are in cycles
    cycles: tuple[tuple[str, ...], ...]


def cycles_of(view: GraphView, most: int, shown: int = 1_000) -> Cycles:
    """Cycles of the whole graph (items that need themselves count as well)."""
    tail, arrows, _ = flattened(view.affects, view.items)
    start = np.zeros(view.items + 1, np.int32)
    np.cumsum(np.bincount(tail, minlength=view.items), out=start[1:])
    component = np.empty(view.items, np.int32)
    found = components(view.items, start, arrows, component)
    sizes = np.bincount(component, minlength=found)
    itself = np.unique(tail[tail == arrows >> 2])
    alone = itself[sizes[component[itself]] == 1]
    circular = np.flatnonzero(sizes > 1)
    largest = circular[np.argsort(-sizes[circular], kind="stable")][:most]
    sets = [np.flatnonzero(component == one)[:shown] for one in largest.tolist()] + [alone[at : at + 1] for at in range(len(alone))]
    return Cycles(
        view.revision,
        len(circular) + len(alone),
        int(sizes[circular].sum()) + len(alone),
        tuple(tuple(view.ids.names(one)) for one in sets[:most]),
    )


def orphans_of(view: GraphView, types: frozenset[str], first: int, after: str | None) -> tuple[list[str], int]:
    """Ids of live items that neither need anything nor are needed (as far as failure travels), and how many there are. Empty `types`:
    all."""
    degree = _degrees(view.affects, view.items) + _degrees(view.needs, view.items)
    alone = (degree == 0) & (view.type_of[: view.items] >= 0)
    if types:
        codes = [code for code, name in enumerate(view.words.types) if name in types]
        alone &= np.isin(view.type_of[: view.items], codes)
    numbers = np.flatnonzero(alone)
    total = len(numbers)
    if after is not None:
        numbers = numbers[numbers > view.ids.find(after, view.items)]
    return view.ids.names(numbers[:first]), total


def _degrees(rows: Rows, items: int) -> Ints:
    degrees = np.zeros(items, np.int32)
    base = len(rows.start) - 1
    degrees[:base] = np.diff(rows.start)
    slots = rows.slot[:items]
    changed = np.flatnonzero((slots >= 0) & (slots < rows.slots))
    degrees[changed] = (rows.last - rows.first)[slots[changed]]
    return degrees
