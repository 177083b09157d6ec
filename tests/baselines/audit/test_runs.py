"""Runs of an audit on both engines: pinned, repeatable, once under a key; deficiencies keep their identity from run to run."""

from dataclasses import replace

import pytest

from baselines.audit.errors import AuditBusy, AuditForbidden, AuditorNotIndependent, DeficiencyNotFound, VerifyOwnWork
from baselines.audit.life import Alteration
from baselines.audit.model import DeficiencyState, RunState
from baselines.audit.page import html_lines
from baselines.audit.planning import Plan
from baselines.audit.report import csv_lines, report_body, report_of
from baselines.audit.trend import trends_of
from baselines.model import WHOLE, Scope, ScopeKind
from cmdb.ledger.errors import IdempotencyKeyReused
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.support.auditing import AUDITOR, Auditing, counts, own
from tests.support.road import ENGINEER, MANAGER

OPS = Actor("ops", frozenset({Role.ENGINEER}))
S = DeficiencyState


@pytest.fixture
def estate(store: BoltStore) -> Auditing:
    return Auditing(store)


def servers(estate: Auditing, **owners: str) -> dict[str, str]:
    return estate.say(*(Observation(name, "server", {"name": name, **({"owner": who} if who else {})}) for name, who in owners.items()))


OWNED = own("owned", "completeness", {"types": ["server"], "names": ["owner"]}, severity="major")


def test_the_same_thing_found_again_is_the_same_deficiency(estate: Auditing) -> None:
    servers(estate, a="", b="", c="ops")
    audit = estate.plan(OWNED, default_owner="desk")
    first = estate.run(audit)
    assert counts(first, "new", "again", "gone") == [2, 0, 0]
    (a, b) = (estate.deficiencies(audit)[name] for name in "ab")
    assert (a.owner, a.state, a.due, a.revision) == ("desk", S.OPEN, "2026-12-23", 1)

    estate.clock.advance(days=1)
    second = estate.run(audit)
    assert counts(second, "new", "again", "gone") == [0, 2, 0]
    assert estate.deficiencies(audit)["a"].revision == 1, "being found again writes nothing"

    servers(estate, a="ops")
    third = estate.run(audit)
    assert counts(third, "new", "again", "gone") == [0, 1, 1]
    gone = estate.deficiencies(audit)["a"]
    assert (gone.state, gone.history[0].note) == (S.GONE, "no longer found by run 3")

    estate.road.door.submit(replace_owner(estate, "a"), MANAGER)
    fourth = estate.run(audit)
    assert counts(fourth, "reopened", "again") == [1, 1]
    again = estate.deficiencies(audit)["a"]
    assert (again.id, again.state, again.times_reopened, again.history[0].before) == (a.id, S.OPEN, 1, S.GONE)
    assert b.id in {one.id for one in estate.findings(fourth)}


def replace_owner(estate: Auditing, name: str):  # type: ignore[no-untyped-def]
    """The network source takes the owner back."""
    from cmdb.model.observation import Batch

    return Batch("net", (Observation(name, "server", {"name": name, "owner": None}),))


def test_work_acceptance_and_verification_across_runs(estate: Auditing) -> None:
    servers(estate, a="", b="", c="")
    audit = estate.plan(OWNED, default_owner="ops")
    estate.run(audit)
    found, follow_up = estate.deficiencies(audit), estate.room.follow_up
    follow_up.alter(found["a"].id, Alteration(state=S.DONE, note="entered"), OPS)
    with pytest.raises(VerifyOwnWork):
        follow_up.verify(found["a"].id, True, "", Actor("ops", frozenset({Role.CHANGE_MANAGER})))
    follow_up.verify(found["a"].id, True, "looked", MANAGER)
    follow_up.alter(found["b"].id, Alteration(state=S.ACCEPTED, note="a test machine", until="2026-12-01"), AUDITOR)

    run = estate.run(audit)  # nothing was really done
    assert counts(run, "reopened", "accepted", "again") == [1, 1, 1]
    assert (run.checks[0].failed, run.checks[0].accepted, run.score.passed) == (3, 1, 1)
    states = {name: one.state for name, one in estate.deficiencies(audit).items()}
    assert states == {"a": S.OPEN, "b": S.ACCEPTED, "c": S.OPEN}

    estate.clock.advance(days=31)
    late = estate.run(audit)
    assert counts(late, "accepted", "reopened", "overdue") == [0, 1, 2]
    assert estate.deficiencies(audit)["b"].history[0].note == "its acceptance has run out; due: 2026-12-23 -> 2027-01-23"


def test_a_run_is_pinned_and_can_be_repeated(estate: Auditing) -> None:
    ids = servers(estate, a="", b="ops")
    audit = estate.plan(OWNED, "unrelated_items", "ledger_intact")
    run = estate.run(audit)
    before = estate.road.ledger.head()
    servers(estate, a="ops", z="")
    same, seen = estate.room.running.repeat(run.id)
    assert (same.seq, seen.digest, seen.items) == (run.seq, run.digest, 2)
    assert {one.item for one in seen.findings} == set(ids.values()), "as of the run's commit, not as of now"
    assert estate.road.ledger.head().seq == before.seq + 1, "repeating writes nothing"
    assert estate.run(audit).digest != run.digest


def test_a_key_files_one_run_and_a_lost_worker_is_replaced(estate: Auditing) -> None:
    servers(estate, a="")
    audit = estate.plan(OWNED)
    running = estate.room.running
    one, two = running.request(audit, AUDITOR, key="k"), running.request(audit, AUDITOR, key="k")
    assert (one.id, running.waiting()) == (two.id, [one.id])
    with pytest.raises(AuditBusy):
        running.request(audit, AUDITOR)
    book = estate.room.book
    from cmdb.model.actor import Cause

    book.write(Cause(AUDITOR, "audit"), [replace(book.run(one.id), state=RunState.RUNNING)])  # a worker took it and died
    with pytest.raises(AuditBusy):
        running.carry_out(one.id)
    assert running.waiting() == []
    estate.clock.advance(hours=2)
    assert running.waiting() == [one.id]
    done = running.carry_out(one.id)
    assert (done.state, done.seq, counts(done, "new")) == (RunState.DONE, one.seq, [1])
    assert running.carry_out(one.id) == done


def test_an_auditor_does_not_audit_what_they_own(estate: Auditing) -> None:
    estate.say(
        Observation("t", "team", {"name": "Platform"}),
        Observation("p", "person", {"name": "Una Ray", "user_name": "una"}, (ObservedRelation("belongs_to", to="t"),)),
        Observation("s", "server", {"name": "s", "owner": "Platform"}),
        Observation("r", "room", {"name": "hall", "owner": "Facilities"}),
    )
    with pytest.raises(AuditorNotIndependent, match="una owns 's' as Platform"):
        estate.plan(OWNED)
    rooms = estate.plan(own("r", "unrelated"), scope=Scope(ScopeKind.TYPE, types=("room",)))
    assert estate.run(rooms).items == 1
    estate.say(Observation("r", "room", {"name": "hall", "owner": "una"}))
    with pytest.raises(AuditorNotIndependent):
        estate.room.running.request(rooms, AUDITOR)
    estate.say(Observation("r", "room", {"name": "hall", "owner": "UNA"}))
    with pytest.raises(AuditorNotIndependent, match="as UNA"):
        estate.room.running.request(rooms, AUDITOR)
    with pytest.raises(AuditForbidden):
        estate.room.plan(Plan("x", WHOLE), ENGINEER, estate.schedules)


def test_scopes(estate: Auditing) -> None:
    ids = estate.say(
        Observation("db", "database", {"name": "db", "endpoint": "e:1"}),
        Observation("web", "application", {"name": "web"}, (ObservedRelation("depends_on", to="db"),)),
        Observation("shop", "service", {"name": "shop"}, (ObservedRelation("depends_on", to="web"),)),
        Observation("lone", "application", {"name": "lone"}),
    )
    check = own("o", "completeness", {"names": ["owner"]})
    for name, scope, items in (
        ("service", Scope(ScopeKind.SERVICE, service=ids["shop"]), {"shop", "web", "db"}),
        ("types", Scope(ScopeKind.TYPE, types=("application_item",)), {"web", "lone", "db"}),
        ("items", Scope(ScopeKind.ITEMS, items=(ids["lone"],)), {"lone"}),
    ):
        run = estate.run(estate.plan(check, name=name, scope=scope))
        assert {one.name for one in estate.findings(run)} == items
        assert (run.items, run.relations) == (len(items), 2)


def test_a_check_that_breaks_down_closes_nothing(estate: Auditing) -> None:
    servers(estate, a="")
    audit = estate.plan(OWNED, "ledger_intact")
    estate.run(audit)
    book = estate.room.book
    from cmdb.model.actor import Cause

    planned = book.audit(audit)
    gone_type = replace(planned.criteria[0], parameters={"types": ["no_such_type"], "names": ["owner"]})
    book.write(Cause(AUDITOR, "audit"), [replace(planned, criteria=(gone_type, *planned.criteria[1:]))])
    run = estate.run(audit)
    assert run.state is RunState.DONE
    assert run.checks[0].problem == "types: there is no item type 'no_such_type'"
    assert estate.deficiencies(audit)["a"].state is S.OPEN


def test_the_limit_of_a_check_counts_all_and_tells(estate: Auditing) -> None:
    servers(estate, **{f"s{n}": "" for n in range(7)})
    audit = estate.plan({**OWNED, "most": 3})
    run = estate.run(audit)
    assert (run.checks[0].failed, run.checks[0].left_out, counts(run, "new")) == (7, 4, [3])
    assert run.score.passed == 0
    again = estate.run(audit)
    assert (counts(again, "again", "new", "gone"), again.checks[0].left_out) == ([3, 0, 0], 4), "what is filed stays the same"
    servers(estate, **{one.item_name: "ops" for one in list(estate.deficiencies(audit).values())[:2]})
    estate.run(audit)
    more = estate.run(audit)
    assert (counts(more, "again", "new"), more.checks[0].failed) == ([1, 2], 5), "what was mended makes room for others"


def test_report_and_trend(estate: Auditing) -> None:
    servers(estate, a="", **{"b": "=1+1"})
    estate.say(Observation("shop", "service", {"name": "<b>shop</b>"}, (ObservedRelation("depends_on", to="a"),)))
    audit = estate.plan(OWNED, own("desc", "completeness", {"types": ["server"], "names": ["description"]}, severity="note"))
    estate.run(audit)
    servers(estate, a="ops")
    run = estate.run(audit)
    report = report_of(estate.room.book, run.id, estate.clock, estate.road.ledger.head().seq)
    body = report_body(report)
    assert (body["totals"]["share"], body["totals"]["before"], body["totals"]["gone"]) == (1.0, 0.666667, 1)
    assert [(one["check"], one["failed"], one["share"]) for one in body["checks"]] == [("owned", 0, 1.0), ("desc", 2, 0.0)]
    assert [(one["name"], one["state"]) for one in body["deficiencies"]] == [("a", "open"), ("b", "open")]
    page = "".join(html_lines(report))
    assert run.hash in page
    assert "&lt;b&gt;shop" in page
    assert "<b>shop" not in page
    assert "+33.3 points since run 1" in page
    assert "http" not in page.replace("http-equiv", "")
    lines = list(csv_lines(report))
    assert lines[0].startswith("severity,check,requirement")
    assert "'=1+1" in "".join(lines)

    trends = trends_of(estate.room.book, audit)
    assert [one.score.share for one in trends.whole.points] == [0.666667, 1.0]
    assert {trends.names[one.name]: one.change for one in trends.by_service} == {"<b>shop</b>": 0.5}
    assert {one.name: one.change for one in trends.by_type} == {"server": 0.5, "service": 0.0}


def test_scheduled_runs(estate: Auditing) -> None:
    servers(estate, a="")
    audit = estate.plan(OWNED, frequency="0 3 * * *")
    assert estate.schedules.run_due() == []
    estate.clock.advance(days=2)
    (ran,) = estate.schedules.run_due()
    assert (ran.failed, ran.missed) == (False, 1)
    assert ran.result.endswith("0.0% of 1 items without deficiency; 1 new, 0 gone")
    assert estate.schedules.run_due() == []
    assert estate.room.book.audit(audit).runs == 1
    estate.say(Observation("a", "server", {"name": "a", "owner": "una"}))
    estate.clock.advance(days=1)
    (refused,) = estate.schedules.run_due()
    assert (refused.failed, "auditor-not-independent" in refused.result) == (True, True)
    estate.room.close(audit, AUDITOR, "over", estate.schedules)
    estate.clock.advance(days=1)
    assert estate.schedules.run_due() == []


def test_a_key_that_came_with_something_else_is_refused_not_passed_over(estate: Auditing) -> None:
    servers(estate, a="", b="")
    audit = estate.plan(OWNED, key="k1")
    assert estate.plan(OWNED, key="k1") == audit
    with pytest.raises(IdempotencyKeyReused):
        estate.plan(OWNED, name="another", key="k1")
    estate.run(audit)
    found, follow_up = estate.deficiencies(audit), estate.room.follow_up
    once = follow_up.alter(found["a"].id, Alteration(owner="ops"), AUDITOR, key="k2")
    assert follow_up.alter(found["a"].id, Alteration(owner="ops"), AUDITOR, key="k2") == once
    for other, wanted in (("b", Alteration(owner="ops")), ("a", Alteration(owner="desk"))):
        with pytest.raises(IdempotencyKeyReused):
            follow_up.alter(found[other].id, wanted, AUDITOR, key="k2")
    assert estate.deficiencies(audit)["b"].owner == ""


@pytest.mark.slow
def test_services_without_a_score_of_their_own_are_told(estate: Auditing, store: BoltStore) -> None:
    for start in range(0, 2_010, 402):
        names = [f"s{number:04d}" for number in range(start, start + 402)]
        estate.say(*(Observation(name, "service", {"name": name}) for name in names))
    run = estate.run(estate.plan(own("owned", "completeness", {"types": ["service"], "names": ["owner"]})))
    assert (len(run.by_service), run.services_left_out) == (2_000, 10)
    report = report_of(estate.room.book, run.id, estate.clock, run.seq)
    assert report_body(report)["services_left_out"] == 10
    assert "10 more services have no score of their own" in "".join(html_lines(report))


def test_deficiencies_are_listed_by_severity_then_due_date_and_page_on(estate: Auditing) -> None:
    servers(estate, a="", b="", c="")
    located = own("located", "completeness", {"types": ["server"], "names": ["location"]}, due_days=7)
    audit = estate.plan(located, OWNED, default_owner="desk")
    estate.run(audit)
    follow_up = estate.room.follow_up
    follow_up.alter(next(one for one in follow_up.of_audit(audit) if one.check == "owned").id, Alteration(due="2026-12-24"), AUDITOR)
    whole = follow_up.page({"audit": audit})
    ways = [(one.severity, one.due, one.id) for one in whole]
    assert [one.check for one in whole] == ["owned"] * 3 + ["located"] * 3, "major ones first, though minor ones are due earlier"
    assert ways[2][1] == "2026-12-24"
    assert ways == sorted(ways), "'major' and 'minor' happen to be in the order of letters"
    seen: list[str] = []
    while page := follow_up.page({"audit": audit}, seen[-1] if seen else None, 2):
        seen += [one.id for one in page]
    assert seen == [one.id for one in whole]
    assert (follow_up.count({"audit": audit}), follow_up.count({"audit": audit, "severity": "major"})) == (6, 3)
    estate.clock.advance(days=10)
    assert [one.check for one in follow_up.page({"audit": audit}, overdue=True)] == ["located"] * 3
    assert follow_up.count({"audit": audit}, overdue=True) == 3
    with pytest.raises(DeficiencyNotFound):
        follow_up.page({"audit": audit}, "d-nobody")
