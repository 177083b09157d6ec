"""The GraphiQL page in a real browser: works offline, lists the named operations, runs one, streams a subscription."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from cmdb.kernel.courtesy import Courtesy
from cmdb.model.item import ItemState
from cmdb_app.rest.metrics import Metrics
from cmdb_app.rest.middleware import RequestContext
from cmdb_graphql.context import Context
from cmdb_graphql.operations import load_operations, operations_dir
from cmdb_graphql.router import graphql_router
from tests.cmdb_graphql.rooms_in_memory import ENGINEER, MemoryReads, holder, rooms

playwright = pytest.importorskip("playwright.sync_api")
WEB = Path(__file__).parents[2] / "web"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CMDB_REQUIRE_ALL") != "1", reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page and the endpoint behind the product's own response headers."""
    reads = MemoryReads([ItemState(f"i{n}", "server", f"host-{n}", "live") for n in range(12)])
    app = FastAPI()

    def context(_: Request) -> Context:
        return Context(ENGINEER, rooms(reads))

    app.include_router(graphql_router(holder(), context, load_operations(operations_dir())))
    app.mount("/", StaticFiles(directory=WEB, html=True))
    app.add_middleware(RequestContext, metrics=Metrics(), courtesy=Courtesy())
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(100):
        if server.started:
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def test_the_page_works_offline_with_the_named_operations(address: str) -> None:
    outside: list[str] = []
    faults: list[str] = []
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else outside.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/graphiql/")
        page.get_by_role("button", name="ListItems").click()
        page.wait_for_selector(".graphiql-query-editor >> text=ListItems")
        page.get_by_label("Execute query").click()
        page.wait_for_selector(".result-window >> text=totalCount", timeout=20_000)

        page.get_by_label("Find").fill("follow")
        page.get_by_role("button", name="FollowCommits").click()
        page.wait_for_selector(".graphiql-query-editor >> text=FollowCommits")
        page.get_by_label("Execute query").click()
        page.wait_for_selector(".result-window >> text=because", timeout=20_000)
        browser.close()
    assert outside == []
    assert faults == []
