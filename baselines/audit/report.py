"""The report of one run, as an auditor files it (requirements 4.5.4.1-06, 9.1-16): JSON and CSV; see `page` for paper.

What was found is the run's, for ever. Beside it stands how far each deficiency has come by now, with the commit at which that was read.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baselines.audit.headline import aside_words
from baselines.audit.life import WORST_FIRST, overdue
from baselines.audit.model import Audit, CheckSpec, Deficiency, Finding, Run
from baselines.audit.repository import AuditBook
from baselines.differences import AUTHORISATION_MEANS
from cmdb.kernel.clock import Clock, to_text

_ORDER = {severity: place for place, severity in enumerate(WORST_FIRST)}
COLUMNS = (
    "severity", "check", "requirement", "type", "item", "name", "what", "owner", "action", "due", "state", "overdue", "found_at", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A finding with its deficiency as it is now, and the criterion it breaks."""

    finding: Finding
    spec: CheckSpec
    deficiency: Deficiency | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says. `read_at` is when, and `read_seq` at which commit, the state of deficiencies was read."""

    audit: Audit
    run: Run
    lines: tuple[Line, ...]
    read_at: str
    read_seq: int
    before: Run | None = None

    @property
    def specs(self) -> Mapping[str, CheckSpec]:
        return {one.id: one for one in self.audit.criteria}


def report_of(book: AuditBook, run_id: str, clock: Clock, read_seq: int) -> Report:
    """The report of a run. Raises `AuditNotFound`."""
    run = book.run(run_id)
    audit = book.audit(run.audit)
    specs = {one.id: one for one in audit.criteria}
    findings = [one for one in book.findings(run) if one.check in specs]
    found: dict[str, Deficiency] = {}
    ids = [one.id for one in findings]
    for start in range(0, len(ids), 1_000):
        found |= book.find(ids[start : start + 1_000])
    lines = [Line(one, specs[one.check], found.get(one.id)) for one in findings]
    place = {one.id: number for number, one in enumerate(audit.criteria)}
    lines.sort(key=lambda line: (_ORDER[line.spec.severity], place[line.spec.id], line.finding.type, line.finding.name, line.finding.id))
    earlier = [one for one in book.newest_runs(audit, 50) if one.number < run.number and one.digest]
    return Report(audit, run, tuple(lines), to_text(clock()), read_seq, earlier[0] if earlier else None)


def report_body(report: Report) -> dict[str, Any]:
    """Plain JSON."""
    run, audit = report.run, report.audit
    return {
        "audit": {
            "id": audit.id, "name": audit.name, "objective": audit.objective, "scope": audit.scope.body(),
            "scope_text": str(audit.scope), "auditor": run.auditor, "begins": audit.begins,
            "frequency": audit.frequency, "planned_by": audit.planned_by, "planned_at": audit.planned_at,
        },
        "run": {
            "id": run.id, "number": run.number, "state": str(run.state), "problem": run.problem, "seq": run.seq, "hash": run.hash,
            "since": run.since, "not_looked_at": run.not_looked_at, "authorisation": AUTHORISATION_MEANS,
            "time": run.time, "finished_at": run.finished_at, "started_by": run.started_by,
            "findings_digest": run.digest,
        },
        "totals": {"items": run.items, "relations": run.relations, **run.score.body(), **run.counts, "before": _share(report.before),
                   "aside": aside_words(run, audit.criteria)},
        "checks": [_check_body(report, one.check) for one in run.checks],
        "types": [{"type": name, **one.body()} for name, one in run.by_type.items()],
        "services": [{"id": id_, "name": run.service_names.get(id_, id_), **one.body()} for id_, one in run.by_service.items()],
        "services_left_out": run.services_left_out,
        "read_at": report.read_at,
        "read_seq": report.read_seq,
        "deficiencies": [line_body(report, line) for line in report.lines],
    }  # fmt: skip


def line_body(report: Report, line: Line) -> dict[str, Any]:
    """One deficiency of the report."""
    finding, one = line.finding, line.deficiency
    return {
        "severity": str(line.spec.severity),
        "check": line.spec.id,
        "requirement": line.spec.requirement,
        "type": finding.type,
        "item": finding.item,
        "name": finding.name,
        "what": finding.what,
        "owner": one.owner if one else finding.owner,
        "action": one.action if one else line.spec.action,
        "due": one.due if one else "",
        "state": str(one.state) if one else "",
        "overdue": one is not None and _late(report, one),
        "found_at": one.found_at if one else "",
        "id": finding.id,
    }


def csv_lines(report: Report) -> Iterator[str]:
    """One line for each deficiency, after the names of the columns. What a spreadsheet would take for a formula is marked as text."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for line in report.lines:
        body = line_body(report, line)
        writer.writerow([_cell(body[name]) for name in COLUMNS])
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()
    if rest := sink.getvalue():
        yield rest


def _check_body(report: Report, check: str) -> dict[str, Any]:
    result = next(one for one in report.run.checks if one.check == check)
    spec = report.specs[check]
    more = {"title": spec.title, "severity": str(spec.severity), "requirement": spec.requirement, "share": result.score.share}
    return {**result.body(), **more}


def _share(run: Run | None) -> float | None:
    return None if run is None else run.score.share


def _late(report: Report, one: Deficiency) -> bool:
    return overdue(one, datetime.fromisoformat(report.read_at).date())


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
