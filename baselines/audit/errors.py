"""What can be refused in the audit room."""

from cmdb.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class AuditNotFound(NotFound):
    """No audit has this id or name, or no run this id."""

    code = "audit-not-found"
    title = "There is no such audit"


class DeficiencyNotFound(NotFound):
    """No deficiency has this id."""

    code = "deficiency-not-found"
    title = "There is no such deficiency"


class BadCriteria(InvalidInput):
    """Criteria that cannot be applied: an unknown kind, check, parameter, type or field. `faults` names each one with its path."""

    code = "bad-audit-criteria"
    title = "The audit criteria do not hold"


class AuditorNotIndependent(Forbidden):
    """The auditor, or a team of theirs, owns items in the audit's scope (requirement 4.5.4.2-06)."""

    code = "auditor-not-independent"
    title = "An auditor does not audit what they own"


class AuditForbidden(Forbidden):
    """The caller's roles do not allow this step of an audit."""

    code = "audit-forbidden"
    title = "Your roles do not allow this in an audit"


class VerifyOwnWork(Forbidden):
    """A deficiency is verified, or accepted as it is, by somebody else than its owner and than who said it was done."""

    code = "verify-own-work"
    title = "Somebody else must verify this"


class DeficiencyMove(Conflict):
    """The deficiency does not go from its present state to the one asked for."""

    code = "deficiency-state"
    title = "The deficiency cannot go there from its present state"


class DateInPast(InvalidInput):
    """A deficiency is due, or accepted until, a day that is over."""

    code = "date-in-past"
    title = "The date is in the past"


class AuditBusy(Conflict):
    """A run of this audit is under way, or the audit is closed."""

    code = "audit-busy"
    title = "The audit cannot be run now"
