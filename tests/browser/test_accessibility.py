"""axe-core finds nothing on any page, light or dark."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.pages import axe_findings, item_id

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def looked_at(request: pytest.FixtureRequest, open_page: Callable[..., Any], session_state: Any) -> Any:
    page = open_page(storage_state=session_state, color_scheme=request.param)
    page.goto("/")
    page.locator(".facets li").first.wait_for()
    return page


def test_the_start_page(looked_at: Any) -> None:
    assert axe_findings(looked_at) == []
    looked_at.get_by_role("combobox", name="Search by name or description").fill("pay")
    looked_at.get_by_role("option").first.wait_for()
    assert axe_findings(looked_at) == []


def test_an_item(looked_at: Any) -> None:
    looked_at.goto(f"/#/item/{item_id(looked_at, 'payments-primary', 'database')}")
    looked_at.locator(".timeline li").first.wait_for()
    assert axe_findings(looked_at) == []


def test_the_blast_radius_with_a_reason_open(looked_at: Any) -> None:
    roots, why = item_id(looked_at, "payments-primary", "database"), item_id(looked_at, "Hillside Shop", "service")
    looked_at.goto(f"/#/impact?roots={roots}:DOWN&why={why}")
    looked_at.locator(".steps li").first.wait_for()
    looked_at.locator(".affected tbody tr").first.wait_for()
    assert axe_findings(looked_at) == []


@pytest.mark.parametrize(
    ("address", "ready"),
    [
        ("/#/compare?from=1&to=now", ".differences-list li"),
        ("/#/commit/7", ".differences-list li"),
        ("/#/baselines", ".filters"),
        ("/#/audits", ".panel"),
        ("/#/impact", ".search.large"),
    ],
)
def test_what_auditors_look_at(looked_at: Any, address: str, ready: str) -> None:
    looked_at.goto(address)
    looked_at.locator(ready).first.wait_for()
    for head in looked_at.locator("button.difference-head").all()[:1]:
        head.click()
    assert axe_findings(looked_at) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in(open_page: Callable[..., Any], scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.goto("/sign-in?code=used-up")
    page.get_by_role("alert").wait_for()
    assert axe_findings(page) == []
