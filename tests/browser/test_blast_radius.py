"""The blast radius page: three clicks to the answer, walking with keys, trying out, links, drawings, the table."""

import json
import re
from typing import Any

import pytest

from tests.support.pages import ask, item_id

pytestmark = pytest.mark.browser


PILES = "query($roots: [ImpactRoot!]!) { impact(roots: $roots) { picture { nodes { key itemId } } } }"
COUNT_CLICKS = "() => { window.clicks = 0; addEventListener('click', () => { window.clicks += 1; }, true); }"  # the page is one document


@pytest.mark.parametrize(
    ("typed", "offered", "asked"),
    [
        ("payments-p", "payments-primary database", "What breaks if this fails?"),
        ("payment database", "Payments database redundancy group", "payments-primary fails?"),
    ],
)
def test_what_breaks_if_the_payment_database_fails_and_why_is_the_shop_only_at_risk_in_three_clicks(
    page: Any, typed: str, offered: str, asked: str
) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Search by name or description").press_sequentially(typed)  # typing is no click
    option = page.get_by_role("option").first
    option.filter(has_text=re.compile("^" + offered.replace(" ", r"\s*"))).wait_for()
    page.evaluate(COUNT_CLICKS)
    option.click()
    page.get_by_role("link", name=asked).click()
    services = page.get_by_role("region", name="Services, worst first")
    services.get_by_role("button", name=re.compile("Hillside Shop")).click()

    why = page.get_by_role("region", name="Why is Hillside Shop at risk?")
    why.wait_for()
    said = [re.sub(r"\s+", " ", one) for one in services.get_by_role("button").all_inner_texts()]
    assert said[0].startswith("X Down Finance Reporting")
    assert any(one.startswith("R At risk Hillside Shop At risk: Payments database: 1 of 2 members left, 1 needed") for one in said)
    steps = why.get_by_role("listitem").all_inner_texts()
    assert "payments-primary" in steps[0]
    assert "Hillside Shop" in steps[-1]
    assert "1 of 2 members left, 1 needed: it keeps working with none in reserve, so it is only at risk." in why.inner_text()
    assert page.evaluate("window.clicks") == 3


def test_the_arrow_keys_walk_over_the_picture_and_each_box_is_spoken(payments: Any) -> None:
    spoken = payments.locator(".picture p[aria-live=polite]")
    payments.get_by_role("application", name="Blast radius").focus()
    spoken.filter(has_text="payments-primary, database, down, put there by the question").wait_for()
    payments.keyboard.press("ArrowRight")
    seen = set()
    for _ in range(3):
        seen.add(spoken.inner_text().split(",")[0])
        payments.keyboard.press("ArrowDown")
    payments.keyboard.press("Home")
    assert seen <= {"Fraud scoring", "Daily settlement", "Payments database"}
    assert len(seen) >= 2
    payments.keyboard.press("Enter")
    payments.get_by_role("region", name="payments-primary").wait_for()
    payments.keyboard.press("Escape")
    payments.get_by_role("region", name="payments-primary").wait_for(state="detached")


def test_a_level_of_a_root_can_be_chosen_and_roots_added_by_search(payments: Any) -> None:
    payments.get_by_label("Level of payments-primary").select_option("AT_RISK")
    payments.get_by_role("heading", name="What breaks if payments-primary is at risk").wait_for()
    payments.get_by_role("combobox", name="And if this fails as well").fill("stock")
    payments.get_by_role("option", name=re.compile("^stock database")).click()
    payments.get_by_role("heading", name="What breaks if payments-primary is at risk and stock is down").wait_for()
    assert "AT_RISK" in payments.url


def test_the_table_sorts_filters_and_leads_to_the_reason(payments: Any) -> None:
    table = payments.get_by_role("region", name=re.compile("^Affected items"))
    table.get_by_role("row").nth(1).wait_for()
    table.get_by_role("button", name="Name").click()
    names = [row.get_by_role("button").inner_text() for row in table.get_by_role("row").all()[1:]]
    assert names == sorted(names, key=str.lower)
    table.get_by_role("checkbox", name="Degraded").check()
    table.get_by_role("row", name=re.compile("Payments Desk")).wait_for()
    table.get_by_role("row", name=re.compile("Fraud scoring")).wait_for(state="detached")
    table.get_by_role("button", name="Payments Desk").click()
    payments.get_by_role("region", name="Why is Payments Desk degraded?").wait_for()


def test_the_reason_of_a_row_far_below_comes_into_view_and_back_leads_to_where_one_was(payments: Any) -> None:
    row = payments.locator(".affected").get_by_role("button", name="Trade Portal")
    row.scroll_into_view_if_needed()
    row.click()
    why = payments.get_by_role("heading", name="Why is Trade Portal at risk?")
    why.and_(payments.locator(":focus")).wait_for()
    assert 0 < why.bounding_box()["y"] < 900
    payments.go_back()
    why.wait_for(state="detached")
    assert "roots=" in payments.url


def test_the_wheel_turns_the_page_and_zooms_with_ctrl_only(payments: Any) -> None:
    zoom = "() => document.querySelector('.board canvas').__zoom.k"
    before = payments.evaluate(zoom)
    payments.locator(".board").hover()
    payments.mouse.wheel(0, 120)
    payments.wait_for_function("scrollY > 60")
    assert payments.evaluate(zoom) == before
    payments.locator(".board").hover()
    payments.keyboard.down("Control")
    payments.mouse.wheel(0, -120)
    payments.keyboard.up("Control")
    payments.wait_for_function(f"({zoom})() > {before}")


def test_the_names_of_many_roots_are_asked_for_together(page: Any) -> None:
    page.goto("/")
    rows = ask(page, '{ items(types: ["server", "virtual_machine"], first: 40) { nodes { id name } } }')["items"]["nodes"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(json.loads(request.post_data)["operationName"]) if request.method == "POST" else None)
    page.goto("/#/impact?roots=" + ",".join(f"{one['id']}:DOWN" for one in rows))
    page.get_by_label(f"Level of {rows[-1]['name']}", exact=True).first.wait_for()
    page.locator(".board canvas").wait_for()
    assert asked.count("ItemNames") == 1
    assert "ItemDetail" not in asked


def test_siblings_above_ten_are_folded_with_counts_and_open_on_demand(page: Any) -> None:
    page.goto("/")
    page.goto(f"/#/impact?roots={item_id(page, 'Hill', 'site')}:DOWN")
    page.locator(".board canvas").wait_for()
    folded = page.get_by_text(re.compile(r"\d+ items are folded by type\."))
    folded.wait_for()
    board = page.get_by_role("application", name="Blast radius")
    board.focus()
    spoken = page.locator(".picture p[aria-live=polite]")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Unfold").click()
    folded.wait_for(state="detached")
    page.get_by_role("button", name="Fold again").click()
    folded.wait_for()
    said = folded.inner_text()
    piles = ask(page, PILES, roots=[{"id": item_id(page, "Hill", "site")}])["impact"]["picture"]["nodes"]
    pile = next(one["key"] for one in piles if one["itemId"] is None)
    page.goto(f"{page.url}&open={pile}")  # as a click on the box does
    again = page.get_by_role("button", name=re.compile(r"^Fold .+ of step \d+ again$"))
    again.click()
    again.wait_for(state="detached")
    assert folded.inner_text() == said
    assert spoken.count() == 1


def test_a_root_that_is_not_there_is_said_with_its_code(page: Any) -> None:
    page.goto("/#/impact?roots=01nothing:DOWN")
    alert = page.get_by_role("alert").filter(has_text="There is no item 01nothing.")
    alert.wait_for()
    assert "impact-root-unknown" in alert.inner_text()
    page.get_by_role("heading", name="What breaks if 01nothing is down").wait_for()
    page.goto(f"/#/impact?roots={item_id(page, 'payments-primary', 'database')}:DOWN&lost=01nothing")
    page.get_by_role("heading", name="What breaks if payments-primary is down").wait_for()
    alert.wait_for()
    page.get_by_role("button", name="Leave it out").click()
    page.locator(".board canvas").wait_for()


def test_without_a_question_the_page_says_how_to_ask(page: Any) -> None:
    page.goto("/#/impact")
    page.get_by_role("region", name="How to ask").wait_for()
    page.get_by_role("combobox", name="What fails?").and_(page.locator(":focus")).wait_for()
