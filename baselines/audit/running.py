"""Runs of an audit: asked for, carried out, and their deficiencies kept (requirements 9.1-14, 9.1-15).

A run pins the commit it looks at when it is asked for. Carrying it out may be repeated, by another worker after the first was lost, without
filing anything twice: deficiencies have derived ids, and each knows the last run that altered it. No network and no long work happens in a
transaction: what was found is written afterwards, in commits of a few hundred records.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from baselines.audit import life
from baselines.audit.checks.base import Known
from baselines.audit.errors import AuditBusy
from baselines.audit.estate import read_estate, scope_mask, types_then
from baselines.audit.ground import Copies, Ground, Progress
from baselines.audit.inspect import Inspection, inspect
from baselines.audit.kinds import lasting
from baselines.audit.model import PENDING, Audit, AuditState, Deficiency, DeficiencyState, Finding, Run, RunState
from baselines.audit.planning import SOURCE, Planning, may_audit
from baselines.audit.repository import AuditBook, asked_for, run_id
from baselines.scope import Scopes
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.asof import History
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import Verification, verify
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

LEASE = timedelta(hours=1)
"""A run that has been under way for longer has lost its worker."""
_CHUNK = 400
_TRIES = 5


def silent(_done: int, _total: int, _phase: str) -> None:
    """Progress nobody looks at."""


class Running:
    """Asks for runs and carries them out."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        book: AuditBook,
        planning: Planning,
        scopes: Scopes,
        registry: Callable[[], Registry],
        copies: Copies,
        clock: Clock,
    ) -> None:
        self._store, self._ledger, self._book, self._planning = store, ledger, book, planning
        self._scopes, self._registry, self._copies, self._clock = scopes, registry, copies, clock
        self._log, self._history = Log(store), History(store)

    def request(self, id_or_name: str, actor: Actor, key: str | None = None) -> Run:
        """File a run at the present commit. A repeated `key` answers with the run it filed. Raises `AuditForbidden`, `AuditBusy`,
        `AuditorNotIndependent`."""
        may_audit(actor, "run an audit")
        asked = asked_for("run", audit=id_or_name)
        known = self._book.outcome(key, asked) if key is not None else None
        if known is not None:
            return self._book.run(known["run"])
        audit = self._book.audit(id_or_name)
        if audit.state is AuditState.CLOSED:
            raise AuditBusy(f"audit {audit.name!r} is closed: {audit.closed_reason}", audit=audit.id)
        before = self._book.newest_runs(audit, 1)
        if before and before[0].state in (RunState.QUEUED, RunState.RUNNING) and not self._lost(before[0]):
            raise AuditBusy(f"run {before[0].number} of audit {audit.name!r} is {before[0].state}", run=before[0].id)
        head = self._ledger.head()
        self._planning.check_independent(audit, head.seq)
        now = to_text(self._clock())
        number = audit.runs + 1
        since = next((one.seq for one in self._book.newest_runs(audit, 50) if one.state is RunState.DONE), audit.begins)
        run = Run(
            run_id(audit.id, number), audit.id, number, RunState.QUEUED, head.seq, head.hash, since, now, audit.auditor, actor.name, now
        )
        cause = Cause(actor, SOURCE, f"run {number} of audit {audit.name!r}")
        try:
            self._book.write(cause, [run, replace(audit, runs=number, last_run=run.id)], key, asked, run=run.id)
        except StalePlan:
            raise AuditBusy(f"somebody else is just starting audit {audit.name!r}", audit=audit.id) from None
        return self._book.run(run.id)

    def carry_out(self, id_: str, progress: Progress = silent) -> Run:
        """Carry a run out, or tell how it ended. Raises `AuditBusy` where another worker is at it, and what may pass (status 503)."""
        run = self._book.run(id_)
        if run.state in (RunState.DONE, RunState.FAILED):
            return run
        if run.state is RunState.RUNNING and not self._lost(run):
            raise AuditBusy(f"run {run.number} is being carried out since {run.started_at}", run=run.id)
        run = self._taken(replace(run, state=RunState.RUNNING, started_at=to_text(self._clock())))
        audit = self._book.audit(run.audit)
        try:
            return self._carried_out(audit, run, progress)
        except CmdbError as problem:
            if problem.status == 503:
                self._book.write(_cause(run, "put back"), [replace(run, state=RunState.QUEUED)])
                raise
            return self._ended(replace(run, state=RunState.FAILED, problem=f"{problem.code}: {problem.detail}"))

    def waiting(self) -> list[str]:
        """Ids of runs nobody is at: asked for and not begun, or left by a worker that is gone."""
        queued = self._book.runs_in(RunState.QUEUED)
        return [one.id for one in (*queued, *(one for one in self._book.runs_in(RunState.RUNNING) if self._lost(one)))]

    def repeat(self, id_: str, progress: Progress = silent) -> tuple[Run, Inspection]:
        """Look again at what a run looked at, with its criteria, its commit and its "now"; nothing is written."""
        run = self._book.run(id_)
        audit = self._book.audit(run.audit)
        return run, inspect(self._ground(audit, run, progress), audit.id, audit.criteria, self._known(audit.id)[0], progress)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _lost(self, run: Run) -> bool:
        return self._clock() - from_text(run.started_at) > LEASE

    def _taken(self, run: Run) -> Run:
        try:
            self._book.write(_cause(run, "begun"), [run])
        except StalePlan:
            raise AuditBusy(f"another worker has just taken run {run.number}", run=run.id) from None
        return self._book.run(run.id)

    def _carried_out(self, audit: Audit, run: Run, progress: Progress) -> Run:
        known, ids = self._known(audit.id)
        seen = inspect(self._ground(audit, run, progress), audit.id, audit.criteria, known, progress)
        counts = self._file(audit, run, seen, ids, progress)
        for start in range(0, len(pages := self._book.findings_edits(run, seen.findings)), 10):
            self._book.write(_cause(run, "what it found"), pages[start : start + 10])
        return self._ended(
            replace(
                run, state=RunState.DONE, items=seen.items, relations=seen.relations, checks=seen.checks, score=seen.score,
                by_type=seen.by_type, by_service=seen.by_service, service_names=seen.service_names,
                services_left_out=seen.services_left_out, counts=counts, pages=len(pages), digest=seen.digest,
                aside=seen.aside,
            )
        )  # fmt: skip

    def _ended(self, run: Run) -> Run:
        self._book.write(_cause(run, str(run.state)), [replace(run, finished_at=to_text(self._clock()))])
        return self._book.run(run.id)

    def _ground(self, audit: Audit, run: Run, progress: Progress) -> Ground:
        read = [0]

        def told(count: int, phase: str) -> None:
            read[0] += count
            progress(read[0], 0, phase)

        estate = read_estate(self._store, self._log, run.seq, told)
        estate.in_scope = scope_mask(estate, self._scopes.members(audit.scope, run.seq))
        once = self._scopes.members(audit.scope, run.since) if run.since else None
        return Ground(
            self._store, self._history, self._log, types_then(self._store, run.seq, self._registry()), estate, from_text(run.time),
            run.since, self._copies, self._proof, lambda id_, type_name: once is not None and (id_, type_name) in once,
        )  # fmt: skip

    def _proof(self) -> Verification:
        return verify(self._store)

    def _known(self, audit: str) -> tuple[Known, frozenset[str]]:
        """Deficiencies that are not over, and all that a run may end."""
        today = self._clock().date().isoformat()
        pending = {one.id: one.check for one in self._book.all_deficiencies({"audit": audit, "pending": True})}
        accepted = list(self._book.all_deficiencies({"audit": audit, "state": str(DeficiencyState.ACCEPTED)}))
        held = frozenset(one.id for one in accepted if not one.accepted_until or one.accepted_until >= today)
        every = frozenset(pending.keys() | {one.id for one in accepted})
        return Known(every, held, Counter([*pending.values(), *(one.check for one in accepted)])), every

    def _file(self, audit: Audit, run: Run, seen: Inspection, known: frozenset[str], progress: Progress) -> dict[str, int]:
        """Write what the run does to deficiencies; counts for the report."""
        specs = {one.id: one for one in audit.criteria}
        broken = {one.check for one in seen.checks if one.problem}
        found = {one.id: one for one in seen.findings}
        absent = sorted(known - found.keys())
        counts = dict.fromkeys(("new", "again", "reopened", "gone", "accepted"), 0)

        def after_found(before: Mapping[str, Deficiency], id_: str) -> Deficiency | None:
            return life.found(found[id_], specs[found[id_].check], audit, run, before.get(id_), self._clock())

        def after_absent(before: Mapping[str, Deficiency], id_: str) -> Deficiency | None:
            one = before[id_]
            spec = specs.get(one.check)
            if spec is None or one.check in broken or lasting(spec.kind):
                return None
            return life.not_found(one, run, self._clock())

        for ids, step in ((sorted(found), after_found), (absent, after_absent)):
            for start in range(0, len(ids), _CHUNK):
                self._write_chunk(run, ids[start : start + _CHUNK], step)
                progress(start, len(ids), "deficiencies")
        self._count(counts, found, absent, run)
        return counts

    def _write_chunk(self, run: Run, ids: Sequence[str], step: Callable[[Mapping[str, Deficiency], str], Deficiency | None]) -> None:
        for attempt in range(_TRIES):
            before = self._book.find(ids)
            edits = [after for id_ in ids if (after := step(before, id_)) is not None]
            if not edits:
                return
            try:
                self._book.write(_cause(run, "deficiencies"), edits)
            except StalePlan:  # somebody works at one of them: look at them as they are now
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def _count(self, counts: dict[str, int], found: Mapping[str, Finding], absent: Sequence[str], run: Run) -> None:
        ids = sorted(found)
        today = self._clock().date()
        overdue = unowned = 0
        for start in range(0, len(ids), 1_000):
            for one in self._book.find(ids[start : start + 1_000]).values():
                newest = one.history[0] if one.history else None
                reopened = newest is not None and newest.run == run.id and newest.before != ""
                accepted = one.state is DeficiencyState.ACCEPTED
                word = "accepted" if accepted else "new" if one.found_by_run == run.id else "reopened" if reopened else "again"
                counts[word] += 1
                overdue += life.overdue(one, today)
                unowned += one.state in PENDING and not one.owner
        for start in range(0, len(absent), 1_000):
            part = self._book.find(absent[start : start + 1_000]).values()
            counts["gone"] += sum(one.state is DeficiencyState.GONE and one.last_run == run.id for one in part)
        counts |= {"overdue": overdue, "unowned": unowned}


def _cause(run: Run, what: str) -> Cause:
    """The auditor answers for what a run writes."""
    return Cause(Actor(run.auditor, frozenset({Role.AUDITOR})), SOURCE, f"audit run {run.number}: {what}")
