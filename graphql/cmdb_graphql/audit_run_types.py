"""Audits and runs in the schema, with what hangs on them."""

from datetime import UTC, datetime

import strawberry
from strawberry.types import Info

from baselines.audit import model
from baselines.audit.headline import aside_words
from baselines.audit.report import Report, report_of
from baselines.audit.trend import trends_of
from cmdb.kernel.clock import system_clock
from cmdb_graphql.audit_types import AuditCheck, AuditCheckResult, AuditScore, AuditScoreOf, AuditTrend, Deficiency, room_of
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.paging import Connection, connection, page_size, slice_of
from cmdb_graphql.scalars import JSON, BigInt, DateTime

MOST_RUNS = 200


@strawberry.type(description="One failing subject of a run, with its deficiency as it is now.")
class AuditFinding:
    """What the run found; `deficiency` tells how far it has come."""

    check: str
    severity: str
    item_id: strawberry.ID | None
    item_name: str
    item_type: str
    owner: str
    what: str
    deficiency: Deficiency | None


@strawberry.type(description="One run of an audit. `seq` and `hash` pin what it looked at, so that it can be repeated.")
class AuditRun:
    """`state`: queued, running, done or failed. `counts`: new, again, reopened, gone, accepted, overdue, unowned."""

    id: strawberry.ID
    audit_id: strawberry.ID
    number: int
    state: str
    seq: BigInt
    hash: str
    since: BigInt = strawberry.field(description="Differences without authorisation are looked for after this commit.")
    not_looked_at: str = strawberry.field(description="Which changes were not looked at, and why; empty where all were.")
    time: DateTime
    auditor: str
    started_by: str
    finished_at: DateTime | None
    problem: str | None
    items: int
    relations: int
    counts: JSON
    digest: str = strawberry.field(description="sha256 over everything found: two runs with one digest found the same.")
    score: AuditScore
    score_leaves_aside: str = strawberry.field(
        description="In words, the major and minor deficiencies that lower no score: on items no longer live, or on none. Empty where none."
    )
    checks: list[AuditCheckResult]
    scores_by_type: list[AuditScoreOf] = strawberry.field(description="Worst first.")
    scores_by_service: list[AuditScoreOf] = strawberry.field(description="Worst first; a service with all that it stands on.")
    services_left_out: int = strawberry.field(description="Services beyond the 2,000 that get a score of their own.")
    kept: strawberry.Private[model.Run]

    @strawberry.field(description="What it found, worst first; of one check or severity where that is asked.")
    def findings(
        self, info: Info, check: str | None = None, severity: str | None = None, first: int | None = 50, after: str | None = None
    ) -> Connection[AuditFinding]:
        context: Context = info.context
        report = _report(context, self.kept)
        lines = [one for one in report.lines if check in (None, one.spec.id) and severity in (None, str(one.spec.severity))]
        part = slice_of(lines, first, after)
        today = _today()
        nodes = [
            AuditFinding(
                check=one.spec.id, severity=str(one.spec.severity), item_id=strawberry.ID(one.finding.item) if one.finding.item else None,
                item_name=one.finding.name, item_type=one.finding.type, owner=one.finding.owner, what=one.finding.what,
                deficiency=Deficiency.of(one.deficiency, today) if one.deficiency else None,
            )
            for one in part.entries
        ]  # fmt: skip
        made: Connection[AuditFinding] = connection(
            Connection[AuditFinding], nodes, part.cursors, more=part.more, after=after, revision=report.read_seq, count=lambda: len(lines)
        )
        return made

    @staticmethod
    def of(run: model.Run, audit: model.Audit) -> "AuditRun":
        """The run to show."""
        specs = {one.id: one for one in audit.criteria}
        checks = [
            AuditCheckResult(
                check=one.check, title=specs[one.check].title, severity=str(specs[one.check].severity),
                requirement=specs[one.check].requirement, subjects=one.subjects, failed=one.failed, accepted=one.accepted,
                left_out=one.left_out, problem=one.problem or None, note=one.note or None, score=AuditScore.of(one.score),
            )
            for one in run.checks
        ]  # fmt: skip
        types = [AuditScoreOf(name=name, id=None, score=AuditScore.of(one)) for name, one in run.by_type.items()]
        services = [
            AuditScoreOf(name=run.service_names.get(id_, id_), id=strawberry.ID(id_), score=AuditScore.of(one))
            for id_, one in run.by_service.items()
        ]
        return AuditRun(
            id=strawberry.ID(run.id), audit_id=strawberry.ID(run.audit), number=run.number, state=str(run.state), seq=BigInt(run.seq),
            hash=run.hash, since=BigInt(run.since), not_looked_at=run.not_looked_at,
            time=DateTime(run.time), auditor=run.auditor, started_by=run.started_by,
            finished_at=DateTime(run.finished_at) if run.finished_at else None, problem=run.problem or None, items=run.items,
            relations=run.relations, counts=JSON(dict(run.counts)), digest=run.digest, score=AuditScore.of(run.score), checks=checks,
            score_leaves_aside=aside_words(run, audit.criteria),
            scores_by_type=_worst_first(types), scores_by_service=_worst_first(services),
            services_left_out=run.services_left_out, kept=run,
        )  # fmt: skip


@strawberry.type(description="A planned audit: what, by which criteria, how often, by whom.")
class Audit:
    """`state`: planned or closed. `frequency`: a cron expression in UTC; empty where it is run by hand."""

    id: strawberry.ID
    name: str
    objective: str
    scope: JSON
    scope_text: str
    frequency: str
    auditor: str
    default_owner: str
    planned_by: str
    planned_at: DateTime
    planned_seq: BigInt
    begins: BigInt = strawberry.field(description="Its first run looks for changes after this commit.")
    state: str
    closed_reason: str | None
    run_count: int
    revision: int
    criteria: list[AuditCheck]
    kept: strawberry.Private[model.Audit]

    @strawberry.field(description="Its newest run; null before the first.")
    def last_run(self, info: Info) -> AuditRun | None:
        found = room_of(info.context).book.newest_runs(self.kept, 1)
        return AuditRun.of(found[0], self.kept) if found else None

    @strawberry.field(description="How its scores moved over its newest runs.")
    def trend(self, info: Info, runs: int = 24) -> AuditTrend:
        if not 1 <= runs <= MOST_RUNS:
            raise BadArgument(f"runs is from 1 to {MOST_RUNS}", argument="runs")
        return AuditTrend.of(trends_of(room_of(info.context).book, self.kept.id, runs))

    @staticmethod
    def of(one: model.Audit) -> "Audit":
        """The audit to show."""
        return Audit(
            id=strawberry.ID(one.id), name=one.name, objective=one.objective, scope=JSON(one.scope.body()), scope_text=str(one.scope),
            frequency=one.frequency, auditor=one.auditor, default_owner=one.default_owner, planned_by=one.planned_by,
            planned_at=DateTime(one.planned_at), planned_seq=BigInt(one.planned_seq), begins=BigInt(one.begins), state=str(one.state),
            closed_reason=one.closed_reason or None, run_count=one.runs, revision=one.revision,
            criteria=[AuditCheck.of(check) for check in one.criteria], kept=one,
        )  # fmt: skip


def runs_page(context: Context, audit: model.Audit, first: int | None, after: str | None) -> Connection[AuditRun]:
    """Runs of an audit, newest first; the cursor is a run's number."""
    size = min(page_size(first), MOST_RUNS)
    upto = int(after) - 1 if after is not None and after.isdigit() and len(after) < 12 else audit.runs
    found = room_of(context).book.runs_before(audit, upto, size)
    nodes = [AuditRun.of(one, audit) for one in found]
    made: Connection[AuditRun] = connection(
        Connection[AuditRun], nodes, [str(one.number) for one in found], more=bool(found) and found[-1].number > 1, after=after,
        revision=context.revision(), count=lambda: audit.runs,
    )  # fmt: skip
    return made


def _worst_first(scores: list[AuditScoreOf]) -> list[AuditScoreOf]:
    return sorted(scores, key=lambda one: (one.score.share if one.score.share is not None else 2.0, one.name))


def _report(context: Context, run: model.Run) -> Report:
    return report_of(room_of(context).book, run.id, system_clock, context.revision())


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
