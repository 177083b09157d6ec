"""What is lost with a place, a supplier or a network segment: the roots from which trouble then spreads (requirements 6.3, 7.2, 8.1-04).

Rules.
- A place is lost with all that is `located_in` it, places in it included, and with all whose `location` names it: down.
- A supplier is down. What is `supplied_by` it suffers as the relationship type says (softly: it goes on, but nobody mends it), and so does
  what a contract with it covers, which is put to the level a soft need gives. Whoever knows better (a carrier whose lines go dark at once)
  says which level all of it is put to.
- A network segment (VLAN, prefix, address, interface) is lost with all that is `contained_in` it: down. What has its addresses or
  interfaces there is cut off, and down, where it has them nowhere else; where it has others, it is degraded.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from cmdb.impact.levels import Level
from cmdb.impact.view import GraphView

PLACE = "located_in"
SUPPLIES = "supplied_by"
INSIDE = "contained_in"
ADDRESS = "assigned_to"

Put = dict[int, Level]


def dependents_by(view: GraphView, number: int, relation_type: str) -> Iterator[int]:
    """Items that this relationship type ties to the item as their provider."""
    return (link.other for link in view.dependents(number) if link.relation_type == relation_type)


def providers_by(view: GraphView, number: int, relation_type: str) -> Iterator[int]:
    """Items that this relationship type makes providers of the item."""
    return (link.other for link in view.providers(number) if link.relation_type == relation_type)


def tied(view: GraphView, starts: Iterable[int], relation_type: str) -> set[int]:
    """`starts`, and what depends on them by this relationship type, whatever lies between."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        for other in dependents_by(view, waiting.pop(), relation_type):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def lost_with_places(view: GraphView, places: Iterable[int], names: Iterable[str]) -> Put:
    """Everything in these places or at a `location` of these names, down."""
    lost = dict.fromkeys(tied(view, places, PLACE), Level.DOWN)
    wanted = frozenset(names)
    codes = [code for code, word in enumerate(view.words.locations) if word in wanted]
    at = np.flatnonzero(np.isin(view.location_of[: view.items], codes) & (view.type_of[: view.items] >= 0))
    return lost | dict.fromkeys(at.tolist(), Level.DOWN)


def lost_with_supplier(view: GraphView, supplier: int, covered: Iterable[int], level: Level | None) -> Put:
    """The supplier down; what its contracts cover, and with `level` all it supplies, put to a level."""
    soft = Level(Level.DOWN - 1)
    lost = dict.fromkeys(covered, soft if level is None else level)
    if level is not None:
        lost |= dict.fromkeys(dependents_by(view, supplier, SUPPLIES), level)
    return lost | {supplier: Level.DOWN}


def lost_with_segment(view: GraphView, segment: int) -> Put:
    """The segment and what is inside it, down; what is reachable through it only, down; what has other ways, degraded."""
    inside = tied(view, [segment], INSIDE)
    lost = dict.fromkeys(inside, Level.DOWN)
    carriers = {carrier for one in inside for carrier in _carriers(view, one)} - inside
    for carrier in carriers:
        lost[carrier] = Level.DOWN if all(_is_lost(view, way, inside) for way in _ways(view, carrier)) else Level.DEGRADED
    return lost


def _is_lost(view: GraphView, way: int, inside: set[int]) -> bool:
    """An address or interface is lost in the segment, an address also with the interface that has it."""
    return way in inside or any(holder in inside for holder in providers_by(view, way, ADDRESS))


def _carriers(view: GraphView, one: int) -> Iterator[int]:
    """The machines or devices that have this address or interface. (A VLAN or prefix stands in larger ones, which are no machines.)"""
    for holder in providers_by(view, one, ADDRESS):
        machines = list(_machines(view, holder))
        yield from machines or [holder]
    yield from _machines(view, one)


def _machines(view: GraphView, one: int) -> Iterator[int]:
    """What an interface is built into."""
    if view.type_name(one) == "network_interface":
        for holder in providers_by(view, one, INSIDE):
            if view.type_name(holder) == "network_interface":
                yield from _machines(view, holder)
            elif view.type_name(holder) != "vlan":
                yield holder


def _ways(view: GraphView, carrier: int) -> set[int]:
    """The addresses through which it is reached, or, where none are recorded, its interfaces."""
    interfaces = {one for one in tied(view, [carrier], INSIDE) if view.type_name(one) == "network_interface"}
    addresses = {address for one in {carrier, *interfaces} for address in dependents_by(view, one, ADDRESS)}
    return addresses or interfaces
