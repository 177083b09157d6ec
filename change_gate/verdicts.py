"""The gate's words: a plan is `Cleared`, `Held` or `Refused`, each with its reasons (design 2, stage "gate").

A plan is split: what the policy clears goes on, what it holds waits for a person, what it refuses is answered at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from cmdb.model.outcome import Problem
from cmdb.model.plan import ChangePlan


class HoldKind(StrEnum):
    """Why something waits for a person."""

    CONTROLLED = "controlled"  # a controlled attribute or type, and no approved change covers it
    AMBIGUOUS = "ambiguous"  # the observation may speak of several items
    MASS_RETIREMENT = "mass_retirement"  # too much of a scope would go at once


class HoldState(StrEnum):
    """The life of a held plan."""

    OPEN = "open"
    RELEASED = "released"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # what it proposed has moved on; a newer hold or none stands in its place


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A part of a plan that waits for a person, as a process record of the ledger keeps it.

    `content` says what would be done (see `change_gate/holds.py` for its members by kind); `digest` covers source, kind and content, so
    that the same proposal is filed once. `candidates` are the item ids an ambiguous observation may speak of.
    """

    id: str
    kind: HoldKind
    state: HoldState
    source: str
    requester: str
    reasons: tuple[str, ...]
    content: Mapping[str, Any]
    digest: str
    opened_at: str
    item_id: str | None = None
    ref: str | None = None
    scope: str = ""
    candidates: tuple[str, ...] = ()
    change: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    decision_reason: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Reasoned:
    """One reason of a verdict about one item or relationship (`subject_id`) and, where it is about one, its field."""

    subject_id: str
    reason: str
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Cleared:
    """The part of a plan that may be committed now."""

    plan: ChangePlan


@dataclass(frozen=True, slots=True)
class Held:
    """One proposal that needs a person: the part of the plan it is, and why."""

    kind: HoldKind
    plan: ChangePlan
    reasons: tuple[Reasoned, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What the policy does not allow this actor, by subject id. Nothing of these items lands."""

    problems: Mapping[str, Problem] = field(default_factory=dict)


class SourceMismatch(Forbidden):
    """An agent's token is bound to one source; it tried to write as another (requirement 9.1-10)."""

    code = "source-mismatch"
    title = "This token may not write as that source"


class AgentNamesChange(Forbidden):
    """An agent named a change: what a commit names counts as what authorised it, and nobody authorises themselves (requirement 9.1-18)."""

    code = "agent-names-change"
    title = "An agent may not say which change authorises it"


class RoleMissing(Forbidden):
    """None of the actor's roles may do this (requirement 9.1-10)."""

    code = "role-missing"
    title = "None of your roles allows this"


class OwnHold(Forbidden):
    """Who asked for a held change may not release it (four eyes)."""

    code = "own-hold"
    title = "Somebody else must decide on this hold"


class HoldNotFound(NotFound):
    """No held plan has this id."""

    code = "hold-not-found"
    title = "There is no such held plan"


class HoldClosed(Conflict):
    """The held plan has been decided on already."""

    code = "hold-closed"
    title = "This hold has been decided on"


class BadDecision(InvalidInput):
    """The decision lacks something, or would not lead to what it is about."""

    code = "bad-decision"
    title = "This decision cannot be carried out"


class HoldStale(Conflict):
    """What the hold proposed is no longer what would be done; it was set aside and, where needed, a newer hold was filed."""

    code = "hold-stale"
    title = "The held plan has been overtaken"
