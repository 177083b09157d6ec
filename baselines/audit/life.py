"""The life of a deficiency: what a run does to it, what people may do, and who (requirements 9.1-15, 4.5.4.2-06). Pure.

    open -> in_progress -> done -> verified         by people; verified by somebody else than the owner and than who did it; who owned it
                                                    and gave it to another does not get round that
    open | in_progress | done -> accepted           with a reason, perhaps until a date, by an auditor or a manager who does not own it
    open | in_progress | accepted -> gone           a run no longer found it
    done | verified | gone | accepted (run out) -> open    a run found it again

A run that finds what is open leaves the record alone, so that being found again costs nothing; the run itself says what it found. What has
happened (an unauthorised change) is never gone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from baselines.audit.errors import AuditForbidden, DateInPast, DeficiencyMove, VerifyOwnWork
from baselines.audit.model import PENDING, Audit, CheckSpec, Deficiency, DeficiencyState, Finding, Run, Severity, Step
from cmdb.kernel.clock import to_text
from cmdb.kernel.errors import InvalidInput
from cmdb.model.actor import Actor, Role

S = DeficiencyState
_MOVES: Mapping[S, frozenset[S]] = {
    S.OPEN: frozenset({S.IN_PROGRESS, S.DONE, S.ACCEPTED}),
    S.IN_PROGRESS: frozenset({S.OPEN, S.DONE, S.ACCEPTED}),
    S.DONE: frozenset({S.IN_PROGRESS, S.ACCEPTED}),
    S.ACCEPTED: frozenset({S.OPEN}),
    S.VERIFIED: frozenset(),
    S.GONE: frozenset(),
}
STEPS = 50
WORST_FIRST = (Severity.MAJOR, Severity.MINOR, Severity.NOTE)
AUDITORS = (Role.AUDITOR, Role.ADMINISTRATOR)
ACCEPTERS = (Role.AUDITOR, Role.CHANGE_MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Alteration:
    """What somebody wants to change; None leaves a part as it is. `change` is the request for change that mends it."""

    state: DeficiencyState | None = None
    owner: str | None = None
    action: str | None = None
    due: str | None = None
    note: str = ""
    change: str | None = None
    until: str | None = None


def found(finding: Finding, spec: CheckSpec, audit: Audit, run: Run, before: Deficiency | None, now: datetime) -> Deficiency | None:
    """The deficiency after a run found it; None where its record stays as it is."""
    if before is None:
        due = (now + timedelta(days=spec.due_days)).date().isoformat()
        first = Step(to_text(now), run.auditor, "", S.OPEN, f"found by run {run.number}", run.id)
        return Deficiency(
            finding.id, audit.id, spec.id, spec.title, spec.requirement, spec.severity, finding.item, finding.name, finding.type,
            finding.owner or audit.default_owner, finding.what, spec.action, due, S.OPEN, to_text(now), run.id, run.id, history=(first,),
        )  # fmt: skip
    if before.last_run == run.id:
        return None  # a run that is carried out again
    told = replace(before, what=finding.what, item_name=finding.name or before.item_name, severity=spec.severity, last_run=run.id)
    run_out = before.state is S.ACCEPTED and before.accepted_until and before.accepted_until < now.date().isoformat()
    if before.state in (S.DONE, S.VERIFIED, S.GONE) or run_out:
        due = (now + timedelta(days=spec.due_days)).date().isoformat()
        why = "its acceptance has run out" if run_out else f"found again by run {run.number}"
        if due != before.due:
            why = f"{why}; due: {before.due or 'none'} -> {due}"
        again = replace(told, state=S.OPEN, due=due, times_reopened=before.times_reopened + 1, done_by="", verified_by="", accepted_by="")
        return with_step(again, Step(to_text(now), run.auditor, before.state, S.OPEN, why, run.id))
    return told if finding.what != before.what else None


def not_found(before: Deficiency, run: Run, now: datetime) -> Deficiency | None:
    """The deficiency after a run looked and did not find it; None where its record stays as it is."""
    if before.last_run == run.id or before.state in (S.VERIFIED, S.GONE):
        return None
    if before.state is S.DONE:
        if before.history and before.history[0].after == S.DONE and before.history[0].run:
            return None  # an earlier run has said so
        step = Step(to_text(now), run.auditor, S.DONE, S.DONE, f"not found by run {run.number}; waits for verification", run.id)
        return with_step(replace(before, last_run=run.id), step)
    step = Step(to_text(now), run.auditor, before.state, S.GONE, f"no longer found by run {run.number}", run.id)
    return with_step(replace(before, state=S.GONE, last_run=run.id), step)


def altered(before: Deficiency, wanted: Alteration, actor: Actor, names: Collection[str], now: datetime) -> Deficiency:
    """The deficiency after a person's step. `names` are those under which the actor owns things (their own, their teams'), folded.

    A new due date that is over is refused, unless the step ends the work: done and accepted ones are due no more. Raises `AuditForbidden`,
    `VerifyOwnWork`, `DeficiencyMove`, `DateInPast`, `InvalidInput`.
    """
    owns = before.owner.casefold() in names
    if not owns and not actor.has(*ACCEPTERS if wanted.state is S.ACCEPTED else AUDITORS):
        who = f"its owner ({before.owner})" if before.owner else "its owner (nobody yet)"
        raise AuditForbidden(f"deficiency {before.id} is for {who}, an auditor or an administrator", owner=before.owner)
    after = replace(
        before,
        owner=_line("owner", wanted.owner, before.owner),
        action=_line("action", wanted.action, before.action, 2_000),
        due=_day("due", wanted.due) or before.due,
        change=_line("change", wanted.change, before.change),
    )
    if after.due != before.due and wanted.state not in (S.DONE, S.ACCEPTED):
        _not_over("due", after.due, now)
    if owns and after.owner.casefold() not in names:
        after = replace(after, handed_on_by=tuple(dict.fromkeys((*before.handed_on_by, before.owner))))
    state = wanted.state or before.state
    if state is not before.state:
        after = _moved(before, after, wanted, actor, owns or _owned(before, names), now)
    said = _told(before, after)
    if not said and not wanted.note:
        return before
    note = "; ".join(part for part in (wanted.note.strip()[:2_000], _told(before, replace(after, state=before.state))) if part)
    return with_step(after, Step(to_text(now), actor.name, before.state, after.state, note))


def verified(before: Deficiency, effective: bool, note: str, actor: Actor, names: Collection[str], now: datetime) -> Deficiency:
    """The deficiency after somebody looked whether what was done helped. Raises as `altered`."""
    if not actor.has(*ACCEPTERS):
        raise AuditForbidden("deficiencies are verified by auditors, change managers and administrators")
    if before.state is not S.DONE:
        raise DeficiencyMove(f"deficiency {before.id} is {before.state}; only one that is done can be verified", state=str(before.state))
    if before.owner.casefold() in names or _owned(before, names) or before.done_by.casefold() == actor.name.casefold():
        raise VerifyOwnWork(f"{actor.name} owns or owned deficiency {before.id} or did the work on it; somebody else must verify it")
    if not effective and not note.strip():
        raise InvalidInput("say in a note what is still wrong")
    state = S.VERIFIED if effective else S.OPEN
    after = replace(before, state=state, verified_by=actor.name if effective else "", done_by=before.done_by if effective else "")
    return with_step(after, Step(to_text(now), actor.name, before.state, state, note.strip()[:2_000]))


def with_step(one: Deficiency, step: Step) -> Deficiency:
    """With one more step of history, newest first."""
    return replace(one, history=(step, *one.history)[:STEPS])


def overdue(one: Deficiency, today: date) -> bool:
    """Whether something was to be done before today."""
    return one.state in PENDING and bool(one.due) and one.due < today.isoformat()


def urgency(one: Deficiency) -> tuple[int, str, str]:
    """What lists are ordered by: the worst severity, then what is due first (what has no date is due last), then the id."""
    return (WORST_FIRST.index(one.severity), one.due or "9999-12-31", one.id)


def _moved(before: Deficiency, after: Deficiency, wanted: Alteration, actor: Actor, owned: bool, now: datetime) -> Deficiency:
    state = wanted.state or before.state
    if state not in _MOVES[before.state]:
        ways = ", ".join(sorted(_MOVES[before.state])) or "nowhere by hand; a run reopens it when it finds it again"
        raise DeficiencyMove(f"deficiency {before.id} is {before.state} and goes to: {ways}", state=str(before.state), wanted=str(state))
    if state is S.ACCEPTED:
        if owned or before.done_by.casefold() == actor.name.casefold():
            raise VerifyOwnWork(f"{actor.name} owns or owned deficiency {before.id}; somebody else must accept it as it is")
        if not wanted.note.strip():
            raise InvalidInput("a deficiency is accepted with a reason: say why in the note")
        until = _day("until", wanted.until)
        if until:
            _not_over("accepted until", until, now)
        return replace(after, state=state, accepted_by=actor.name, accepted_reason=wanted.note.strip()[:2_000], accepted_until=until)
    if state is S.DONE:
        return replace(after, state=state, done_by=actor.name)
    return replace(after, state=state, done_by="", accepted_by="", accepted_reason="", accepted_until="")


def _owned(one: Deficiency, names: Collection[str]) -> bool:
    """Whether somebody of these names owned it and gave it to another themselves."""
    return any(name.casefold() in names for name in one.handed_on_by)


def _told(before: Deficiency, after: Deficiency) -> str:
    parts = [(name, getattr(before, name), getattr(after, name)) for name in ("owner", "action", "due", "change", "state")]
    return "; ".join(f"{name}: {old or 'none'} -> {new or 'none'}" for name, old, new in parts if old != new)


def _line(name: str, value: str | None, before: str, most: int = 300) -> str:
    if value is None:
        return before
    if len(value) > most or "\0" in value:
        raise InvalidInput(f"{name} is a text of at most {most} characters")
    return value.strip()


def _not_over(name: str, day: str, now: datetime) -> None:
    if day < now.date().isoformat():
        raise DateInPast(f"{name}: {day} is over; today is {now.date().isoformat()}", date=day)


def _day(name: str, value: str | None) -> str:
    if not value:
        return ""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InvalidInput(f"{name} is a date such as 2026-12-31, not {value[:40]!r}") from None
