"""The pages: files of `web/` as they are, and the way from `/` to the first of them."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Pages(StaticFiles):
    """Files that browsers keep but ask about each time (`ETag`), so that a page never mixes modules of two versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers.setdefault("Cache-Control", "no-cache")
        return answer


def web_dir() -> Path | None:
    """`web/` of the checkout, or what a wheel carries; None where neither is."""
    here = Path(__file__).parents[1]
    return next((place for place in (here.parent / "web", here / "static") if place.is_dir()), None)


def mount_pages(app: FastAPI) -> None:
    """Serves `web/` under its own names. Until there is a start page, `/` leads to GraphiQL."""
    folder = web_dir()
    has_start = folder is not None and (folder / "index.html").is_file()

    if not has_start:

        @app.get("/", include_in_schema=False)
        def start() -> RedirectResponse:
            return RedirectResponse("/graphiql/", status_code=303)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> RedirectResponse:
        """Asked for by browsers of their own accord, on pages that are no HTML."""
        return RedirectResponse("/icon.svg", status_code=308)

    if folder is not None:
        app.mount("/", Pages(directory=folder, html=True), name="pages")
