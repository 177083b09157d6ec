"""Users, tokens and sessions as the graph keeps them. Secrets are never kept, only what they are checked against."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from cmdb.model.actor import Actor, Role
from cmdb_app.access.errors import BadCredentialRequest

TOKEN_PREFIX = "cmdb_"  # noqa: S105 - the public prefix secret scanners look for
NAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{0,62}$")


@dataclass(frozen=True, slots=True)
class User:
    """A local user. `password` is an argon2id hash, empty where only links (or OpenID Connect) let the user in."""

    name: str
    roles: frozenset[Role]
    password: str
    disabled: bool
    created: str

    def actor(self) -> Actor:
        return Actor(self.name, self.roles)


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. `source` is the one source an agent may write as; `user` the person it acts for, if any."""

    id: str
    name: str
    roles: frozenset[Role]
    source: str | None
    user: str | None
    created: str
    created_by: str
    expires: str | None
    revoked: str | None
    revoked_by: str | None
    last_used: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser."""

    user: str
    created: str
    expires: str


def new_secret(prefix: str = "") -> str:
    """256 random bits as URL-safe text behind `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def secret_digest(secret: str) -> str:
    """What is kept of a secret of high entropy: its sha256. (argon2 is for passwords, which people choose.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_name(name: str, what: str) -> None:
    """Refuses names that could be mistaken for others or break a log line."""
    if not NAME.match(name):
        raise BadCredentialRequest(f"{what} {name[:80]!r}: use 1 to 63 of a-z 0-9 . _ @ - and begin with a letter or digit", rule="name")


def check_roles(roles: frozenset[Role], source: str | None) -> None:
    """Agents have exactly one source and no other role; nobody else has a source (requirement 9.1-10: control of who alters what)."""
    if not roles:
        raise BadCredentialRequest("give at least one role: " + ", ".join(Role), rule="roles")
    if Role.AGENT in roles and (len(roles) > 1 or not source):
        raise BadCredentialRequest("an agent has the role agent alone and is bound to one source", rule="agent")
    if Role.AGENT not in roles and source:
        raise BadCredentialRequest("only agents are bound to a source", rule="source")
