"""A point anywhere in the product: a commit's number, a time, or a baseline by id or name.

A baseline that was withdrawn is refused as a point, with its commit's number in the refusal: who wants that state all the same asks by the
number, and nobody reads by accident what somebody has declared not to hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from baselines.errors import BaselineNotFound, BaselineWithdrawn
from baselines.model import Baseline, BaselineState
from cmdb.kernel.clock import from_text
from cmdb.ledger.asof import History


@dataclass(frozen=True, slots=True)
class Point:
    """A commit's number, and the baseline it was asked by, if it was."""

    seq: int
    baseline: Baseline | None = None


class Points:
    """Resolves points. `named` gives the baseline with an id or name, None where there is none."""

    def __init__(self, history: History, named: Callable[[str], Baseline | None]) -> None:
        self._history = history
        self._named = named

    def resolve(self, point: int | str | datetime | None, *, withdrawn: bool = False) -> Point:
        """The point. A text is a number (`1200`), a time (ISO 8601 with an offset) or a baseline's id or name; None is now.

        Raises `UnknownRevision`, `BadPoint`, `BaselineNotFound`, and `BaselineWithdrawn` unless `withdrawn` allows it.
        """
        if not isinstance(point, str):
            return Point(self._history.resolve(point))
        text = point.strip()
        if is_number(text.removeprefix("-")):  # a negative one is refused as what it is
            return Point(self._history.resolve(int(text)))
        if is_time(text):
            return Point(self._history.resolve(text))
        return self.baseline(text, withdrawn=withdrawn)

    def baseline(self, id_or_name: str, *, withdrawn: bool = False) -> Point:
        """The point a baseline designates. Raises as `resolve`."""
        found = self._named(id_or_name)
        if found is None:
            raise BaselineNotFound(
                f"{id_or_name[:80]!r} is no baseline, no commit's number and no time (2026-11-23T10:00:00Z)", name=id_or_name[:80]
            )
        if found.state is BaselineState.WITHDRAWN and not withdrawn:
            raise BaselineWithdrawn(
                f"baseline {found.name!r} was withdrawn by {found.withdrawn_by}: {found.withdrawn_reason}. Its state can be asked as of "
                f"commit {found.seq}",
                baseline=found.id,
                seq=found.seq,
                reason=found.withdrawn_reason,
            )
        return Point(found.seq, found)


def is_number(text: str) -> bool:
    """Whether a point's text is a commit's number."""
    return text.isascii() and text.isdigit() and len(text) < 19


def is_time(text: str) -> bool:
    """Whether a point's text is a time with an offset."""
    try:
        from_text(text)
    except ValueError:
        return False
    return True
