"""The door: the only writer of items (design 2). Identify, reconcile, decide, commit, for whoever asks.

Agents, imports and people come with a `Batch`. A person's edit is a batch of the source `manual`:

- create: an observation with a `ref` of the person's choosing (unique within `manual`) and no `item_id`;
- update: `item_id`, `fields` (None withdraws the person's word on a field) and, for If-Match, `expected_revision`;
- relate and unrelate: `item_id` with `ObservedRelation(type, to_id=..., outgoing=..., gone=...)`;
- retire: `item_id`, `gone=True`; restore: `item_id` of a retired item, with what fields there are to say.
"""

from collections.abc import Callable

from change_gate.decide import Decision, decide
from change_gate.hold_book import GraphHoldBook
from change_gate.passage import Committer, Gate, Passage
from change_gate.policy import Policy, load_policy
from change_gate.ports import ApprovalBook, EmptyApprovalBook
from change_gate.release import NEW_ITEM, Releases
from change_gate.results import BatchResult, Progress
from change_gate.verdicts import HeldPlan, HoldState, RoleMissing, SourceMismatch
from cmdb.identification import GraphIdentifierBook
from cmdb.identification.errors import BadBatch
from cmdb.intake import PIECE, Intake
from cmdb.kernel.clock import Clock, system_clock, to_text
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import MANUAL_SOURCE, Batch
from cmdb.model.outcome import Outcome, OutcomeStatus, Problem
from cmdb.model.plan import ChangePlan
from cmdb.model.registry import Registry
from cmdb.reconciliation import GraphWorld
from cmdb.reconciliation.precedence import HISTORY_SOURCE
from cmdb.store.protocol import Store

__all__ = [
    "NEW_ITEM",
    "BatchResult",
    "Door",
    "HeldPlan",
    "HoldState",
    "Outcome",
    "OutcomeStatus",
    "Problem",
    "Progress",
]


class Door:
    """The one way in. Thread-safe: it keeps no state between calls. `piece` is how many observations make one commit."""

    def __init__(
        self,
        store: Store,
        ledger: Committer,
        registry: Callable[[], Registry],
        *,
        policy: Policy | None = None,
        approvals: ApprovalBook | None = None,
        clock: Clock = system_clock,
        piece: int = PIECE,
    ) -> None:
        intake = Intake(GraphIdentifierBook(store), GraphWorld(store), registry)
        self._holds = GraphHoldBook(store)
        self._gate = Gate(intake, ledger, self._holds, policy or load_policy(), approvals or EmptyApprovalBook(), clock, piece)
        self._releases = Releases(self._gate, self._holds)

    def submit(self, batch: Batch, actor: Actor, progress: Progress | None = None) -> BatchResult:
        """Take a batch through the road: identified as a whole, then committed in pieces of 2,000 observations.

        Faults of single observations are outcomes; raised is what concerns the whole request: `SourceMismatch` (403), `RoleMissing` (403),
        `BadBatch` (400), `BatchTooLarge` (413), `IdempotencyKeyReused` (422), `StalePlan` (412, people only) and the store's errors. What
        was committed before an error stays; send the batch again (with its key) to continue.
        """
        self._check(batch, actor)
        by_person = actor.is_person and batch.source == MANUAL_SOURCE
        return Passage(self._gate, batch, actor, progress or _silent, by_person=by_person).run()

    def consider(self, plan: ChangePlan) -> Decision:
        """What the gate would say of a plan that somebody made elsewhere. Nothing is held or written."""
        return decide(plan, self._gate.policy, self._gate.approvals, self._gate.intake.registry())

    def holds(self, *, state: HoldState | None = HoldState.OPEN, after: str | None = None, first: int = 50) -> list[HeldPlan]:
        """Held plans in order of filing, `first` at a time (500 at most); `after` is the id of the last one seen, `state=None` means
        all."""
        return self._holds.page(state, after, first)

    def hold(self, hold_id: str) -> HeldPlan:
        """One held plan. Raises `HoldNotFound`."""
        return self._holds.get(hold_id)

    def release(
        self, hold_id: str, actor: Actor, reason: str, choice: str | None = None, *, expected_revision: int | None = None
    ) -> BatchResult:
        """Let a held plan through, planned again against what is there now.

        For an ambiguous one `choice` is the id of the item it speaks of, or `new`. `expected_revision` refuses where the hold has been
        filed anew since it was read. Raises `HoldNotFound`, `RoleMissing`, `OwnHold` (four eyes), `HoldClosed`, `HoldStale`, `BadDecision`.
        """
        return self._releases.release(hold_id, actor, reason, choice, expected_revision)

    def reject(self, hold_id: str, actor: Actor, reason: str, *, expected_revision: int | None = None) -> HeldPlan:
        """Turn a held plan down; the same proposal is not filed again until its value changes. Raises what `release` raises."""
        return self._releases.reject(hold_id, actor, reason, expected_revision)

    def revoke_source(self, source: str, actor: Actor, reason: str, progress: Progress | None = None) -> BatchResult:
        """Withdraw every claim of a source and compute anew what it said; what nobody else asserts is retired. Not stopped by the guard
        against mass retirement: it is what the person asked for. Raises `RoleMissing`."""
        if not actor.has(*self._gate.policy.revokers):
            raise RoleMissing(f"{actor.name} may not revoke a source", needs=sorted(self._gate.policy.revokers))
        batch = Batch(source, (), reason=reason)
        passage = Passage(self._gate, batch, actor, progress or _silent)
        return passage.revoke(to_text(self._gate.clock()))

    def _check(self, batch: Batch, actor: Actor) -> None:
        if actor.source is not None and batch.source != actor.source:
            raise SourceMismatch(
                f"this token writes as source {actor.source!r} only, not as {str(batch.source)[:100]!r}", source=actor.source
            )
        if actor.source is None and Role.AGENT in actor.roles:
            raise SourceMismatch(f"agent {actor.name} is bound to no source; issue it a token that names one")
        if batch.source == MANUAL_SOURCE and not actor.is_person:
            raise SourceMismatch("the source 'manual' is for people", source=MANUAL_SOURCE)
        if batch.source == HISTORY_SOURCE:
            raise BadBatch(f"the source {HISTORY_SOURCE!r} is the CMDB's own", member="source")
        if not self._gate.policy.may_write(actor):
            raise RoleMissing(f"{actor.name} may not write items", needs=sorted(self._gate.policy.roles["update"]))


def _silent(done: int, total: int, phase: str) -> None:
    """Progress nobody asked for."""
