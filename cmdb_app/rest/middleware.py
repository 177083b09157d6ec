"""What every request passes: an id, the access log and the metrics; the size limit; the response headers that protect browsers."""

import logging
import re
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cmdb.kernel.courtesy import Courtesy
from cmdb.kernel.ids import new_id
from cmdb_app.rest.metrics import Metrics
from cmdb_app.rest.problems import BodyTooLarge, respond

_access = logging.getLogger("cmdb.access")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")

_PROTECTION: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; worker-src 'self' blob:; "
        "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
}


class RequestContext:
    """Gives each request an id (the caller's `X-Request-Id` if it is a plain one), logs one line for it, counts it, and is known to be here
    to those who work long (`courtesy`)."""

    def __init__(self, app: ASGIApp, metrics: Metrics, courtesy: Courtesy) -> None:
        self._app = app
        self._metrics = metrics
        self._courtesy = courtesy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.match(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        started, status, size = time.perf_counter(), 500, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in _PROTECTION.items():
                    headers.setdefault(name, value)
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            with self._courtesy.present():
                await self._app(scope, receive, watch)
        finally:
            self._tell(scope, request_id, status, size, time.perf_counter() - started)

    def _tell(self, scope: Scope, request_id: str, status: int, size: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        self._metrics.request(scope["method"], route, status, seconds)
        actor = scope.get("state", {}).get("actor")
        _access.info(
            "%s %s %d",
            scope["method"],
            scope["path"],
            status,
            extra={
                "request_id": request_id,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "bytes": size,
                "actor": actor.name if actor else None,
                "client": (scope.get("client") or ("",))[0],
            },
        )


class BodyLimit:
    """Refuses a body that is larger than its address accepts: at once where the length is told, else when the limit is passed."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._limit)
        told = Headers(scope=scope).get("content-length", "")
        refusal = BodyTooLarge(f"the body is larger than {limit} bytes, the limit here", limit=limit)
        if told.isdigit() and int(told) > limit:
            await respond(refusal, scope)(scope, receive, send)
            return
        seen = 0

        async def count() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
            if seen > limit:
                raise HTTPException(413, refusal.detail)  # the framework lets its own exceptions through where it reads bodies
            return message

        await self._app(scope, count, send)
