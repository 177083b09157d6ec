"""Planning audits (requirements 9.1-14, 4.5.4.2-05, 4.5.4.2-06).

Scope, criteria, frequency, auditor and objective are written down before anything is looked at. The auditor is named and independent: who
owns something in the scope, in their own name or through a team, does not audit it. That is looked at when the audit is planned and again
before each run, because owners change. Changes are looked at from where the plan says (`since`: a commit, a time or a baseline), else from
where the ledger stood when it was planned; what came before is not looked at, and every run says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from baselines.audit.criteria import read_criteria
from baselines.audit.errors import AuditBusy, AuditForbidden, AuditorNotIndependent
from baselines.audit.life import AUDITORS
from baselines.audit.model import Audit, AuditState
from baselines.audit.parties import Parties
from baselines.audit.repository import AuditBook, asked_for, audit_id
from baselines.model import Scope
from baselines.points import Points
from baselines.schedule import next_time
from baselines.scope import Scopes
from baselines.scope_check import ScopeCheck
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause
from cmdb.model.registry import Registry

SOURCE = "audit"
_OWNED = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `criteria`: see `baselines.audit.criteria`; None for all default ones. `auditor` empty: who plans it. `since`: a
    point of the past from which on the first run looks for differences; empty: now."""

    name: str
    scope: Scope
    objective: str = ""
    criteria: Sequence[Any] | None = None
    frequency: str = ""
    auditor: str = ""
    default_owner: str = ""
    key: str | None = None
    since: str = ""


class Planning:
    """Plans audits and closes them."""

    def __init__(
        self,
        book: AuditBook,
        ledger: Ledger,
        inventory: Inventory,
        scopes: Scopes,
        check: ScopeCheck,
        points: Points,
        registry: Callable[[], Registry],
        clock: Clock,
    ) -> None:
        self._book, self._ledger, self._inventory = book, ledger, inventory
        self._scopes, self._check, self._points, self._registry, self._clock = scopes, check, points, registry, clock
        self.parties = Parties(inventory)

    def plan(self, wanted: Plan, actor: Actor) -> Audit:
        """Write an audit down. Raises `AuditForbidden`, `BadCriteria`, `BadSchedule`, `AuditorNotIndependent`, `AuditBusy` where the name
        is taken, and what a bad scope or a bad point raises."""
        may_audit(actor, "plan an audit")
        name = _line("name", wanted.name, 200)
        if not name:
            raise InvalidInput("an audit has a name")
        asked = asked_for(
            "plan", name=name, scope=wanted.scope.body(), objective=wanted.objective, criteria=list(wanted.criteria or ()),
            frequency=wanted.frequency, auditor=wanted.auditor, default_owner=wanted.default_owner,
            **({"since": wanted.since} if wanted.since else {}),
        )  # fmt: skip
        if wanted.key is not None and self._book.outcome(wanted.key, asked) is not None:
            return self._book.audit(name)
        if wanted.frequency:
            next_time(wanted.frequency, self._clock())  # raises where it is no cron expression
        head = self._ledger.head()
        scope = self._check.checked(wanted.scope, head.seq, live=True)
        audit = Audit(
            audit_id(name), name, _line("objective", wanted.objective, 2_000), scope, read_criteria(wanted.criteria, self._registry()),
            _line("frequency", wanted.frequency, 100), _line("auditor", wanted.auditor, 300) or actor.name,
            _line("default owner", wanted.default_owner, 300), actor.name, to_text(self._clock()), head.seq,
            since=self._points.resolve(wanted.since).seq if wanted.since.strip() else None,
        )  # fmt: skip
        self.check_independent(audit, head.seq)
        try:
            self._book.write(Cause(actor, SOURCE, f"audit {name!r} planned"), [audit], wanted.key, asked, audit=audit.id)
        except StalePlan:
            raise AuditBusy(f"there is an audit called {name!r} already; choose another name", name=name) from None
        return self._book.audit(audit.id)

    def close(self, id_or_name: str, actor: Actor, reason: str) -> Audit:
        """End a planned audit: it is kept with all it found, and not run any more."""
        may_audit(actor, "close an audit")
        audit = self._book.audit(id_or_name)
        if audit.state is AuditState.CLOSED:
            return audit
        if not reason.strip():
            raise InvalidInput("say why the audit is closed")
        closed = replace(audit, state=AuditState.CLOSED, closed_reason=_line("reason", reason, 2_000))
        self._book.write(Cause(actor, SOURCE, f"audit {audit.name!r} closed: {reason}"[:500]), [closed])
        return self._book.audit(audit.id)

    def check_independent(self, audit: Audit, seq: int) -> None:
        """Raise `AuditorNotIndependent` where the auditor owns something in scope."""
        names = self.parties.owners_named(audit.auditor, self._registry())
        members = None if audit.scope.kind == "whole" else self._scopes.members(audit.scope, seq)
        after: str | None = None
        while True:
            page = self._inventory.page(ItemQuery(filters=(Filter("owner", Op.IN, list(names)),), first=_OWNED, after=after))
            owned = [one.state for one in page.items if members is None or (one.id, one.state.type) in members]
            if owned:
                as_whom = "" if owned[0].owner == audit.auditor else f" as {owned[0].owner}"
                more = " and others" if len(owned) > 1 or page.has_next else ""
                raise AuditorNotIndependent(
                    f"{audit.auditor} owns {owned[0].name!r}{as_whom}{more} in the scope of audit {audit.name!r}; another auditor, "
                    "or a scope without what they own, is needed",
                    auditor=audit.auditor, items=[one.id for one in owned[:20]],
                )  # fmt: skip
            if not page.has_next:
                return
            after = page.cursors[-1]


def may_audit(actor: Actor, what: str) -> None:
    """Raise `AuditForbidden` unless the actor is an auditor or an administrator."""
    if not actor.has(*AUDITORS):
        raise AuditForbidden(f"only auditors and administrators {what}")


def _line(name: str, value: str, most: int) -> str:
    if len(value) > most or "\0" in value:
        raise InvalidInput(f"{name} is a text of at most {most} characters")
    return value.strip()
