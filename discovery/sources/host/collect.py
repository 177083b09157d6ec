"""Reads the facts of this machine through psutil and /proc, never as root by need: what may not be read stays empty. All understanding
is in `parse.py`.

Inside a container /etc/machine-id often comes with the image, the same for every container made from it; so there the identity is
derived from it together with the host name, which engines make unique.
"""

import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from cmdb.model.observation import Batch
from discovery.source import Listener, SourceProblem, SourceUnreadable
from discovery.sources.host.identity import hypervisor_of, identity_of, is_identifying
from discovery.sources.host.model import SOURCE_NAME, Address, FileSystem, HostConfig, HostFacts, Process, Socket
from discovery.sources.host.names import program_name
from discovery.sources.host.packages import QUERY_FORMAT, Package, parse_status
from discovery.sources.host.parse import parse, parse_packages

_VIRTUAL_INTERFACES = (
    "lo",
    "veth",
    "docker",
    "br-",
    "virbr",
    "cni",
    "flannel",
    "cali",
    "tun",
    "tap",
    "ifb",
    "dummy",
    "vnet",
    "podman",
    "zt",
    "wg",
)
_DPKG_SECONDS = 60


class HostSource:
    """The source `host`: this machine. One batch for the machine, and one for its packages where asked for."""

    name = SOURCE_NAME

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def collect(self, config: HostConfig, listener: Listener) -> Iterator[Batch]:
        """The batches. The first is complete if every process could be seen, the second if dpkg answered.

        Raises `SourceUnreadable` on a machine that has neither a machine id nor a host name.
        """
        listener.step(0, 2 if config.packages else 1, "host")
        facts = read_facts(self._root)
        if not facts.sees_all:
            detail = "some listening sockets belong to processes this user may not see; run as root to see all"
            listener.problem(SourceProblem("processes-hidden", facts.hostname, detail))
        yield Batch(SOURCE_NAME, parse(facts, config), scope=facts.scope, complete=facts.sees_all, reason="observed by the host agent")
        if config.packages:
            listener.step(1, 2, "packages")
            packages = _packages(listener)
            if packages:
                scope = f"{facts.scope}:packages"
                yield Batch(SOURCE_NAME, parse_packages(packages, facts), scope=scope, complete=True, reason="packages read from dpkg")
        listener.step(2 if config.packages else 1, 2 if config.packages else 1, "done")


def read_facts(root: Path = Path("/")) -> HostFacts:
    """The facts of this machine now. `root` is where /etc, /proc and /sys are looked for.

    Raises `SourceUnreadable` where nothing identifies the machine.
    """
    hostname = socket.gethostname().lower()
    container = _in_container(root)
    machine_id = identity_of(_read(root, "etc/machine-id") or _read(root, "var/lib/dbus/machine-id"), hostname, container=container)
    if not machine_id:
        raise SourceUnreadable("this machine has neither a machine id nor a host name: nothing would identify it")
    release = _os_release()
    sockets, sees_all = _sockets()
    dmi = {} if container else {name: _read(root, f"sys/class/dmi/id/{name}") for name in _DMI}
    macs, ips = _interfaces()
    return HostFacts(
        machine_id=machine_id,
        hostname=hostname,
        fqdn=_fqdn(hostname),
        serial_number=dmi.get("product_serial", "") if is_identifying(dmi.get("product_serial", "")) else "",
        system_uuid=dmi.get("product_uuid", "").lower() if is_identifying(dmi.get("product_uuid", "")) else "",
        vendor=dmi.get("sys_vendor", ""),
        model=dmi.get("product_name", ""),
        hypervisor=hypervisor_of(dmi.get("sys_vendor", ""), dmi.get("product_name", ""), _read(root, "proc/cpuinfo")),
        container=container,
        operating_system=release.get("NAME", platform.system()),
        os_version=release.get("VERSION_ID", platform.release() if not release else ""),
        kernel=platform.release(),
        architecture=platform.machine(),
        cpu_model=_cpu_model(root),
        cpu_count=psutil.cpu_count() or 0,
        memory=int(psutil.virtual_memory().total),
        mac_addresses=macs,
        ip_addresses=ips,
        file_systems=tuple(_file_systems()),
        sockets=sockets,
        processes=_processes({one.pid for one in sockets if one.pid is not None}),
        ephemeral_from=_ephemeral_from(root),
        sees_all=sees_all,
    )


_DMI = ("sys_vendor", "product_name", "product_serial", "product_uuid")


def _read(root: Path, path: str) -> str:
    """A small file's text without white space around it; empty where it cannot be read."""
    try:
        return (root / path).read_text("utf-8", "replace").strip()[:65536]
    except OSError:
        return ""


def _in_container(root: Path) -> bool:
    if any((root / mark).exists() for mark in (".dockerenv", "run/.containerenv")):
        return True
    groups = _read(root, "proc/1/cgroup")
    return any(word in groups for word in ("/docker", "/kubepods", "/lxc", "libpod", "containerd"))


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _fqdn(hostname: str) -> str:
    """The full name, empty where there is none of use: `getfqdn` answers `localhost` or the bare name then."""
    short = hostname.split(".", maxsplit=1)[0]
    name = socket.getfqdn().lower().rstrip(".")
    return name if "." in name and not name.startswith("localhost") and name.startswith(f"{short}.") else ""


def _cpu_model(root: Path) -> str:
    for line in _read(root, "proc/cpuinfo").splitlines():
        if line.lower().startswith(("model name", "hardware")):
            return line.partition(":")[2].strip()[:200]
    return ""


def _ephemeral_from(root: Path) -> int:
    low = _read(root, "proc/sys/net/ipv4/ip_local_port_range").split()
    return int(low[0]) if low and low[0].isdigit() else 32768


def _interfaces() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(hardware addresses, IP addresses), sorted, of interfaces that are not of this machine's own making."""
    macs: set[str] = set()
    ips: set[str] = set()
    for name, addresses in psutil.net_if_addrs().items():
        if name.startswith(_VIRTUAL_INTERFACES):
            continue
        for one in addresses:
            text = one.address.partition("%")[0].lower()
            if one.family == psutil.AF_LINK:
                macs.add(text.replace("-", ":"))
            elif not text.startswith(("127.", "fe80:", "169.254.")) and text != "::1":
                ips.add(text)
    macs -= {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}
    return tuple(sorted(mac for mac in macs if mac.count(":") == 5)), tuple(sorted(ips))


def _file_systems() -> Iterator[FileSystem]:
    """Mounted file systems on disks and shares; each device once, under its shortest mount point (the others are bind mounts)."""
    parts = sorted(psutil.disk_partitions(all=False), key=lambda part: (len(part.mountpoint), part.mountpoint))
    seen: set[str] = set()
    for part in parts:
        if part.device in seen or part.fstype in ("squashfs", "iso9660") or not Path(part.mountpoint).is_dir():
            continue
        seen.add(part.device)
        try:
            size = int(psutil.disk_usage(part.mountpoint).total)
        except OSError:
            size = 0
        yield FileSystem(part.mountpoint, part.device, part.fstype, size)


def _sockets() -> tuple[tuple[Socket, ...], bool]:
    """TCP sockets that listen or are connected and UDP sockets that are bound, and whether all listening processes could be seen."""
    try:
        connections = psutil.net_connections("inet")
    except (psutil.Error, OSError):  # macOS lets only root see those of others
        return tuple(_own_sockets()), False
    sockets = tuple(found for one in connections if (found := _socket(one, one.pid)) is not None)
    hidden = any(one.pid is None for one in sockets if one.remote is None)
    return sockets, not hidden or _is_root()


def _own_sockets() -> Iterator[Socket]:
    for process in psutil.process_iter():
        try:
            connections = process.net_connections("inet")
        except (psutil.Error, OSError):
            continue
        yield from (found for one in connections if (found := _socket(one, process.pid)) is not None)


def _socket(one: Any, pid: int | None) -> Socket | None:
    protocol = "tcp" if one.type == socket.SOCK_STREAM else "udp"
    if not one.laddr or (protocol == "tcp" and one.status not in (psutil.CONN_LISTEN, psutil.CONN_ESTABLISHED)):
        return None
    remote = _address(one.raddr) if one.raddr else None
    return Socket(protocol, _address(one.laddr), remote, pid)


def _address(pair: Any) -> Address:
    return Address(pair[0].removeprefix("::ffff:").partition("%")[0], int(pair[1]))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _processes(pids: set[int]) -> dict[int, Process]:
    found: dict[int, Process] = {}
    for pid in sorted(pids):
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                name, executable = process.name(), _allowed(process.exe) or ""
                program = program_name(name, executable, _allowed(process.cmdline) or [])
                found[pid] = Process(pid, program, executable, _allowed(process.username) or "")
        except (psutil.Error, OSError):  # it has ended, or may not be looked at
            continue
    return found


def _allowed(read: Callable[[], Any]) -> Any:
    """What `read` gives, None where this user may not see it."""
    try:
        return read()
    except (psutil.AccessDenied, OSError):
        return None


def _packages(listener: Listener) -> list[Package]:
    query = shutil.which("dpkg-query")
    if query is None:
        listener.problem(SourceProblem("no-dpkg", "packages", "this machine has no dpkg-query: its packages are not read", lost=False))
        return []
    try:
        command = [query, "--show", f"--showformat={QUERY_FORMAT}"]
        answer = subprocess.run(
            command, capture_output=True, timeout=_DPKG_SECONDS, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        )
    except (OSError, subprocess.SubprocessError) as fault:
        listener.problem(SourceProblem("dpkg-failed", "packages", f"dpkg-query did not answer: {type(fault).__name__}"))
        return []
    return parse_status(answer.stdout.decode("utf-8", "replace"))
