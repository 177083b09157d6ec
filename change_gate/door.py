"""The door: the only writer of items (design 2). Identify, reconcile, decide, commit, for whoever asks.

Agents, imports and people come with a `Batch`. A person's edit is a batch of the source `manual` whose observation names `item_id` and,
for If-Match, `expected_revision`.
"""

from collections.abc import Callable

from change_gate.ports import ApprovalBook
from change_gate.results import BatchResult, Progress
from change_gate.verdicts import HeldPlan, HoldState
from cmdb.kernel.clock import Clock, system_clock
from cmdb.model.actor import Actor
from cmdb.model.observation import Batch
from cmdb.model.outcome import Outcome, OutcomeStatus, Problem
from cmdb.store.protocol import Store

__all__ = ["BatchResult", "Door", "HeldPlan", "HoldState", "Outcome", "OutcomeStatus", "Problem", "Progress"]

NEW_ITEM = "new"
"""The choice that makes `release` create a new item for an ambiguous observation."""


class Door:
    """The one way in. Thread-safe: it keeps no state between calls."""

    def __init__(
        self,
        store: Store,
        ledger: object,
        inventory: object,
        registry: Callable[[], object],
        *,
        approvals: ApprovalBook | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._store = store

    def submit(self, batch: Batch, actor: Actor, progress: Progress | None = None) -> BatchResult:
        """Take a batch through the road. Per-item faults are outcomes; only faults of the whole request are raised."""
        raise NotImplementedError

    def holds(self, *, state: HoldState | None = HoldState.OPEN, after: str | None = None, first: int = 50) -> list[HeldPlan]:
        """Held plans in order of filing, `first` at a time; `after` is the id of the last one seen."""
        raise NotImplementedError

    def hold(self, hold_id: str) -> HeldPlan:
        """One held plan. Raises `HoldNotFound`."""
        raise NotImplementedError

    def release(self, hold_id: str, actor: Actor, reason: str, choice: str | None = None) -> BatchResult:
        """Let a held plan through; for an ambiguous one `choice` names the item it speaks of, or `new`."""
        raise NotImplementedError

    def reject(self, hold_id: str, actor: Actor, reason: str) -> HeldPlan:
        """Turn a held plan down; the same proposal is not filed again until its value changes."""
        raise NotImplementedError

    def revoke_source(self, source: str, actor: Actor, reason: str, progress: Progress | None = None) -> BatchResult:
        """Withdraw every claim of a source and recompute what it said; what nobody else claims is retired."""
        raise NotImplementedError
