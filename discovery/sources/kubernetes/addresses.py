"""Addresses in environment values: which `host:port` a value points at. Only hosts and ports leave this file, never the value, which may
hold a password.

A URL (`amqp://user:secret@mq:5672/`) is certainly an address, and so is `host:port` where the variable's name speaks of one
(`CART_SERVICE_ADDR`). A `host:port` elsewhere (`IMAGE=redis:6`) or a bare name (`DB_HOST=postgres`) is only a hint: it counts where a
Service of that name exists.
"""

import ipaddress
import re
from dataclasses import dataclass

MAX_VALUE = 4096
"""Longer values are passed over: no address list is that long, and certificates and scripts are."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s\"']+)([^\s\"']*)")
_HOST_PORT = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)(?::([0-9]{1,5}))?$")
_LISTEN_HOSTS = frozenset({"localhost", "localhost.localdomain", "host.docker.internal"})
_ADDRESS_WORDS = frozenset(
    {
        *(
            "ADDR",
            "ADDRESS",
            "ADDRESSES",
            "BACKEND",
            "BROKER",
            "BROKERS",
            "DSN",
            "ENDPOINT",
            "ENDPOINTS",
            "HOST",
            "HOSTNAME",
            "HOSTS",
            "NODES",
        ),
        *("SERVER", "SERVERS", "SERVICE", "TARGET", "UPSTREAM", "URI", "URIS", "URL", "URLS"),
    }
)
_SECRET_WORDS = frozenset(
    {"APIKEY", "CERT", "CREDENTIAL", "CREDENTIALS", "HASH", "KEY", "PASS", "PASSWD", "PASSWORD", "SALT", "SECRET", "TOKEN"}
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a value points. `certain` tells an address from a mere hint; `port` 0 means none was given."""

    host: str
    port: int
    certain: bool


def addresses_of(variable: str, value: str) -> list[Address]:
    """The addresses in the value of an environment variable, in order, without those of the machine itself."""
    if not value or len(value) > MAX_VALUE:
        return []
    words = _words(variable)
    if "://" in value:
        found = [_address(part, certain=True) for authority, rest in _URL.findall(value) for part in _hosts(authority, rest)]
    elif words & _SECRET_WORDS:
        return []
    else:
        named = bool(words & _ADDRESS_WORDS)
        parts = re.split(r"[,;\s]+", value.strip())
        found = [_address(part, certain=named and ":" in part) for part in parts if named or ":" in part]
    unique: dict[tuple[str, int], Address] = {}
    for address in found:
        if address is not None:
            unique.setdefault((address.host, address.port), address)
    return list(unique.values())


def is_secret_name(variable: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return bool(_words(variable) & _SECRET_WORDS)


def _words(variable: str) -> set[str]:
    return {word for word in re.split(r"[^A-Z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", variable).upper()) if word}


def _hosts(authority: str, rest: str) -> list[str]:
    """The `host[:port]` parts of a URL's authority. A password with a slash in it would pass for a host: then there are none."""
    if "@" in rest and "@" not in authority:
        return []
    return authority.rsplit("@", 1)[-1].split(",")


def _address(part: str, *, certain: bool) -> Address | None:
    match = _HOST_PORT.match(part)
    if match is None:
        return None
    host, port = match[1].strip("[]").lower(), int(match[3] or 0)
    if port > 65535 or len(host) > 253 or _is_local(host) or not re.search("[a-z:]|^[0-9.]+$", host):
        return None
    return Address(host, port, certain)


def _is_local(host: str) -> bool:
    """Whether the host is the container itself, or an address to listen on."""
    if host in _LISTEN_HOSTS:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()  # `8080`, `1.5`: a number is no host
    return address.is_loopback or address.is_unspecified or address.is_link_local


def service_candidates(host: str, namespace: str) -> list[tuple[str, str]]:
    """The Services (`namespace`, `name`) a host may name from inside `namespace`, most likely first (Kubernetes DNS specification 1.1.0,
    section 2).

    `db`, `db.shop`, `db.shop.svc[.any.domain]`, and a pod of a StatefulSet before each: `db-0.db`, `db-0.db.shop.svc`.
    """
    parts = host.rstrip(".").split(".")
    if "svc" in parts[2:4]:
        parts = parts[: parts.index("svc", 2)]
        return [(parts[-1], parts[-2])]
    if len(parts) == 1:
        return [(namespace, parts[0])]
    if len(parts) == 2:
        return [(parts[1], parts[0]), (namespace, parts[1])]
    return [(parts[2], parts[1])] if len(parts) == 3 else []
