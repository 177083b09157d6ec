"""Signing in: by link, by password, what is said when it fails, and where one ends up."""

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.serving import Serving, clean_environment, command

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def vera(site: Serving) -> str:
    """A person with a password."""
    environment = {**clean_environment(), "CMDB_DATA_DIR": str(site.data_dir)}
    made = subprocess.run(
        command("user", "add", "vera", "--role", "viewer", "--password"), input=f"{PASSWORD}\n", env=environment, text=True, timeout=120
    )
    assert made.returncode == 0
    return "vera"


def test_a_link_signs_in_once(open_page: Callable[..., Any], site: Serving, session_state: Any) -> None:
    page = open_page(storage_state=session_state)
    page.goto("/")
    page.get_by_role("heading", name="What do you want to know about?").wait_for()
    stranger = open_page()
    stranger.goto(site.link)  # used up by the fixture
    assert "no longer good" in stranger.get_by_role("alert").inner_text() or "used" in stranger.get_by_role("alert").inner_text()


def test_a_wrong_password_is_said_and_the_right_one_leads_to_the_view_that_was_asked_for(open_page: Callable[..., Any], vera: str) -> None:
    page = open_page()
    page.goto("/#/impact")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.locator("main").evaluate("(one) => getComputedStyle(one).borderRadius") == "12px"  # its style sheet is open to all
    page.get_by_label("Name").fill(vera)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").filter(has_text="Name or password is wrong.").wait_for()
    assert page.get_by_label("Name").input_value() == vera
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="What breaks if something fails?").wait_for()
    assert page.url.endswith("/#/impact")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_the_policy_of_the_pages_forbids_foreign_and_inline_scripts(page: Any) -> None:
    answer = page.goto("/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'self'"
    page.get_by_role("combobox", name="Find an item").wait_for()  # works under it
