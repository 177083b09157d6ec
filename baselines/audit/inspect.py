"""One look at the estate: every check over one commit, in bounded memory (requirement 9.1-14). Nothing is written here.

The estate's columns are read first, then the items themselves window by window. A check that breaks down is told as a problem of
that check, with nothing concluded from it; the others go on.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from baselines.audit.checks.base import BadParameter, Check, Known, Tally, empty_mask
from baselines.audit.estate import Mask, numbers, read_states
from baselines.audit.ground import Ground, Progress
from baselines.audit.kinds import make_check
from baselines.audit.model import CheckResult, CheckSpec, Finding, Score, Severity
from baselines.audit.reach import Needs
from cmdb.kernel.canonical import canonical_json
from cmdb.kernel.errors import CmdbError

_log = logging.getLogger("cmdb.audit")
MOST_SERVICES = 2_000
"""Services that get a score of their own; more would cost more than the audit. The answer says when some are left out."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look gave. `by_type`, `by_service`: items without a deficiency above a note; `service_names` names the services by id;
    `services_left_out` are those beyond `MOST_SERVICES`, which have no score of their own. `aside`: see `Run`."""

    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    items: int
    relations: int
    score: Score
    by_type: dict[str, Score]
    by_service: dict[str, Score]
    service_names: dict[str, str]
    services_left_out: int
    digest: str
    aside: dict[str, dict[str, int]]


def inspect(ground: Ground, audit: str, criteria: Sequence[CheckSpec], known: Known, progress: Progress) -> Inspection:
    """Carry out all checks. `progress(done, total, phase)` counts items."""
    estate = ground.estate
    failing = empty_mask(estate.items)
    tallies: list[tuple[Check | None, Tally]] = []
    for spec in criteria:
        tally = Tally(spec, audit, known, empty_mask(estate.items) if spec.severity is Severity.NOTE else failing)
        tallies.append((_started(spec, ground, tally), tally))
    _walk(ground, tallies, progress)
    for check, tally in tallies:
        if check is not None and not tally.problem:
            progress(estate.items, estate.items, tally.spec.id)
            _guarded(tally, check.finish)
    return _answer(ground, [tally for _, tally in tallies], failing)


def _started(spec: CheckSpec, ground: Ground, tally: Tally) -> Check | None:
    try:
        check = make_check(spec, ground.registry)
    except BadParameter as problem:  # a type or field the criteria name is gone since the audit was planned
        tally.problem = str(problem)
        return None
    _guarded(tally, lambda: check.start(ground, tally))
    return check


def _walk(ground: Ground, tallies: Sequence[tuple[Check | None, Tally]], progress: Progress) -> None:
    estate = ground.estate
    done = 0
    for states in read_states(ground.store, ground.log, estate.seq):
        places = numbers(estate.ids, [one.id for one in states]).tolist()
        window = [(place, state) for place, state in zip(places, states, strict=True) if place >= 0 and estate.in_scope[place]]
        for check, tally in tallies:
            if check is not None and not tally.problem and window:
                _guarded(tally, partial(check.window, window))
        done += len(states)
        progress(done, estate.items, "items")


def _guarded(tally: Tally, work: Callable[[], None]) -> None:
    """A check that breaks down ends with a problem. The store's own failures end the run: it will be tried again."""
    try:
        work()
    except CmdbError as problem:
        if problem.status == 503:
            raise
        tally.problem = f"{problem.code}: {problem.detail}"
    except Exception as problem:
        _log.exception("check %s broke down", tally.spec.id)
        tally.problem = f"broke down: {type(problem).__name__}: {problem}"


def _answer(ground: Ground, tallies: Sequence[Tally], failing: Mask) -> Inspection:
    estate = ground.estate
    checks = tuple(tally.result() for tally in tallies)
    findings = tuple(finding for tally in tallies for finding in tally.findings)
    good = estate.in_scope & ~failing
    by_type = {
        name: Score(count, int((good & (estate.type_of == code)).sum()))
        for code, name in enumerate(estate.types)
        if (count := int((estate.in_scope & (estate.type_of == code)).sum()))
    }
    by_service, names, left_out = _services(ground, good)
    return Inspection(
        checks,
        findings,
        items=int(estate.in_scope.sum()),
        relations=len(estate.source),
        score=Score(int(estate.in_scope.sum()), int(good.sum())),
        by_type=dict(sorted(by_type.items())),
        by_service=by_service,
        service_names=names,
        services_left_out=left_out,
        digest=findings_digest(checks, findings),
        aside=_aside(tallies),
    )


def _aside(tallies: Sequence[Tally]) -> dict[str, dict[str, int]]:
    """Deficiencies above a note on no live item: where -> severity -> how many."""
    found: dict[str, dict[str, int]] = {}
    for tally in tallies:
        if tally.spec.severity is not Severity.NOTE:
            for place, count in tally.aside.items():
                by_severity = found.setdefault(place, {})
                by_severity[str(tally.spec.severity)] = by_severity.get(str(tally.spec.severity), 0) + count
    return found


def _services(ground: Ground, good: Mask) -> tuple[dict[str, Score], dict[str, str], int]:
    """The score of each service: of the items in scope that it stands on, itself among them; their names; how many were left out."""
    estate = ground.estate
    every = np.flatnonzero(estate.of_types(ground.concrete(("service",)))).astype(np.int32)
    services = np.concatenate([every[estate.in_scope[every]], every[~estate.in_scope[every]]])[:MOST_SERVICES]
    needs = Needs(estate, ground.registry)
    found: dict[str, Score] = {}
    for number in services:
        reached = needs.reached(np.array([number], np.int32)) & estate.in_scope
        if reached.any():
            found[estate.id_of(int(number))] = Score(int(reached.sum()), int((reached & good).sum()))
    pasts = ground.history.items_by_id(found, estate.seq)
    return found, {id_: pasts[id_].state.name for id_ in found if id_ in pasts}, len(every) - len(services)


def findings_digest(checks: Sequence[CheckResult], findings: Sequence[Finding]) -> str:
    """One digest over everything found, whatever its order: equal for two runs that found the same."""
    plain = [replace(one, accepted=0, left_out=0, note="").body() for one in checks]
    digest = hashlib.sha256(canonical_json(plain))
    for line in sorted(canonical_json(one.body()) for one in findings):
        digest.update(line + b"\n")
    return digest.hexdigest()
