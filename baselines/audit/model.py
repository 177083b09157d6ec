"""What an audit is: its plan, its runs and the deficiencies they find (requirements 9.1-14, 9.1-15, 4.5.4.2-05).

A plan is written down before anything is looked at: scope, criteria, frequency, auditor, objective. Each run of it pins the sequence number
it looked at, so that it can be repeated. A deficiency is one thing wrong with one subject by one check; it keeps its id from run to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from baselines.model import Scope

AUDIT, RUN, FINDINGS, DEFICIENCY = "audit", "audit_run", "audit_findings", "audit_deficiency"
"""Kinds of record."""
NOT_LIVE, WHOLE = "not_live", "whole"
"""Where a deficiency is that no live item has: on an item that is no longer live, or on no item, such as a ledger that does not hold."""


class Severity(StrEnum):
    """How much a failed check matters. A `note` is counted and listed, but leaves the scores of types and services alone."""

    MAJOR = "major"
    MINOR = "minor"
    NOTE = "note"


class CheckKind(StrEnum):
    """What is implemented; criteria say which, with which parameters."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    RULE = "rule"
    DUPLICATES = "duplicates"
    STALE = "stale"
    DANGLING = "dangling"
    KNOWN_NAME = "known_name"
    UNRELATED = "unrelated"
    NO_SERVICE = "no_service"
    CYCLES = "cycles"
    MASTER_COPIES = "master_copies"
    LEDGER = "ledger"
    UNAUTHORISED = "unauthorised"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One criterion. `due_days`: how long its deficiencies may stay; `most`: how many may be filed at a time (all are
    counted)."""

    id: str
    kind: CheckKind
    title: str
    severity: Severity = Severity.MINOR
    requirement: str = ""
    action: str = ""
    due_days: int = 30
    most: int = 1_000
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "title": self.title,
            "severity": str(self.severity),
            "requirement": self.requirement,
            "action": self.action,
            "due_days": self.due_days,
            "most": self.most,
            "parameters": dict(self.parameters),
        }

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> "CheckSpec":
        """The check a `body()` came from."""
        return CheckSpec(**{**body, "kind": CheckKind(body["kind"]), "severity": Severity(body["severity"])})


class AuditState(StrEnum):
    """A planned audit is run as often as its plan says; a closed one is kept and not run any more."""

    PLANNED = "planned"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Audit:
    """A planned audit. `frequency` is a cron expression (empty: run by hand); `planned_seq` is where the ledger stood when it was planned;
    `default_owner` answers for deficiencies of items that have no owner; `since` is the commit after which its first run looks for
    differences, None for `planned_seq`."""

    id: str
    name: str
    objective: str
    scope: Scope
    criteria: tuple[CheckSpec, ...]
    frequency: str
    auditor: str
    default_owner: str
    planned_by: str
    planned_at: str
    planned_seq: int
    state: AuditState = AuditState.PLANNED
    closed_reason: str = ""
    runs: int = 0
    last_run: str | None = None
    since: int | None = None
    revision: int = 0

    @property
    def begins(self) -> int:
        """The commit after which the first run looks for differences."""
        return self.planned_seq if self.since is None else self.since


class RunState(StrEnum):
    """The life of a run. A running one whose worker is gone is taken up again, at the same sequence number."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Score:
    """`passed` of `subjects` hold; `share` is None where there was nothing to look at."""

    subjects: int = 0
    passed: int = 0

    @property
    def share(self) -> float | None:
        return round(self.passed / self.subjects, 6) if self.subjects else None

    def body(self) -> dict[str, Any]:
        return {"subjects": self.subjects, "passed": self.passed, "share": self.share}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `failed` counts every failing subject, `accepted` those among them that are accepted as they are, `left_out`
    those that were counted but not filed because of the check's limit. `problem`: why the check could not be carried out."""

    check: str
    subjects: int
    failed: int
    accepted: int = 0
    left_out: int = 0
    problem: str = ""
    note: str = ""

    @property
    def score(self) -> Score:
        return Score(self.subjects, self.subjects - self.failed + self.accepted)

    def body(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `seq` and `hash` pin what it looked at, `since` where the differences it looked at begin; `time` is its "now".

    `digest` is the sha256 over all its findings and counts: two runs with one digest found the same. `pages` is how many records hold the
    findings. `by_type` and `by_service`: name -> (subjects, passed); `services_left_out` more have no score of their own.

    `aside`: the major and minor deficiencies that `score` does not know, because it counts live items: place (`NOT_LIVE`, `WHOLE`) ->
    severity -> how many; None in runs that were carried out before these were counted.
    """

    id: str
    audit: str
    number: int
    state: RunState
    seq: int
    hash: str
    since: int
    time: str
    auditor: str
    started_by: str
    started_at: str
    finished_at: str | None = None
    problem: str = ""
    items: int = 0
    relations: int = 0
    checks: tuple[CheckResult, ...] = ()
    score: Score = Score()
    by_type: Mapping[str, Score] = field(default_factory=dict)
    by_service: Mapping[str, Score] = field(default_factory=dict)
    service_names: Mapping[str, str] = field(default_factory=dict)
    services_left_out: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    pages: int = 0
    digest: str = ""
    aside: Mapping[str, Mapping[str, int]] | None = None
    revision: int = 0

    @property
    def not_looked_at(self) -> str:
        """What a reader must know of the check for changes without authorisation: which it did not look at. Empty where it saw all."""
        if not self.since:
            return ""
        before = "an earlier run did, or the plan begins there" if self.number > 1 else "the plan begins there"
        return f"changes up to commit {self.since} were not looked at: {before}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One failing subject of one check. `item` is empty for what is about no item (the ledger); `key` tells findings of one check on one
    item apart."""

    check: str
    item: str
    name: str
    type: str
    owner: str
    what: str
    key: str = ""
    id: str = ""

    def body(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


class DeficiencyState(StrEnum):
    """`open` -> `in_progress` -> `done` -> `verified`; or `accepted` with a reason; or `gone`: a later run no longer found it."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    GONE = "gone"


PENDING = frozenset({DeficiencyState.OPEN, DeficiencyState.IN_PROGRESS, DeficiencyState.DONE})
"""States that still ask something of somebody."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the life of a deficiency."""

    time: str
    by: str
    before: str
    after: str
    note: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Deficiency:
    """Something found wrong, with who does what about it until when. `history` holds the newest steps first, 50 at most; the record's
    versions hold them all. `handed_on_by` are owners who gave it to another themselves. `change` is the request for change that mends it,
    where one was raised."""

    id: str
    audit: str
    check: str
    title: str
    requirement: str
    severity: Severity
    item: str
    item_name: str
    item_type: str
    owner: str
    what: str
    action: str
    due: str
    state: DeficiencyState
    found_at: str
    found_by_run: str
    last_run: str
    done_by: str = ""
    verified_by: str = ""
    accepted_by: str = ""
    accepted_reason: str = ""
    accepted_until: str = ""
    change: str = ""
    times_reopened: int = 0
    handed_on_by: tuple[str, ...] = ()
    history: tuple[Step, ...] = ()
    revision: int = 0
