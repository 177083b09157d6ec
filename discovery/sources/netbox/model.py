"""Values of the NetBox source: its settings, and a dump as objects by model and primary key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCE_NAME = "netbox"

Fields = Mapping[str, Any]
End = tuple[str, int]
"""Where a cable ends: model (`dcim.interface`) and primary key."""

READ = (
    "dcim.region", "dcim.site", "dcim.location", "dcim.rack", "dcim.device", "dcim.devicetype", "dcim.devicerole", "dcim.manufacturer",
    "dcim.platform", "dcim.virtualchassis", "dcim.interface", "dcim.frontport", "dcim.rearport", "dcim.powerport", "dcim.poweroutlet",
    "dcim.powerpanel", "dcim.powerfeed", "dcim.cable", "dcim.cabletermination", "circuits.provider", "circuits.circuit",
    "circuits.circuittype", "circuits.circuittermination", "ipam.vrf", "ipam.role", "ipam.vlan", "ipam.vlangroup", "ipam.prefix",
    "ipam.ipaddress", "tenancy.tenant", "virtualization.cluster", "virtualization.clustertype", "virtualization.virtualmachine",
    "virtualization.vminterface",
)  # fmt: skip
"""Models that are read. Among those that are not: templates, console ports, contacts, modules, address ranges, reservations, tags."""


@dataclass(frozen=True, slots=True)
class NetBoxConfig:
    """What to read. `dump` is what `manage.py dumpdata` prints (JSON); `instance` names the NetBox, when there are several; `complete` says
    that the dump holds everything, so that what is missing is gone. `max_bytes` bounds the file."""

    dump: Path
    instance: str = "netbox"
    complete: bool = False
    max_bytes: int = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dump:
    """Objects by model and primary key. `instance` names the NetBox they are from."""

    models: Mapping[str, Mapping[int, Fields]] = field(default_factory=dict)
    instance: str = "netbox"

    def ref(self, model: str, key: int) -> str:
        """The source's key of an object."""
        return f"{self.instance}/{model}/{key}"

    def all(self, model: str) -> Iterator[tuple[int, Fields]]:
        """Every object of a model, by key."""
        yield from sorted(self.models.get(model, {}).items())

    def get(self, model: str, key: Any) -> Fields | None:
        """The object with this key; None for no key, or one the dump does not hold."""
        return self.models.get(model, {}).get(key) if isinstance(key, int) else None

    def text(self, model: str, key: Any, name: str = "name") -> str:
        """A text of another object, empty where there is none."""
        found = self.get(model, key)
        return str(found.get(name) or "") if found is not None else ""
