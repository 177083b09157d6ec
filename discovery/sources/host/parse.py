"""Facts of a host to observations (requirements 9.1-02, 9.1-07). Pure.

The host runs nothing and everything runs on it: `software instance -runs_on-> host`, so a lost host takes down what runs on it.
Connections come and go, so what an instance was once seen to need stays needed until its staleness says otherwise: those relationships
are never listed as complete.
"""

from collections.abc import Iterator
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.sources.host.model import FileSystem, HostConfig, HostFacts
from discovery.sources.host.packages import Package
from discovery.sources.host.software import Instance, instances_of


def parse(facts: HostFacts, config: HostConfig) -> tuple[Observation, ...]:
    """The host, its file systems, its software instances and, where asked for, the far ends they are connected to."""
    return tuple(_observe(facts, config))


def parse_packages(packages: list[Package], facts: HostFacts) -> tuple[Observation, ...]:
    """The packages installed on the host, and what they need of each other."""
    first: dict[str, Package] = {}
    for package in packages:
        first.setdefault(package.name, package)
    return tuple(_package(package, first, facts) for package in packages)


def _observe(facts: HostFacts, config: HostConfig) -> Iterator[Observation]:
    yield _host(facts, config)
    for file_system in facts.file_systems:
        yield _file_system(file_system, facts)
    endpoints: dict[str, Observation] = {}
    for instance in instances_of(facts):
        reaches = sorted((f"[{far.ip}]:{far.port}" if ":" in far.ip else f"{far.ip}:{far.port}") for far in instance.reaches)
        if not config.remote:
            reaches = []
            if not (instance.listens or instance.needs or instance.ports):
                continue
        for label in reaches:
            endpoints[label] = Observation(f"endpoint/{label}", "endpoint", {"name": label, "address": label})
        yield _instance(instance, reaches, facts)
    yield from (endpoints[label] for label in sorted(endpoints))


def _host_ref(facts: HostFacts) -> str:
    return f"host/{facts.machine_id}"


def _host(facts: HostFacts, config: HostConfig) -> Observation:
    values: dict[str, Any] = {
        "name": facts.hostname,
        "location": config.location,
        "owner": config.owner,
        "machine_id": facts.machine_id,
        "hostname": facts.hostname.split(".")[0],
        "fqdn": facts.fqdn,
        "system_uuid": facts.system_uuid,
        "serial_number": facts.serial_number,
        "vendor": facts.vendor,
        "model": facts.model,
        "operating_system": facts.operating_system,
        "os_version": facts.os_version,
        "kernel": facts.kernel,
        "architecture": facts.architecture,
        "cpu_model": facts.cpu_model,
        "cpu_count": facts.cpu_count,
        "memory_bytes": facts.memory,
        "mac_addresses": facts.mac_addresses,
        "ip_addresses": facts.ip_addresses,
    }
    kind = "virtual_machine" if facts.hypervisor or facts.container else "server"
    if kind == "virtual_machine":
        values["hypervisor"] = facts.hypervisor or "container"
    return Observation(_host_ref(facts), kind, {name: value for name, value in values.items() if value})


def _file_system(one: FileSystem, facts: HostFacts) -> Observation:
    fields = {"name": f"{facts.hostname}:{one.mount_point}", "machine_id": facts.machine_id, "mount_point": one.mount_point}
    fields |= {"device": one.device, "format": one.kind}
    values: dict[str, Any] = {name: value for name, value in fields.items() if value}
    if one.size:
        values["size_bytes"] = one.size
    relation = ObservedRelation("runs_on", to=_host_ref(facts))
    return Observation(f"fs/{facts.machine_id}{one.mount_point}", "file_system", values, (relation,), ("runs_on",))


def _instance(instance: Instance, reaches: list[str], facts: HostFacts) -> Observation:
    fields: dict[str, Any] = {"name": instance.key, "machine_id": facts.machine_id, "program": instance.name}
    if instance.ports:
        fields["ports"] = tuple(sorted(instance.ports))
    if instance.listens_on:
        fields["listens_on"] = tuple(sorted(instance.listens_on))
    if instance.executable:
        fields["executable"] = instance.executable
    if instance.user:
        fields["user_name"] = instance.user
    relations = [ObservedRelation("runs_on", to=_host_ref(facts))]
    relations += [ObservedRelation("depends_on", to=_instance_ref(facts, key)) for key in sorted(instance.needs)]
    relations += [ObservedRelation("depends_on", to=f"endpoint/{label}") for label in reaches]
    return Observation(_instance_ref(facts, instance.key), "software_instance", fields, tuple(relations), ("runs_on",))


def _instance_ref(facts: HostFacts, key: str) -> str:
    return f"software/{facts.machine_id}/{key}"


def _package(package: Package, first: dict[str, Package], facts: HostFacts) -> Observation:
    fields: dict[str, Any] = {"name": package.name, "version": package.version, "machine_id": facts.machine_id}
    fields["package_manager"] = "dpkg"
    if package.architecture:
        fields["architecture"] = package.architecture
    if package.section:
        fields["section"] = package.section
    relations = [ObservedRelation("installed_on", to=_host_ref(facts))]
    relations += [ObservedRelation("depends_on", to=_package_ref(first[name], facts)) for name in package.needs]
    return Observation(_package_ref(package, facts), "software_package", fields, tuple(relations), ("installed_on", "depends_on"))


def _package_ref(package: Package, facts: HostFacts) -> str:
    return f"package/{facts.machine_id}/{package.name}:{package.architecture}"
