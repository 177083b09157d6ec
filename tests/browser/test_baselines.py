"""Baselines: taken, listed, looked at, compared two by two; what a role may not do is not offered, what the server refuses is said."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.pages import ask, axe_findings, item_id
from tests.support.serving import Serving

pytestmark = pytest.mark.browser

TAKE = "mutation($i: TakeBaselineInput!) { takeBaseline(input: $i) { baseline { id name seq } } }"


def taken(page: Any, name: str, **scope: Any) -> dict[str, Any]:
    page.goto("/")
    found: dict[str, Any] = ask(page, TAKE, i={"name": name, "purpose": "held by a test", "scope": scope or {"kind": "WHOLE"}})[
        "takeBaseline"
    ]
    return found["baseline"]


def unique(word: str) -> str:
    return f"{word} {uuid4().hex[:8]}"  # names of baselines are for ever, and one server serves all tests


def test_a_baseline_is_taken_with_a_service_as_its_scope_and_shows_what_pins_it(page: Any) -> None:
    name = unique("Shop")
    page.goto("/#/baselines")
    page.get_by_role("button", name="Take a baseline").click()
    form = page.get_by_role("form", name="Take a baseline")
    form.get_by_label("Name").fill(name)
    form.get_by_label("What for").fill("Before the release")
    form.get_by_label("Scope").select_option("SERVICE")
    service = form.get_by_role("combobox", name="Service", exact=True)
    service.fill("payments-primary")  # a database is none
    form.get_by_text("Nothing is called “payments-primary”").wait_for()
    service.fill("Hillside Shop")
    form.get_by_role("option", name=re.compile("^Hillside Shop service")).click()
    form.get_by_role("button", name="Take it").click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    facts = page.get_by_role("region", name="What it designates")
    facts.get_by_text("service Hillside Shop").wait_for()
    assert re.search(r"Chain hash\s+[0-9a-f]{64}", facts.inner_text())
    assert "Taken Designated; nobody has approved it yet." in facts.inner_text()
    assert "Before the release" in page.get_by_role("article").inner_text()
    assert axe_findings(page) == []


def test_a_name_that_is_taken_is_refused_with_its_code(page: Any) -> None:
    name = unique("Twice")
    taken(page, name)
    page.goto("/#/baselines")
    page.get_by_role("button", name="Take a baseline").click()
    form = page.get_by_role("form", name="Take a baseline")
    form.get_by_label("Name").fill(name)
    form.get_by_label("What for").fill("Again")
    form.get_by_role("button", name="Take it").click()
    form.get_by_role("alert").wait_for()
    assert form.get_by_role("alert").get_by_role("link").get_attribute("href").startswith("/docs/errors/")


def test_two_baselines_are_marked_and_compared_oldest_first(page: Any) -> None:
    older, newer = unique("Older"), unique("Newer")
    taken(page, older)
    taken(page, newer, kind="TYPE", types=["database"])
    page.goto("/#/baselines")
    page.get_by_label(f"Compare {newer}").check()
    page.get_by_role("link", name=f"Compare {newer} with now").wait_for()
    page.get_by_label(f"Compare {older}").check()
    row = page.get_by_role("row", name=re.compile(newer))
    assert "of type database" in row.inner_text()
    assert axe_findings(page) == []
    page.get_by_role("link", name=f"Compare {older} with {newer}").click()
    page.get_by_role("heading", name=f"{older} compared with {newer}").wait_for()
    page.get_by_role("note").first.wait_for()  # their scopes differ, which is told


def test_the_list_is_narrowed_by_name_and_state(page: Any) -> None:
    name = unique("Needle")
    taken(page, name)
    page.goto("/#/baselines")
    page.get_by_role("searchbox", name="Name").fill(name.lower())
    page.get_by_text("1 found").wait_for()
    page.get_by_label("State").select_option("WITHDRAWN")
    page.get_by_text("No baseline is like that.").wait_for()


def test_who_took_it_cannot_approve_it_but_withdraw_it_with_a_reason(page: Any) -> None:
    made = taken(page, unique("Mine"))
    page.goto(f"/#/baseline/{made['id']}")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Reason").fill("taken by mistake")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("Withdrawn by admin: “taken by mistake”.", exact=False).wait_for()
    life = page.get_by_role("region", name=re.compile("^Its life")).get_by_role("listitem")
    assert "Withdrawn" in life.first.inner_text()


def test_a_viewer_sees_them_and_is_offered_no_step(open_page: Callable[..., Any], page: Any, site: Serving) -> None:
    made = taken(page, unique("Seen"))
    viewer = open_page(extra_http_headers=site.token(f"viewer-{uuid4().hex[:6]}", "viewer"))
    viewer.goto(f"/#/baseline/{made['id']}")
    viewer.get_by_role("region", name="What it designates").wait_for()
    viewer.get_by_role("region", name=re.compile("^Its life")).get_by_role("listitem").first.wait_for()
    assert not viewer.get_by_role("region", name="Next step").count()
    viewer.goto("/#/baselines")
    viewer.get_by_role("row", name=re.compile(made["name"])).wait_for()
    assert not viewer.get_by_role("button", name="Take a baseline").count()


def test_who_decides_approves_with_a_designation_and_says_what_takes_its_place(
    open_page: Callable[..., Any], page: Any, site: Serving
) -> None:
    older, newer = taken(page, unique("Q3")), taken(page, unique("Q4"))
    manager = open_page(extra_http_headers=site.token(f"decides-{uuid4().hex[:6]}", "change_manager"))
    for made, called in ((older, ""), (newer, "Production of Q4")):
        manager.goto(f"/#/baseline/{made['id']}")
        manager.get_by_role("heading", name=made["name"]).wait_for()
        manager.get_by_label("Designation once in force").fill(called)
        manager.get_by_role("button", name="Approve").click()
        manager.get_by_text("In force.").wait_for()
    facts = manager.get_by_role("region", name="What it designates")
    assert re.search(r"Designation\s+Production of Q4", facts.inner_text())
    manager.goto(f"/#/baseline/{older['id']}")
    manager.get_by_label("Reason").fill("the quarter is over")
    choice = manager.get_by_role("form", name="Supersede").get_by_label("Superseded by")
    own = choice.locator("option").filter(has_text=older["name"])
    assert not own.count()
    choice.select_option(newer["id"])
    assert axe_findings(manager) == []
    manager.get_by_role("button", name="Supersede").click()
    facts.get_by_role("link", name=newer["name"]).wait_for()
    assert "Another took its place." in facts.inner_text()
    life = manager.get_by_role("region", name=re.compile("^Its life")).get_by_role("listitem")
    assert "the quarter is over" in life.first.inner_text()
    assert not manager.get_by_role("form", name="Supersede").count()


def test_one_that_was_withdrawn_is_not_offered_for_comparing(page: Any) -> None:
    made = taken(page, unique("Void"))
    withdraw = "mutation($i: WithdrawBaselineInput!) { withdrawBaseline(input: $i) { baseline { state } } }"
    ask(page, withdraw, i={"baseline": made["id"], "reason": "taken by mistake"})
    page.goto("/#/baselines")
    page.get_by_role("row", name=re.compile(made["name"])).get_by_text("Withdrawn").wait_for()
    assert not page.get_by_label(f"Compare {made['name']}").count()
    page.goto("/#/compare")
    page.locator("#points option").first.wait_for(state="attached")
    page.get_by_role("region", name="What may you want to know?").wait_for()
    assert not page.locator(f'#points option[value="{made["name"]}"]').count()


def test_a_picture_is_asked_as_of_a_baseline(page: Any) -> None:
    name = unique("Then")
    made = taken(page, name)
    page.goto(f"/#/impact?roots={item_id(page, 'payments-primary', 'database')}:DOWN&baseline={made['id']}")
    page.locator(".past").filter(has_text=f"As of commit {made['seq']}").wait_for()
    page.set_viewport_size({"width": 360, "height": 740})
    for address in ("/#/baselines", f"/#/baseline/{made['id']}"):
        page.goto(address)
        page.get_by_text(name).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
