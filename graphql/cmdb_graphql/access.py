"""Who may ask for what: one table for every root field (design 9). A field that is not in it is nobody's.

Who of the writers may write what is the gate's policy; this is only the first door. Agents write what they observe and read nothing
but themselves: their token sits on the machine they watch.
"""

from collections.abc import Mapping

from cmdb.kernel.errors import Forbidden
from cmdb.model.actor import Actor, Role

PEOPLE = frozenset(set(Role) - {Role.AGENT})
EVERYBODY = frozenset(Role)
WRITERS = PEOPLE - {Role.VIEWER, Role.AUDITOR}
PROFILERS = PEOPLE - {Role.VIEWER}
"""Who may say what a comparison looks at: auditors above all."""
TAKERS = frozenset({Role.ENGINEER, Role.CHANGE_MANAGER, Role.ADMINISTRATOR})
DECIDERS = frozenset({Role.CHANGE_MANAGER, Role.ADMINISTRATOR})
"""Who may take baselines, and who may put them in force."""
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
VERIFIERS = AUDITORS | {Role.CHANGE_MANAGER}

QUERIES: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(
        ("item", "items", "node", "nodes", "types", "type", "relationTypes", "commits", "holds", "hold", "impact", "history"), PEOPLE
    ),
    **dict.fromkeys(("whatIf", "dependencies", "paths", "singlePointsOfFailure", "commonCauses", "locationLoss", "supplierLoss"), PEOPLE),
    **dict.fromkeys(("searchItems", "relationshipHistory"), PEOPLE),
    **dict.fromkeys(("networkSegmentLoss", "cycles", "orphans"), PEOPLE),
    **dict.fromkeys(("compareBaselines", "compareProfiles"), PEOPLE),
    **dict.fromkeys(("baselines", "baseline", "schedules"), PEOPLE),
    **dict.fromkeys(("audits", "audit", "auditRuns", "auditRun", "auditCriteria", "deficiencies", "deficiency", "libraryChecks"), PEOPLE),
    **dict.fromkeys(("ledgerStanding", "checkpoints", "purges"), PEOPLE),
    "me": EVERYBODY,
    "__schema": EVERYBODY,
    "__type": EVERYBODY,
    "__typename": EVERYBODY,
}
MUTATIONS: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(("createItem", "updateItem", "relate", "unrelate", "retireItem", "restoreItem"), WRITERS),
    "applyTypes": ADMINISTRATORS,
    **dict.fromkeys(("releaseHold", "rejectHold"), WRITERS),
    **dict.fromkeys(("saveCompareProfile", "deleteCompareProfile"), PROFILERS),
    **dict.fromkeys(("takeBaseline", "sealBaseline", "scheduleBaseline"), TAKERS),
    **dict.fromkeys(("approveBaseline", "supersedeBaseline", "withdrawBaseline"), DECIDERS),
    **dict.fromkeys(("setSchedule", "removeSchedule"), TAKERS | {Role.AUDITOR}),
    **dict.fromkeys(("planAudit", "closeAudit", "runAudit"), AUDITORS),
    **dict.fromkeys(("takeCheckpoint", "approvePurge"), ADMINISTRATORS),
    "updateDeficiency": PEOPLE,  # a deficiency's owner may be anybody; the room says who may do what
    **dict.fromkeys(("verifyDeficiency", "checkLibrary"), VERIFIERS),
    "__typename": EVERYBODY,
}
SUBSCRIPTIONS: Mapping[str, frozenset[Role]] = {"commits": PEOPLE, "__typename": EVERYBODY}


class OperationForbidden(Forbidden):
    """None of the caller's roles may use a root field of the operation. `allowed` names the roles that may."""

    code = "operation-forbidden"
    title = "None of your roles may do this"


def check(actor: Actor, kind: str, field: str, list_fields: frozenset[str] = frozenset()) -> None:
    """Raise `OperationForbidden` unless the actor may use a root field of the `kind` query, mutation or subscription; `list_fields` are the
    generated list fields, which everybody may use who may use `items`."""
    table = {"query": QUERIES, "mutation": MUTATIONS, "subscription": SUBSCRIPTIONS}[kind]
    roles = table.get("items" if kind == "query" and field in list_fields else field, frozenset())
    if not actor.has(*roles):
        names = sorted(role.value for role in roles)
        raise OperationForbidden(f"{field} is for {', '.join(names) or 'nobody'}", field=field, allowed=names)
