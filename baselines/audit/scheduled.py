"""Audits and rounds over the library as things that can be scheduled (requirement 4.5.4.2-01); see `baselines.schedule`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from baselines.audit.model import Audit, RunState
from baselines.audit.planning import may_audit
from baselines.audit.repository import AuditBook
from baselines.audit.running import Running
from baselines.library.service import Library, may_check
from baselines.schedule import SCHEDULER, BadSchedule, Schedule
from cmdb.kernel.errors import CmdbError
from cmdb.model.actor import Actor


class AuditFailed(CmdbError):
    """A scheduled run began and could not be ended."""

    code = "audit-failed"
    title = "The audit could not be carried out"


class AuditRunner:
    """Runs a planned audit."""

    name = "audit"

    def __init__(self, book: AuditBook, running: Running) -> None:
        self._book, self._running = book, running

    def check(self, what: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """`{"audit": id or name}`."""
        may_audit(actor, "schedule an audit")
        if set(what) != {"audit"}:
            raise BadSchedule("say which audit: {audit: id or name}")
        return {"audit": self._book.audit(str(what["audit"])).id}

    def run(self, schedule: Schedule, due: datetime, key: str) -> str:  # noqa: ARG002 - a run looks at the present, whenever it was due
        """One run, once under the key."""
        run = self._running.carry_out(self._running.request(str(schedule.what["audit"]), SCHEDULER, key).id)
        if run.state is RunState.FAILED:
            raise AuditFailed(f"run {run.number} failed: {run.problem}", run=run.id)
        share = (
            "nothing to look at" if run.score.share is None else f"{run.score.share:.1%} of {run.score.subjects} items without deficiency"
        )
        return f"run {run.number} at commit {run.seq}: {share}; {run.counts.get('new', 0)} new, {run.counts.get('gone', 0)} gone"


class LibraryRunner:
    """A round over the library."""

    name = "library"

    def __init__(self, library: Library) -> None:
        self._library = library

    def check(self, what: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """`{"types": [...]}`; none: all that rounds look at."""
        may_check(actor)
        types = what.get("types", [])
        if set(what) - {"types"} or not isinstance(types, list) or not all(isinstance(one, str) for one in types):
            raise BadSchedule("say which types: {types: [master_copy]}, or nothing for all")
        return {"types": self._library.known_types(types)} if types else {}

    def run(self, schedule: Schedule, due: datetime, key: str) -> str:  # noqa: ARG002 - looking twice does no harm
        """One round."""
        done = self._library.check_all(SCHEDULER, types=list(schedule.what.get("types", [])))
        told = ", ".join(f"{count} {name}" for name, count in done.outcomes.items() if count)
        return f"{done.checked} master copies checked: {told or 'there are none'}"


def schedule_name(audit: Audit) -> str:
    """What the schedule of an audit is called."""
    return f"audit {audit.name}"[:100]
