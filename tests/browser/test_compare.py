"""The compare page and the page of a commit: what differs, under which change, by service, one attribute beside the other."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.pages import ask, axe_findings, item_id

pytestmark = pytest.mark.browser

UPDATE = "mutation($i: UpdateItemInput!) { updateItem(input: $i) { status problems { message } receipt { seq } } }"

TAKE = "mutation($i: TakeBaselineInput!) { takeBaseline(input: $i) { baseline { id } } }"
MAKE = "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } problems { message } } }"


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
    differences(page).get_by_role("listitem").first.wait_for()
    return page


def differences(page: Any) -> Any:
    """The list of those that are told by their kind."""
    return page.get_by_role("region", name=re.compile("^All differences"))


def test_totals_and_coverage_come_first_as_a_bar_and_as_a_table(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    totals = page.get_by_role("region", name="2 differences")
    assert totals.get_by_role("img").get_attribute("aria-label") == "1 of 2 under a change (50 %): 1 under a change, 1 unauthorised"
    assert "1 of 2 under a change (50 %)" in totals.inner_text()
    assert totals.get_by_role("row", name=re.compile("Changed 2 0")).count() == 1
    assert totals.get_by_role("row", name=re.compile("^Unauthorised 1 0")).count() == 1
    assert "The change is the one that the commit names." in totals.inner_text()
    types = page.get_by_role("region", name="By type")
    assert types.get_by_role("row", name="database 1 1 0 0").count() == 1
    assert axe_findings(page) == []


def test_a_difference_shows_both_values_the_commit_and_the_change_that_allowed_it(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    row = differences(page).get_by_role("button", name=re.compile("payments-primary"))
    assert "Under RFC-7" in row.inner_text()
    row.click()
    sides = page.get_by_role("group", name="Attributes side by side")
    cells = sides.get_by_role("row", name=re.compile("^Port")).get_by_role("cell").all_inner_texts()
    assert sorted(cells) == ["5432", "5433"]
    detail = page.locator(".difference-detail:not([hidden])").inner_text()
    assert "“moved to another port”, under change RFC-7" in detail
    page.get_by_role("link", name=f"Commit {changed[1] + 1}").click()
    page.get_by_role("heading", name=f"Commit {changed[1] + 1}").wait_for()


def test_only_what_is_unauthorised(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    page.get_by_label("Only what is unauthorised").check()
    shown = differences(page).get_by_role("listitem")
    shown.filter(has_text="payments-primary").wait_for(state="detached")
    (only,) = shown.all_inner_texts()
    assert "Payments desk" in only
    assert "Unauthorised" in only
    assert "unauthorised=1" in page.url
    page.get_by_role("button", name="Show everything").click()
    shown.filter(has_text="payments-primary").wait_for()


def test_the_tree_by_service_opens_to_its_differences_with_the_keyboard(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    branch = page.get_by_role("region", name="By service").get_by_role("button", name=re.compile("Hillside Shop"))
    branch.press("Enter")
    inside = page.get_by_role("list", name="Differences of Hillside Shop: changed")
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


def test_a_baseline_whose_name_has_spaces_is_typed_and_offered(changed: tuple[Any, int, int]) -> None:
    page, before, _ = changed
    name = f"Before the move {before}"
    ask(page, TAKE, i={"name": name, "purpose": "held by a test", "scope": {"kind": "WHOLE"}, "at": {"seq": before}})
    page.goto("/#/compare")
    page.get_by_role("link", name=f"{name} with now").wait_for()  # one click from the empty page
    form = page.get_by_role("form", name="What is compared")
    form.get_by_label("From").press_sequentially(f" {name} ")
    assert form.locator(f'datalist option[value="{name}"]').count() == 1
    form.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name=f"{name} compared with now").wait_for()
    assert axe_findings(page) == []


def test_while_it_compares_the_answer_before_is_dimmed_and_cannot_be_taken_along(changed: tuple[Any, int, int]) -> None:
    page = opened(changed)
    held: list[Any] = []
    page.route(
        "**/graphql", lambda route: held.append(route) if '"onlyUnauthorised":true' in route.request.post_data else route.continue_()
    )
    page.get_by_label("Only what is unauthorised").check()
    page.get_by_role("heading", name="Comparing …").wait_for()
    page.get_by_role("status").filter(has_text="Below is still the answer before it.").wait_for()
    assert [page.get_by_role("button", name=name).is_disabled() for name in ("Copy link", "Export")] == [True, True]
    assert page.locator(".stale[inert]").get_by_role("button", name=re.compile("payments-primary")).count() == 1
    for route in held:
        route.continue_()
    differences(page).get_by_role("listitem").filter(has_text="payments-primary").wait_for(state="detached")
    assert page.get_by_role("button", name="Export").is_enabled()


def test_what_supports_no_service_opens_and_images_of_one_name_are_told_apart(page: Any) -> None:
    page.goto("/")
    before = int(ask(page, "{ commits(first: 1) { revision } }")["commits"]["revision"])
    for tag in ("v1", "v2"):
        image = {"name": "storefront", "repository": "example.org/storefront", "tag": f"{tag}-{before}"}
        said = ask(page, MAKE, i={"type": "container_image", "fields": image, "reason": "pushed"})["createItem"]
        assert not said["problems"], said
    page.goto(f"/#/compare?from={before}&to={before + 2}")
    branch = page.get_by_role("region", name="By service").get_by_role("button", name=re.compile("Supports no service"))
    branch.click()
    inside = page.get_by_role("list", name="Differences of what supports no service: added")
    inside.get_by_role("listitem").nth(1).wait_for()
    texts = " ".join(inside.get_by_role("listitem").all_inner_texts())
    assert all(f"example.org/storefront:{tag}-{before}" in texts for tag in ("v1", "v2"))
    page.get_by_role("group", name="Filters").get_by_label("Service").select_option("none: supports no service")
    page.get_by_role("region", name="By service").wait_for(state="detached")
    page.get_by_role("region", name="2 differences").wait_for()


def test_a_time_that_has_not_come_is_refused(page: Any) -> None:
    page.goto("/#/compare?from=2999-01-01T00:00:00Z")
    said = page.get_by_role("alert").inner_text()
    assert "has not come yet" in said
    assert "unknown-revision" in said


def test_a_commit_tells_who_when_why_and_what_it_altered(changed: tuple[Any, int, int]) -> None:
    page, before, after = changed
    page.goto(f"/#/item/{item_id(page, 'Payments desk', 'application')}")
    history = page.get_by_role("region", name=re.compile("^History"))
    history.get_by_role("link", name=str(after), exact=True).click()
    page.get_by_role("heading", name=f"Commit {after}").wait_for()
    who = page.get_by_role("region", name="Who and why").inner_text()
    assert "admin through manual" in who
    assert "“asked by phone”" in who
    assert "unauthorised: the commit names no change" in who
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
    differences(page).get_by_role("listitem").get_by_role("button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
