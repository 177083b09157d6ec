"""A run's score in words that cannot be read as clean when it is not. One place for terminal, report, GraphQL and pages.

The score is a share of live items. What an audit finds beside them, on an item that is no longer live or on the ledger itself, lowers no
share; so it is told beside it.
"""

from baselines.audit.model import NOT_LIVE, WHOLE, CheckKind, CheckSpec, Run, Severity
from baselines.audit.words import many

_BESIDE = frozenset({CheckKind.UNAUTHORISED, CheckKind.LEDGER})
"""Kinds that look at more than live items."""


def aside_words(run: Run, criteria: tuple[CheckSpec, ...]) -> str:
    """What the score leaves aside, such as `1 major deficiency on items that are no longer live`; empty where there is nothing.

    Of a run from before this was counted it says so, where the run found something that may be of the kind.
    """
    if run.aside is None:
        kinds = {one.id for one in criteria if one.kind in _BESIDE and one.severity is not Severity.NOTE}
        open_ones = any(one.failed > one.accepted for one in run.checks if one.check in kinds)
        return "perhaps deficiencies on items that are no longer live, which this run did not count apart" if open_ones else ""
    parts = []
    for place, where in ((NOT_LIVE, "on items that are no longer live"), (WHOLE, "of the CMDB as a whole")):
        counts = run.aside.get(place, {})
        words = [many(count, f"{name} deficiency", f"{name} deficiencies") for name in ("major", "minor") if (count := counts.get(name))]
        if words:
            parts.append(f"{' and '.join(words)} {where}")
    return ", and ".join(parts)
