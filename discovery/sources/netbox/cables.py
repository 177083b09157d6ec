"""Where cables lead. Pure.

A cable joins ends; a patch panel carries a front port on to its rear port (and back, by position), a circuit one termination on to the
other. So from a port a way is followed cable by cable until it ends at something that is neither. What a way passes is what its two ends
need: cut any of it and they are apart. Trunks with several positions are followed by position; where a way splits it is followed nowhere.
"""

from collections import defaultdict
from dataclasses import dataclass

from discovery.sources.netbox.model import Dump, End

_MAX_STEPS = 200
"""Cables in one way; a loop of patches ends there."""

FRONT, REAR, TERMINATION = "dcim.frontport", "dcim.rearport", "circuits.circuittermination"


@dataclass(frozen=True, slots=True)
class Way:
    """From a port outwards: cables, patch panels (devices) and circuits passed, in order and by key, and the end; None where it leads to
    nothing."""

    cables: tuple[int, ...] = ()
    panels: tuple[int, ...] = ()
    circuits: tuple[int, ...] = ()
    end: End | None = None


class Cables:
    """The cables of a dump."""

    def __init__(self, dump: Dump) -> None:
        self._dump = dump
        self._ends: defaultdict[int, dict[str, list[End]]] = defaultdict(lambda: {"A": [], "B": []})
        self._at: dict[End, tuple[int, str]] = {}
        for _, one in dump.all("dcim.cabletermination"):
            kind, side = list(one.get("termination_type") or []), one.get("cable_end")
            if len(kind) == 2 and side in ("A", "B"):
                end = (f"{kind[0]}.{kind[1]}", one["termination_id"])
                self._ends[one["cable"]][side].append(end)
                self._at[end] = (one["cable"], side)
        self._fronts: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for key, one in dump.all(FRONT):
            self._fronts[one["rear_port"]][one.get("rear_port_position") or 1] = key
        self._sides: defaultdict[int, list[int]] = defaultdict(list)
        for key, one in dump.all(TERMINATION):
            self._sides[one["circuit"]].append(key)

    def ends(self, cable: int) -> list[End]:
        """What a cable joins: its A ends, then its B ends."""
        sides = self._ends[cable]
        return sides["A"] + sides["B"]

    def way(self, start: End) -> Way:
        """The way from a port. Empty where no cable is plugged in."""
        cables: list[int] = []
        panels: list[int] = []
        circuits: list[int] = []
        here: End | None = start
        positions: list[int] = []
        while here is not None and here in self._at and len(cables) < _MAX_STEPS:
            cable, side = self._at[here]
            cables.append(cable)
            far = self._ends[cable]["B" if side == "A" else "A"]
            if len(far) != 1:
                return Way(tuple(cables), tuple(panels), tuple(circuits))
            here = self._through(far[0], positions, panels, circuits)
            if here == far[0]:
                return Way(tuple(cables), tuple(panels), tuple(circuits), here)
        return Way(tuple(cables), tuple(panels), tuple(circuits), None)

    def _through(self, port: End, positions: list[int], panels: list[int], circuits: list[int]) -> End | None:
        """Where a way that arrives at a port goes on; the port itself where it ends there, None where it is lost."""
        model, key = port
        found = self._dump.get(model, key)
        if found is None:
            return None
        if model == FRONT:
            panels.append(found["device"])
            positions.append(found.get("rear_port_position") or 1)
            return (REAR, found["rear_port"])
        if model == REAR:
            panels.append(found["device"])
            fronts = self._fronts[key]
            position = positions.pop() if positions else (1 if len(fronts) == 1 else 0)
            return (FRONT, fronts[position]) if position in fronts else None
        if model == TERMINATION:
            circuits.append(found["circuit"])
            others = [one for one in self._sides[found["circuit"]] if one != key]
            return (TERMINATION, others[0]) if len(others) == 1 else port
        return port
