"""Carriers and circuits, VLANs, prefixes and addresses, clusters and virtual machines. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_interface, ip_network
from typing import Any

from cmdb.model.observation import Observation
from discovery.sources.netbox.building import Building
from discovery.sources.netbox.model import Dump, Fields
from discovery.sources.netbox.places import owned

Network = IPv4Network | IPv6Network
_ASSIGNED = {"dcim.interface": "dcim.interface", "virtualization.vminterface": "virtualization.vminterface"}


def observe_networks(dump: Dump) -> Iterator[Observation]:
    """Everything of the networks that is no device."""
    for key, one in dump.all("circuits.provider"):
        yield Building(dump, "circuits.provider", key, "supplier").say(name=one["name"], description=one.get("description")).done()
    for key, one in dump.all("circuits.circuit"):
        made = Building(dump, "circuits.circuit", key, "circuit").say(
            name=one["cid"],
            circuit_id=one["cid"],
            carrier=dump.text("circuits.provider", one["provider"]),
            circuit_type=dump.text("circuits.circuittype", one.get("type")),
            commit_rate_kbps=one.get("commit_rate"),
            install_date=one.get("install_date"),
            description=one.get("description"),
        )
        yield owned(made.tie("supplied_by", "circuits.provider", one["provider"]), one).done()
    for key, one in dump.all("ipam.vlan"):
        group = dump.text("ipam.vlangroup", one.get("group")) or dump.text("dcim.site", one.get("site")) or "global"
        made = Building(dump, "ipam.vlan", key, "vlan").say(name=one["name"], vid=one["vid"], vlan_group=group)
        yield owned(made.say(role=dump.text("ipam.role", one.get("role"))), one).done()
    prefixes = Prefixes(dump)
    for key, one in dump.all("ipam.prefix"):
        yield _prefix(dump, key, one, prefixes)
    for key, one in dump.all("ipam.ipaddress"):
        yield _address(dump, key, one, prefixes)


def observe_machines(dump: Dump) -> Iterator[Observation]:
    """Clusters, virtual machines and their interfaces."""
    for key, one in dump.all("virtualization.cluster"):
        kind = dump.text("virtualization.clustertype", one.get("type"))
        made = Building(dump, "virtualization.cluster", key, "cluster").say(name=one["name"], cluster_type=kind)
        yield owned(made.tie("located_in", "dcim.site", one.get("site")), one).done()
    for key, one in dump.all("virtualization.virtualmachine"):
        made = Building(dump, "virtualization.virtualmachine", key, "virtual_machine").say(
            name=one["name"],
            role=dump.text("dcim.devicerole", one.get("role")),
            operating_system=dump.text("dcim.platform", one.get("platform")),
            cpu_count=None if one.get("vcpus") is None else int(float(one["vcpus"])),
            memory_bytes=None if one.get("memory") is None else one["memory"] * 1_000_000,
            disk_bytes=None if one.get("disk") is None else one["disk"] * 1_000_000_000,
            description=one.get("description"),
        )
        if one.get("device"):
            made.tie("hosted_on", "dcim.device", one["device"])
        else:
            made.tie("hosted_on", "virtualization.cluster", one.get("cluster"))
        yield owned(made, one).done()
    for key, one in dump.all("virtualization.vminterface"):
        machine = one["virtual_machine"]
        made = Building(dump, "virtualization.vminterface", key, "network_interface").say(
            name=one["name"],
            device=f"{dump.text('virtualization.virtualmachine', machine)} (virtualization.virtualmachine/{machine})",
            interface_type="virtual",
            mac_address=one.get("mac_address"),
            enabled=one.get("enabled"),
            mtu=one.get("mtu"),
        )
        made.tie("contained_in", "ipam.vlan", one.get("untagged_vlan"))
        yield made.tie("contained_in", "virtualization.virtualmachine", machine).done()


class Prefixes:
    """The prefixes of a dump by routing table and network, to find the one that holds another most closely. The first of two equal ones
    stands."""

    def __init__(self, dump: Dump) -> None:
        self._by_network: dict[tuple[Any, Network], int] = {}
        for key, one in dump.all("ipam.prefix"):
            self._by_network.setdefault((one.get("vrf"), ip_network(one["prefix"], strict=False)), key)

    def holding(self, vrf: Any, network: Network, *, itself: bool) -> int | None:
        """Key of the smallest prefix that holds the network; `itself`: the network's own prefix counts."""
        for length in range(network.prefixlen if itself else network.prefixlen - 1, -1, -1):
            found = self._by_network.get((vrf, network.supernet(new_prefix=length)))
            if found is not None:
                return found
        return None


def _prefix(dump: Dump, key: int, one: Fields, prefixes: Prefixes) -> Observation:
    network = ip_network(one["prefix"], strict=False)
    made = Building(dump, "ipam.prefix", key, "ip_prefix").say(
        name=one["prefix"],
        prefix=str(network),
        vrf=dump.text("ipam.vrf", one.get("vrf")) or "global",
        role=dump.text("ipam.role", one.get("role")),
        is_pool=one.get("is_pool"),
        description=one.get("description"),
    )
    made.tie("contained_in", "ipam.prefix", prefixes.holding(one.get("vrf"), network, itself=False))
    return owned(made.tie("contained_in", "ipam.vlan", one.get("vlan")), one).done()


def _address(dump: Dump, key: int, one: Fields, prefixes: Prefixes) -> Observation:
    address: IPv4Interface | IPv6Interface = ip_interface(one["address"])
    made = Building(dump, "ipam.ipaddress", key, "ip_address").say(
        name=str(address.ip),
        address=str(address.ip),
        prefix_length=address.network.prefixlen,
        vrf=dump.text("ipam.vrf", one.get("vrf")) or "global",
        dns_name=one.get("dns_name"),
        role=one.get("role"),
        description=one.get("description"),
    )
    single = ip_network(address.ip)
    made.tie("contained_in", "ipam.prefix", prefixes.holding(one.get("vrf"), single, itself=True))
    model = _ASSIGNED.get(".".join(one.get("assigned_object_type") or ()))
    if model is not None:
        made.tie("assigned_to", model, one.get("assigned_object_id"))
    return owned(made, one).done()
