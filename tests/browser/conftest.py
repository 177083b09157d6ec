"""One server with the demo estate and one Chromium for all tests of the pages. A page that asks another server, or reports an error of
its own, fails the test that opened it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.support.engines import Missing
from tests.support.pages import item_id
from tests.support.serving import Serving
from tools.provide import ChromiumNotPossible, Machine, provide_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def chromium(missing: Missing) -> str:
    """The program; skips where none can be had."""
    try:
        return provide_chromium(Machine(lambda _: 1, shutil.which, is_root=False))  # nothing is installed in the middle of a test run
    except ChromiumNotPossible as problem:
        missing.skip("Chromium", str(problem))
        raise AssertionError("skip() always raises") from problem


@pytest.fixture(scope="session")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """`cmdb serve --demo` as a user runs it."""
    serving = Serving(tmp_path_factory.mktemp("site") / "data")
    try:
        serving.start("--demo")
        yield serving
        serving.stop()
    finally:
        serving.kill()


@pytest.fixture(scope="session")
def session_state(chromium: str, site: Serving) -> Any:
    """The cookie of the one-time link that was printed at the start."""
    with launched(chromium) as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(site.link)
        assert page.url == f"{site.url}/"
        return context.storage_state()


@pytest.fixture(scope="module")
def browser(chromium: str, session_state: Any) -> Iterator["Browser"]:
    """A real Chromium, one for a file: Playwright keeps an event loop running in the main thread, and other files run loops of their own.

    Depends on `session_state` so that the one Playwright has ended before the other begins: a thread has place for one.
    """
    with launched(chromium) as found:
        yield found


@contextmanager
def launched(program: str) -> Iterator["Browser"]:
    """A browser that is closed afterwards, and Playwright with it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def open_page(browser: "Browser", site: Serving) -> Iterator[Callable[..., "Page"]]:
    """Opens pages and watches what they ask and say."""
    outside: list[str] = []
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def watched(url: str) -> bool:
        return url.startswith((f"{site.url}/", "data:", "blob:"))

    def at_fault(said: Any) -> bool:
        refused = "401" in said.text and urlsplit(said.location["url"]).path == "/sign-in"  # as it must be
        return said.type == "error" and not refused

    def opened(**options: Any) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "base_url": site.url, **options})
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("request", lambda request: None if watched(request.url) else outside.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(f"{said.text} {said.location['url']}") if at_fault(said) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert outside == [], "a page asked another server"
    assert faults == []


@pytest.fixture
def page(open_page: Callable[..., "Page"], session_state: Any) -> "Page":
    """A page of somebody who is signed in."""
    return open_page(storage_state=session_state)


@pytest.fixture
def payments(page: "Page") -> "Page":
    """The blast radius with payments-primary down."""
    page.goto("/")
    page.goto(f"/#/impact?roots={item_id(page, 'payments-primary', 'database')}:DOWN")
    page.get_by_role("heading", name="What breaks if payments-primary is down").wait_for()
    page.locator(".board canvas").wait_for()
    return page
