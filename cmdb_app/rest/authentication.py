"""Nobody comes in unknown: every address needs credentials but those listed as open (design 9).

Bearer tokens (ours begin with `cmdb_`, all others are the OpenID Connect issuer's) or the session cookie. A cookie travels with requests
that another site's page makes, so with a cookie anything but reading must come from our own pages: `Sec-Fetch-Site` or `Origin` say so.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import anyio
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cmdb.kernel.errors import CmdbError, Unauthenticated
from cmdb.model.actor import Actor
from cmdb_app.access.errors import CrossSiteRequest
from cmdb_app.access.model import TOKEN_PREFIX
from cmdb_app.rest.problems import respond

SESSION_COOKIE = "cmdb_session"
_READING = ("GET", "HEAD", "OPTIONS")

Check = Callable[[str], Actor]


class Authentication:
    """Puts the caller into `scope["state"]["actor"]` or refuses. `session`, `token` and `issuer` tell who a secret speaks for."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        session: Check,
        token: Check,
        issuer: Check | None,
        open_paths: Sequence[str],
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._session = session
        self._token = token
        self._issuer = issuer
        self._open = tuple(open_paths)
        self._origins = frozenset(origins)
        self._turns: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            actor = await self._caller(connection)
        except CmdbError as refusal:
            await self._refuse(refusal, connection, receive, send)
            return
        scope.setdefault("state", {})["actor"] = actor
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return any(path == one or (one.endswith("/") and path.rpartition("/")[:2] == (one[:-1], "/")) for one in self._open)

    async def _caller(self, connection: HTTPConnection) -> Actor:
        kind, _, secret = connection.headers.get("authorization", "").partition(" ")
        if kind:
            if kind.lower() != "bearer" or not secret.strip():
                raise Unauthenticated("send `Authorization: Bearer TOKEN`; other schemes are not known here")
            return await self._in_thread(self._check_of(secret.strip()), secret.strip())
        cookie = connection.cookies.get(SESSION_COOKIE)
        if not cookie:
            raise Unauthenticated("send `Authorization: Bearer TOKEN`, or sign in with a browser at /sign-in")
        if connection.scope["type"] == "websocket" or connection.scope["method"] not in _READING:
            check_same_site(connection.headers, self._origins)
        return await self._in_thread(self._session, cookie)

    def _check_of(self, secret: str) -> Check:
        if self._issuer is not None and not secret.startswith(TOKEN_PREFIX):
            return self._issuer
        return self._token

    async def _in_thread(self, check: Check, secret: str) -> Actor:
        if self._turns is None:  # places of their own: sign-in must not wait behind heavy queries
            self._turns = anyio.CapacityLimiter(8)
        return await to_thread.run_sync(check, secret, limiter=self._turns)

    async def _refuse(self, refusal: CmdbError, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        scope = connection.scope
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401 if refusal.status == 401 else 4403, "reason": refusal.title})
            return
        wants_page = scope["method"] == "GET" and "text/html" in connection.headers.get("accept", "")
        if wants_page and refusal.status == 401:
            await RedirectResponse("/sign-in", status_code=303)(scope, receive, send)
            return
        await respond(refusal, scope)(scope, receive, send)


def check_same_site(headers: Headers, origins: frozenset[str]) -> None:
    """Raises `CrossSiteRequest` unless the browser says that the request comes from one of our own pages."""
    site = headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return
    origin = headers.get("origin")
    if site is None and origin is not None and (origin in origins or urlsplit(origin).netloc == headers.get("host")):
        return
    raise CrossSiteRequest("with a session cookie, only this server's own pages may change anything; programs use a token")
