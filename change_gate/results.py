"""What the door answers: one `BatchResult` for each batch."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.commit import Receipt
from cmdb.model.outcome import Outcome, OutcomeStatus

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, phase)`: observations done so far, all observations, and `identify`, `commit`, `retire` or `done`."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answer to a batch.

    `outcomes` holds one outcome for each observation, in the batch's order, then those of items that a complete scope no longer mentions.
    `receipts` are those of its commits, in order (one for each chunk that wrote something; none for a dry run). `held` are the ids of
    the held plans it filed or met again. `replayed` says that the idempotency key had been answered before and nothing was written now.
    """

    source: str
    outcomes: tuple[Outcome, ...]
    receipts: tuple[Receipt, ...] = ()
    held: tuple[str, ...] = ()
    dry_run: bool = False
    replayed: bool = False

    @property
    def seq(self) -> int | None:
        """Sequence number of the last commit it made, None where nothing had to be written."""
        return max((receipt.seq for receipt in self.receipts if receipt.seq is not None), default=None)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many outcomes have each status; every status is present."""
        found = Counter(outcome.status for outcome in self.outcomes)
        return {status.value: found.get(status, 0) for status in OutcomeStatus}

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of observations of which nothing landed because something is wrong with them."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is OutcomeStatus.FAILED)

    def body(self) -> dict[str, Any]:
        """Plain JSON for REST and the command line."""
        return {
            "source": self.source,
            "dry_run": self.dry_run,
            "replayed": self.replayed,
            "seq": self.seq,
            "commits": [receipt.seq for receipt in self.receipts if receipt.seq is not None],
            "counts": dict(self.counts),
            "held": list(self.held),
            "outcomes": [outcome.body() for outcome in self.outcomes],
        }
