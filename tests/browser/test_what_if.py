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
    payments.get_by_text(re.compile(r"\d+ more than now")).first.wait_for()
    payments.get_by_role("button", name="Undo: payments-replica is lost too").click()
    shop_of(payments).filter(has_text="At risk:").wait_for()


def test_an_item_that_is_hit_anyway_moves_into_the_question_and_makes_nothing_better(payments: Any) -> None:
    total = int(payments.locator(".count strong").last.inner_text())
    payments.goto(f"{payments.url}&lost={item_id(payments, 'Fraud scoring', 'application')}")
    payments.get_by_text("as now; 1 moved into the question").first.wait_for()
    assert int(payments.locator(".count strong").last.inner_text()) == total - 1
    assert "fewer" not in payments.locator(".counts").inner_text()


def test_a_relationship_is_taken_away_in_the_list_of_what_an_item_needs(payments: Any) -> None:
    payments.get_by_role("region", name=re.compile("^Affected items")).get_by_role("button", name="Fraud scoring").click()
    payments.get_by_text("Try it with other relationships").click()
    payments.get_by_role("button", name="Take away: depends on payments-primary").click()
    payments.get_by_text("Fraud scoring is not affected.").wait_for()
    payments.get_by_text("without: Fraud scoring depends on payments-primary").wait_for()
    differs = payments.get_by_role("region", name=re.compile("^What trying it changes"))
    differs.get_by_role("row", name=re.compile("Fraud scoring application Down OK ▼ better")).wait_for()
    assert "worse" not in differs.inner_text()


def test_a_line_of_the_picture_is_clicked_and_taken_away(payments: Any) -> None:
    board = payments.locator(".board")
    edges = board.bounding_box()
    title = payments.get_by_role("heading", name=re.compile("^Trouble travels from payments-primary to"))
    for right in range(138, 168, 3):  # lines leave the one root at the left towards three boxes: somewhere here the pointer crosses one
        for down in range(-24, 28, 4):
            payments.mouse.click(edges["x"] + right, edges["y"] + edges["height"] / 2 + down)
            if title.count():
                break
        if title.count():
            break
    title.wait_for()
    name = title.inner_text().removeprefix("Trouble travels from payments-primary to ")
    payments.get_by_role("button", name="Take away", exact=True).click()
    payments.get_by_text(re.compile(f"^what if without: {re.escape(name)} depends on payments-primary")).wait_for()
    payments.get_by_role("region", name=re.compile("^What trying it changes")).get_by_text("better", exact=False).first.wait_for()


def test_a_line_is_reached_and_taken_away_with_the_keyboard_alone(payments: Any) -> None:
    payments.get_by_role("application", name="Blast radius").focus()
    payments.keyboard.press("ArrowRight")
    payments.keyboard.press("l")
    panel = payments.get_by_role("region", name=re.compile("^Trouble travels from payments-primary to"))
    panel.get_by_role("button", name="Take away", exact=True).wait_for()
    assert panel.get_by_role("heading").evaluate("one => one === document.activeElement")
    payments.keyboard.press("Tab")  # closes
    payments.keyboard.press("Tab")
    payments.keyboard.press("Enter")
    payments.get_by_text(re.compile("^without: |what if without: ")).first.wait_for()
    assert payments.evaluate("document.activeElement.className") == "board"


def test_escape_closes_a_panel_and_leads_back_to_the_picture(payments: Any) -> None:
    payments.get_by_role("application", name="Blast radius").focus()
    for key, heading in (("c", "Try another relationship"), ("Enter", "payments-primary")):
        payments.keyboard.press(key)
        title = payments.locator(".side").get_by_role("heading", name=heading, exact=True)
        title.and_(payments.locator(":focus")).wait_for()
        payments.keyboard.press("Escape")
        title.wait_for(state="detached")
        assert payments.evaluate("document.activeElement.className") == "board"


PAINTED = """async ([roots, base, tried, state]) => {
  const { withTried } = await import("/js/impact/ghosts.js");
  const { sceneOf } = await import("/js/impact/paint.js");
  const found = withTried(tried, base, [{ itemId: "b", before: "DOWN", after: "OK", harm: -3 }], state);
  return sceneOf(found).wires.map((one) => [one.key, Boolean(one.gone), Boolean(one.cut), Boolean(one.added)])
    .concat(found.nodes.filter((one) => one.gone).map((one) => [one.key, one.level, one.was, one.y]));
}"""


def test_what_was_tried_stays_on_the_picture(page: Any) -> None:
    def node(key: str, depth: int, y: float = 0) -> dict[str, Any]:
        return {"key": key, "itemId": key, "name": key, "level": "DOWN", "depth": depth, "x": depth * 256 + 106, "y": y}

    def picture(nodes: list[dict[str, Any]], links: list[tuple[int, int]]) -> dict[str, Any]:
        layers = [{"depth": depth, "x": depth * 256 + 106, "width": 212, "count": 1} for depth in (0, 1)]
        wires = [{"source": one, "target": other, "count": 1, "need": "hard"} for one, other in links]
        return {"nodes": nodes, "links": wires, "layers": layers, "width": 468, "height": 60}

    base = picture([node("a", 0), node("b", 1)], [(0, 1)])
    tried = picture([node("a", 0), node("c", 1)], [(0, 1)])
    state = {"lost": [], "cut": [{"type": "t", "source": "b", "target": "a"}], "tie": [{"type": "t", "source": "c", "target": "a"}]}
    page.goto("/")
    assert page.evaluate(PAINTED, [[], base, tried, state]) == [
        ["a>c", False, False, True],
        ["a>b", True, True, False],
        ["b", "OK", "DOWN", 60],
    ]


def test_two_items_are_joined_by_a_relationship_they_may_have(payments: Any) -> None:
    payments.get_by_role("button", name="Add a relationship").click()
    form = payments.get_by_role("region", name="Try another relationship")
    payments.get_by_role("application", name="Blast radius").focus()  # the first from the picture: its first box is payments-primary
    payments.keyboard.press("Home")
    payments.keyboard.press("Enter")
    form.get_by_role("combobox", name="Second item").fill("stock")
    form.get_by_role("option", name=re.compile("^stock database")).click()
    form.get_by_role("radio").first.wait_for()
    choices = form.locator(".choices label").all_inner_texts()
    assert choices[0].strip() == "stock depends on payments-primary"  # so that trouble reaches the second
    assert form.get_by_role("radio").first.is_checked()
    assert any("payments-primary depends on stock (trouble goes the other way)" in one for one in choices)
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
