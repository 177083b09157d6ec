"""Devices, their ports, and the cables between them. Pure.

A port needs every cable, patch panel and circuit on the way its cable leads, and nothing of what is beyond. A device needs what its power
ports are plugged into: one is a need, of several one is enough, so they become a redundancy group.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.sources.netbox.building import Building
from discovery.sources.netbox.cables import Cables
from discovery.sources.netbox.model import Dump, End, Fields
from discovery.sources.netbox.places import owned

_KINDS = (
    ("patch panel", "patch_panel"), ("firewall", "firewall"), ("router", "router"), ("switch", "switch"), ("access point", "access_point"),
    ("console", "console_server"), ("gateway", "gateway"),
)  # fmt: skip
_SOURCES_OF_POWER = {"dcim.poweroutlet": "dcim.device", "dcim.powerfeed": "dcim.powerfeed"}
_TO_METRES = {"km": 1000.0, "m": 1.0, "cm": 0.01, "mi": 1609.344, "ft": 0.3048, "in": 0.0254}


class Devices:
    """Observations of the devices of a dump."""

    def __init__(self, dump: Dump) -> None:
        self._dump = dump
        self._cables = Cables(dump)
        self._power: defaultdict[int, list[tuple[int, Fields]]] = defaultdict(list)
        for key, one in dump.all("dcim.powerport"):
            self._power[one["device"]].append((key, one))

    def observe(self) -> Iterator[Observation]:
        """Devices, interfaces and cables."""
        for key, one in self._dump.all("dcim.device"):
            yield from self._device(key, one)
        for key, one in self._dump.all("dcim.interface"):
            yield self._interface(key, one)
        for key, one in self._dump.all("dcim.cable"):
            yield self._cable(key, one)

    def name(self, key: Any) -> str:
        """What a device is called: its name, its place in its virtual chassis, or its type and key as NetBox shows it."""
        one = self._dump.get("dcim.device", key) or {}
        if one.get("name"):
            return str(one["name"])
        chassis = self._dump.text("dcim.virtualchassis", one.get("virtual_chassis"))
        if chassis:
            return f"{chassis}:{one.get('vc_position')}"
        return f"{self._dump.text('dcim.devicetype', one.get('device_type'), 'model') or 'device'} ({key})"

    def _device(self, key: int, one: Fields) -> Iterator[Observation]:
        dump, role = self._dump, self._dump.text("dcim.devicerole", one.get("role"))
        kind = type_of(role)
        device_type = dump.get("dcim.devicetype", one.get("device_type")) or {}
        made = Building(dump, "dcim.device", key, kind).say(
            name=self.name(key),
            description=one.get("description"),
            vendor=dump.text("dcim.manufacturer", device_type.get("manufacturer")),
            model=device_type.get("model"),
            serial_number=one.get("serial"),
        )
        if kind == "pdu":
            made.say(site=dump.text("dcim.site", one["site"]))
        else:
            made.say(role=role, rack_position=None if one.get("position") is None else float(one["position"]))
        if kind == "network_device":
            made.say(site=dump.text("dcim.site", one["site"]), asset_tag=one.get("asset_tag"), device_type=device_kind(role))
        if kind == "server":
            made.say(operating_system=dump.text("dcim.platform", one.get("platform")))
        for model, name in (("dcim.rack", "rack"), ("dcim.location", "location"), ("dcim.site", "site")):
            if one.get(name):
                made.tie("located_in", model, one[name], position=_position(one) if name == "rack" else None)
                break
        group = self._plugged(made, key)
        yield owned(made, one).done()
        if group is not None:
            yield group

    def _plugged(self, made: Building, key: int) -> Observation | None:
        """Tie a device to its power; the group of its supplies where there are several."""
        supplies: dict[str, dict[str, Any]] = {}
        for port, _ in self._power[key]:
            way = self._cables.way(("dcim.powerport", port))
            model = _SOURCES_OF_POWER.get(way.end[0]) if way.end else None
            if way.end is None or model is None:
                continue
            found = self._dump.get(*way.end) or {}
            source = found["device"] if model == "dcim.device" else way.end[1]
            supplies[self._dump.ref(model, source)] = {"outlet": found.get("name") if model == "dcim.device" else None}
        if len(supplies) < 2:
            for ref, attributes in supplies.items():
                made.tie_ref("powered_by", ref, attributes)
            return None
        group = self._dump.ref("power", key)
        made.tie_ref("powered_by", group)
        members = tuple(ObservedRelation("member_of", to=ref, outgoing=False) for ref in supplies)
        return Observation(group, "redundancy_group", {"name": f"power of {self.name(key)} (dcim.device/{key})", "need_count": 1}, members)

    def _interface(self, key: int, one: Fields) -> Observation:
        made = Building(self._dump, "dcim.interface", key, "network_interface").say(
            name=one["name"],
            device=f"{self.name(one['device'])} (dcim.device/{one['device']})",
            interface_type=one.get("type"),
            mac_address=one.get("mac_address"),
            enabled=one.get("enabled"),
            speed_kbps=one.get("speed"),
            mtu=one.get("mtu"),
            management_only=one.get("mgmt_only"),
            description=one.get("description"),
        )
        made.tie("contained_in", "dcim.device", one["device"])
        made.tie("contained_in", "dcim.interface", one.get("parent")).tie("contained_in", "ipam.vlan", one.get("untagged_vlan"))
        way = self._cables.way(("dcim.interface", key))
        for model, keys in (("dcim.cable", way.cables), ("dcim.device", way.panels), ("circuits.circuit", way.circuits)):
            for other in keys:
                made.tie("depends_on", model, other)
        if way.end is not None and way.end[0] == "dcim.interface" and way.end[1] > key:  # said once, by the one with the smaller key
            made.tie("connects_to", *way.end)
        return made.done()

    def _cable(self, key: int, one: Fields) -> Observation:
        ends = [self._end_name(end) for end in self._cables.ends(key)]
        length = one.get("length")
        made = Building(self._dump, "dcim.cable", key, "cable").say(
            name=one.get("label") or f"#{key}",
            cable_key=f"netbox #{key}",
            cable_type=one.get("type"),
            colour=one.get("color"),
            length_metres=None if length is None else float(length) * _TO_METRES.get(one.get("length_unit") or "m", 1.0),
            description=" - ".join(ends)[:1000],
        )
        for model, end in self._cables.ends(key):
            if model == "dcim.interface":
                made.tie("connects_to", model, end)
            else:
                found = self._dump.get(model, end) or {}
                made.tie("connects_to", "dcim.device", found.get("device")).tie("connects_to", "circuits.circuit", found.get("circuit"))
        return made.done()

    def _end_name(self, end: End) -> str:
        found = self._dump.get(*end) or {}
        if "circuit" in found:
            return f"circuit {self._dump.text('circuits.circuit', found['circuit'], 'cid')}"
        return f"{self.name(found.get('device'))} {found.get('name', '?')}"


def type_of(role: str) -> str:
    """The CI type of a device with this role."""
    word = role.casefold()
    if "pdu" in word or "ups" in word.split():
        return "pdu"
    return "server" if "server" in word and "console" not in word else "network_device"


def device_kind(role: str) -> str:
    """`network_device.device_type` of a role."""
    return next((kind for word, kind in _KINDS if word in role.casefold()), "other")


def _position(one: Fields) -> str | None:
    return None if one.get("position") is None else f"U{float(one['position']):g} {one.get('face') or ''}".strip()
