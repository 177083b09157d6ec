"""Every refusal is a problem document (RFC 9457, `application/problem+json`) with a stable `code`, whatever raised it."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from cmdb.kernel.errors import CmdbError, InvalidInput, NotFound
from cmdb_graphql.router import CLIENT_GONE

_log = logging.getLogger("cmdb.api")
MEDIA_TYPE = "application/problem+json"


class BodyTooLarge(CmdbError):
    """The request's body is larger than this address accepts."""

    code = "body-too-large"
    status = 413
    title = "The body is too large"


class UnsupportedMedia(CmdbError):
    """The body's content type (or content encoding) is not one this address reads."""

    code = "unsupported-media-type"
    status = 415
    title = "This content type is not read here"


class MethodNotAllowed(CmdbError):
    """The address exists and does not know this method; `Allow` names those it knows."""

    code = "method-not-allowed"
    status = 405
    title = "This method is not known here"


class RequestInvalid(InvalidInput):
    """A parameter or member of the request is missing or breaks a rule; `errors` names each."""

    code = "invalid-request"
    status = 422
    title = "The request is not valid"


class NoSuchAddress(NotFound):
    """No page or resource has this path."""

    code = "no-such-address"
    title = "There is nothing at this address"


def respond(error: CmdbError, scope: Mapping[str, Any]) -> Response:
    """The error as a response, with the headers that go with its status."""
    body = {**error.problem(), "instance": scope.get("path", "")}
    request_id = scope.get("state", {}).get("request_id")
    if request_id:
        body["request_id"] = request_id
    headers = dict(_headers(error))
    return Response(orjson.dumps(body, default=str), status_code=error.status, media_type=MEDIA_TYPE, headers=headers)


def _headers(error: CmdbError) -> Mapping[str, str]:
    if error.status == HTTPStatus.UNAUTHORIZED:  # RFC 6750, section 3
        if error.code == "unauthenticated":
            return {"WWW-Authenticate": 'Bearer realm="cmdb"'}
        return {"WWW-Authenticate": f'Bearer realm="cmdb", error="invalid_token", error_description="{error.title}"'}
    if error.status in (429, 503):
        return {"Retry-After": str(error.fields.get("retry_after", 2))}
    if isinstance(error, MethodNotAllowed) and error.fields.get("allow"):
        return {"Allow": str(error.fields["allow"])}
    return {}


class InternalErrors:
    """Turns whatever nobody caught into a problem with status 500 that tells nothing of our inside; the log has it with the request id.

    A client that hangs up before its body is whole is no error of ours: whatever became of the request counts as 499, and the log has no
    more of it than that.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, body = False, _Body(receive)

        async def watch(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if body.broken:  # the framework calls it a bad request, where it reads the body itself
                    message["status"] = CLIENT_GONE
            await send(message)

        try:
            await self._app(scope, body.receive, watch)
        except Exception as problem:
            if started:
                raise
            if isinstance(problem, ClientDisconnect):
                await Response(status_code=CLIENT_GONE)(scope, receive, send)
                return
            error = (
                problem if isinstance(problem, CmdbError) else CmdbError("something failed inside; the log has it under this request id")
            )
            if error is not problem:
                _log.exception("unhandled error", extra={"request_id": scope.get("state", {}).get("request_id")})
            await respond(error, scope)(scope, receive, watch)


class _Body:
    """A request's body on its way in: whether its client hung up before it was whole."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._whole = self.broken = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.broken = not self._whole
        elif not message.get("more_body", False):
            self._whole = True
        return message


def install_problems(app: FastAPI) -> None:
    """Makes the app answer with problem documents for our errors, the framework's and validation."""

    @app.exception_handler(CmdbError)
    def _ours(request: Request, error: CmdbError) -> Response:
        if error.status >= 500:
            _log.warning("%s: %s", error.code, error.detail, extra={"request_id": request.scope.get("state", {}).get("request_id")})
        return respond(error, request.scope)

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        errors = [{"where": ".".join(str(step) for step in one["loc"]), "message": one["msg"]} for one in error.errors()]
        said = "; ".join(f"{one['where']}: {one['message']}" for one in errors[:3])
        return respond(RequestInvalid(said, errors=errors), request.scope)

    @app.exception_handler(HTTPException)
    def _framework(request: Request, error: HTTPException) -> Response:
        return respond(_translate(error, request), request.scope)


def _translate(error: HTTPException, request: Request) -> CmdbError:
    path, detail = request.url.path[:200], str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NoSuchAddress(f"there is nothing at {path}")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(f"{request.method} is not known at {path}", allow=(error.headers or {}).get("Allow", ""))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BodyTooLarge(detail)
    if error.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return UnsupportedMedia(detail)
    return InvalidInput(detail)
