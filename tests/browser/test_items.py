"""Search as you type, and the page of an item."""

import re
from typing import Any

import pytest

from tests.support.pages import ask, axe_findings, item_id

pytestmark = pytest.mark.browser


def test_search_as_you_type_with_the_keyboard_alone(page: Any) -> None:
    page.goto("/")
    field = page.get_by_role("combobox", name="Search by name or description")
    field.wait_for()
    assert field.evaluate("(one) => one === document.activeElement")
    page.keyboard.type("payments-p")
    page.get_by_role("option", name=re.compile("^payments-primary database")).first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="payments-primary", exact=True).wait_for()


def test_nothing_found_is_said(page: Any) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Find an item").fill("no such thing anywhere")
    page.get_by_text("Nothing is called “no such thing anywhere”.").wait_for()


def test_names_are_text_and_never_markup(page: Any) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Find an item").fill("<img src=x onerror=alert(1)>")
    page.get_by_text("Nothing is called “<img src=x onerror=alert(1)>”.").wait_for()


def test_an_item_shows_values_with_source_and_age_and_its_relationships_in_words(page: Any) -> None:
    page.goto("/")
    page.goto(f"/#/item/{item_id(page, 'payments-primary', 'database')}")
    page.get_by_role("heading", name="payments-primary", exact=True).wait_for()
    row = page.get_by_role("row", name=re.compile("^Engine version"))
    assert row.get_by_role("cell").nth(0).inner_text() == "16.4"
    assert row.get_by_role("cell").nth(1).inner_text() == "register"
    assert re.fullmatch(r"just now|\d+ \w+ ago", row.get_by_role("cell").nth(2).inner_text())
    page.get_by_role("row", name=re.compile("^Size 240 GiB")).wait_for()  # units come with the type, a moment later
    relationships = page.get_by_role("region", name="Relationships")
    needs, reaches = relationships.get_by_role("list").nth(0), relationships.get_by_role("list").nth(1)
    assert re.search(r"runs on\s+db-pay-1", needs.inner_text())
    assert re.search(r"member of\s+Payments database", reaches.inner_text())
    needs.get_by_role("link", name="db-pay-1").click()
    page.get_by_role("heading", name="db-pay-1", exact=True).wait_for()


@pytest.mark.parametrize("width", [360, 390])
def test_the_values_of_an_item_are_read_on_a_telephone(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    page.goto(f"/#/item/{item_id(page, 'payments-primary', 'database')}")
    row = page.get_by_role("row", name=re.compile("^Endpoint"))
    row.wait_for()
    value = row.get_by_role("cell").first
    assert value.inner_text() == "db-pay-1.hillside.example:5432"
    assert value.bounding_box()["width"] > width * 0.7
    assert value.bounding_box()["height"] < 30  # one line: no word of it is broken
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_findings(page) == []


def test_the_timeline_tells_what_changed_who_did_it_and_why(page: Any) -> None:
    page.goto("/")
    item = item_id(page, "Report builder", "application")
    change = {"id": item, "fields": {"description": "Builds the reports of the night"}, "reason": "asked in the morning meeting"}
    said = ask(page, "mutation($i: UpdateItemInput!) { updateItem(input: $i) { status problems { message } } }", i=change)
    assert said["updateItem"]["status"] == "updated", said
    page.goto(f"/#/item/{item}")
    newest = page.get_by_role("region", name=re.compile("^History")).get_by_role("listitem").first
    newest.wait_for()
    text = newest.inner_text()
    assert "asked in the morning meeting" in text
    assert "Builds the reports of the night" in text
    assert "admin" in text


def test_an_id_that_never_was_is_said(page: Any) -> None:
    page.goto("/#/item/01nothing")
    page.get_by_role("heading", name="Not there").wait_for()
    page.get_by_text("No item has, or ever had, the id 01nothing.").wait_for()
    page.goto("/#/nonsense")
    page.get_by_role("heading", name="No such page").wait_for()
    page.get_by_role("link", name="Go to the start page").click()
    page.get_by_role("heading", name="What do you want to know about?").wait_for()


def test_the_first_hit_is_the_one_that_was_meant(page: Any) -> None:
    page.goto("/")
    field = page.get_by_role("combobox", name="Search by name or description")
    for typed, first in (
        ("payment database", "Payments database redundancy group"),
        ("payments database", "Payments database redundancy group"),
        ("store tills", "Store Tills service"),
        ("payments-p", "payments-primary database"),
    ):
        field.fill(typed)
        page.get_by_role("option").first.filter(has_text=re.compile(first.replace(" ", r"\s*"))).wait_for()


def test_a_retired_item_keeps_its_name_and_tells_who_retired_it_and_its_neighbours_tell_that_it_went(page: Any) -> None:
    page.goto("/")
    create = "mutation($i: CreateItemInput!) { createItem(input: $i) { status item { id } problems { message } } }"
    server = {"type": "server", "fields": {"name": "short-lived", "owner": "Platform"}, "reason": "tried out"}
    made = ask(page, create, i=server)["createItem"]["item"]["id"]
    report = item_id(page, "Report builder", "application")
    relation = {"type": "runs_on", "source": report, "target": made, "reason": "moved"}
    said = ask(page, "mutation($i: RelateInput!) { relate(input: $i) { status problems { message } } }", i=relation)
    assert said["relate"]["problems"] == [], said
    page.goto(f"/#/item/{report}")
    newest = page.get_by_role("region", name="History").get_by_role("listitem").first
    newest.get_by_text("now runs on").wait_for()
    assert "short-lived" in newest.inner_text()
    ask(page, "mutation($i: ItemActionInput!) { retireItem(input: $i) { status } }", i={"id": made, "reason": "no longer wanted"})
    page.reload()
    newest.get_by_text("no longer runs on").wait_for()
    newest.get_by_role("link", name="short-lived").click()
    page.get_by_role("heading", name="short-lived", exact=True).wait_for()
    notice = page.locator(".notice").inner_text()
    assert "Retired" in notice
    assert "admin" in notice
    assert "no longer wanted" in notice
    assert page.get_by_role("row", name=re.compile("^Owner Platform")).count() == 1
    assert page.get_by_role("row", name=re.compile("^Status when retired live")).count() == 1


def test_what_can_break_nothing_says_so(page: Any) -> None:
    page.goto("/")
    page.goto(f"/#/item/{item_id(page, 'Failing over the payments database', 'procedure')}")
    page.get_by_text("Its failure reaches nothing").wait_for()
    assert page.get_by_role("link", name="What breaks if this fails?").count() == 0


def test_every_type_of_the_estate_leads_to_the_list_of_its_items(page: Any) -> None:
    page.goto("/")
    page.get_by_role("region", name="The estate").get_by_role("link", name="database", exact=True).click()
    page.get_by_role("heading", name="Database").wait_for()
    page.get_by_role("link", name="payments-primary").wait_for()
    page.get_by_label("With the words").fill("stock")
    page.get_by_role("link", name="payments-primary").wait_for(state="detached")
    assert page.get_by_role("link", name="stock", exact=True).count() == 1
    assert page.url.endswith("#/items?type=database&text=stock")
