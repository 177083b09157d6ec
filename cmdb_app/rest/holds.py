"""Held plans: what waits for a person, and the person's decision (requirement 9.1-10)."""

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from change_gate.verdicts import HeldPlan, HoldState
from cmdb_app.rest.callers import TheCaller, TheReader, TheServices

router = APIRouter(tags=["holds"])


class Release(BaseModel):
    """Why a held plan may go through; for an ambiguous one also whose it is."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=3, max_length=2000)
    choice: str | None = Field(None, max_length=64, description="The id of the item an ambiguous observation speaks of, or `new`")


class Reject(BaseModel):
    """Why a held plan may not go through."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=3, max_length=2000)


@router.get("/holds")
def list_holds(
    services: TheServices,
    _: TheReader,
    state: Annotated[HoldState, Query()] = HoldState.OPEN,
    after: Annotated[str | None, Query(max_length=64)] = None,
    first: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Held plans in the order they were filed."""
    holds = [hold_body(hold) for hold in services.door.holds(state=state, after=after, first=first)]
    return _json({"holds": holds, "next": holds[-1]["id"] if len(holds) == first else None})


@router.get("/holds/{hold_id}")
def get_hold(hold_id: str, services: TheServices, _: TheReader) -> Response:
    """One held plan."""
    return _json(hold_body(services.door.hold(hold_id)))


@router.post("/holds/{hold_id}/release")
def release_hold(hold_id: str, body: Release, services: TheServices, actor: TheCaller) -> Response:
    """Let it through. Needs a role that may, and never the one who asked for it."""
    result = services.door.release(hold_id, actor, body.reason, body.choice)
    services.nudge()
    return _json(result.body())


@router.post("/holds/{hold_id}/reject")
def reject_hold(hold_id: str, body: Reject, services: TheServices, actor: TheCaller) -> Response:
    """Turn it down."""
    return _json(hold_body(services.door.reject(hold_id, actor, body.reason)))


def hold_body(hold: HeldPlan) -> dict[str, Any]:
    """Plain JSON of a held plan."""
    found = asdict(hold)
    found["content"] = dict(hold.content)
    return found


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value, default=str), media_type="application/json")
