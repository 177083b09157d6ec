"""The life of a deficiency: who may take which step. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from baselines.audit.bodies import deficiency_body, deficiency_from
from baselines.audit.errors import AuditForbidden, DateInPast, DeficiencyMove, VerifyOwnWork
from baselines.audit.life import Alteration, altered, found, overdue, verified
from baselines.audit.model import Audit, CheckKind, CheckSpec, Deficiency, DeficiencyState, Finding, Run, RunState, Severity
from baselines.model import WHOLE
from cmdb.kernel.errors import InvalidInput
from cmdb.model.actor import Actor, Role

S = DeficiencyState
NOW = datetime(2026, 11, 23, tzinfo=UTC)
OWNER = Actor("olga", frozenset({Role.ENGINEER}))
OTHER = Actor("otto", frozenset({Role.ENGINEER}))
AUDITOR = Actor("una", frozenset({Role.AUDITOR}))
MANAGER = Actor("mona", frozenset({Role.CHANGE_MANAGER}))
ONE = Deficiency(
    "d1", "a1", "owned", "Owned", "9.1-02", Severity.MAJOR, "i1", "web", "server", "Olga", "has no owner", "name one", "2026-12-01", S.OPEN,
    "2026-11-01", "u1", "u1",
)  # fmt: skip

AUDIT = Audit("a1", "audit", "", WHOLE, (), "", "una", "", "una", "", 1)


def step(one: Deficiency, actor: Actor, **wanted: object) -> Deficiency:
    return altered(one, Alteration(**wanted), actor, {actor.name.casefold()}, NOW)  # type: ignore[arg-type]


def test_the_owner_works_and_somebody_else_verifies() -> None:
    begun = step(ONE, OWNER, state=S.IN_PROGRESS, note="ordered")
    done = step(begun, OWNER, state=S.DONE)
    assert (done.state, done.done_by, [one.after for one in done.history]) == (S.DONE, "olga", [S.DONE, S.IN_PROGRESS])
    for actor in (OWNER, replace(OWNER, roles=frozenset({Role.CHANGE_MANAGER}))):
        with pytest.raises((AuditForbidden, VerifyOwnWork)):
            verified(done, True, "", actor, {"olga"}, NOW)
    assert verified(done, True, "", MANAGER, {"mona"}, NOW).state is S.VERIFIED
    back = verified(done, False, "still empty", AUDITOR, {"una"}, NOW)
    assert (back.state, back.done_by, back.history[0].note) == (S.OPEN, "", "still empty")
    with pytest.raises(InvalidInput):
        verified(done, False, " ", AUDITOR, {"una"}, NOW)


def test_who_did_the_work_does_not_verify_it_even_without_owning_it() -> None:
    done = step(ONE, AUDITOR, state=S.DONE)
    with pytest.raises(VerifyOwnWork):
        verified(done, True, "", AUDITOR, {"una"}, NOW)


def test_an_owner_who_hands_it_on_neither_accepts_nor_verifies_it() -> None:
    olga = replace(OWNER, roles=frozenset({Role.AUDITOR, Role.CHANGE_MANAGER}))
    given = step(ONE, olga, owner="otto", state=S.IN_PROGRESS)
    assert (given.owner, given.handed_on_by) == ("otto", ("Olga",))
    with pytest.raises(VerifyOwnWork):
        step(given, olga, state=S.ACCEPTED, note="fine")
    with pytest.raises(VerifyOwnWork):
        verified(step(given, OTHER, state=S.DONE), True, "", olga, {"olga"}, NOW)
    sorted_out = step(ONE, AUDITOR, owner="otto")  # by somebody who did not own it: nobody is barred
    assert sorted_out.handed_on_by == ()
    assert step(sorted_out, olga, state=S.ACCEPTED, note="a test machine").state is S.ACCEPTED
    assert deficiency_from(deficiency_body(given), 0) == given


def test_a_team_owns_together() -> None:
    team = replace(ONE, owner="Platform")
    assert altered(team, Alteration(state=S.DONE), OTHER, {"otto", "platform"}, NOW).done_by == "otto"
    done = replace(team, state=S.DONE, done_by="somebody")
    with pytest.raises(VerifyOwnWork):
        verified(done, True, "", MANAGER, {"mona", "platform"}, NOW)


def test_others_may_not_and_moves_are_checked() -> None:
    with pytest.raises(AuditForbidden):
        step(ONE, OTHER, state=S.DONE)
    with pytest.raises(DeficiencyMove, match="is open and goes to: accepted, done, in_progress"):
        step(ONE, OWNER, state=S.VERIFIED)
    for end in (S.VERIFIED, S.GONE):
        with pytest.raises(DeficiencyMove):
            step(replace(ONE, state=end), AUDITOR, state=S.OPEN)
    with pytest.raises(DeficiencyMove):
        verified(ONE, True, "", MANAGER, {"mona"}, NOW)


def test_acceptance_needs_a_reason_and_another_person() -> None:
    with pytest.raises(VerifyOwnWork):
        step(ONE, replace(OWNER, roles=frozenset({Role.CHANGE_MANAGER})), state=S.ACCEPTED, note="fine")
    with pytest.raises(InvalidInput):
        step(ONE, MANAGER, state=S.ACCEPTED)
    taken = step(ONE, MANAGER, state=S.ACCEPTED, note="a test machine", until="2027-01-01")
    assert (taken.accepted_by, taken.accepted_reason, taken.accepted_until) == ("mona", "a test machine", "2027-01-01")
    again = step(taken, AUDITOR, state=S.OPEN)
    assert (again.accepted_by, again.accepted_reason, again.accepted_until) == ("", "", "")


def test_parts_are_checked_and_told() -> None:
    moved = step(ONE, AUDITOR, owner="desk", due="2026-12-24", note="holidays")
    assert moved.history[0].note == "holidays; owner: Olga -> desk; due: 2026-12-01 -> 2026-12-24"
    assert step(ONE, AUDITOR) is ONE
    for wrong in ({"due": "soon"}, {"owner": "x" * 400}, {"action": "\0"}):
        with pytest.raises(InvalidInput):
            step(ONE, AUDITOR, **wrong)
    assert overdue(ONE, date(2026, 12, 2))
    assert not overdue(ONE, date(2026, 12, 1))
    assert not overdue(replace(ONE, state=S.VERIFIED), date(2027, 1, 1))


def test_what_is_due_is_not_over_yet_unless_the_work_is() -> None:
    late = replace(ONE, due="2026-11-01")
    for wrong in ({"due": "2026-11-22"}, {"due": "2026-11-22", "state": S.IN_PROGRESS}):
        with pytest.raises(DateInPast, match="due: 2026-11-22 is over; today is 2026-11-23"):
            step(ONE, AUDITOR, **wrong)
    with pytest.raises(DateInPast, match="accepted until"):
        step(ONE, MANAGER, state=S.ACCEPTED, note="a test machine", until="2026-11-22")
    assert step(ONE, AUDITOR, due="2026-11-23").due == "2026-11-23"
    assert step(late, AUDITOR, due="2026-11-01", owner="desk").owner == "desk", "a date that stays is not given anew"
    done = step(ONE, OWNER, state=S.DONE, due="2026-11-20", note="entered")
    assert (done.due, done.history[0].note) == ("2026-11-20", "entered; due: 2026-12-01 -> 2026-11-20")


def test_whoever_reopens_writes_the_new_date_down() -> None:
    taken = step(ONE, MANAGER, state=S.ACCEPTED, note="a test machine")
    again = step(taken, AUDITOR, state=S.OPEN, due="2026-12-31", owner="desk")
    assert (again.history[0].before, again.history[0].note) == (S.ACCEPTED, "owner: Olga -> desk; due: 2026-12-01 -> 2026-12-31")
    spec = CheckSpec("owned", CheckKind.COMPLETENESS, "Owned", due_days=7)
    finding = Finding("owned", "i1", "web", "server", "", "has no owner", id="d1")
    run = Run("u2", "a1", 2, RunState.RUNNING, 9, "", 1, "", "una", "una", "")
    reopened = found(finding, spec, AUDIT, run, replace(ONE, state=S.GONE), NOW)
    assert reopened is not None
    assert (reopened.due, reopened.history[0].note) == ("2026-11-30", "found again by run 2; due: 2026-12-01 -> 2026-11-30")
