"""The pages of the error codes, so that the `type` of a problem leads somewhere. They hold no secrets and are open to all."""

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from cmdb.kernel.errors import NotFound, all_errors
from cmdb_app.rest.error_pages import page_of

router = APIRouter(tags=["docs"], include_in_schema=False)

_CODE = re.compile(r"^[a-z][a-z0-9-]{0,63}$")
_PAGES = Path(__file__).parents[2] / "docs" / "errors"


class NoSuchPage(NotFound):
    """No error has this code."""

    code = "no-such-page"
    title = "There is no such page"


@router.get("/docs/errors/{code}")
def error_page(code: str, request: Request) -> Response:
    """What an error code means and what to do next: a page for browsers, Markdown for everybody else. An installation without the pages
    still tells what the code means."""
    text = _text_of(code)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(page_of(code, text), headers={"Vary": "Accept"})
    return PlainTextResponse(text, media_type="text/markdown", headers={"Vary": "Accept"})


def _text_of(code: str) -> str:
    if not _CODE.match(code):
        raise NoSuchPage("an error code is lower case letters, digits and hyphens")
    page = _PAGES / f"{code}.md"
    if page.is_file():
        return page.read_text(encoding="utf-8")
    for error in all_errors():
        if error.code == code:
            return f"# {code}\n\n{error.title}.\n\n{error.__doc__ or ''}\n"
    raise NoSuchPage(f"no error has the code {code!r}")
