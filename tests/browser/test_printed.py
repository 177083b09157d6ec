"""What Ctrl-P gives on ordinary pages: everything in full, nothing that only a screen can use, and a word where the paper has not all."""

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from tests.support.pages import ask, item_id

pytestmark = pytest.mark.browser

PLAN = "mutation($i: PlanAuditInput!) { planAudit(input: $i) { audit { id } } }"
RUN = "mutation($a: ID!) { runAudit(audit: $a, wait: true) { run { state } } }"
CLIPPED = """[...document.querySelectorAll("main *")].filter((one) => one.scrollHeight > one.clientHeight + 1
  && ["auto", "scroll", "hidden"].includes(getComputedStyle(one).overflowY)
  && !one.closest(".unseen, .bar, svg")).map((one) => one.className)"""
SHELL = ("Sign out", "Find an item", "Blast radius", "Export", "Copy link", "More")


def on_paper(page: Any) -> str:
    """The text of the printed pages; leaves the page as it looks on paper."""
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(page.pdf())).pages)
    page.emulate_media(media="print")
    return re.sub(r"\s+", " ", text).replace("ﬁ", "fi")  # a ligature


def seen_buttons(page: Any) -> set[str]:
    shown = (one for one in page.get_by_role("button").all() if one.is_visible())
    return {re.sub(r"\s+", " ", one.inner_text()).strip() for one in shown}


def test_an_audit_is_printed_with_every_row_and_says_how_many_findings_are_left_out(page: Any) -> None:
    page.goto("/")
    made = ask(page, PLAN, i={"name": f"Paper {uuid4().hex[:8]}", "objective": "Is it on paper?", "auditor": "Ines Auditor"})
    audit = made["planAudit"]["audit"]["id"]
    assert ask(page, RUN, a=audit)["runAudit"]["run"]["state"] == "done"
    page.goto(f"/#/audit/{audit}")
    page.locator(".findings tbody tr").first.wait_for()
    tall = page.locator(".scroll.tall").first
    assert tall.evaluate("(one) => one.scrollHeight > one.clientHeight")  # on the screen it scrolls, so this tests something
    found = re.sub(r"\D", "", page.get_by_role("heading", name=re.compile("^Findings")).inner_text())
    text = on_paper(page)
    assert f"The first 50 of {found} are printed; the report has all." in text
    assert page.evaluate(CLIPPED) == []
    assert tall.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
    assert page.locator(".pager").is_visible()
    assert not seen_buttons(page) & {*SHELL, "Print", "Run it now"}
    assert not page.get_by_role("banner").is_visible()
    for name in tall.locator("tbody th").all_inner_texts():
        assert name in text


def test_an_item_is_printed_without_the_shell_and_with_the_day(page: Any) -> None:
    page.goto("/")
    page.goto(f"/#/item/{item_id(page, 'payments-primary', 'database')}")
    page.locator(".timeline li").first.wait_for()
    page.get_by_role("link", name="What breaks if this fails?").wait_for()
    text = on_paper(page)
    assert not [word for word in (*SHELL, "What breaks if this fails?") if word in text]
    assert re.search(r"Printed [A-Z][a-z]+ \d+, \d{4}", text)
    assert "folded when this was printed" in text
    assert seen_buttons(page) == set()


def test_a_comparison_is_printed_with_its_bars_and_filters_in_words(page: Any) -> None:
    page.goto("/#/compare?from=5&to=now&kind=added")
    page.locator(".branch").first.wait_for()
    text = on_paper(page)
    assert "Filtered: only added." in text
    assert not [word for word in (*SHELL, "Only what is unauthorised", "Show everything") if word in text]
    bars = page.locator(".bar-part")
    assert bars.count() > 1
    assert {one.evaluate("(one) => getComputedStyle(one).printColorAdjust") for one in bars.all()} == {"exact"}
    for share in page.locator(".branch .branch-share").all():
        assert share.is_visible()
        assert re.search(r"\d+ of \d+ under a change|no change applies", share.inner_text())
    assert page.evaluate(CLIPPED) == []
