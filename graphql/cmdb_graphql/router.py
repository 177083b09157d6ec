"""GraphQL over HTTP at `/graphql`, after the GraphQL-over-HTTP specification.

- `POST` with `application/json`: `query`, `variables`, `operationName`, `extensions`. One operation each; batching is off.
- `GET` with the same as parameters: queries only (405 otherwise), so that no link can alter anything.
- `Accept: application/graphql-response+json` gives real status codes (400 where nothing ran); `application/json` gives 200 for every
  well-formed request, as the specification asks for the older type. A request that is refused before (media type, sign-in) has its own
  status either way.
- `Accept: text/event-stream`: subscriptions (and everything else) as server-sent events, `next` for each result and `complete` at the end.
- WebSocket with the protocol `graphql-transport-ws`: the same (`cmdb_graphql.websocket`).

Only `application/json` is taken as a body, which no form of a foreign page can send: with the session cookie's SameSite this keeps other
sites out. Operations run in worker threads (`cmdb_graphql.turns` has the rules); the loop stays free. Who hangs up while waiting for a
thread is not served any more: a thread is for those who still listen. One who hangs up later is noticed, and the operation ends at the next
of the many things it tries; a single evaluation or statement is not broken off, its answer is thrown away.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

import orjson
from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.websockets import WebSocket

from cmdb.kernel.courtesy import Courtesy
from cmdb.kernel.errors import CmdbError
from cmdb_graphql import runner
from cmdb_graphql.context import Context
from cmdb_graphql.errors import (
    BodyTooLong,
    MediaTypeRefused,
    NotAcceptable,
)
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.operations import NamedOperation
from cmdb_graphql.turns import Turns
from cmdb_graphql.websocket import serve
from cmdb_graphql.wire import JSON_TYPE, STREAM_TYPE, decode, dump, negotiated, read

CLIENT_GONE = 499
"""The status of an answer that nobody hears, for the log (nginx's habit)."""

LONG_BODY = 64_000
"""Bytes from which a body is decoded off the loop: two megabytes would hold up everybody for a moment."""

ContextFactory = Callable[[Any], Context | Awaitable[Context]]  # of the HTTP request or the WebSocket


def graphql_router(
    holder: SchemaHolder,
    context_factory: ContextFactory,
    operations: tuple[NamedOperation, ...] = (),
    *,
    threads: int = 8,
    page: str = "/graphiql/",
    courtesy: Courtesy | None = None,
) -> APIRouter:
    """The router. `context_factory` gives the operation's context or raises a `CmdbError` (401); `operations` are listed at
    `/graphql/operations`; a browser that opens `/graphql` is sent to `page`. `courtesy` knows the requests that are
    here, so that long operations let short ones pass."""
    turns = Turns(threads, holder.limits.seconds, courtesy or Courtesy())
    endpoint = _Endpoint(holder, context_factory, turns, page)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/graphql", endpoint.get, methods=["GET"])
    router.add_api_route("/graphql", endpoint.post, methods=["POST"])
    listed = orjson.dumps([one.body() for one in operations])

    def named_operations() -> Response:
        return Response(listed, media_type=JSON_TYPE)

    async def socket(socket: WebSocket) -> None:
        await serve(socket, holder, context_factory, turns)

    router.add_api_websocket_route("/graphql", socket)
    router.add_api_route("/graphql/operations", named_operations, methods=["GET"])
    return router


class _Endpoint:
    def __init__(self, holder: SchemaHolder, context_factory: ContextFactory, turns: Turns, page: str) -> None:
        self._holder = holder
        self._context = context_factory
        self._turns = turns
        self._page = page

    async def get(self, request: Request) -> Response:
        parameters = request.query_params
        if "query" not in parameters and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(self._page, status_code=303)
        found: dict[str, Any] = {"query": parameters.get("query"), "operationName": parameters.get("operationName")}
        try:
            for name in ("variables", "extensions"):
                if name in parameters:
                    found[name] = decode(parameters[name].encode())
            return await self._answer(request, read(found, read_only=True))
        except CmdbError as error:
            return _refused(request, error)

    async def post(self, request: Request) -> Response:
        try:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
                raise MediaTypeRefused(f"send the body as {JSON_TYPE}")
            body = await _body(request, self._holder.limits.body_bytes)
            decoded = decode(body) if len(body) < LONG_BODY else await to_thread.run_sync(decode, body)
            return await self._answer(request, read(decoded, read_only=False))
        except CmdbError as error:
            return _refused(request, error)

    async def _answer(self, request: Request, asked: runner.Request) -> Response:
        media_type = negotiated(request.headers.get("accept", ""))
        found = self._context(request)
        context = await found if isawaitable(found) else found
        if media_type == STREAM_TYPE:
            return StreamingResponse(self._stream(asked, context), media_type=STREAM_TYPE, headers={"cache-control": "no-store"})
        with _watched(request, context):
            done = await self._turns.take(context, lambda only_short: self._work(asked, context, media_type, only_short))
        if done is None:
            return Response(status_code=CLIENT_GONE)
        content, status = done
        headers = {"allow": "POST"} if status == 405 else None
        return Response(content, status_code=status, media_type=f"{media_type}; charset=utf-8", headers=headers)

    def _work(self, asked: runner.Request, context: Context, media_type: str, only_short: bool) -> tuple[bytes, int]:
        answer = runner.run(self._holder.current(), asked, context, only_short)
        legacy = media_type == JSON_TYPE and answer.status == 400
        return dump(answer.body), 200 if legacy else answer.status

    async def _stream(self, asked: runner.Request, context: Context) -> AsyncIterator[bytes]:
        built = await to_thread.run_sync(self._holder.current)
        async for body in runner.events(built, asked, context, self._turns):
            yield b"event: next\ndata: " + dump(body) + b"\n\n"
        yield b"event: complete\ndata:\n\n"


@contextmanager
def _watched(request: Request, context: Context) -> Iterator[None]:
    """Meanwhile a client that hangs up abandons the operation. The body must have been read."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        context.stop.abandon()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _refused(request: Request, error: CmdbError) -> Response:
    """A refusal before anything ran, in the form of a GraphQL response."""
    try:
        media_type = negotiated(request.headers.get("accept", ""))
    except NotAcceptable:
        media_type = JSON_TYPE
    if media_type == STREAM_TYPE:
        media_type = JSON_TYPE
    answer = runner.refused(error)
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else None
    return Response(dump(answer.body), status_code=error.status, media_type=f"{media_type}; charset=utf-8", headers=headers)


async def _body(request: Request, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLong(f"a GraphQL request has at most {limit:,} bytes", limit=limit)
        parts.append(part)
    return b"".join(parts)
