"""One batch on its way through the gate: piece by piece, each planned, decided on and committed, planned again where the world has moved.

Rules: each piece is one commit with the key `<key>#<n>`, so that a request that was cut off and is sent again continues where it stopped.
When another writer was first (`StalePlan`, `IdentifierTaken`), an agent's piece is identified and planned again, up to `TRIES` times; a
person whose item has moved on gets the refusal. `atomic` is one piece that lands as a whole or not at all. A dry run decides and writes
nothing. An agent's batch names no change: until changes have records that can be asked, the change a commit names counts as what authorised
it (decision 0106), and an agent would authorise itself.
"""

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from change_gate.decide import Decision, decide
from change_gate.holds import Origin, Proposal, filed, is_settled, of_ambiguous, of_loss, proposals_of
from change_gate.outcomes import Tally, atomic_refusal, outcomes_of
from change_gate.policy import Policy
from change_gate.ports import ApprovalBook
from change_gate.results import BatchResult, Progress
from change_gate.verdicts import AgentNamesChange, HeldPlan, HoldKind
from cmdb.identification.errors import BadBatch, BatchTooLarge
from cmdb.identification.screen import body_digest
from cmdb.intake import PIECE, Intake, Piece, split
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.ledger.errors import IdempotencyKeyReused, IdentifierTaken, StalePlan
from cmdb.ledger.intake import IntakeRecord
from cmdb.model.actor import Actor, Cause
from cmdb.model.commit import Receipt
from cmdb.model.match import Identified, Verdict
from cmdb.model.observation import MANUAL_SOURCE, Batch
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb.model.plan import ChangePlan, EditKind, ScopeLoss
from cmdb.model.record import RecordEdit
from cmdb.reconciliation import Reconciled, Setting
from cmdb.reconciliation.items import seen_at

TRIES = 8
ATOMIC_LIMIT = 5_000


class Committer(Protocol):
    """What the gate needs of the ledger."""

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        """Write one commit."""
        ...

    def intake(self, key: str) -> IntakeRecord | None:
        """What an idempotency key did."""
        ...

    def touch(self, claim_keys: Sequence[str], seen_at: str) -> int:
        """Say of claims that their source has seen the same again."""
        ...


class HoldBook(Protocol):
    """Reads of held plans."""

    def find(self, ids: Collection[str]) -> Mapping[str, HeldPlan]:
        """Those of these ids that were ever filed."""
        ...

    def get(self, hold_id: str) -> HeldPlan:
        """One held plan. Raises `HoldNotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """What a passage needs; made once by the door."""

    intake: Intake
    ledger: Committer
    holds: HoldBook
    policy: Policy
    approvals: ApprovalBook
    clock: Clock
    piece: int = PIECE  # observations in one commit


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about observations of the batch: refs that are new items, and records to write with the first commit."""

    force_new: frozenset[str] = frozenset()
    records: tuple[RecordEdit, ...] = ()


@dataclass(slots=True)
class Passage:
    """One batch's way. Used once."""

    gate: Gate
    batch: Batch
    actor: Actor
    progress: Progress
    by_person: bool = False
    decided: Decided = field(default_factory=Decided)
    _tally: Tally = field(default_factory=Tally)
    _digest: str = ""
    _new_ids: dict[str, str] = field(default_factory=dict)
    _foreign: dict[str, str] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)
    _assumed: dict[str, str] = field(default_factory=dict)
    _records: list[RecordEdit] = field(default_factory=list)

    def run(self) -> BatchResult:
        """Take the batch through. Raises `AgentNamesChange`, and what else concerns the whole request."""
        if self.batch.change and not self.actor.is_person:
            raise AgentNamesChange(
                f"{self.actor.name} is an agent and names the change {str(self.batch.change)[:80]!r}; leave `change` out: what agents see "
                "is authorised by people",
                change=str(self.batch.change)[:80],
            )
        batch, total = self.batch, len(self.batch.observations)
        if batch.atomic and total > ATOMIC_LIMIT:
            raise BatchTooLarge(
                f"an atomic batch is one commit and carries at most {ATOMIC_LIMIT} observations, not {total}", limit=ATOMIC_LIMIT
            )
        self._records = list(self.decided.records)
        looked = seen_at(self._observed_at(), self.gate.clock())
        if batch.key:
            self._digest = body_digest(batch)
            if self._finished():
                return self._tally.result(batch, replayed=True)
        self.progress(0, total, "identify")
        identified = self._identify()
        size = max(total, 1) if batch.atomic else self.gate.piece
        count = max(1, -(-total // size))
        pieces: tuple[Piece, ...] | None = None
        for number in range(1, count + 1):
            if self._replay(f"#{number}"):
                continue
            pieces = pieces or split(identified, size)
            identified, pieces = self._take(identified, pieces, number, size, to_text(looked))
            self.progress(min(number * size, total), total, "commit")
        if batch.complete and not (batch.atomic and self._tally.refused):
            self._retire_missing(identified, to_text(looked))
        if batch.key and not batch.dry_run and not self._tally.refused:  # what was refused has no answer to keep: it may fit next time
            self._keep_end()
        self.progress(total, total, "done")
        return self._tally.result(batch)

    def withdrawn(self, items: Mapping[str, str], looked: str, *, whole: bool = False) -> BatchResult:
        """Withdraw the source's claims on these items (id -> ref) and nothing else."""
        self._records = list(self.decided.records)
        self.withdraw(items, looked, whole=whole)
        return self._tally.result(self.batch)

    def revoke(self, looked: str) -> BatchResult:
        """Withdraw everything the source says."""
        ids = self.gate.intake.world.claimed_by(self.batch.source)
        for start in range(0, len(ids), self.gate.piece):
            self.withdraw(dict.fromkeys(ids[start : start + self.gate.piece], ""), looked)
            self.progress(min(start + self.gate.piece, len(ids)), len(ids), "retire")
        return self._tally.result(self.batch)

    def _observed_at(self) -> datetime | None:
        if self.batch.observed_at is None:
            return None
        try:
            return from_text(self.batch.observed_at)
        except (ValueError, TypeError) as problem:
            raise BadBatch(f"observed_at is no time: {problem}", member="observed_at") from problem

    def _identify(self) -> Identified:
        found = self.gate.intake.identify(self.batch, by_person=self.by_person, new_ids=self._new_ids, force_new=self.decided.force_new)
        self._new_ids = {one.observation.ref: one.item_id for one in found.matches if one.verdict is Verdict.NEW and one.item_id}
        return found

    # one piece

    def _take(
        self, identified: Identified, pieces: tuple[Piece, ...], number: int, size: int, looked: str
    ) -> tuple[Identified, tuple[Piece, ...]]:
        """Plan, decide and commit one piece, again after losing a race. Returns what is current for the next ones."""
        for attempt in range(1, TRIES + 1):
            try:
                if self._take_once(identified, pieces[number - 1], looked, careful=attempt > 1):
                    return identified, pieces
                identified = self._identify()  # the same request, carried by another process, was first: go on from what it wrote
                return identified, split(identified, size)
            except (StalePlan, IdentifierTaken) as lost:
                if attempt == TRIES or not self._may_replan(lost):
                    raise
                if isinstance(lost, IdentifierTaken):
                    self._foreign.update({one["key"]: one["item_id"] for one in lost.fields.get("taken", ())})
                time.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311  spreading writers is no secret
                identified = self._identify()
                pieces = split(identified, size)
        raise AssertionError("the last attempt returns or raises")

    def _may_replan(self, lost: StalePlan | IdentifierTaken) -> bool:
        """A person's edit of an item that moved on is not repeated behind their back; races about anything else are."""
        by_hand = self.actor.is_person and self.batch.source == MANUAL_SOURCE
        return not by_hand or isinstance(lost, IdentifierTaken) or lost.fields.get("kind") in ("records", "claims")

    def _take_once(self, identified: Identified, piece: Piece, looked: str, *, careful: bool) -> bool:
        """Plan, decide, commit; False where the same request, sent twice at once, had this piece written already."""
        setting = self._setting(identified, looked, careful=careful)
        planned = self.gate.intake.plan(setting, piece.chunk)
        decision = self._decide(planned.plan)
        proposals = self._proposals(piece, planned, decision)
        outcomes = outcomes_of(piece, planned, decision, proposals)
        refused = atomic_refusal(outcomes) if self.batch.atomic else None
        if refused is not None:
            self._tally.refuse(refused)
            return True
        if self.batch.dry_run:
            self._assumed.update({one.after.id: one.after.type for one in decision.cleared.plan.items if one.kind is not EditKind.RETIRE})
            self._tally.add(outcomes, (), proposals)
            return True
        if not self._commit(decision.cleared.plan, proposals, outcomes, f"#{piece.number}"):
            return False
        same = [f"{one.item_id}|{self.batch.source}" for one in piece.matches if one.verdict is Verdict.SAME]
        if same:
            self.gate.ledger.touch(same, looked)
        return True

    def _setting(self, identified: Identified | None, looked: str, *, careful: bool) -> Setting:
        cause = Cause(self.actor, self.batch.source, self.batch.reason, self.batch.change)
        registry = self.gate.intake.registry()
        if identified is None:
            return Setting(registry, cause, self.gate.clock(), looked, self.batch.scope)
        return Setting(
            registry,
            cause,
            self.gate.clock(),
            looked,
            self.batch.scope,
            identified.refs,
            identified.strong_of,
            identified.weak_of,
            {**identified.owners, **self._foreign},
            self._assumed,
            frozenset() if careful else frozenset(self._written),
        )

    def _decide(self, plan: ChangePlan) -> Decision:
        return decide(plan, self.gate.policy, self.gate.approvals, self.gate.intake.registry())

    def _proposals(self, piece: Piece, planned: Reconciled, decision: Decision) -> list[Proposal]:
        batch = self.batch
        found = [of_ambiguous(batch.source, batch.scope, one) for one in piece.matches if one.verdict is Verdict.AMBIGUOUS]
        if decision.held:
            matches = {one.item_id: one for one in piece.chunk.own if one.item_id}
            origin = Origin(batch.source, batch.scope, matches, planned.asked, planned.plan.relations)
            for held in decision.held:
                found += proposals_of(held, origin)
        return self._without_those_of_others(found)

    def _without_those_of_others(self, proposals: list[Proposal]) -> list[Proposal]:
        """What another source proposes and is filed already is not this batch's affair, though its item was computed anew."""
        others = {one.id for one in proposals if one.content.get("origin", self.batch.source) != self.batch.source}
        if not others:
            return proposals
        known = self.gate.holds.find(others)
        filed_already = {one.id for one in proposals if one.id in known and is_settled(known[one.id], one)}
        return [one for one in proposals if one.id not in others or one.id not in filed_already]

    def _commit(self, plan: ChangePlan, proposals: Sequence[Proposal], outcomes: list[Outcome], suffix: str) -> bool:
        """Write the plan with the holds it leads to; nothing is written where there is nothing to say. False where this part was written
        before: then what that try answered counts, not what this one planned."""
        now = to_text(self.gate.clock())
        records = [*self._records]
        if proposals:
            records += filed(proposals, self.gate.holds.find({one.id for one in proposals}), plan.cause, now)
        key = f"{self.batch.key}{suffix}" if self.batch.key else None
        if plan.is_empty and not plan.claims and not records and key is None:
            self._tally.add(outcomes, (), proposals)
            return True
        stored = {"outcomes": [one.body() for one in outcomes], "held": sorted({one.id for one in proposals})} if key else None
        receipt = self.gate.ledger.commit(replace(plan, key=key, body_digest=self._digest), records, stored)
        self._records.clear()
        if receipt.replayed and self._replay(suffix):
            return False
        if key:
            self._tally.parts.append(suffix)
        self._written.update(one.after.id for one in plan.items if one.kind is EditKind.CREATE)
        self._tally.add([_with_revision(one, receipt) for one in outcomes], (receipt,), proposals)
        return True

    # what a complete scope no longer mentions

    def _retire_missing(self, identified: Identified, looked: str) -> None:
        batch = self.batch
        there = self.gate.intake.world.scope(batch.source, batch.scope)
        mentioned = {one.ref for one in batch.observations}
        matched = {one.item_id for one in identified.matches if one.item_id}
        missing = {item_id: ref for item_id, ref in there.items() if ref not in mentioned and item_id not in matched}
        if not missing:
            return
        self.progress(len(batch.observations), len(batch.observations), "retire")
        loss = ScopeLoss(batch.source, batch.scope, len(there), len(missing))
        self.withdraw(missing, looked, loss)

    def withdraw(self, items: Mapping[str, str], looked: str, loss: ScopeLoss | None = None, *, whole: bool = False) -> None:
        """Withdraw the source's claims on these items (id -> ref), a commit for each piece of them."""
        ids = sorted(items)
        for start in range(0, len(ids), self.gate.piece):
            part = ids[start : start + self.gate.piece]
            if self._withdraw_part({item_id: items[item_id] for item_id in part}, looked, loss, ids, whole=whole):
                return

    def _withdraw_part(self, items: Mapping[str, str], looked: str, loss: ScopeLoss | None, every: Sequence[str], *, whole: bool) -> bool:
        """One part; whether everything was held, so that no more parts need be planned."""
        for attempt in range(1, TRIES + 1):
            planned = self.gate.intake.withdraw(self._setting(None, looked, careful=True), list(items), whole=whole)
            decision = self._decide(replace(planned.plan, loss=loss))
            mass = next((one for one in decision.held if one.kind is HoldKind.MASS_RETIREMENT), None)
            proposals, outcomes = self._lost(items, every, decision, mass is not None)
            if self.batch.dry_run:
                self._tally.add(outcomes, (), proposals)
                return mass is not None
            try:
                self._commit(replace(decision.cleared.plan, loss=None), proposals, outcomes, f"#gone-{items and min(items)}")
                return mass is not None
            except StalePlan:
                if attempt == TRIES:
                    raise
                time.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311  spreading writers is no secret
        raise AssertionError("the last attempt returns or raises")

    def _lost(self, items: Mapping[str, str], every: Sequence[str], decision: Decision, mass: bool) -> tuple[list[Proposal], list[Outcome]]:
        if mass:
            proposal = of_loss(decision.held[0], every)
            return [proposal], [Outcome(items.get(one, ""), OutcomeStatus.HELD, one, holds=(proposal.id,)) for one in every]
        origin = Origin(self.batch.source, self.batch.scope)
        proposals = [proposal for held in decision.held for proposal in proposals_of(held, origin)]
        holds = {one.item_id: one.id for one in proposals}
        edits = {one.after.id: one for one in decision.cleared.plan.items}
        outcomes = []
        for item_id, ref in items.items():
            edit = edits.get(item_id)
            if item_id in decision.refused.problems:
                outcomes.append(Outcome(ref, OutcomeStatus.FAILED, item_id, problems=(decision.refused.problems[item_id],)))
            elif edit is not None:
                status = OutcomeStatus.RETIRED if edit.kind is EditKind.RETIRE else OutcomeStatus.UPDATED
                changed = () if edit.kind is EditKind.RETIRE else edit.changed_fields()
                outcomes.append(Outcome(ref, status, item_id, edit.after.revision, changed))
            elif item_id in holds:
                outcomes.append(Outcome(ref, OutcomeStatus.HELD, item_id, holds=(holds[item_id],)))
        return proposals, outcomes

    # idempotency

    def _finished(self) -> bool:
        """Whether the whole request was answered before; its answer is then in the tally."""
        end = self._stored("#end")
        if end is None:
            return False
        for suffix in (end.outcome or {}).get("parts", ()):
            self._replay(suffix)
        return True

    def _replay(self, suffix: str) -> bool:
        """Whether this part was written by an earlier try; its outcomes are then in the tally."""
        known = self._stored(suffix)
        if known is None:
            return False
        body = known.outcome or {}
        outcomes = [Outcome.from_body(one) for one in body.get("outcomes", ())]
        receipts = (Receipt(known.seq, None, known.time, replayed=True),)
        self._tally.add(outcomes, receipts, (), body.get("held", ()), suffix)
        return True

    def _stored(self, suffix: str) -> IntakeRecord | None:
        if not self.batch.key or self.batch.dry_run:
            return None
        known = self.gate.ledger.intake(f"{self.batch.key}{suffix}")
        if known is not None and known.digest != self._digest:
            key = self.batch.key
            raise IdempotencyKeyReused(f"key {key!r} was used before for another request; send this one under a new key", key=key)
        return known

    def _keep_end(self) -> None:
        plan = ChangePlan(Cause(self.actor, self.batch.source), key=f"{self.batch.key}#end", body_digest=self._digest)
        self.gate.ledger.commit(plan, (), {"parts": self._tally.parts})


def _with_revision(outcome: Outcome, receipt: Receipt) -> Outcome:
    revision = receipt.revisions.get(outcome.item_id or "")
    return outcome if revision is None or revision == outcome.revision else replace(outcome, revision=revision)
