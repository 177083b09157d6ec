"""The ledger's log for whoever follows it (design 6): `GET /commits` page by page, `GET /commits/stream` as server-sent events.

At least once, in order, with replay from any number: an event's id is its commit's sequence number, which a client that reconnects sends
back as `Last-Event-ID`.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

from cmdb.kernel.errors import InvalidInput
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.wiring import Services

router = APIRouter(tags=["ledger"])

_PAGE = 500


@router.get("/commits")
def get_commits(
    services: TheServices, _: TheReader, after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    """Commits with a sequence number greater than `after`, oldest first. `next` is what to ask `after` with."""
    commits = [asdict(commit) for commit in services.log.after(after, limit)]
    head = services.ledger.head().seq
    body = {"commits": commits, "next": commits[-1]["seq"] if commits else after, "head": head}
    return Response(orjson.dumps(body), media_type="application/json")


@router.get("/commits/stream", response_class=EventSourceResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def stream_commits(
    request: Request,
    services: TheServices,
    _: TheReader,
    after: Annotated[int | None, Query(ge=0)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    """Commits after `after` (or `Last-Event-ID`; default: from now on) as they happen, one event each."""
    start = await _start(services, after, last_event_id)
    return EventSourceResponse(_events(request, services, start), ping=15)


async def _start(services: Services, after: int | None, last_event_id: str | None) -> int:
    if last_event_id is not None:
        if not last_event_id.isdigit():
            raise InvalidInput("Last-Event-ID is the sequence number of a commit")
        return int(last_event_id)
    if after is not None:
        return after
    head = await to_thread.run_sync(services.ledger.head)
    return head.seq


async def _events(request: Request, services: Services, cursor: int) -> AsyncIterator[ServerSentEvent]:
    while not await request.is_disconnected():
        commits: list[Any] = await to_thread.run_sync(services.log.after, cursor, _PAGE)
        for commit in commits:
            yield ServerSentEvent(data=orjson.dumps(asdict(commit)).decode(), event="commit", id=str(commit.seq))
            cursor = commit.seq
        if not commits:
            await services.follower.beyond(cursor, timeout=15.0)
