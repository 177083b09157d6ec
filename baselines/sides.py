"""The two sides of a comparison (design 8): a baseline, a commit, a time, or now.

Rules: a side is a point of the ledger with a scope. A baseline brings its own; any other point takes the other side's, and where neither
has one it is the whole CMDB. A withdrawn baseline is no side; its commit is. Comparing across scopes is allowed and told: where one side
is the whole, the narrower scope is looked at on both; else each side has its own, and what belongs to one of them only has left or entered.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from baselines.model import WHOLE, Baseline, Scope, ScopeKind
from baselines.points import Points
from cmdb.ledger.chain import ZERO
from cmdb.ledger.log import Log

AnyPoint = int | str | datetime | None
"""A sequence number, an ISO 8601 time, a baseline (its id or name), or None for now; as a text `now` as well."""
_NOW = ("", "now", "head")


@dataclass(frozen=True, slots=True)
class Side:
    """One side: commit `seq` with its chain hash and time (empty text before the first commit), seen in `scope`."""

    seq: int
    hash: str
    time: str
    scope: Scope
    baseline: Baseline | None = None
    now: bool = False

    @property
    def label(self) -> str:
        """For people: `2026-Q1 (commit 120)`, `commit 120`, `now (commit 120)`."""
        if self.baseline is not None:
            return f"{self.baseline.name} (commit {self.seq})"
        return f"now (commit {self.seq})" if self.now else f"commit {self.seq}"

    def body(self) -> dict[str, object]:
        """Plain JSON."""
        found: dict[str, object] = {"label": self.label, "seq": self.seq, "hash": self.hash, "time": self.time, "scope": self.scope.body()}
        if self.baseline is not None:
            found["baseline"] = {"id": self.baseline.id, "name": self.baseline.name, "state": self.baseline.state.value}
            found["seal"] = self.baseline.seal.digest if self.baseline.seal else None
        return found


class Sides:
    """Makes sides of points."""

    def __init__(self, points: Points, log: Log) -> None:
        self._points = points
        self._log = log

    def pair(self, a: AnyPoint, b: AnyPoint) -> tuple[Side, Side]:
        """Both sides, each with its scope. Raises `UnknownRevision`, `BaselineNotFound`, `BaselineWithdrawn`."""
        first, second = self._side(a), self._side(b)
        if first.baseline is None and second.baseline is not None:
            first = replace(first, scope=second.scope)
        if second.baseline is None and first.baseline is not None:
            second = replace(second, scope=first.scope)
        return first, second

    def _side(self, given: AnyPoint) -> Side:
        point = None if isinstance(given, str) and given.strip().lower() in _NOW else given
        found = self._points.resolve(point)
        if found.baseline is not None:
            return Side(found.seq, found.baseline.hash, found.baseline.time, found.baseline.scope, found.baseline)
        commit = self._log.commits([found.seq]).get(found.seq)
        now = point is None
        return Side(found.seq, commit.hash, commit.time, WHOLE, now=now) if commit else Side(found.seq, ZERO, "", WHOLE, now=now)


def scopes_of(a: Side, b: Side) -> tuple[Scope, Scope, tuple[str, ...]]:
    """The scopes to look at on both sides, and what is to be told about them."""
    if a.scope == b.scope:
        return a.scope, b.scope, ()
    told = f"The sides have different scopes: {a.scope} and {b.scope}."
    for narrow, wide in ((a.scope, b.scope), (b.scope, a.scope)):
        if wide.kind is ScopeKind.WHOLE:
            return narrow, narrow, (f"{told} Both are looked at in the narrower one, {narrow}.",)
    return a.scope, b.scope, (f"{told} What belongs to one of them only is told as left or entered.",)
