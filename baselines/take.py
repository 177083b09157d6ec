"""Taking baselines and their life (design 8, requirements 9.1-20, 9.1-21).

Taking one writes one record: the name, purpose and scope, and number, hash and time of the commit it designates. Nothing of the content is
read; only that the scope names something is looked up. A baseline is approved by a change manager or an administrator who neither took it
nor made the schedule that did; an approved one may be superseded by another approved one; one that is in force or not yet approved may be
withdrawn, with a reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from baselines.errors import BadBaseline, BaselineInFuture, BaselineNameTaken, BaselineStateRefused, OwnBaseline
from baselines.model import Baseline, BaselineState, Scope
from baselines.people import same_person
from baselines.points import Point, Points, is_number, is_time
from baselines.repository import BaselineBook, BaselineFilter, baseline_id, record_of
from baselines.scope_check import ScopeCheck
from change_gate.verdicts import RoleMissing
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.ledger.asof import UnknownRevision
from cmdb.ledger.chain import Head
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.intake import check_same_body
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import Receipt, Version
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.plan import ChangePlan

TAKERS = (Role.ENGINEER, Role.CHANGE_MANAGER)
DECIDERS = (Role.CHANGE_MANAGER,)
NOT_NAMES = frozenset({"now", "head"})
"""What stands for the present wherever a point is asked for: a baseline so called could never be reached."""


@dataclass(frozen=True, slots=True)
class Step:
    """A baseline after a step of its life, and where the step stands in the ledger."""

    baseline: Baseline
    receipt: Receipt


class Baselines:
    """Takes baselines and carries out the steps of their life. Thread-safe."""

    def __init__(self, ledger: Ledger, log: Log, book: BaselineBook, points: Points, check: ScopeCheck, clock: Clock) -> None:
        self._ledger, self._log, self._book, self._points, self._check, self._clock = ledger, log, book, points, check, clock

    def take(
        self,
        name: str,
        purpose: str,
        scope: Scope,
        actor: Actor,
        *,
        point: int | str | datetime | None = None,
        designation: str = "",
        key: str | None = None,
        schedule: str | None = None,
    ) -> Step:
        """Designate the present, or an earlier `point`, as baseline `name`. `key` makes a repeat answer as the first time did.

        Raises `RoleMissing`, `BadBaseline`, `BaselineNameTaken`, `BaselineInFuture`, `BadScope`, `EmptyScope`, `UnknownType`,
        `BaselineNotFound`, `IdempotencyKeyReused`.
        """
        allowed(actor, TAKERS, "take baselines")
        asked_point = to_text(point) if isinstance(point, datetime) else point
        asked = _asked("take", name=name, purpose=purpose, scope=scope.body(), point=asked_point, designation=designation)
        name, purpose, designation = _name(name), _text("purpose", purpose, 3, 2_000), _text("designation", designation, 0, 200)
        taken = Baseline(baseline_id(name), name, purpose, scope, 0, "", "", "", actor.name, designation=designation, schedule=schedule)

        def fill(_: Baseline | None) -> Baseline:
            head = self._ledger.head()
            commit = self._designated(head, point)
            checked = self._check.checked(scope, commit.seq, live=commit.seq == head.seq)
            return replace(taken, scope=checked, seq=commit.seq, hash=commit.hash, time=commit.time, taken_at=to_text(self._clock()))

        try:
            return self._step(taken.id, actor, f"baseline {name!r} taken: {purpose}", key, asked, fill)
        except StalePlan as problem:
            raise BaselineNameTaken(
                f"there is a baseline called {name!r}; names are for ever, choose another", name=name, baseline=taken.id
            ) from problem

    def get(self, id_or_name: str) -> Baseline:
        """The baseline with this id or name. Raises `BaselineNotFound`."""
        return self._book.get(id_or_name)

    def page(self, wanted: BaselineFilter | None = None, after: str | None = None, first: int = 50) -> list[Baseline]:
        """Baselines, the newest first."""
        return self._book.page(wanted, after, first)

    def count(self, wanted: BaselineFilter | None = None) -> int:
        """How many baselines there are."""
        return self._book.count(wanted)

    def history(self, id_or_name: str, limit: int = 100) -> list[tuple[Baseline, Version]]:
        """The steps of a baseline's life, newest first: what it said, and the version that said so."""
        versions = self._book.versions(self.get(id_or_name).id, limit=limit)
        return [(Baseline.from_body(one.body["body"], one.revision), one) for one in versions]

    def approve(self, id_or_name: str, actor: Actor, *, designation: str | None = None, reason: str = "", key: str | None = None) -> Step:
        """Put a baseline in force; `designation` says what it is called from now on.

        Raises `RoleMissing`, `OwnBaseline`, `BaselineStateRefused`.
        """
        allowed(actor, DECIDERS, "approve baselines")
        asked = _asked("approve", baseline=id_or_name, designation=designation, reason=reason)
        given = None if designation is None else _text("designation", designation, 0, 200)

        def fill(one: Baseline) -> Baseline:
            if same_person(one.taken_by, actor.name):
                raise OwnBaseline(f"{actor.name} took {one.name!r}; another person must approve it", baseline=one.id)
            if same_person(self._book.scheduled_by(one), actor.name):
                raise OwnBaseline(f"{actor.name} had {one.name!r} taken by a schedule; another person must approve it", baseline=one.id)
            _in_state(one, "approved", BaselineState.TAKEN)
            called = one.designation if given is None else given
            now = to_text(self._clock())
            return replace(one, state=BaselineState.APPROVED, designation=called, approved_by=actor.name, approved_at=now)

        return self._onward(id_or_name, actor, f"approved{_because(reason)}", key, asked, fill)

    def supersede(self, id_or_name: str, by: str, actor: Actor, *, reason: str = "", key: str | None = None) -> Step:
        """Say that another approved baseline takes the place of an approved one. Raises `RoleMissing`, `BaselineStateRefused`."""
        allowed(actor, DECIDERS, "supersede baselines")
        asked = _asked("supersede", baseline=id_or_name, by=by, reason=reason)

        def fill(one: Baseline) -> Baseline:
            other = self.get(by)
            if other.id == one.id:
                raise BaselineStateRefused(f"{one.name!r} cannot take its own place", baseline=one.id, state=one.state.value)
            _in_state(one, "superseded", BaselineState.APPROVED)
            if other.state is not BaselineState.APPROVED:
                raise BaselineStateRefused(
                    f"{other.name!r} is {other.state.value}; only an approved baseline takes the place of another",
                    baseline=other.id,
                    state=other.state.value,
                )
            return replace(one, state=BaselineState.SUPERSEDED, superseded_by=other.id, superseded_at=to_text(self._clock()))

        return self._onward(id_or_name, actor, f"superseded by {by}{_because(reason)}", key, asked, fill)

    def withdraw(self, id_or_name: str, actor: Actor, reason: str, *, key: str | None = None) -> Step:
        """Say that a baseline does not hold as a baseline (any more). It stays, with the reason.

        Raises `RoleMissing`, `BadBaseline` (no reason), `BaselineStateRefused`.
        """
        allowed(actor, DECIDERS, "withdraw baselines")
        why = _text("reason", reason, 3, 2_000)

        def fill(one: Baseline) -> Baseline:
            _in_state(one, "withdrawn", BaselineState.TAKEN, BaselineState.APPROVED)
            now = to_text(self._clock())
            return replace(one, state=BaselineState.WITHDRAWN, withdrawn_by=actor.name, withdrawn_at=now, withdrawn_reason=why)

        asked = _asked("withdraw", baseline=id_or_name, reason=reason)
        return self._onward(id_or_name, actor, f"withdrawn: {why}", key, asked, fill)

    def _onward(
        self, id_or_name: str, actor: Actor, reason: str, key: str | None, asked: str, fill: Callable[[Baseline], Baseline]
    ) -> Step:
        before = self.get(id_or_name)
        return self._step(before.id, actor, f"baseline {before.name!r} {reason}", key, asked, lambda _: fill(before), before.revision)

    def _step(
        self, id_: str, actor: Actor, reason: str, key: str | None, asked: str, fill: Callable[[Any], Baseline], expected: int = 0
    ) -> Step:
        """One record commit, unless the key came before: then the baseline as it is, and the first receipt."""
        known = self._ledger.intake(key) if key is not None else None
        if known is not None and key is not None:
            check_same_body(key, known.digest, asked)
            return Step(self.get(id_), Receipt(known.seq, None, known.time, replayed=True))
        after = fill(None)
        source = MANUAL_SOURCE if after.schedule is None or expected else "schedule"
        plan = ChangePlan(Cause(actor, source, reason), key=key, body_digest=asked)
        receipt = self._ledger.commit(plan, [record_of(after, expected)])
        if receipt.replayed:
            after = self.get(id_)
        return Step(replace(after, revision=receipt.revisions.get(id_, after.revision)), receipt)

    def _designated(self, head: Head, point: int | str | datetime | None) -> Head:
        if head.seq == 0:
            raise BaselineInFuture("nothing has been written yet; there is no commit to designate")
        if point is None:
            return head
        moment = from_text(point) if isinstance(point, str) and is_time(point) else point
        if isinstance(moment, datetime) and moment > self._clock():
            raise BaselineInFuture(f"{to_text(moment)} has not come yet; a baseline designates what was written", time=to_text(moment))
        try:
            found: Point = self._points.resolve(moment)
        except UnknownRevision as problem:
            raise BaselineInFuture(f"{problem.detail}; a baseline designates what was written", head=head.seq) from problem
        if found.seq < 1:
            raise BaselineInFuture(f"nothing had been written by {point}", head=head.seq)
        commit = self._log.commits([found.seq])[found.seq]
        return Head(commit.seq, commit.hash, commit.time)


def allowed(actor: Actor, roles: tuple[Role, ...], what: str) -> None:
    """Raise `RoleMissing` unless the actor has one of the roles (an administrator has)."""
    if not actor.has(*roles):
        needs = sorted(role.value for role in (*roles, Role.ADMINISTRATOR))
        raise RoleMissing(f"{actor.name} may not {what}", needs=needs)


def _in_state(one: Baseline, becoming: str, *states: BaselineState) -> None:
    if one.state not in states:
        allowed_ones = " or ".join(state.value for state in states)
        raise BaselineStateRefused(
            f"{one.name!r} is {one.state.value}; only one that is {allowed_ones} can be {becoming}", baseline=one.id, state=one.state.value
        )


def _asked(step: str, **parts: Any) -> str:
    """The digest of a request: what makes a repeat the same."""
    body: Mapping[str, Any] = {"step": step, **parts}
    return digest(canonical_json(dict(body)))


def _because(reason: str) -> str:
    return f": {reason.strip()[:2_000]}" if reason.strip() else ""


def _name(name: str) -> str:
    """A name a person can say and a point cannot be mistaken for. Raises `BadBaseline`."""
    found = " ".join(name.split())
    if not 1 <= len(found) <= 200 or not found.isprintable():
        raise BadBaseline("a baseline's name has 1 to 200 printable characters", name=found[:80])
    if is_number(found) or is_time(found) or found.casefold() in NOT_NAMES:
        raise BadBaseline(f"{found!r} reads like a commit's number, a time or the present; choose another name", name=found)
    return found


def _text(what: str, given: str, least: int, most: int) -> str:
    found = given.strip()
    if not least <= len(found) <= most:
        raise BadBaseline(f"the {what} has {least} to {most:,} characters, not {len(found):,}", part=what)
    return found
