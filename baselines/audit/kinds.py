"""Which class carries out which kind of check."""

from collections.abc import Mapping

from baselines.audit.checks.base import BadParameter, Check
from baselines.audit.checks.contents import Completeness, Dangling, KnownName, Rule, Validity
from baselines.audit.checks.evidence import LedgerHolds, MasterCopies, Unauthorised
from baselines.audit.checks.places import Circles, NoService, Unrelated
from baselines.audit.checks.sightings import Stale
from baselines.audit.checks.twins import Duplicates
from baselines.audit.model import CheckKind, CheckSpec
from cmdb.model.registry import Registry

KINDS: Mapping[CheckKind, type[Check]] = {
    CheckKind.COMPLETENESS: Completeness,
    CheckKind.VALIDITY: Validity,
    CheckKind.RULE: Rule,
    CheckKind.DUPLICATES: Duplicates,
    CheckKind.STALE: Stale,
    CheckKind.DANGLING: Dangling,
    CheckKind.KNOWN_NAME: KnownName,
    CheckKind.UNRELATED: Unrelated,
    CheckKind.NO_SERVICE: NoService,
    CheckKind.CYCLES: Circles,
    CheckKind.MASTER_COPIES: MasterCopies,
    CheckKind.LEDGER: LedgerHolds,
    CheckKind.UNAUTHORISED: Unauthorised,
}


def make_check(spec: CheckSpec, registry: Registry) -> Check:
    """The check a criterion asks for. Raises `BadParameter`."""
    return KINDS[spec.kind](spec, registry)


def lasting(kind: CheckKind) -> bool:
    """Whether what this kind finds stays true though a later run does not find it again."""
    return KINDS[kind].LASTING


__all__ = ["KINDS", "BadParameter", "lasting", "make_check"]
