"""Taking the blast radius along: links, saved sets, the drawing, the sheet for a meeting."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from tests.support.pages import ask, item_id

pytestmark = pytest.mark.browser


def test_a_link_opens_the_same_view(payments: Any) -> None:
    payments.get_by_role("region", name="Services, worst first").get_by_role("button", name=re.compile("Hillside Shop")).click()
    payments.get_by_role("region", name="Why is Hillside Shop at risk?").wait_for()
    other = payments.context.new_page()
    other.goto(payments.url)
    other.get_by_role("region", name="Why is Hillside Shop at risk?").wait_for()


def test_sets_are_kept_in_the_browser_under_a_name_and_forgotten(payments: Any) -> None:
    replica = item_id(payments, "payments-replica", "database")
    payments.goto(f"{payments.url}&lost={replica}&why={replica}")
    payments.get_by_text("payments-replica is lost too").wait_for()
    payments.get_by_role("button", name="Saved sets").click()
    payments.get_by_label("Keep this one as").fill("Both payment databases")
    payments.get_by_role("button", name="Keep", exact=True).click()
    payments.get_by_text("Kept as “Both payment databases”.").wait_for()
    payments.goto("/#/impact")
    payments.get_by_role("heading", name="What breaks if something fails?").wait_for()
    payments.reload()
    payments.get_by_role("button", name="Saved sets").click()
    payments.locator(".menu-panel").get_by_role("link", name="Both payment databases").click()
    payments.get_by_text("payments-replica is lost too").wait_for()
    assert "why=" not in payments.url  # a set is the question, not how it was looked at
    payments.get_by_role("button", name="Saved sets").click()
    payments.get_by_role("button", name="Forget Both payment databases").click()
    payments.get_by_text("No set is kept yet.").wait_for()


def test_a_copied_link_shows_the_same_answer_after_the_cmdb_has_moved_on(payments: Any) -> None:
    payments.context.grant_permissions(["clipboard-read", "clipboard-write"])
    affected = payments.locator(".count").nth(3)
    was = affected.inner_text()
    payments.get_by_role("button", name="Copy link").click()
    payments.get_by_role("button", name="Copied").wait_for()
    address = payments.evaluate("navigator.clipboard.readText()")
    revision = re.search(r"rev=(\d+)", address)
    assert revision
    primary = item_id(payments, "payments-primary", "database")
    made = ask(
        payments,
        "mutation($i: CreateItemInput!) { createItem(input: $i) { status item { id } problems { message } } }",
        i={
            "type": "application",
            "fields": {"name": "Late comer"},
            "reason": "after the meeting",
            "relations": [{"type": "depends_on", "to": primary}],
        },
    )["createItem"]
    assert made["item"], made
    try:
        payments.goto(address)
        payments.reload()
        dated = re.compile(rf"As of commit {revision[1]} \([A-Z][a-z]+ \d+, \d{{4}}.*\)")
        payments.locator(".past").filter(has_text=dated).wait_for()
        affected.wait_for()
        assert affected.inner_text() == was
        assert not payments.get_by_role("button", name="Late comer").count()
        payments.get_by_role("button", name="Go to now").click()
        payments.get_by_role("button", name="Late comer").wait_for()
        assert not payments.locator(".past").count()
    finally:
        ask(payments, "mutation($i: ItemActionInput!) { retireItem(input: $i) { status } }", i={"id": made["item"]["id"], "reason": "test"})


def test_another_moment_is_chosen_by_hand_and_one_that_never_was_is_said(payments: Any) -> None:
    payments.get_by_role("button", name=re.compile("^As of now")).click()
    payments.get_by_label("Number of the commit").fill("8")
    payments.get_by_role("button", name="Show", exact=True).click()
    payments.locator(".past").filter(has_text="As of commit 8").wait_for()
    payments.get_by_role("button", name=re.compile("^As of then")).click()
    payments.get_by_label("Number of the commit").fill("99999999")
    payments.get_by_role("button", name="Show", exact=True).click()
    payments.get_by_role("alert").wait_for()
    payments.get_by_role("button", name="Ask as of now").click()
    payments.locator(".board canvas").wait_for()


def test_the_drawing_is_well_formed_and_holds_every_box(payments: Any) -> None:
    payments.get_by_role("button", name="Export").click()
    with payments.expect_download() as waiting:
        payments.get_by_role("button", name="Picture as SVG").click()
    text = waiting.value.path().read_text()
    root = ElementTree.fromstring(text)
    words = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"payments-primary", "Payments database", "Hillside Shop", "What breaks if payments-primary is down"} <= words
    assert waiting.value.suggested_filename == "blast-radius.svg"


@pytest.mark.parametrize("second", ["DOWN", "AT_RISK"])  # one level goes into an address, several into a body
def test_the_whole_answer_is_taken_along_for_other_programs(payments: Any, second: str) -> None:
    stock = item_id(payments, "stock", "database")
    payments.goto(f"/#/impact?roots={item_id(payments, 'payments-primary', 'database')}:DOWN,{stock}:{second}")
    payments.get_by_role("heading", name=re.compile("and stock is")).wait_for()
    payments.locator(".facts").filter(has_text="As of commit").wait_for()
    payments.get_by_role("button", name="Export").click()
    with payments.expect_download() as waiting:
        payments.get_by_text("All items as CSV").click()
    rows = waiting.value.path().read_text().splitlines()
    shown = int(payments.locator(".count").nth(3).locator("strong").inner_text())
    assert len(rows) >= shown + 1  # a title, and each item
    assert any("Hillside Shop" in row for row in rows)


@pytest.mark.parametrize(("paper", "width", "height"), [("A4", 842, 595), ("A3", 1191, 842)])
def test_the_sheet_for_a_meeting_holds_everything(payments: Any, paper: str, width: int, height: int) -> None:
    stock = item_id(payments, "stock", "database")
    shop = item_id(payments, "Hillside Shop", "service")
    payments.goto(f"{payments.url}&lost={stock}&why={shop}")
    payments.get_by_role("region", name="Why is Hillside Shop down?").wait_for()
    payments.get_by_role("region", name=re.compile("^What trying it changes")).get_by_role("row").nth(1).wait_for()
    payments.get_by_role("region", name=re.compile("^Affected items")).get_by_role("row").nth(1).wait_for()
    payments.locator(".facts a").filter(has_text=re.compile(r"^\d+$")).wait_for()
    payments.evaluate("window.print = () => { window.printed = true; }")
    payments.get_by_role("button", name="Export").click()
    payments.get_by_role("button", name=f"PDF for a meeting, {paper}").click()
    assert payments.evaluate("window.printed")
    document = PdfReader(io.BytesIO(payments.pdf(prefer_css_page_size=True)))
    assert [round(float(side)) for side in document.pages[0].mediabox[2:]] == [width, height]
    text = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in document.pages)).replace("ﬁ", "fi").replace("ﬀ", "ff")  # ligatures
    for part in (
        "What breaks if payments-primary is down",
        "Complete: everything was followed.",
        "stock is lost too",
        "Services, worst first",
        "X Down",
        "Works as usual, with less in reserve.",
        "What trying it changes",
        "Warehouse Picking",
        "besides 2 items in the question",
        "Affected items: ",
        ", and 2 named in the question",
        "Why is Hillside Shop down?",
        "is where it starts.",
        "soft need",
        "taken away",
        "Payments database redundancy group",
    ):
        assert part in text, part
    assert text.index("What breaks if payments-primary is down") < 5  # a heading, in a size one can read
    assert re.search(r"As of commit \d+ of [A-Z][a-z]+ \d+, \d{4}", text)
    assert re.search(r"Commit \d+\. Printed [A-Z][a-z]+ \d+, \d{4}", text)
    assert "Find an item" not in text  # the shell stays on the screen


def test_the_screen_is_as_it_was_after_printing(payments: Any) -> None:
    payments.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert payments.locator(".print-sheet svg").count() > 0
    payments.evaluate("dispatchEvent(new Event('afterprint'))")
    assert payments.locator(".print-sheet").inner_html() == ""
    assert payments.locator(".board").is_visible()
