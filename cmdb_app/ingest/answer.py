"""What a caller is told of its batch: the door's outcomes and those of observations that could not be read, in the order of the body."""

from collections.abc import Sequence
from dataclasses import replace

from change_gate.results import BatchResult
from cmdb.model.outcome import Outcome


def merge(result: BatchResult, positions: Sequence[int] | None, failed: Sequence[Outcome]) -> BatchResult:
    """`positions[i]` is where the door's i-th observation stood in the body. Outcomes of items nobody observed stay at the end."""
    if not failed or positions is None:
        return result
    placed = [o if o.index is None else replace(o, index=positions[o.index]) for o in result.outcomes]
    seen = sorted([o for o in placed if o.index is not None] + list(failed), key=lambda o: o.index or 0)
    return replace(result, outcomes=(*seen, *(o for o in placed if o.index is None)))
