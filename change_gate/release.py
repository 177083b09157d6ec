"""What a person decides on held plans (requirements 9.1-10, 9.2): release, reject; four eyes, with a reason, planned again before it is
written.

A release is no replay of an old plan: the proposal is planned against what is there now, with an approval for exactly its subject. Where
that no longer leads to what the person saw, the hold is set aside (`superseded`) and the release refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from change_gate.decide import decide
from change_gate.holds import observation_from, plain, record_of
from change_gate.passage import Decided, Gate, HoldBook, Passage
from change_gate.ports import ApprovalBook
from change_gate.results import BatchResult
from change_gate.verdicts import BadDecision, HeldPlan, HoldClosed, HoldKind, HoldStale, HoldState, OwnHold, RoleMissing
from cmdb.kernel.clock import to_text
from cmdb.model.actor import Actor, Cause
from cmdb.model.commit import Receipt
from cmdb.model.observation import Batch, Observation
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb.model.plan import ChangePlan, ItemEdit
from cmdb.model.record import RecordEdit
from cmdb.reconciliation import Setting

NEW_ITEM = "new"
"""The choice that makes `release` create a new item for an ambiguous observation."""


class ReleasedBook:
    """The approvals there are, and the one a release adds: for an attribute of an item, or (`None`) for coming, going and relating."""

    def __init__(self, under: ApprovalBook, subjects: frozenset[tuple[str, str | None]] | None) -> None:
        self._under = under
        self._subjects = subjects  # None: whatever the released observation creates

    def covers(self, cause: Cause, item_id: str, type_name: str, attribute: str | None) -> bool:
        """Whether the change is approved."""
        if self._subjects is None:
            return attribute is None or self._under.covers(cause, item_id, type_name, attribute)
        return (item_id, attribute) in self._subjects or self._under.covers(cause, item_id, type_name, attribute)


class Releases:
    """Decisions on held plans."""

    def __init__(self, gate: Gate, holds: HoldBook) -> None:
        self._gate = gate
        self._holds = holds

    def reject(self, hold_id: str, actor: Actor, reason: str, expected_revision: int | None) -> HeldPlan:
        """Close a hold without doing what it proposes."""
        hold = self._open(hold_id, actor, reason, expected_revision)
        closed = self._closed(hold, HoldState.REJECTED, actor, reason)
        self._write(hold, closed, actor, reason)
        return replace(closed, revision=hold.revision + 1)

    def release(self, hold_id: str, actor: Actor, reason: str, choice: str | None, expected_revision: int | None) -> BatchResult:
        """Do what a hold proposes, as far as it still holds."""
        hold = self._open(hold_id, actor, reason, expected_revision)
        if (hold.kind is HoldKind.AMBIGUOUS) != (choice is not None):
            raise BadDecision("`choice` (an item's id, or 'new') goes with an ambiguous observation, and only with one", hold=hold.id)
        record = record_of(self._closed(hold, HoldState.RELEASED, actor, reason), hold.revision)
        action = hold.content["action"]
        if action == "update":
            return self._release_update(hold, actor, reason, record)
        if action in ("retire", "withdraw"):
            return self._release_loss(hold, actor, reason, record)
        if action == "identify":
            return self._release_identity(hold, actor, reason, record, choice or "")
        if action == "unrelate":
            return self._release_end(hold, actor, reason, record)
        return self._release_observation(hold, actor, reason, record)

    def _open(self, hold_id: str, actor: Actor, reason: str, expected_revision: int | None) -> HeldPlan:
        hold = self._holds.get(hold_id)
        if not self._gate.policy.may_decide(actor, hold.kind):
            needs = sorted(self._gate.policy.deciders.get(hold.kind, ()))
            raise RoleMissing(f"{actor.name} may not decide on {hold.kind.value} holds", needs=needs)
        if hold.requester == actor.name:
            raise OwnHold(f"{actor.name} asked for this; another person must decide", hold=hold.id)
        if hold.state is not HoldState.OPEN:
            raise HoldClosed(f"hold {hold.id} was {hold.state.value} by {hold.decided_by}", hold=hold.id, state=hold.state.value)
        if expected_revision is not None and expected_revision != hold.revision:
            raise HoldStale(f"hold {hold.id} was filed anew since you read it; look at it again", hold=hold.id, revision=hold.revision)
        if not reason.strip():
            raise BadDecision("a decision needs a reason", hold=hold.id)
        return hold

    def _closed(self, hold: HeldPlan, state: HoldState, actor: Actor, reason: str) -> HeldPlan:
        return replace(hold, state=state, decided_by=actor.name, decided_at=to_text(self._gate.clock()), decision_reason=reason)

    def _write(self, hold: HeldPlan, closed: HeldPlan, actor: Actor, reason: str) -> Receipt:
        return self._gate.ledger.commit(ChangePlan(self._cause(hold, actor, reason)), [record_of(closed, hold.revision)])

    def _cause(self, hold: HeldPlan, actor: Actor, reason: str) -> Cause:
        return Cause(actor, hold.source, reason, hold.change)

    def _stale(self, hold: HeldPlan, actor: Actor, why: str) -> HoldStale:
        self._write(hold, self._closed(hold, HoldState.SUPERSEDED, actor, why), actor, why)
        return HoldStale(f"hold {hold.id} was set aside: {why}", hold=hold.id)

    def _release_update(self, hold: HeldPlan, actor: Actor, reason: str, record: RecordEdit) -> BatchResult:
        """One attribute of one item: computed from the claims as they are now."""
        item_id, attribute = hold.content["item_id"], hold.content["attribute"]
        registry, now = self._gate.intake.registry(), self._gate.clock()
        cause = self._cause(hold, actor, reason)
        planned = self._gate.intake.reconsider(Setting(registry, cause, now, to_text(now)), [item_id])
        book = ReleasedBook(self._gate.approvals, frozenset({(item_id, attribute)}))
        plan = decide(planned.plan, self._gate.policy, book, registry).cleared.plan
        edit = next((one for one in plan.items if one.after.id == item_id), None)
        if edit is None or attribute not in edit.changed_fields() or plain(edit.after.value(attribute)) != hold.content["after"]:
            raise self._stale(hold, actor, f"no source proposes this value of {attribute} any more")
        receipt = self._gate.ledger.commit(plan, [record])
        return BatchResult(hold.source, (_updated(edit, receipt),), (receipt,))

    def _release_end(self, hold: HeldPlan, actor: Actor, reason: str, record: RecordEdit) -> BatchResult:
        """A relationship that its source no longer claims."""
        said = hold.content["relation"]
        relation = (said["type"], said["source"], said["target"])
        registry, now = self._gate.intake.registry(), self._gate.clock()
        planned = self._gate.intake.unlink(Setting(registry, self._cause(hold, actor, reason), now, to_text(now)), relation)
        book = ReleasedBook(self._gate.approvals, frozenset((end, None) for end in relation[1:]))
        decision = decide(planned.plan, self._gate.policy, book, registry)
        if not decision.cleared.plan.relations:
            raise self._stale(hold, actor, "the source does not claim this relationship any more")
        receipt = self._gate.ledger.commit(decision.cleared.plan, [record])
        outcome = Outcome(relation[1], OutcomeStatus.UPDATED, relation[1])
        return BatchResult(hold.source, (outcome,), (receipt,))

    def _release_loss(self, hold: HeldPlan, actor: Actor, reason: str, record: RecordEdit) -> BatchResult:
        """Claims that end: only those the source has not renewed since the hold was filed."""
        ids: Sequence[str] = hold.content.get("items") or [hold.content["item_id"]]
        claims = self._gate.intake.world.claims(ids)
        whole = bool(hold.content.get("whole"))
        still: dict[str, str] = {}
        for item_id in ids:
            mine = next((one for one in claims.get(item_id, ()) if one.source == hold.source), None)
            if whole or (mine is not None and mine.seen_at <= hold.opened_at):
                still[item_id] = mine.ref if mine else ""
        if not still:
            raise self._stale(hold, actor, "the source has seen all of it again")
        gate = replace(self._gate, approvals=ReleasedBook(self._gate.approvals, frozenset((one, None) for one in ids)))
        batch = Batch(hold.source, (), hold.scope, reason=reason, change=hold.change)
        passage = Passage(gate, batch, actor, _silent, decided=Decided(records=(record,)))
        return passage.withdrawn(still, to_text(gate.clock()), whole=whole)

    def _release_identity(self, hold: HeldPlan, actor: Actor, reason: str, record: RecordEdit, choice: str) -> BatchResult:
        """A person says which item an observation speaks of."""
        observation = observation_from(hold.content["observation"])
        if choice == NEW_ITEM:
            decided = Decided(frozenset({observation.ref}), (record,))
            result = self._submit(hold, actor, reason, [observation], decided, self._gate)
        else:
            result = self._submit(hold, actor, reason, [replace(observation, item_id=choice)], Decided(records=(record,)), self._gate)
        return self._take_back(hold, actor, reason, result)

    def _take_back(self, hold: HeldPlan, actor: Actor, reason: str, result: BatchResult) -> BatchResult:
        """Where the ref named another item before, the source no longer says anything of that one."""
        chosen = result.outcomes[0].item_id
        claims = self._gate.intake.world.claims(hold.candidates)
        left = {
            item_id: one.ref
            for item_id, every in claims.items()
            for one in every
            if item_id != chosen and one.source == hold.source and one.ref == hold.ref
        }
        if not left:
            return result
        batch = Batch(hold.source, (), hold.scope, reason=reason, change=hold.change)
        more = Passage(self._gate, batch, actor, _silent).withdrawn(left, to_text(self._gate.clock()))
        outcomes, receipts = (*result.outcomes, *more.outcomes), (*result.receipts, *more.receipts)
        return replace(result, outcomes=outcomes, receipts=receipts, held=(*result.held, *more.held))

    def _release_observation(self, hold: HeldPlan, actor: Actor, reason: str, record: RecordEdit) -> BatchResult:
        """An item that comes, or a relationship: the observations are taken again, with the approval."""
        bodies: list[dict[str, Any]] = [hold.content["observation"], *hold.content.get("related", ())]
        relation = hold.content.get("relation")
        subjects = frozenset((relation[end], None) for end in ("source", "target")) if relation else None
        gate = replace(self._gate, approvals=ReleasedBook(self._gate.approvals, subjects))
        return self._submit(hold, actor, reason, _once_each(bodies), Decided(records=(record,)), gate)

    def _submit(
        self, hold: HeldPlan, actor: Actor, reason: str, observations: Sequence[Observation], decided: Decided, gate: Gate
    ) -> BatchResult:
        batch = Batch(hold.source, tuple(observations), hold.scope, reason=reason, change=hold.change)
        checked = Batch(hold.source, batch.observations, hold.scope, dry_run=True)
        tried = Passage(gate, checked, actor, _silent, by_person=True, decided=Decided(decided.force_new)).run()
        first = tried.outcomes[0]
        if first.status in (OutcomeStatus.FAILED, OutcomeStatus.HELD):
            why = first.problem.message if first.problem else "it is held for another reason"
            raise BadDecision(f"releasing this would not work: {why}", hold=hold.id, problems=[one.body() for one in first.problems])
        return Passage(gate, batch, actor, _silent, by_person=True, decided=decided).run()


def _updated(edit: ItemEdit, receipt: Receipt) -> Outcome:
    revision = receipt.revisions.get(edit.after.id, edit.after.revision)
    return Outcome(edit.after.id, OutcomeStatus.UPDATED, edit.after.id, revision, edit.changed_fields())


def _once_each(bodies: Sequence[dict[str, Any]]) -> list[Observation]:
    """Observations with one for each ref: the relationships of further ones are added to the first."""
    found: dict[str, Observation] = {}
    for body in bodies:
        one = observation_from(body)
        before = found.get(one.ref)
        found[one.ref] = one if before is None else replace(before, relations=(*before.relations, *one.relations))
    return list(found.values())


def _silent(done: int, total: int, phase: str) -> None:
    """Progress nobody asked for."""
