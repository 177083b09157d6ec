"""The report of an audit over HTTP: the three forms, their digests, who may, what is refused."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from baselines.audit.planning import Plan
from baselines.model import WHOLE
from cmdb_app.audits import open_audits
from cmdb_app.schedules import open_schedules
from tests.support.api import ROOT, Api


@pytest.fixture
def run(api: Api) -> Iterator[str]:
    """The id of a run that found a server without an owner."""
    assert api.send({"ref": "filed", "type": "server", "fields": {"name": "=filed"}}).status_code == 200
    room, schedules = open_audits(api.services), open_schedules(api.services)
    audit = room.plan(Plan(f"Filed, {uuid4().hex}", WHOLE, criteria=["ownership"], auditor="una"), ROOT, schedules)
    yield room.running.carry_out(room.running.request(audit.id, ROOT).id).id
    room.close(audit.id, ROOT, "over", schedules)


def test_a_report_is_handed_out_in_three_forms_with_its_digests(api: Api, run: str) -> None:
    book = open_audits(api.services).book
    kept = book.run(run)
    name = book.audit(kept.audit).name
    filed = name.replace(", ", "-")
    for form, media in (("html", "text/html; charset=utf-8"), ("json", "application/json"), ("csv", "text/csv; charset=utf-8")):
        answer = api.get(f"/audits/{name}/runs/newest/report?format={form}", "auditor")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        assert answer.headers["x-content-digest"] == hashlib.sha256(answer.content).hexdigest()
        assert answer.headers["x-findings-digest"] == kept.digest
        assert answer.headers["x-ledger-seq"] == str(kept.seq)
        assert answer.headers["content-disposition"] == f'attachment; filename="{filed}-run-1.{form}"'
        if form == "html":
            assert kept.digest in answer.text
        elif form == "json":
            body = json.loads(answer.content)
            assert (body["run"]["id"], body["run"]["findings_digest"]) == (run, kept.digest)
        else:
            assert "'=filed" in {row["name"] for row in csv.DictReader(io.StringIO(answer.text))}


def test_a_run_is_asked_for_by_id_or_number_and_belongs_to_its_audit(api: Api, run: str) -> None:
    kept = open_audits(api.services).book.run(run)
    for address in (f"/audits/{kept.audit}/runs/{run}", f"/audits/{kept.audit}/runs/1"):
        answer = api.get(f"{address}/report")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    room, schedules = open_audits(api.services), open_schedules(api.services)
    other = room.plan(Plan(f"Another {uuid4().hex}", WHOLE, criteria=["ownership"], auditor="una"), ROOT, schedules)
    for path in (
        "/audits/nobody/runs/1", f"/audits/{kept.audit}/runs/2", f"/audits/{kept.audit}/runs/u1",
        f"/audits/{other.id}/runs/newest", f"/audits/{other.id}/runs/{run}",
    ):  # fmt: skip
        answer = api.get(f"{path}/report")
        assert (answer.status_code, answer.json()["code"]) == (404, "audit-not-found"), path
    room.close(other.id, ROOT, "over", schedules)
    assert api.get(f"/audits/{kept.audit}/runs/1/report?format=pdf").status_code == 422
    assert api.get(f"/audits/{kept.audit}/runs/1/report", "agent").status_code == 403
    assert api.client.get(f"/audits/{kept.audit}/runs/1/report").status_code == 401
