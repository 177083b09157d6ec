"""Comparisons over HTTP: the four formats, who may, what is refused."""

import csv
import hashlib
import io
import json

from openpyxl import load_workbook

from baselines.report import check
from tests.support.api import Api


def test_a_comparison_is_exported_in_four_formats(api: Api) -> None:
    start = api.services.ledger.head().seq
    sent = [{"ref": f"c{n}", "type": "server", "fields": {"name": f"c{n}", "cpu_count": n}} for n in range(5)]
    assert api.send(*sent).status_code == 200
    path = f"/compare/export?from={start}"
    answer = api.get(path)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["x-ledger-seq"] == f"{start}, {start + 1}"
    lines = answer.content.splitlines(keepends=True)
    end = json.loads(lines[-1])
    assert (end["totals"]["all"]["total"], end["totals"]["all"]["none"]) == (5, 5)
    assert end["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()

    rows = list(csv.DictReader(io.StringIO(api.get(f"{path}&format=csv").text)))
    assert len({row["id"] for row in rows}) == 5
    assert {row["after"] for row in rows if row["attribute"] == "cpu_count"} == {"0", "1", "2", "3", "4"}
    book = api.get(f"{path}&format=xlsx")
    assert book.headers["x-content-digest"] == end["sha256"]
    assert load_workbook(io.BytesIO(book.content)).sheetnames == ["Summary", "Differences"]
    page = api.get(f"{path}&format=html", "auditor")
    checked = check(page.content)
    assert (checked.intact, checked.content) == (True, end["sha256"])
    assert checked.key, "signed with the installation's key"
    assert "auditor from the ledger" in page.text
    assert 'filename="comparison-commit-' in page.headers["content-disposition"]
    assert api.get(f"{path}&only_unauthorised=true&type=service&format=csv").text.count("\n") == 1


def test_what_is_refused_is_refused_before_anything_is_sent(api: Api) -> None:
    for path, status, code in (
        ("/compare/export?from=999999", 404, "unknown-revision"),
        ("/compare/export?from=no-such-baseline", 404, "baseline-not-found"),
        ("/compare/export?from=0&profile=nobody", 404, "profile-not-found"),
        ("/compare/export?from=0&type=no_such_type", 400, "unknown-type"),
        ("/compare/export?from=0&format=pdf", 422, "invalid-request"),
        ("/compare/export", 422, "invalid-request"),
    ):
        for form in ("", "&format=xlsx") if "?" in path and "format" not in path else ("",):
            answer = api.get(path + form)
            assert (answer.status_code, answer.json()["code"]) == (status, code), path
    assert api.get("/compare/export?from=0", "agent").status_code == 403
    assert api.client.get("/compare/export?from=0").status_code == 401
