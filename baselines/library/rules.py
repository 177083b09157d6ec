"""What a check of the library may reach: a program that fetches what a record names must not become a way into the house.

Files lie below the folders the operator names, links followed before that is asked. HTTPS only, at every hop; addresses that are not public
are refused unless the operator names the host; the address that was looked at is the one that is connected to, so that a name cannot change
its mind in between. Sizes and times are bounded.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class LibraryRules:
    """`folders`: where files may lie. `hosts`: the only hosts that may be asked (empty: every public one). `private_hosts`: hosts that may
    have addresses that are not public. `max_bytes` and `seconds` bound one check."""

    folders: tuple[Path, ...] = ()
    hosts: frozenset[str] = frozenset()
    private_hosts: frozenset[str] = frozenset()
    max_bytes: int = 2_000_000_000
    seconds: float = 300.0


class Refused(Exception):
    """The place is none the rules allow."""


class Unreachable(Exception):
    """The place did not answer, or not with the thing."""


class Missing(Exception):
    """The place answered that it has no such thing."""


@dataclass(slots=True)
class Deadline:
    """How long a check may still take."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds left. Raises `Unreachable` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unreachable(f"took longer than {self.seconds:g} seconds")
        return left


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine resolves it. Raises `Unreachable`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise Unreachable(f"{host} has no address: {problem.strerror or problem}") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def checked_address(rules: LibraryRules, host: str, port: int, resolve: Resolve) -> str:
    """The address to connect to. Raises `Refused` where the host or one of its addresses is not allowed."""
    name = host.lower().rstrip(".")
    if rules.hosts and name not in rules.hosts and name not in rules.private_hosts:
        raise Refused(f"{name} is none of the hosts that may be asked (CMDB_LIBRARY_HOSTS)")
    found = resolve(name, port)
    if not found:
        raise Unreachable(f"{name} has no address")
    if name not in rules.private_hosts:
        for one in found:
            if not is_public(one):
                which = "is an address" if one == name else f"has the address {one},"
                raise Refused(f"{name} {which} that is not public; name it in CMDB_LIBRARY_PRIVATE_HOSTS to allow it")
    return found[0]


def is_public(text: str) -> bool:
    """Whether an address is one of the open Internet, also where it is wrapped in another (mapped, 6to4, Teredo, NAT64)."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
