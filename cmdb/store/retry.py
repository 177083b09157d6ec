"""Whether a failed attempt is worth another one. No engine in here, so that every rule can be tested by itself.

Rules:
- a conflict is tried again until the call's time is over;
- without a connection, for a short while only: the caller had better hear of it;
- ArcadeDB checks uniqueness before it looks for conflicts, so a lost race can look like a duplicate. The next attempt sees what the winner
  wrote: if it is refused for the same key again, it is a true duplicate;
- ArcadeDB refuses one of two transactions that use a new label or relationship type for the first time, and does not say why.
"""

import random
from dataclasses import dataclass

from cmdb.store.deadline import Deadline
from cmdb.store.faults import Fault

FIRST_USE_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds. Hot writers stall with the driver's own first wait of 1 s (findings); 0.02 does not."""

    read: float = 30.0  # one read, retries included
    write: float = 120.0  # one write transaction, retries included
    unreachable: float = 3.0  # while no connection can be made: an embedded engine restarts in less
    first_wait: float = 0.02
    multiplier: float = 2.0
    jitter: float = 0.5
    longest_wait: float = 1.0


class Retry:
    """The attempts of one call. Not thread-safe."""

    def __init__(self, patience: Patience, engine: str, deadline: Deadline) -> None:
        self._patience = patience
        self._engine = engine
        self._deadline = deadline
        self._unreachable: Deadline | None = None
        self._duplicate = ""
        self.failed = 0
        self.wait = 0.0

    def again(self, fault: Fault, message: str) -> bool:
        """Whether to try again after this failure, `wait` seconds from now: only where time is left for more than the waiting."""
        self.failed += 1
        self.wait = self._next_wait()
        return self.wait < self._deadline.left() / 2 and self._worth_it(fault, message)

    def _next_wait(self) -> float:
        """Doubling, and spread, so that writers who met do not meet again."""
        patience = self._patience
        plain = min(patience.first_wait * patience.multiplier ** (self.failed - 1), patience.longest_wait)
        return plain * (1 + patience.jitter * (2 * random.random() - 1))  # noqa: S311  no secret

    def _worth_it(self, fault: Fault, message: str) -> bool:
        if fault is Fault.CONFLICT:
            return True
        if fault is Fault.UNREACHABLE:
            self._unreachable = self._unreachable or Deadline(self._patience.unreachable)
            return not self._unreachable.over()
        if fault is Fault.DUPLICATE and self._engine == "arcadedb":
            before, self._duplicate = self._duplicate, message
            return message != before
        return fault is Fault.FIRST_USE and self.failed < FIRST_USE_ATTEMPTS
