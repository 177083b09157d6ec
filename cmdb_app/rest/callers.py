"""Who calls, and what the app holds: what the addresses take as parameters."""

from typing import Annotated

from fastapi import Depends, Request

from change_gate.verdicts import RoleMissing
from cmdb.model.actor import Actor, Role
from cmdb_app.wiring import Services

READERS = frozenset(Role) - {Role.AGENT}
"""Everybody who is not an agent may read: agents write what they see, and see no more than that."""


def services(request: Request) -> Services:
    """What the app was made with."""
    found: Services = request.app.state.services
    return found


def caller(request: Request) -> Actor:
    """Who signed in; `Authentication` has seen to it that there is somebody."""
    found: Actor = request.scope["state"]["actor"]
    return found


def need(actor: Actor, *roles: Role) -> None:
    """Raises `RoleMissing` unless the actor has one of the roles."""
    if not actor.has(*roles):
        names = ", ".join(sorted(role.value for role in roles))
        raise RoleMissing(f"this needs one of the roles {names}", roles=sorted(roles))


def reader(actor: Annotated[Actor, Depends(caller)]) -> Actor:
    """A caller who may read."""
    need(actor, *READERS)
    return actor


def administrator(actor: Annotated[Actor, Depends(caller)]) -> Actor:
    """A caller who may manage users, tokens and types."""
    need(actor, Role.ADMINISTRATOR)
    return actor


TheServices = Annotated[Services, Depends(services)]
TheCaller = Annotated[Actor, Depends(caller)]
TheReader = Annotated[Actor, Depends(reader)]
TheAdministrator = Annotated[Actor, Depends(administrator)]
