"""From a piece's plan and the gate's decision to one outcome for each observation. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from change_gate.decide import Decision
from change_gate.holds import Proposal
from change_gate.results import BatchResult
from cmdb.identification.errors import AmbiguousItem
from cmdb.intake import Piece
from cmdb.kernel.errors import Conflict
from cmdb.model.commit import Receipt
from cmdb.model.match import Match, Verdict
from cmdb.model.observation import Batch
from cmdb.model.outcome import Outcome, OutcomeStatus, Problem
from cmdb.model.plan import EditKind, ItemEdit
from cmdb.reconciliation import Reconciled
from cmdb.reconciliation.errors import Outranked

_STATUS = {
    EditKind.CREATE: OutcomeStatus.CREATED,
    EditKind.UPDATE: OutcomeStatus.UPDATED,
    EditKind.RETIRE: OutcomeStatus.RETIRED,
    EditKind.RESTORE: OutcomeStatus.RESTORED,
}


class AtomicRefused(Conflict):
    """One item of an atomic batch could not land, so none did."""

    code = "atomic-refused"
    title = "Another item of the atomic batch was refused"


@dataclass(slots=True)
class Tally:
    """The answer as it grows. Later outcomes of an observation take the place of earlier ones."""

    receipts: list[Receipt] = field(default_factory=list)
    held: dict[str, None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    refused: bool = False
    _observed: dict[int, Outcome] = field(default_factory=dict)
    _others: list[Outcome] = field(default_factory=list)

    def add(
        self,
        outcomes: Iterable[Outcome],
        receipts: Iterable[Receipt],
        proposals: Iterable[Proposal],
        held: Iterable[str] = (),
        part: str | None = None,
    ) -> None:
        """Take in what one commit (or its replay) brought."""
        for one in outcomes:
            if one.index is None:
                self._others.append(one)
            else:
                self._observed[one.index] = _merged(self._observed.get(one.index), one)
        self.receipts.extend(receipts)
        self.held.update(dict.fromkeys([*(one.id for one in proposals), *held]))
        if part is not None:
            self.parts.append(part)

    def refuse(self, outcomes: Iterable[Outcome]) -> None:
        """Nothing of an atomic batch lands."""
        self.refused = True
        self.add(outcomes, (), ())

    def result(self, batch: Batch, *, replayed: bool = False) -> BatchResult:
        """The whole answer, observations in their order."""
        ordered = tuple(self._observed[index] for index in sorted(self._observed))
        receipts = () if batch.dry_run else tuple(self.receipts)
        return BatchResult(batch.source, (*ordered, *self._others), receipts, tuple(self.held), batch.dry_run, replayed)


def outcomes_of(piece: Piece, planned: Reconciled, decision: Decision, proposals: Iterable[Proposal]) -> list[Outcome]:
    """One outcome for each observation of the piece, then amended ones of earlier observations whose relationships came with it."""
    edits = {edit.after.id: edit for edit in decision.cleared.plan.items}
    refused = decision.refused.problems
    by_index: dict[int, list[str]] = {}
    for one in proposals:
        if one.index is not None:
            by_index.setdefault(one.index, []).append(one.id)
    barred: dict[int, list[Problem]] = {}
    for relation, problem in refused.items():
        asked = planned.asked.get(relation)
        if asked is not None:
            barred.setdefault(asked.match.index, []).append(replace(problem, relation=asked.position))
    found = []
    for match in piece.matches:
        problems = [*planned.problems.get(match.index, ()), *barred.get(match.index, ())]
        found.append(_outcome(match, edits, planned, refused, problems, tuple(by_index.get(match.index, ()))))
    for match in piece.chunk.earlier:
        problems = [*planned.problems.get(match.index, ()), *barred.get(match.index, ())]
        if problems or match.index in planned.related:
            status = OutcomeStatus.UPDATED if match.index in planned.related else OutcomeStatus.UNCHANGED
            found.append(Outcome(match.observation.ref, status, match.item_id, problems=tuple(problems), index=match.index))
    return found


def _outcome(
    match: Match,
    edits: Mapping[str, ItemEdit],
    planned: Reconciled,
    refused: Mapping[str, Problem],
    problems: Sequence[Problem],
    holds: tuple[str, ...],
) -> Outcome:
    ref, index, item_id = match.observation.ref, match.index, match.item_id
    ref = ref if isinstance(ref, str) else ""
    if match.verdict is Verdict.FAILED:
        return Outcome(ref, OutcomeStatus.FAILED, problems=match.problems, index=index)
    if match.verdict is Verdict.SAME:
        return Outcome(ref, OutcomeStatus.UNCHANGED, item_id, index=index)
    if match.verdict is Verdict.AMBIGUOUS:
        told = Problem(AmbiguousItem.code, match.reason, value=", ".join(match.candidates)[:500])
        return Outcome(ref, OutcomeStatus.HELD, problems=(told,), holds=holds, index=index)
    if index in planned.failed:
        return Outcome(ref, OutcomeStatus.FAILED, None, problems=tuple(planned.failed[index]), index=index)
    if item_id is not None and item_id in refused:
        return Outcome(ref, OutcomeStatus.FAILED, problems=(refused[item_id],), index=index)
    edit = edits.get(item_id or "")
    if edit is not None:
        changed = () if edit.kind is EditKind.RETIRE else edit.changed_fields()
        return Outcome(ref, _STATUS[edit.kind], item_id, edit.after.revision, changed, tuple(problems), holds, index)
    if index in planned.related and not holds:
        return Outcome(ref, OutcomeStatus.UPDATED, item_id, None, (), tuple(problems), holds, index)
    status = OutcomeStatus.HELD if holds else OutcomeStatus.UNCHANGED
    there = item_id if match.verdict is Verdict.MATCHED else None
    return Outcome(ref, status, there, None, (), tuple(problems), holds, index)


def _merged(before: Outcome | None, after: Outcome) -> Outcome:
    """An observation whose relationships came with a later piece keeps what its item became."""
    if before is None:
        return after
    status = after.status if before.status is OutcomeStatus.UNCHANGED else before.status
    return replace(before, status=status, problems=(*before.problems, *after.problems))


def atomic_refusal(outcomes: Sequence[Outcome]) -> list[Outcome] | None:
    """What an atomic batch answers where not all of it can land, None where it can."""
    if not any(_falls_short(one) for one in outcomes):
        return None
    bystander = Problem(AtomicRefused.code, "another item of this atomic batch cannot land, so nothing was written")
    return [
        replace(one, status=OutcomeStatus.FAILED, revision=None, changed=(), holds=(), problems=one.problems or (_why(one, bystander),))
        for one in outcomes
    ]


def _falls_short(outcome: Outcome) -> bool:
    """Whether not all of an observation lands (a notice about who is believed is no fault)."""
    faults = [problem for problem in outcome.problems if problem.code != Outranked.code]
    return bool(faults or outcome.holds) or outcome.status in (OutcomeStatus.FAILED, OutcomeStatus.HELD)


def _why(outcome: Outcome, bystander: Problem) -> Problem:
    if outcome.holds:
        return Problem(AtomicRefused.code, "a part of this item needs a person's decision, and an atomic batch does not wait for one")
    return bystander
