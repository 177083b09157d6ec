"""Links that cannot be answered as they stand: a moment that is none is refused, and what else is not understood or has gone is told."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.support.pages import ask, axe_findings, item_id

pytestmark = pytest.mark.browser

CREATE = "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } } }"
RETIRE = "mutation($i: ItemActionInput!) { retireItem(input: $i) { receipt { seq } } }"
WHAT = "Not everything in this link was understood"


def impact(page: Any, more: str = "", level: str = "DOWN") -> None:
    page.goto("/")
    page.goto(f"/#/impact?roots={item_id(page, 'payments-primary', 'database')}:{level}{more}")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("rev=0", "“0” is no commit"),
        ("rev=abc", "“abc” is no commit"),
        ("rev=-1", "“-1” is no commit"),
        ("rev=1e1", "“1e1” is no commit"),
        ("rev=", "It does not say which commit"),
        ("baseline=", "It does not say which baseline"),
        ("time=yesterday", "“yesterday” is no time"),
        ("rev=5&time=2026-01-01T00:00:00Z", "It names more than one moment"),
    ],
)
def test_a_moment_that_is_none_never_shows_the_present(page: Any, moment: str, words: str) -> None:
    impact(page, f"&{moment}")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert f"This link cannot be reopened as it was. {words}." in alert.inner_text()
    page.get_by_role("heading", name="What breaks if payments-primary is down").wait_for()
    assert not page.locator(".counts").count()
    alert.get_by_role("button", name="Ask as of now").click()
    page.locator(".board canvas").wait_for()
    assert not page.get_by_role("alert").count()


def test_what_is_not_understood_is_told_and_left_out(page: Any) -> None:
    impact(page, "&need=garbage&cut=zzz&why=nosuch", level="BOGUS")
    page.locator(".board canvas").wait_for()
    told = page.get_by_role("status").filter(has_text=WHAT).inner_text()
    for part in ("“BOGUS” is no level", "“zzz” is no relationship", "“garbage” is no number of members"):
        assert part in told
    missing = page.get_by_role("alert")
    missing.get_by_text("There is no item nosuch.").wait_for()
    assert axe_findings(page) == []
    missing.get_by_role("button", name="Leave it out").click()
    missing.wait_for(state="detached")
    assert not page.get_by_text(WHAT).count()  # the address is the question as it was understood


def test_a_group_that_is_to_need_more_members_than_it_has_is_told(page: Any) -> None:
    page.goto("/")
    group = item_id(page, "Payments database", "redundancy_group")
    impact(page, f"&need={group}:99")
    page.get_by_text("has 2 members and can never have 99").wait_for()


def test_a_retired_root_is_called_what_it_was_and_asked_about_as_of_the_commit_before(page: Any) -> None:
    page.goto("/")
    name = f"retired {uuid4().hex[:8]}"
    item = ask(page, CREATE, i={"type": "server", "fields": {"name": name}, "reason": "tried out"})["createItem"]["item"]["id"]
    seq = int(ask(page, RETIRE, i={"id": item, "reason": "no longer wanted"})["retireItem"]["receipt"]["seq"])
    page.goto(f"/#/impact?roots={item}:DOWN")
    page.get_by_role("heading", name=f"What breaks if {name} is down").wait_for()
    alert = page.get_by_role("alert").filter(has_text="was retired in")
    assert re.search(rf"{name} \({item}\) was retired in commit {seq}", alert.inner_text())
    assert alert.get_by_role("link", name="What it was").get_attribute("href") == f"#/item/{item}"
    alert.get_by_role("button", name=f"Ask as of commit {seq - 1}").click()
    page.locator(".past").filter(has_text=f"As of commit {seq - 1}").wait_for()
    page.locator(".board canvas").wait_for()
    assert not alert.count()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=5&to=", "It does not say what it is compared with."),
        ("from=&to=8", "It does not say what is compared."),
        ("to=8", "It does not say what is compared."),
        ("from=5&to=now&unauthorised=yes", "cannot be read from “yes”"),
    ],
)
def test_a_side_of_a_comparison_that_was_lost_is_not_taken_for_the_present(page: Any, query: str, words: str) -> None:
    page.goto(f"/#/compare?{query}")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert words in alert.inner_text()
    assert not page.locator(".side-cards").count()
    assert axe_findings(page) == []


def test_filters_that_name_nothing_are_refused_with_the_way_on(page: Any) -> None:
    page.goto("/#/compare?from=5&to=now&service=nosuch")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert re.search(r"That did not work. No item is called 'nosuch' .*; the start page lists the services", alert.inner_text())
    assert "cmdb items list" not in alert.inner_text()
    page.get_by_role("button", name="Compare without filters").click()
    page.locator(".side-cards").wait_for()
