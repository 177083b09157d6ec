"""The pages of the error codes, so that the `type` of a problem leads somewhere. They hold no secrets and are open to all."""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from cmdb.kernel.errors import NotFound, all_errors

router = APIRouter(tags=["docs"], include_in_schema=False)

_CODE = re.compile(r"^[a-z][a-z0-9-]{0,63}$")
_PAGES = Path(__file__).parents[2] / "docs" / "errors"


class NoSuchPage(NotFound):
    """No error has this code."""

    code = "no-such-page"
    title = "There is no such page"


@router.get("/docs/errors/{code}", response_class=PlainTextResponse)
def error_page(code: str) -> PlainTextResponse:
    """What an error code means and what to do next. An installation without the pages still tells what the code means."""
    if not _CODE.match(code):
        raise NoSuchPage("an error code is lower case letters, digits and hyphens")
    page = _PAGES / f"{code}.md"
    if page.is_file():
        return PlainTextResponse(page.read_text(encoding="utf-8"), media_type="text/markdown")
    for error in all_errors():
        if error.code == code:
            return PlainTextResponse(f"# {code}\n\n{error.title}.\n\n{error.__doc__ or ''}\n", media_type="text/markdown")
    raise NoSuchPage(f"no error has the code {code!r}")
