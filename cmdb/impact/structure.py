"""The shape of the graph: cycles, and items that nothing ties to anything."""

from dataclasses import dataclass

import numpy as np

from cmdb.impact.graph import flattened
from cmdb.impact.kernel import Rows
from cmdb.impact.levels import Ints
from cmdb.impact.search import components
from cmdb.impact.view import GraphView
from cmdb.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Cycles:
    """Sets of items each of which reaches all others of its set, largest first; at most `shown` ids of each, though `sizes` count all."""

    revision: int
    total: int
    items: int  # how many items are in cycles
    cycles: tuple[tuple[str, ...], ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Ids and types of items that nothing is tied to, a page of them by number; `total` counts all of the types asked for."""

    revision: int
    ids: tuple[str, ...]
    types: tuple[str, ...]
    total: int
    more: bool


def cycles_of(view: GraphView, most: int, skip: int = 0, shown: int = 1_000) -> Cycles:
    """Cycles of the whole graph (items that need themselves count as well); `skip` leaves out the largest."""
    tail, arrows, _ = flattened(view.affects, view.items)
    start = np.zeros(view.items + 1, np.int32)
    np.cumsum(np.bincount(tail, minlength=view.items), out=start[1:])
    component = np.empty(view.items, np.int32)
    found = components(view.items, start, arrows, component)
    sizes = np.bincount(component, minlength=found)
    itself = np.unique(tail[tail == arrows >> 2])
    alone = itself[sizes[component[itself]] == 1]
    circular = np.flatnonzero(sizes > 1)
    ranked = np.concatenate([circular[np.argsort(-sizes[circular], kind="stable")], component[alone]])
    largest = ranked[skip : skip + most].tolist()
    return Cycles(
        view.revision,
        len(ranked),
        int(sizes[circular].sum()) + len(alone),
        tuple(tuple(view.ids.names(np.flatnonzero(component == one)[:shown])) for one in largest),
        tuple(int(sizes[one]) for one in largest),
    )


def orphans_of(view: GraphView, types: frozenset[str], first: int, after: str | None) -> Orphans:
    """Live items that neither need anything nor are needed (as far as failure travels), after the id `after`. Empty `types`: all. Raises
    `InvalidInput` for an `after` that never was an item."""
    degree = _degrees(view.affects, view.items) + _degrees(view.needs, view.items)
    alone = (degree == 0) & (view.type_of[: view.items] >= 0)
    if types:
        codes = [code for code, name in enumerate(view.words.types) if name in types]
        alone &= np.isin(view.type_of[: view.items], codes)
    numbers = np.flatnonzero(alone)
    total = len(numbers)
    if after is not None:
        place = view.ids.find(after, view.items)
        if place < 0:
            raise InvalidInput(f"{after[:80]!r} is no cursor of this list; start from the first page")
        numbers = numbers[numbers > place]
    shown = numbers[:first]
    names = tuple(view.type_name(v) for v in shown.tolist())
    return Orphans(view.revision, tuple(view.ids.names(shown)), names, total, 0 < first < len(numbers))


def _degrees(rows: Rows, items: int) -> Ints:
    degrees = np.zeros(items, np.int32)
    base = len(rows.start) - 1
    degrees[:base] = np.diff(rows.start)
    slots = rows.slot[:items]
    changed = np.flatnonzero((slots >= 0) & (slots < rows.slots))
    degrees[changed] = (rows.last - rows.first)[slots[changed]]
    return degrees
