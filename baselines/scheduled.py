"""Baselines taken on schedule: each designates the ledger as it stood at its due time, however late the run comes.

`what` of such a schedule: `purpose`, `scope` (as `Scope.body`), and `keep` (optional): of the baselines it took that nobody has approved,
so many stay taken; older ones are withdrawn, which keeps them and says why. Names are the schedule's and the due time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from baselines.errors import BadBaseline, BadScope
from baselines.model import BaselineState, Scope
from baselines.repository import BaselineBook
from baselines.schedule import SCHEDULER, Schedule
from baselines.scope_check import ScopeCheck
from baselines.take import TAKERS, Baselines, allowed
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor

_PARTS = frozenset({"purpose", "scope", "keep"})


class BaselineRunner:
    """Takes the baselines that fall due; a `baselines.schedule.Runner`."""

    name = "baseline"

    def __init__(self, baselines: Baselines, book: BaselineBook, check: ScopeCheck, ledger: Ledger) -> None:
        self._baselines, self._book, self._check, self._ledger = baselines, book, check, ledger

    def check(self, what: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """What shall be taken. Raises `RoleMissing`, `BadBaseline`, `BadScope`, `EmptyScope`, `UnknownType`."""
        allowed(actor, TAKERS, "schedule baselines")
        purpose, keep = what.get("purpose"), what.get("keep")
        if set(what) - _PARTS or not isinstance(purpose, str) or not 3 <= len(purpose.strip()) <= 2_000:
            raise BadBaseline("a scheduled baseline needs a purpose of 3 to 2,000 characters and a scope, and may say how many to keep")
        if keep is not None and (not isinstance(keep, int) or isinstance(keep, bool) or not 1 <= keep <= 10_000):
            raise BadBaseline("keep is a number from 1 to 10,000", part="keep")
        try:
            scope = Scope.from_body(what["scope"])
        except (KeyError, TypeError, ValueError) as problem:
            raise BadScope(f"a scheduled baseline needs a scope: {problem!r} is not right in it") from problem
        plain = self._check.named_now(scope, self._ledger.head().seq)
        found = {"purpose": purpose.strip(), "scope": plain.body()}
        return found if keep is None else {**found, "keep": keep}

    def run(self, schedule: Schedule, due: datetime, key: str) -> str:
        """Take the baseline of this due time, once; then withdraw those that are more than are to be kept."""
        name = f"{schedule.name} {due:%Y-%m-%d %H:%M}"
        what = schedule.what
        step = self._baselines.take(
            name, what["purpose"], Scope.from_body(what["scope"]), SCHEDULER, point=due, key=key, schedule=schedule.id
        )
        gone = self._thin_out(schedule, what["keep"]) if "keep" in what else 0
        told = f"; {gone} older ones withdrawn" if gone else ""
        return f"baseline {name!r} designates commit {step.baseline.seq}{told}"

    def _thin_out(self, schedule: Schedule, keep: int) -> int:
        waiting = [one for one in self._book.taken_by_schedule(schedule.id) if one.state is BaselineState.TAKEN]
        for one in waiting[:-keep]:
            self._baselines.withdraw(one.id, SCHEDULER, f"schedule {schedule.name!r} keeps {keep}", key=f"keep|{one.id}")
        return len(waiting[:-keep])
