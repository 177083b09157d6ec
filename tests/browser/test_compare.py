"""The compare page and the page of a commit: what differs, under which change, by service, one attribute beside the other."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.pages import ask, axe_findings, item_id

pytestmark = pytest.mark.browser

UPDATE = "mutation($i: UpdateItemInput!) { updateItem(input: $i) { status problems { message } receipt { seq } } }"


@pytest.fixture
def changed(page: Any) -> Iterator[tuple[Any, int, int]]:
    """A page, and two commits between which an authorised and an unauthorised change were made to the payment service."""
    page.goto("/")
    before = int(ask(page, "{ commits(first: 1) { revision } }")["commits"]["revision"])
    primary, desk = item_id(page, "payments-primary", "database"), item_id(page, "Payments desk", "application")
    item = ask(page, "query($id: ID!) { item(id: $id) { attributes } }", id=primary)["item"]
    port = 5433 if item["attributes"]["port"] == 5432 else 5432
    for changes in (
        {"id": primary, "fields": {"port": port}, "reason": "moved to another port", "change": "RFC-7"},
        {"id": desk, "fields": {"description": f"The desk, seen after commit {before}"}, "reason": "asked by phone"},
    ):
        said = ask(page, UPDATE, i=changes)["updateItem"]
        assert said["status"] == "updated", said
    after = int(said["receipt"]["seq"])
    assert after == before + 2
    return page, before, after


def opened(changed: tuple[Any, int, int], more: str = "") -> Any:
    page, before, after = changed
    page.goto(f"/#/compare?from={before}&to={after}{more}")
    page.get_by_role("heading", name=f"commit {before} compared with commit {after}").wait_for()
    page.get_by_role("list", name="Differences", exact=True).get_by_role("listitem").first.wait_for()
    return page


def test_totals_and_coverage_come_first_as_a_bar_and_as_a_table(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    totals = page.get_by_role("region", name="2 differences")
    assert totals.get_by_role("img").get_attribute("aria-label") == "1 of 2 authorised (50 %): 1 authorised, 1 no change"
    assert "1 of 2 authorised (50 %)" in totals.inner_text()
    assert totals.get_by_role("row", name=re.compile("Changed 2 0")).count() == 1
    assert totals.get_by_role("row", name=re.compile("No change 1 0")).count() == 1
    types = page.get_by_role("region", name="By type")
    assert types.get_by_role("row", name="database 1 1 0 0").count() == 1
    assert axe_findings(page) == []


def test_a_difference_shows_both_values_the_commit_and_the_change_that_allowed_it(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    page.get_by_role("list", name="Differences", exact=True).get_by_role("button", name=re.compile("payments-primary")).click()
    sides = page.get_by_role("group", name="Attributes side by side")
    cells = sides.get_by_role("row", name=re.compile("^Port")).get_by_role("cell").all_inner_texts()
    assert sorted(cells) == ["5432", "5433"]
    detail = page.locator(".difference-detail:not([hidden])").inner_text()
    assert "“moved to another port”, under change RFC-7" in detail
    page.get_by_role("link", name=f"Commit {changed[1] + 1}").click()
    page.get_by_role("heading", name=f"Commit {changed[1] + 1}").wait_for()


def test_only_what_no_change_authorised(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    page.get_by_label("Only what no change authorised").check()
    differences = page.get_by_role("list", name="Differences", exact=True)
    differences.get_by_role("listitem").filter(has_text="payments-primary").wait_for(state="detached")
    (only,) = differences.get_by_role("listitem").all_inner_texts()
    assert "Payments desk" in only
    assert "No change" in only
    assert "unauthorised=1" in page.url
    page.get_by_role("button", name="Show everything").click()
    differences.get_by_role("listitem").filter(has_text="payments-primary").wait_for()


def test_the_tree_by_service_opens_to_its_differences_with_the_keyboard(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    branch = page.get_by_role("region", name="By service").get_by_role("button", name=re.compile("Hillside Shop"))
    branch.press("Enter")
    inside = page.get_by_role("list", name="Differences of Hillside Shop")
    inside.get_by_role("listitem").first.wait_for()
    assert "payments-primary" in inside.inner_text()
    assert branch.get_attribute("aria-expanded") == "true"
    assert axe_findings(page) == []


def test_the_form_compares_other_points_and_says_what_is_no_point(page: Any) -> None:
    page.goto("/#/compare")
    form = page.get_by_role("form", name="What is compared")
    form.get_by_label("From").fill("1")
    form.get_by_label("To").fill("2")
    form.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="commit 1 compared with commit 2").wait_for()
    form.get_by_role("button", name="Swap the two sides").click()
    form.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="commit 2 compared with commit 1").wait_for()
    form.get_by_label("From").fill("no such baseline")
    form.get_by_role("button", name="Compare").click()
    page.get_by_role("alert").wait_for()


def test_a_commit_tells_who_when_why_and_what_it_altered(changed: tuple[Any, int, int]) -> None:
    page, before, after = changed
    page.goto(f"/#/item/{item_id(page, 'Payments desk', 'application')}")
    history = page.get_by_role("region", name=re.compile("^History"))
    history.get_by_role("link", name=str(after), exact=True).click()
    page.get_by_role("heading", name=f"Commit {after}").wait_for()
    who = page.get_by_role("region", name="Who and why").inner_text()
    assert "admin through manual" in who
    assert "“asked by phone”" in who
    assert "none: no change authorised it" in who
    altered = page.get_by_role("list", name=f"What commit {after} altered")
    altered.get_by_role("button", name=re.compile("Payments desk")).click()
    page.get_by_role("row", name=re.compile(rf"^Description .*seen after commit {before}$")).wait_for()
    assert axe_findings(page) == []
    page.get_by_role("link", name=f"← {before + 1}").click()
    page.get_by_role("heading", name=f"Commit {before + 1}").wait_for()
    page.goto("/#/commit/99999999")
    page.get_by_text("The ledger has no commit 99999999.").wait_for()


@pytest.mark.parametrize(
    ("words", "begins"), [("Report to print and file", b"<!doctype html>"), ("Excel", b"PK"), ("CSV", b""), ("NDJSON", b"{")]
)
def test_the_whole_comparison_is_taken_along_as_a_file(changed: tuple[Any, int, int], words: str, begins: bytes) -> None:
    page = opened(changed, "&unauthorised=1")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(f"^{words}")).click()
    content = waiting.value.path().read_bytes()
    assert content[: len(begins)].lower() == begins.lower()
    if words in ("CSV", "NDJSON"):
        assert b"Payments desk" in content
        assert b"payments-primary" not in content  # authorised, and only the others were asked for


def test_it_is_readable_on_a_telephone(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("list", name="Differences", exact=True).get_by_role("button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
