"""The report of a run as one page of HTML, for paper and screen: nothing beside it is needed to read it, and nothing in it runs."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

from baselines.audit.headline import aside_words
from baselines.audit.model import CheckKind, CheckSpec, Score
from baselines.audit.report import Report, line_body
from baselines.differences import AUTHORISATION_MEANS


def html_lines(report: Report) -> Iterator[str]:
    """A page for paper and screen, self-contained."""
    run, audit = report.run, report.audit
    yield _HEAD.format(title=_text(f"Audit report: {audit.name}, run {run.number}"), style=_STYLE)
    yield f"<h1>{_text(audit.name)}</h1><p class=sub>CMDB audit report, run {run.number} of {_moment(run.time)}</p>"
    yield _facts(report)
    yield _summary(report)
    yield _checks_table(report)
    services = {id_: (run.service_names.get(id_, id_), one) for id_, one in run.by_service.items()}
    yield _scores_table("Score by service", "Service", services)
    if run.services_left_out:
        yield f"<p class=bad>{run.services_left_out:,} more services have no score of their own here: there are too many.</p>"
    yield _scores_table("Score by type", "Type", {name: (name, one) for name, one in run.by_type.items()})
    yield from _deficiency_tables(report)
    yield _evidence(report)
    yield "</main></body></html>\n"


def _facts(report: Report) -> str:
    run, audit = report.run, report.audit
    facts = [
        ("Auditor", run.auditor),
        ("Objective", audit.objective or "not stated"),
        ("Scope", "the whole CMDB" if audit.scope.kind == "whole" else str(audit.scope)),
        ("Looked at", f"{run.items:,} items in scope; {run.relations:,} relationships, as of commit {run.seq}"),
        ("Changes", _changes(report)),
        ("Frequency", audit.frequency or "by hand"),
        ("Planned", f"{_moment(audit.planned_at)} by {audit.planned_by}"),
        ("Started by", run.started_by),
    ]
    rows = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in facts)
    return f"<table class=facts>{rows}</table>"


def _changes(report: Report) -> str:
    """Which changes were looked at, which not, and what it means that one names a request for change."""
    run = report.run
    seen = f"commits {run.since + 1} to {run.seq}" if run.since < run.seq else "no commit since the last audit"
    means = f". {AUTHORISATION_MEANS}" if any(one.kind is CheckKind.UNAUTHORISED for one in report.audit.criteria) else ""
    return f"{seen}{f'; {run.not_looked_at}' if run.not_looked_at else ''}{means}"


def _summary(report: Report) -> str:
    run, counts = report.run, report.run.counts
    if run.problem:
        return f"<p class=bad>The run failed: {_text(run.problem)}. Nothing is concluded from it.</p>"
    moved = ""
    if report.before is not None and report.before.score.share is not None and run.score.share is not None:
        difference = (run.score.share - report.before.score.share) * 100
        moved = f" ({difference:+.1f} points since run {report.before.number})"
    deficient = run.score.subjects - run.score.passed
    beside = aside_words(run, report.audit.criteria)
    aside = f" <strong class=bad>Beside them: {_text(beside)}.</strong>" if beside else ""
    parts = [
        f"<p><strong>{_percent(run.score)}</strong> of {run.score.subjects:,} items are without a major or minor deficiency{moved}; "
        f"{deficient:,} have one or more.{aside}</p>",
        f"<p>Deficiencies: {counts.get('new', 0):,} new, {counts.get('again', 0):,} found again, {counts.get('reopened', 0):,} reopened, "
        f"{counts.get('accepted', 0):,} accepted as they are, {counts.get('gone', 0):,} no longer found. "
        f"{counts.get('overdue', 0):,} are overdue, {counts.get('unowned', 0):,} have no owner.</p>",
    ]
    broken = [one for one in run.checks if one.problem]
    if broken:
        names = "; ".join(f"{one.check}: {one.problem}" for one in broken)
        parts.append(f"<p class=bad>{len(broken)} checks could not be carried out: {_text(names)}</p>")
    left = sum(one.left_out for one in run.checks)
    if left:
        parts.append(
            f"<p class=bad>{left:,} failing subjects are counted but not listed, because a check reached its limit (see the table).</p>"
        )
    return "".join(parts)


def _checks_table(report: Report) -> str:
    rows = []
    for result in report.run.checks:
        spec = report.specs[result.check]
        note = result.problem or result.note or (f"{result.left_out:,} not listed" if result.left_out else "")
        state = "not carried out" if result.problem else ("nothing to look at" if not result.subjects else _percent(result.score))
        rows.append(
            f"<tr><td>{_text(spec.title)}<br><small>{_text(spec.id)}</small></td><td>{_text(spec.requirement)}</td>"
            f"<td class={spec.severity}>{spec.severity}</td><td class=n>{result.subjects:,}</td><td class=n>{result.failed:,}</td>"
            f"<td class=n>{result.accepted:,}</td><td class=n>{state}</td><td>{_text(note)}</td></tr>"
        )
    names = ("Criterion", "Requirement", "Severity", "Looked at", "Failed", "Accepted", "Score", "")
    head = "".join(f"<th class={'n' if name in names[3:7] else 'w'}>{name}</th>" for name in names)
    return f"<h2>Criteria</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _scores_table(title: str, what: str, scores: Mapping[str, tuple[str, Score]]) -> str:
    if not scores:
        return ""
    lacking = [pair for pair in scores.values() if pair[1].passed < pair[1].subjects]
    ordered = sorted(lacking, key=lambda pair: (pair[1].share or 0, pair[0]))
    rows = "".join(
        f"<tr><td>{_text(name)}</td><td class=n>{one.subjects:,}</td><td class=n>{one.subjects - one.passed:,}</td>"
        f"<td class=n>{_percent(one)}</td><td><meter min=0 max=1 value={one.share or 0}></meter></td></tr>"
        for name, one in ordered
    )
    numbers = "".join(f"<th class=n>{name}</th>" for name in ("Items", "With deficiencies", "Score"))
    table = f"<table><thead><tr><th>{what}</th>{numbers}<th></th></tr></thead><tbody>{rows}</tbody></table>" if lacking else ""
    whole = sorted(name for name, one in scores.values() if one.passed == one.subjects)
    rest = f"<p>Without any deficiency ({len(whole)}): {_text(', '.join(whole))}.</p>" if whole else ""
    return f"<h2>{title}</h2>{table}{rest}"


def _deficiency_tables(report: Report) -> Iterator[str]:
    yield "<h2>Deficiencies</h2>"
    if not report.lines:
        yield "<p>None were found.</p>"
    check = ""
    for line in report.lines:
        if line.spec.id != check:
            yield ("</tbody></table>" if check else "") + _deficiency_head(line.spec)
            check = line.spec.id
        body = line_body(report, line)
        due = f"{body['due']} <span class=bad>overdue</span>" if body["overdue"] else body["due"]
        yield (
            f"<tr><td>{_text(body['name'])}<br><small>{_text(body['type'])} {_text(body['item'])}</small></td>"
            f"<td>{_text(body['what'])}</td><td>{_text(body['owner']) or '<span class=bad>nobody</span>'}</td><td>{due}</td>"
            f"<td>{_text(body['state'])}</td>"
            f"<td><small>{_text(body['id'])}</small></td></tr>\n"
        )
    yield "</tbody></table>" if check else ""


def _deficiency_head(spec: CheckSpec) -> str:
    head = "<tr><th>Item</th><th>What is wrong</th><th>Owner</th><th>Due</th><th>State</th><th>Id</th></tr>"
    return (
        f"<h3 class={spec.severity}>{_text(spec.title)} <small>{spec.severity}, {_text(spec.requirement)}</small></h3>"
        f"<p>{_text(spec.action)}</p><table><thead>{head}</thead><tbody>"
    )


def _evidence(report: Report) -> str:
    run = report.run
    return (
        f"<h2>Evidence</h2><p>The audit looked at the ledger as of commit <b>{run.seq}</b> with the chain hash <code>{run.hash}</code>. "
        f"The digest of its findings is <code>{run.digest}</code>. <code>cmdb audit repeat {run.id}</code> looks again at the same commit "
        f"and tells whether the same is found; <code>cmdb verify</code> tells whether the ledger holds. The state of deficiencies is as of "
        f"commit {report.read_seq}, {_moment(report.read_at)}.</p><p class=sign>Auditor: {_text(run.auditor)}<br><br>Date, signature:</p>"
    )


def _percent(score: Score) -> str:
    """Rounded down, so that 100 % means all of them."""
    return "-" if score.share is None else f"{int(score.passed * 1000 / score.subjects) / 10:.1f} %"


def _moment(time: str) -> str:
    return f"{time[:16].replace('T', ' ')} UTC"


def _text(value: Any) -> str:
    return html.escape(str(value))


_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>{title}</title><style>{style}</style></head><body><main>\n"
)
_STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;color:#1a1a1a;margin:0}main{max-width:1100px;margin:2rem auto;padding:0 1rem}"
    "h1{margin:0}h2{margin:2rem 0 .5rem;border-bottom:1px solid #ccc}h3{margin:1.5rem 0 .2rem}.sub{color:#555;margin-top:.2rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .5rem}"
    "th,td{border-bottom:1px solid #e3e3e3}"
    "thead th{background:#f4f4f4}.facts{width:auto}.facts th{font-weight:600;color:#444;white-space:nowrap}.n{text-align:right;"
    "font-variant-numeric:tabular-nums;white-space:nowrap}small{color:#666}.major{color:#a01010}.minor{color:#8a5300}.note{color:#345}"
    ".bad{color:#a01010}code{word-break:break-all}.sign{margin-top:3rem}meter{width:8rem}"
    "@media print{main{max-width:none;margin:0}thead{display:table-header-group}tr,h3{break-inside:avoid}h3{break-after:avoid}}"
)
