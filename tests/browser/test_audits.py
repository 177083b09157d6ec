"""Audits: the plan, the score with its trend as a line and as a table, what each check found, and who does what about it."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.support.pages import ask, axe_findings, item_id

pytestmark = pytest.mark.browser

PLAN = "mutation($i: PlanAuditInput!) { planAudit(input: $i) { audit { id name } } }"
RUN = "mutation($a: ID!) { runAudit(audit: $a, wait: true) { run { id number state problem score { passed subjects } } } }"
MAKE = "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } problems { message } } }"
RETIRE = "mutation($i: ItemActionInput!) { retireItem(input: $i) { status } }"


@pytest.fixture
def audit(page: Any) -> dict[str, Any]:
    """An audit with two runs; between them an application came that nobody owns."""
    page.goto("/")
    name = f"Quarterly {uuid4().hex[:8]}"
    planned = {"name": name, "objective": "Is the CMDB what it says?", "frequency": "0 3 1 */3 *", "auditor": "Ines Auditor"}
    made: dict[str, Any] = ask(page, PLAN, i=planned)["planAudit"]["audit"]
    runs = [ask(page, RUN, a=made["id"])["runAudit"]["run"]]
    stray = ask(page, MAKE, i={"type": "application", "fields": {"name": f"Stray {uuid4().hex[:8]}"}, "reason": "unowned"})["createItem"][
        "item"
    ]
    runs.append(ask(page, RUN, a=made["id"])["runAudit"]["run"])
    ask(page, RETIRE, i={"id": stray["id"], "reason": "test"})
    assert [run["state"] for run in runs] == ["done", "done"], runs
    return {**made, "runs": runs}


def test_the_list_leads_to_an_audit_with_its_plan_score_and_trend(page: Any, audit: dict[str, Any]) -> None:
    page.goto("/#/audits")
    row = page.get_by_role("row", name=re.compile(audit["name"]))
    assert "Ines Auditor" in row.inner_text()
    assert "on day 1 of January, April, July, October at 03:00 UTC (0 3 1 */3 *)" in row.inner_text()
    assert re.search(r"\d+(\.\d)? %", row.inner_text())
    assert axe_findings(page) == []
    row.get_by_role("link").click()
    page.get_by_role("heading", name=audit["name"]).wait_for()
    first, second = (run["score"] for run in audit["runs"])
    table = page.get_by_role("group", name="Scores of the runs")
    table.get_by_role("row").nth(2).wait_for()
    shown = [cell.all_inner_texts()[-1] for cell in (row.get_by_role("cell") for row in table.get_by_role("row").all()[1:])]
    assert shown == [f"{one['passed']} of {one['subjects']}" for one in (second, first)]
    chart = page.get_by_role("img", name=re.compile("^Score of 2 runs, from "))
    assert chart.locator("circle").count() == 2
    assert axe_findings(page) == []


def test_findings_name_the_item_the_owner_the_action_and_the_due_date(page: Any, audit: dict[str, Any]) -> None:
    page.goto(f"/#/audit/{audit['id']}")
    findings = page.get_by_role("region", name=re.compile("^Findings"))
    findings.get_by_role("row", name=re.compile(r"Stray .* application .*owner")).first.wait_for()
    row = findings.get_by_role("row", name=re.compile(r"^▲ Major Stray|Major Stray .* application .*owner")).first.inner_text()
    assert "nobody" in row
    assert re.search(r"\d{4}-\d\d-\d\d", row)
    assert "open" in row
    findings.get_by_label("Severity").select_option("minor")
    page.wait_for_function("() => ![...document.querySelectorAll('.findings tbody tr')].some((row) => row.innerText.includes('Major'))")
    findings.get_by_label("Severity").select_option("")
    check = findings.get_by_label("Check").locator("option").nth(1)
    label, value = check.inner_text(), check.get_attribute("value")
    findings.get_by_label("Check").select_option(value)
    failed = re.search(r"\((\d+)\)$", label)
    assert failed
    page.get_by_role("heading", name=f"Findings {failed[1]}").wait_for()


def test_an_earlier_run_is_shown_on_demand_and_no_stray_in_it(page: Any, audit: dict[str, Any]) -> None:
    page.goto(f"/#/audit/{audit['id']}")
    page.get_by_role("heading", name="Run 2").wait_for()
    page.get_by_role("group", name="Scores of the runs").get_by_role("link", name="1", exact=True).click()
    page.get_by_role("heading", name="Run 1").wait_for()
    page.locator(".findings tbody tr").first.wait_for()
    assert audit["runs"][0]["id"] in page.url
    assert not page.get_by_role("link", name=re.compile("^Stray")).count()


def test_the_trend_of_one_type_or_service_is_chosen(page: Any, audit: dict[str, Any]) -> None:
    page.goto(f"/#/audit/{audit['id']}")
    trend = page.get_by_role("region", name="Trend")
    trend.get_by_role("row").nth(2).wait_for()
    whole = trend.get_by_role("row").nth(1).inner_text()
    assert trend.locator('datalist option[value="Hillside Shop (service)"]').count() == 1
    trend.get_by_role("combobox", name="Of").fill("application (type)")
    page.wait_for_function("(was) => document.querySelector('.trend tbody tr').innerText !== was", arg=whole)
    assert trend.get_by_role("row").count() == 3
    services = page.get_by_role("region", name="Scores by service, worst first")
    shop = item_id(page, "Hillside Shop", "service")
    assert services.get_by_role("link", name="Hillside Shop").get_attribute("href") == f"#/item/{shop}"


def test_a_run_tells_what_it_does_and_is_found_again_by_who_comes_back(page: Any, audit: dict[str, Any]) -> None:
    page.goto(f"/#/audit/{audit['id']}")
    page.get_by_role("button", name="Run it now").click()
    going = page.get_by_role("region", name="Run 3 is under way")
    going.get_by_text(re.compile(r"seconds? since admin asked for it; run 2 took .* over \d+ items")).wait_for()
    assert page.get_by_role("button", name="A run is under way").is_disabled()
    page.get_by_role("heading", name=re.compile("^Run 2 ")).wait_for()  # what the run before found stays
    page.goto("/#/audits")
    page.get_by_role("row", name=re.compile(audit["name"])).get_by_text("run 3 is under way").wait_for()
    page.goto(f"/#/audit/{audit['id']}")
    page.get_by_role("heading", name=re.compile("^Run 3 done")).wait_for(timeout=90_000)
    page.get_by_role("img", name=re.compile("^Score of 3 runs, from ")).wait_for()


def test_the_report_of_the_run_that_is_shown_is_taken_along(page: Any, audit: dict[str, Any]) -> None:
    page.goto(f"/#/audit/{audit['id']}?run={audit['runs'][0]['id']}")
    page.get_by_role("heading", name="Run 1").wait_for()
    page.get_by_role("button", name="Export").click()
    assert page.locator(".exports a").all_inner_texts() == ["HTML, to print and file", "CSV, for a spreadsheet", "JSON, for programs"]
    assert axe_findings(page) == []
    with page.expect_download() as taken:
        page.get_by_role("link", name="HTML, to print and file").click()
    assert taken.value.suggested_filename.endswith("-run-1.html")
    assert f"{audit['name']}</h1><p class=sub>CMDB audit report, run 1" in taken.value.path().read_text()


def test_the_first_audit_is_planned_with_a_command_to_copy(page: Any) -> None:
    def none(route: Any) -> None:
        empty = '"operationName":"Audits"' in route.request.post_data
        route.fulfill(json={"data": {"audits": []}}) if empty else route.continue_()

    page.route("**/graphql", none)
    page.goto("/#/audits")
    page.get_by_text(
        'cmdb audit plan "Quarterly audit" --objective "Is the CMDB what it says?" --frequency "0 3 1 */3 *" --auditor "admin"'
    ).wait_for()
    assert page.get_by_role("button", name="Copy").count() == 2
    assert axe_findings(page) == []


def test_an_audit_that_is_not_there_is_said_and_it_fits_a_telephone(page: Any, audit: dict[str, Any]) -> None:
    page.goto("/#/audit/none")
    page.get_by_text("There is no audit of this name or id.").wait_for()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/#/audit/{audit['id']}")
    page.locator(".findings tbody tr").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
