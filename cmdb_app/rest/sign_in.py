"""How a person gets a session: a one-time link, or name and password. The cookie is HttpOnly and SameSite=Lax; see `authentication.py` for
what a request with it may do."""

import re
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

import orjson
from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cmdb.kernel.errors import CmdbError, InvalidInput
from cmdb_app.access.service import AccessService
from cmdb_app.rest.authentication import SESSION_COOKIE, check_same_site
from cmdb_app.rest.callers import TheCaller, TheServices
from cmdb_app.wiring import Services

router = APIRouter(tags=["access"], include_in_schema=False)

_PAGE = Path(__file__).parent / "html" / "sign_in.html"
_PLACE = re.compile(r"<!-- ([a-z-]+) -->")


@router.get("/sign-in", response_class=HTMLResponse)
async def sign_in_page(services: TheServices, code: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """The form; with `code` of a one-time link, the session at once."""
    if code is None:
        return _page("")
    try:
        secret = await to_thread.run_sync(services.access.redeem_link, code)
    except CmdbError as refusal:
        if refusal.status != 401:
            raise
        return _page(refusal.detail, 401)
    return _signed_in(services, secret)


@router.post("/sign-in")
async def sign_in(request: Request, services: TheServices) -> Response:
    """Name and password, from the form or as JSON."""
    name, password, is_form = await _credentials(request)
    if is_form:  # a page of another site can send a form, but no JSON
        check_same_site(request.headers, services.origins())
    access: AccessService = services.access
    try:
        secret = await to_thread.run_sync(access.sign_in, name, password)
    except CmdbError as refusal:
        if is_form and refusal.status in (401, 429):
            return _page(refusal.detail, refusal.status, name)
        raise
    return _signed_in(services, secret)


@router.post("/sign-out")
async def sign_out(request: Request, services: TheServices, _: TheCaller) -> Response:
    """Ends the session."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        await to_thread.run_sync(services.access.sign_out, cookie)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


async def _credentials(request: Request) -> tuple[str, str, bool]:
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            found = orjson.loads(body)
            return str(found["name"]), str(found["password"]), False
        form = parse_qs(body.decode(), strict_parsing=True)
        return form["name"][0], form["password"][0], True
    except (ValueError, KeyError, TypeError):
        raise InvalidInput("send `name` and `password`, from the form or as a JSON object") from None


def _signed_in(services: Services, secret: str) -> Response:
    answer = RedirectResponse("/", status_code=303)
    settings = services.settings
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https:"),
        path="/",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(said: str, status: int = 200, name: str = "") -> Response:
    """The form. After a refusal it says so in a sentence and keeps the name: only the password has to be typed again."""
    sentence = f"{said[:1].upper()}{said[1:]}" + ("." if said and not said.endswith(".") else "")
    places = {"said": escape(sentence), "name": escape(name[:200]), f"focus-{'password' if name else 'name'}": " autofocus"}
    text = _PLACE.sub(lambda place: places.get(place[1], ""), _PAGE.read_text(encoding="utf-8"))
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
