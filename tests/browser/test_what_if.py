"""Trying things out on the picture: losing, taking away, joining, what a group needs. Nothing is written, and what differs is told."""

import re
from typing import Any

import pytest

from tests.support.pages import ask, item_id

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def nothing_is_written(page: Any) -> Any:
    page.goto("/")
    head = "{ commits(first: 1) { revision } }"
    before = ask(page, head)
    yield
    assert ask(page, head) == before


def shop_of(page: Any) -> Any:
    return page.get_by_role("region", name="Services, worst first").get_by_role("button", name=re.compile("Hillside Shop"))


def test_trying_the_loss_of_the_replica_takes_the_shop_down(payments: Any) -> None:
    replica = item_id(payments, "payments-replica", "database")
    payments.goto(f"{payments.url}&lost={replica}")
    payments.get_by_text("payments-replica is lost too").wait_for()
    shop_of(payments).filter(has_text=re.compile("Down|Degraded")).wait_for()
    payments.get_by_text(re.compile(r"\+\d+ to what is")).first.wait_for()
    payments.get_by_role("button", name="Undo: payments-replica is lost too").click()
    shop_of(payments).filter(has_text="At risk:").wait_for()


def test_a_relationship_is_taken_away_in_the_list_of_what_an_item_needs(payments: Any) -> None:
    payments.get_by_role("region", name=re.compile("^Affected items")).get_by_role("button", name="Fraud scoring").click()
    payments.get_by_text("Try it with other relationships").click()
    payments.get_by_role("button", name="Take away: depends on payments-primary").click()
    payments.get_by_text("This item is not affected.").wait_for()
    payments.get_by_text("without: Fraud scoring depends on payments-primary").wait_for()
    differs = payments.get_by_role("region", name=re.compile("^What trying it changes"))
    differs.get_by_role("row", name=re.compile("Fraud scoring application Down OK ▼ better")).wait_for()
    assert "worse" not in differs.inner_text()


def test_a_line_of_the_picture_is_clicked_and_taken_away(payments: Any) -> None:
    board = payments.locator(".board")
    edges = board.bounding_box()
    title = payments.get_by_role("heading", name=re.compile("^Trouble travels from payments-primary to"))
    for right in range(190, 260, 4):  # lines leave the one root at the left towards three boxes: somewhere here the pointer crosses one
        for down in range(-24, 28, 4):
            payments.mouse.click(edges["x"] + right, edges["y"] + edges["height"] / 2 + down)
            if title.count():
                break
        if title.count():
            break
    title.wait_for()
    name = title.inner_text().removeprefix("Trouble travels from payments-primary to ")
    payments.get_by_role("button", name="Take away", exact=True).click()
    said = payments.get_by_text(re.compile("^what if without: ")).inner_text()
    assert name in said
    assert "payments-primary" in said
    payments.get_by_role("region", name=re.compile("^What trying it changes")).get_by_text("better", exact=False).first.wait_for()


def test_a_line_is_reached_and_taken_away_with_the_keyboard_alone(payments: Any) -> None:
    payments.get_by_role("application", name="Blast radius").focus()
    payments.keyboard.press("ArrowRight")
    payments.keyboard.press("l")
    panel = payments.get_by_role("region", name=re.compile("^Trouble travels from payments-primary to"))
    panel.get_by_role("button", name="Take away", exact=True).press("Enter")
    payments.get_by_text(re.compile("^without: |what if without: ")).first.wait_for()


def test_two_items_are_joined_by_a_relationship_they_may_have(payments: Any) -> None:
    payments.get_by_role("button", name="Add a relationship").click()
    form = payments.get_by_role("region", name="Try another relationship")
    form.get_by_role("combobox", name="One item").fill("stock")
    form.get_by_role("option", name=re.compile("^stock database")).click()
    payments.get_by_role("application", name="Blast radius").focus()  # the other from the picture: its first box is payments-primary
    payments.keyboard.press("Home")
    payments.keyboard.press("Enter")
    choices = form.get_by_role("combobox", name="Relationship").locator("option").all_inner_texts()
    assert choices[0] == "stock depends on payments-primary"
    assert "payments-primary depends on stock" in choices
    assert not any("located in" in choice for choice in choices)  # a database is no place
    form.get_by_role("button", name="Add to the what-if").click()
    payments.get_by_text("with: stock depends on payments-primary").wait_for()
    payments.get_by_role("row", name=re.compile("stock database OK Down ▲ worse")).wait_for()
    shop_of(payments).filter(has_text="Down:").wait_for()
    assert "tie=depends_on" in payments.url


def test_a_group_as_root_is_told_and_its_members_are_offered_instead(page: Any) -> None:
    page.goto(f"/#/impact?roots={item_id(page, 'Payments database', 'redundancy_group')}:DOWN")
    page.get_by_text("Payments database is a redundancy group: this asks what happens when all of it is hit at once.").wait_for()
    page.get_by_role("button", name="Only payments-replica fails").click()
    page.get_by_role("heading", name="What breaks if payments-replica is down").wait_for()
    assert not page.get_by_text("is a redundancy group: this asks").count()


def test_a_group_that_needs_more_members_goes_down_with_the_first(payments: Any) -> None:
    shop_of(payments).click()
    payments.get_by_label("How many members Payments database needs").select_option("2")
    payments.get_by_text("Payments database needs 2 of its members").wait_for()
    shop_of(payments).filter(has_text="1 of 2 members left, 2 needed").wait_for()
    payments.get_by_role("button", name=re.compile(r"^Show \d+$")).click()
    payments.get_by_role("row", name=re.compile("Hillside Shop service At risk Down ▲ worse")).wait_for()
    payments.get_by_role("button", name="Undo: Payments database needs 2 of its members").click()
    shop_of(payments).filter(has_text="At risk:").wait_for()
