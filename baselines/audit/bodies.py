"""Audit records and their JSON bodies. One place: what is written is what is read."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from baselines.audit.model import (
    PENDING,
    Audit,
    AuditState,
    CheckResult,
    CheckSpec,
    Deficiency,
    DeficiencyState,
    Run,
    RunState,
    Score,
    Severity,
    Step,
)
from baselines.model import Scope

Indexed = Mapping[str, str | int | bool]


def audit_body(audit: Audit) -> dict[str, Any]:
    """Without the revision, which the ledger keeps."""
    body = _plain(audit)
    return {**body, "scope": audit.scope.body(), "criteria": [one.body() for one in audit.criteria], "state": str(audit.state)}


def audit_from(body: Mapping[str, Any], revision: int) -> Audit:
    """The audit a body came from."""
    return Audit(
        **{
            **body,
            "scope": Scope.from_body(body["scope"]),
            "criteria": tuple(CheckSpec.from_body(one) for one in body["criteria"]),
            "state": AuditState(body["state"]),
            "revision": revision,
        }
    )


def audit_indexed(audit: Audit) -> Indexed:
    """What audits are looked up by."""
    return {"name": audit.name, "state": str(audit.state)}


def run_body(run: Run) -> dict[str, Any]:
    """Without the revision."""
    return {
        **_plain(run),
        "state": str(run.state),
        "checks": [one.body() for one in run.checks],
        "score": run.score.body(),
        "by_type": {name: [one.subjects, one.passed] for name, one in run.by_type.items()},
        "by_service": {name: [one.subjects, one.passed] for name, one in run.by_service.items()},
        "service_names": dict(run.service_names),
        "counts": dict(run.counts),
    }


def run_from(body: Mapping[str, Any], revision: int) -> Run:
    """The run a body came from."""
    return Run(
        **{
            **body,
            "state": RunState(body["state"]),
            "checks": tuple(CheckResult(**one) for one in body["checks"]),
            "score": Score(body["score"]["subjects"], body["score"]["passed"]),
            "by_type": {name: Score(*pair) for name, pair in body["by_type"].items()},
            "by_service": {name: Score(*pair) for name, pair in body["by_service"].items()},
            "revision": revision,
        }
    )


def run_indexed(run: Run) -> Indexed:
    """What runs are looked up by."""
    return {"audit": run.audit, "state": str(run.state)}


def deficiency_body(one: Deficiency) -> dict[str, Any]:
    """Without the revision."""
    history = [{name: getattr(step, name) for name in Step.__slots__} for step in one.history]
    return {**_plain(one), "severity": str(one.severity), "state": str(one.state), "history": history}


def deficiency_from(body: Mapping[str, Any], revision: int) -> Deficiency:
    """The deficiency a body came from."""
    return Deficiency(
        **{
            **body,
            "severity": Severity(body["severity"]),
            "state": DeficiencyState(body["state"]),
            "handed_on_by": tuple(body.get("handed_on_by", ())),
            "history": tuple(Step(**step) for step in body["history"]),
            "revision": revision,
        }
    )


def deficiency_indexed(one: Deficiency) -> Indexed:
    """What deficiencies are looked up by."""
    return {
        "audit": one.audit,
        "check_id": one.check,
        "item_id": one.item,
        "owner": one.owner,
        "state": str(one.state),
        "severity": str(one.severity),
        "pending": one.state in PENDING,
    }


def _plain(value: Any) -> dict[str, Any]:
    return {part.name: getattr(value, part.name) for part in fields(value) if part.name != "revision"}
