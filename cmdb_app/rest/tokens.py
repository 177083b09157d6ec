"""Tokens, for administrators. A secret is told once, in the answer that makes it."""

from datetime import timedelta
from typing import Any

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from cmdb.model.actor import Role
from cmdb_app.access.model import Token
from cmdb_app.rest.callers import TheAdministrator, TheCaller, TheServices

router = APIRouter(tags=["access"])


class NewToken(BaseModel):
    """What the token shall be able to do, and for how long."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=63)
    roles: set[Role] = Field(min_length=1)
    source: str | None = Field(None, max_length=100, description="The one source an agent may write as")
    user: str | None = Field(None, max_length=63, description="The person the token acts for")
    days: float | None = Field(90, gt=0, le=3660, description="Days until it expires; null: until revoked")


@router.get("/tokens")
def list_tokens(services: TheServices, _: TheAdministrator) -> Response:
    """All tokens, also those that are over; never their secrets."""
    return _json({"tokens": [token_body(token) for token in services.access.tokens()]})


@router.post("/tokens", status_code=201)
def create_token(body: NewToken, services: TheServices, actor: TheAdministrator) -> Response:
    """Make a token; `secret` is told now and never again."""
    lifetime = timedelta(days=body.days) if body.days else None
    token, secret = services.access.create_token(body.name, body.roles, actor, source=body.source, user=body.user, lifetime=lifetime)
    return _json({**token_body(token), "secret": secret}, 201)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: str, services: TheServices, actor: TheAdministrator) -> Response:
    """End a token at once."""
    services.access.revoke_token(token_id, actor)
    return Response(status_code=204)


@router.get("/me")
def me(actor: TheCaller) -> Response:
    """Who I am here, and with which roles."""
    return _json({"name": actor.name, "roles": sorted(actor.roles), "source": actor.source})


def token_body(token: Token) -> dict[str, Any]:
    """Plain JSON of a token."""
    return {
        "id": token.id,
        "name": token.name,
        "roles": sorted(token.roles),
        "source": token.source,
        "user": token.user,
        "created": token.created,
        "created_by": token.created_by,
        "expires": token.expires,
        "revoked": token.revoked,
        "revoked_by": token.revoked_by,
        "last_used": token.last_used,
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), media_type="application/json", status_code=status)
