"""Which software instances run on a host and which needs which, from its sockets. Pure.

- Processes that hold the same listening socket are one instance (a master and its workers).
- An instance is named by its program and its lowest lasting port: `redis-server:6379`. Ports from the range the kernel hands out by
  itself change with every start: they are not recorded, and instances that have no others are told apart by program and user only.
- A process with a connection to a listening process of the same host needs it. Which side listens decides the direction: the one whose
  local port is one it listens on has accepted the connection. A process that only connects is an instance without ports.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from discovery.sources.host.model import Address, HostFacts, Process, Socket

_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- compared with, not bound to


@dataclass
class Instance:
    """One running program. `needs` are the keys of instances on this host it is connected to, `reaches` far ends elsewhere."""

    key: str
    name: str
    executable: str
    user: str
    ports: set[int] = field(default_factory=set)
    listens_on: set[str] = field(default_factory=set)  # tcp/0.0.0.0:443
    listens: bool = False
    needs: set[str] = field(default_factory=set)
    reaches: set[Address] = field(default_factory=set)


def instances_of(facts: HostFacts) -> list[Instance]:
    """The instances of a host, sorted by key. Sockets whose process is not known are passed over."""
    groups = _groups(facts)
    found: dict[str, Instance] = {}
    instance_of: dict[int, Instance] = {}
    for pids in groups:
        made = _instance(facts, pids)
        instance = found.setdefault(made.key, made)
        instance.ports |= made.ports
        instance.listens_on |= made.listens_on
        instance.listens |= made.listens
        instance_of |= dict.fromkeys(pids, instance)
    for client, target in _connections(facts):
        source = instance_of[client]
        if isinstance(target, Address):
            source.reaches.add(target)
        elif instance_of[target] is not source:
            source.needs.add(instance_of[target].key)
    return sorted(
        (one for one in found.values() if one.listens or one.needs or one.reaches or _is_needed(one, found)), key=lambda one: one.key
    )


def _is_needed(instance: Instance, found: dict[str, Instance]) -> bool:
    return any(instance.key in other.needs for other in found.values())


def _groups(facts: HostFacts) -> list[list[int]]:
    """Processes with sockets, those that share a listening socket together; lists and the list of them are sorted."""
    leader: dict[int, int] = {}

    def top(pid: int) -> int:
        while leader[pid] != pid:
            pid = leader[pid]
        return pid

    holder: dict[tuple[str, Address], int] = {}
    for socket in facts.sockets:
        if socket.pid is None or socket.pid not in facts.processes:
            continue
        leader.setdefault(socket.pid, socket.pid)
        if socket.remote is None:
            first = holder.setdefault((socket.protocol, socket.local), socket.pid)
            low, high = sorted((top(first), top(socket.pid)))
            leader[high] = low
    groups: dict[int, list[int]] = {}
    for pid in sorted(leader):
        groups.setdefault(top(pid), []).append(pid)
    return list(groups.values())


def _instance(facts: HostFacts, pids: list[int]) -> Instance:
    first: Process = facts.processes[pids[0]]
    listening = [socket for socket in facts.sockets if socket.pid in pids and socket.remote is None and _serves(socket, facts)]
    lasting = {socket.local.port for socket in listening if socket.local.port < facts.ephemeral_from}
    shown = {f"{one.protocol}/{_shown(one.local)}" for one in listening if one.local.port in lasting}
    key = f"{first.name}:{min(lasting)}" if lasting else f"{first.name}@{first.user}" if first.user else first.name
    return Instance(key, first.name, first.executable, first.user, lasting, shown, bool(listening))


def _shown(address: Address) -> str:
    return f"[{address.ip}]:{address.port}" if ":" in address.ip else f"{address.ip}:{address.port}"


def _serves(socket: Socket, facts: HostFacts) -> bool:
    """TCP sockets that listen, and UDP ones on a lasting port: an open UDP socket on a handed-out port is a client's."""
    return socket.protocol == "tcp" or socket.local.port < facts.ephemeral_from


def _connections(facts: HostFacts) -> Iterator[tuple[int, int | Address]]:
    """(process that connects, process it is connected to or the far end) of each connection, server sides left out."""
    listeners: dict[tuple[str, int], int] = {}
    listening: set[tuple[int, int]] = set()
    for socket in facts.sockets:
        if socket.remote is None and socket.pid in facts.processes and socket.pid is not None and socket.protocol == "tcp":
            ip = "*" if socket.local.ip in _ANY else socket.local.ip
            listeners.setdefault((ip, socket.local.port), socket.pid)
            listening.add((socket.pid, socket.local.port))
    ours = {"127.0.0.1", "::1", *facts.ip_addresses}
    for socket in facts.sockets:
        pid, remote = socket.pid, socket.remote
        if remote is None or pid is None or pid not in facts.processes or (pid, socket.local.port) in listening:
            continue
        if remote.ip not in ours and not remote.ip.startswith("127."):
            if (
                socket.protocol == "tcp"
                and ("*", socket.local.port) not in listeners
                and (socket.local.ip, socket.local.port) not in listeners
            ):
                yield pid, remote
            continue
        server = listeners.get((remote.ip, remote.port), listeners.get(("*", remote.port)))
        if server is not None:
            yield pid, server
