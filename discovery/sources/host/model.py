"""Values of the host source: its settings, and the facts read from one machine. Facts are plain values, so that parsing them is pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SOURCE_NAME = "host"


@dataclass(frozen=True, slots=True)
class HostConfig:
    """What to look at. `packages` adds the installed Debian packages, `remote` the far ends of connections as endpoints.

    `location` and `owner` are claimed for the host where given.
    """

    packages: bool = False
    remote: bool = False
    location: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An address and port; `ip` is `0.0.0.0` or `::` for every address of the machine. IPv4 in IPv6 is IPv4."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class Socket:
    """One TCP or UDP socket. `remote` None marks one that listens; `pid` None one whose process may not be seen."""

    protocol: str  # tcp, udp
    local: Address
    remote: Address | None
    pid: int | None


@dataclass(frozen=True, slots=True)
class Process:
    """What is kept of a process: never its arguments or environment, which may hold secrets. `name` already names the program that an
    interpreter runs (see `names.program_name`)."""

    pid: int
    name: str
    executable: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A mounted file system; sizes in bytes."""

    mount_point: str
    device: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One machine at one time. Empty values mean "could not be read", never "there is none"."""

    machine_id: str
    hostname: str
    fqdn: str = ""
    serial_number: str = ""
    vendor: str = ""
    model: str = ""
    system_uuid: str = ""
    hypervisor: str = ""  # what runs the machine, where something does: kvm, vmware, hyper-v, xen, a cloud
    container: bool = False
    operating_system: str = ""
    os_version: str = ""
    kernel: str = ""
    architecture: str = ""
    cpu_model: str = ""
    cpu_count: int = 0
    memory: int = 0  # bytes
    mac_addresses: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    file_systems: tuple[FileSystem, ...] = ()
    sockets: tuple[Socket, ...] = ()
    processes: Mapping[int, Process] = field(default_factory=dict)
    ephemeral_from: int = 32768
    sees_all: bool = True  # whether sockets of all processes could be told apart

    @property
    def scope(self) -> str:
        """The part of the world these facts speak of."""
        return f"host:{self.machine_id}"
