"""What commands about audits print."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from baselines.audit.bodies import audit_body, deficiency_body, run_body
from baselines.audit.headline import aside_words
from baselines.audit.inspect import Inspection
from baselines.audit.life import STEPS, overdue
from baselines.audit.model import Audit, CheckKind, Deficiency, Finding, Run, Score
from baselines.audit.trend import Trend, Trends
from baselines.audit.words import many
from baselines.differences import AUTHORISATION_MEANS
from cmdb.kernel.errors import InvalidInput
from cmdb_app.cli.output import print_json, print_table, say

_WORST, _DIFFERING = 15, 50


def word(words: Any, value: str | None, name: str) -> Any:
    """The word of an enumeration. Raises `InvalidInput`."""
    if value is None:
        return None
    try:
        return words(value)
    except ValueError:
        raise InvalidInput(f"{value!r} is no {name}; use {', '.join(words)}") from None


def percent(score: Score) -> str:
    """Rounded down, so that 100 % means all."""
    return "-" if score.share is None else f"{int(score.passed * 1000 / score.subjects) / 10:.1f} %"


def print_audits(found: Sequence[tuple[Audit, Run | None]], as_json: bool) -> None:
    """A list of audits."""
    if as_json:
        print_json([{**audit_body(one), "newest_run": run_body(run) if run else None} for one, run in found])
        return
    rows = [
        (
            one.name, one.state.value, str(one.scope), one.auditor, one.frequency or "by hand", one.runs,
            f"{run.state.value} {_minute(run.time)}" if run else "never", _score(one, run) if run else "-",
        )
        for one, run in found
    ]  # fmt: skip
    print_table(["name", "state", "scope", "auditor", "frequency", "runs", "newest run", "score"], rows)


def _score(one: Audit, run: Run) -> str:
    """The score, with what it leaves aside."""
    aside = aside_words(run, one.criteria) if run.aside else ""
    return f"{percent(run.score)}; beside: {aside}" if aside else percent(run.score)


def print_audit(one: Audit, run: Run | None, as_json: bool) -> None:
    """One audit."""
    if as_json:
        print_json({**audit_body(one), "newest_run": run_body(run) if run else None})
        return
    closed = f", closed: {one.closed_reason}" if one.closed_reason else ""
    print(f"{one.name} ({one.id}), {one.state.value}{closed}")
    print(f"  objective      {one.objective or 'not stated'}")
    print(f"  scope          {one.scope}")
    print(f"  frequency      {f'{one.frequency} (UTC)' if one.frequency else 'by hand'}")
    print(f"  auditor        {one.auditor}")
    print(f"  default owner  {one.default_owner or 'nobody'}")
    print(f"  planned        {_minute(one.planned_at)} by {one.planned_by}, at commit {one.planned_seq}")
    print(f"  changes        those after commit {one.begins} are looked at")
    print(f"  newest run     {f'{run.number}, {run.state.value}, {_score(one, run)}' if run else 'never'}")
    rows = [(check.id, check.kind.value, check.severity.value, check.title) for check in one.criteria]
    print_table(["criterion", "kind", "severity", "title"], rows)


def print_run(one: Audit, run: Run, as_json: bool) -> None:
    """What a run found, in short."""
    if as_json:
        print_json(run_body(run))
        return
    if run.problem:
        print(f"run {run.number} of {one.name} FAILED: {run.problem}")
        return
    deficient = run.score.subjects - run.score.passed
    aside = aside_words(run, one.criteria)
    print(
        f"{one.name}, run {run.number}: {percent(run.score)} of {run.items:,} items are without a major or minor deficiency"
        f"{f'; beside them: {aside}' if aside else ''}"
    )
    print(f"  looked at commit {run.seq}, {many(run.relations, 'relationship')}; {deficient:,} of the items have deficiencies")
    if run.not_looked_at:
        print(f"  {run.not_looked_at}")
    words = ", ".join(f"{count:,} {name}" for name, count in run.counts.items() if count)
    print(f"  deficiencies: {words or 'none'}")
    titles = {check.id: check for check in one.criteria}
    rows = [
        (
            titles[check.check].severity.value, check.check, f"{check.subjects:,}", f"{check.failed:,}", f"{check.accepted:,}",
            "NOT CARRIED OUT" if check.problem else percent(check.score), check.problem or check.note or _left(check.left_out),
        )
        for check in run.checks
    ]  # fmt: skip
    print_table(["severity", "check", "looked at", "failed", "accepted", "score", ""], rows)
    if any(check.kind is CheckKind.UNAUTHORISED for check in one.criteria):
        print(AUTHORISATION_MEANS)
    services = sorted(((run.service_names.get(id_, id_), score) for id_, score in run.by_service.items()), key=_worst)
    if services:
        _scores("service", services)
    if run.services_left_out:
        print(f"{run.services_left_out:,} more services have no score of their own: there are too many")
    say(f"the report: cmdb audit report {run.id} -o report.html; the deficiencies: cmdb audit deficiencies --audit {one.id}")


def print_runs(one: Audit, found: Sequence[Run], as_json: bool) -> None:
    """A list of runs of an audit."""
    if as_json:
        print_json([run_body(run) for run in found])
        return
    rows = [
        (run.number, run.id, run.state.value, _minute(run.time), run.seq, f"{run.items:,}", percent(run.score), _told(one, run))
        for run in found
    ]
    print_table(["run", "id", "state", "time", "commit", "items", "score", "deficiencies"], rows)


def print_repeat(before: Run, found: Sequence[Finding], now: Inspection, as_json: bool) -> bool:
    """Whether a repetition found the same, and what differs."""
    old, new = {(one.id, one.what): one for one in found}, {(one.id, one.what): one for one in now.findings}
    same = now.digest == before.digest
    lost, more = [one for key, one in old.items() if key not in new], [one for key, one in new.items() if key not in old]
    if as_json:
        print_json({
            "run": before.id, "seq": before.seq, "same": same, "digest": now.digest, "digest_then": before.digest,
            "not_found_now": [one.body() for one in lost], "found_only_now": [one.body() for one in more],
        })  # fmt: skip
        return same
    if same:
        print(f"The same is found at commit {before.seq}: {len(new)} findings, digest {now.digest}")
        return True
    print(f"NOT THE SAME at commit {before.seq}: digest {now.digest}, then {before.digest}")
    rows = [(mark, one.check, one.name, one.what) for mark, part in (("not now", lost), ("only now", more)) for one in part[:_DIFFERING]]
    if rows:
        print_table(["", "check", "item", "what"], rows)
    if len(rows) < len(lost) + len(more):
        say(f"{len(rows):,} of {len(lost) + len(more):,} differences; --json shows all")
    return False


def print_trend(found: Trends, as_json: bool) -> None:
    """How scores moved."""
    if as_json:
        lines = {"whole": [found.whole], "types": found.by_type, "services": found.by_service, "checks": found.by_check}
        print_json({name: [_line_body(one, found.names) for one in part] for name, part in lines.items()})
        return
    if not found.whole.points:
        print("no run has been carried out yet")
        return
    runs = [str(one.number) for one in found.whole.points]
    parts: list[tuple[str, Sequence[Trend]]] = [("", [found.whole]), ("Services", found.by_service), ("Types", found.by_type)]
    for title, trends in parts:
        rows = []
        for line in trends:
            shares = {str(one.number): percent(one.score) for one in line.points}
            change = "" if line.change is None else f"{line.change * 100:+.1f}"
            rows.append((found.names.get(line.name, line.name) or "all items", *(shares.get(one, "-") for one in runs), change))
        if rows:
            print_table(["", *(f"run {one}" for one in runs), "points"], rows, title=title)


def print_deficiencies(found: Sequence[Deficiency], today: date, as_json: bool) -> None:
    """A list of deficiencies."""
    if as_json:
        print_json([deficiency_body(one) for one in found])
        return
    rows = [
        (
            one.id, one.severity.value, one.item_name, one.item_type, one.what, one.owner or "nobody", one.state.value,
            f"{one.due}{' OVERDUE' if overdue(one, today) else ''}",
        )
        for one in found
    ]  # fmt: skip
    print_table(["id", "severity", "item", "type", "what", "owner", "state", "due"], rows)


def cut_short(shown: int, total: int, last: str, further: bool) -> str:
    """What to say where a list of deficiencies goes on. `last`: the id of the last one shown; `further`: others were before the first."""
    return f"{'the next' if further else 'first'} {shown:,} of {total:,}; --first N or --after {last} shows more"


def print_deficiency(one: Deficiency, today: date, as_json: bool) -> None:
    """One deficiency."""
    if as_json:
        print_json(deficiency_body(one))
        return
    late = ", OVERDUE" if overdue(one, today) else ""
    print(f"{one.item_name or one.title} {one.what}")
    print(f"  check     {one.check}: {one.title} ({one.severity.value}, {one.requirement})")
    if one.item:
        print(f"  item      {one.item_type} {one.item}")
    print(f"  state     {one.state.value}{late}")
    print(f"  owner     {one.owner or 'nobody'}")
    print(f"  action    {one.action}")
    print(f"  due       {one.due}")
    for name, value in (("change", one.change), ("done by", one.done_by), ("verified", one.verified_by), ("accepted", one.accepted_by)):
        if value:
            print(f"  {name:9} {value}")
    rows = [(_minute(step.time), step.by, step.before or "-", step.after, step.note) for step in one.history]
    print_table(["time", "by", "from", "to", "note"], rows)
    if len(rows) == STEPS:
        say(f"the newest {STEPS} steps; the versions of the record in the ledger hold those before")


def _scores(what: str, scores: Sequence[tuple[str, Score]]) -> None:
    rows = [(name, f"{one.subjects:,}", f"{one.subjects - one.passed:,}", percent(one)) for name, one in scores[:_WORST]]
    print_table([what, "items", "with deficiencies", "score"], rows)
    if len(scores) > _WORST:
        say(f"the worst {_WORST} of {len(scores)} are shown; --json shows all")


def _worst(pair: tuple[str, Score]) -> tuple[float, str]:
    return (pair[1].share if pair[1].share is not None else 2.0, pair[0])


def _line_body(line: Trend, names: dict[str, str]) -> dict[str, Any]:
    points = [{"run": one.run, "number": one.number, "seq": one.seq, "time": one.time, **one.score.body()} for one in line.points]
    return {"name": names.get(line.name, line.name), "id": line.name, "change": line.change, "points": points}


def _told(one: Audit, run: Run) -> str:
    if run.problem:
        return run.problem
    counts = [f"{count} {name}" for name, count in run.counts.items() if count and name in ("new", "again", "reopened", "gone")]
    aside = aside_words(run, one.criteria) if run.aside else ""
    return f"{', '.join(counts)}{f'; {aside}' if aside else ''}"


def _left(count: int) -> str:
    return f"{count:,} counted but not filed (limit of the check)" if count else ""


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")
