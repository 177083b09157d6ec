"""Audits, their runs and deficiencies in the schema (requirements 9.1-14 to 9.1-16). Scores are given as counts and as a share."""

from typing import Any

import strawberry
from strawberry.types import Info

from baselines.audit import model, trend
from baselines.audit.room import AuditRoom
from cmdb_graphql.context import Context
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.paging import PageInfo
from cmdb_graphql.scalars import JSON, BigInt, Date, DateTime


@strawberry.type(description="How many subjects hold. `share` is null where there was nothing to look at.")
class AuditScore:
    """A score."""

    subjects: int
    passed: int
    share: float | None

    @staticmethod
    def of(score: model.Score) -> "AuditScore":
        """The score to show."""
        return AuditScore(subjects=score.subjects, passed=score.passed, share=score.share)


@strawberry.type(description="The score of one type or service.")
class AuditScoreOf:
    """`id`: the service's item; null for a type."""

    name: str
    id: strawberry.ID | None
    score: AuditScore


@strawberry.type(description="One criterion of an audit.")
class AuditCheck:
    """What is looked at, how much it matters, and which requirement it gives evidence for."""

    id: str
    kind: str
    title: str
    severity: str = strawberry.field(description="major, minor or note; a note leaves the scores of types and services alone.")
    requirement: str
    action: str
    due_days: int
    most: int = strawberry.field(description="How many deficiencies may be filed at a time; all are counted.")
    parameters: JSON

    @staticmethod
    def of(one: model.CheckSpec) -> "AuditCheck":
        """The criterion to show."""
        return AuditCheck(**{**one.body(), "parameters": JSON(dict(one.parameters))})


@strawberry.type(description="What one check of a run found.")
class AuditCheckResult:
    """`failed` counts all; `accepted` are those among them that are accepted as they are; `leftOut` were counted and not filed."""

    check: str
    title: str
    severity: str
    requirement: str
    subjects: int
    failed: int
    accepted: int
    left_out: int
    problem: str | None = strawberry.field(description="Why it could not be carried out.")
    note: str | None
    score: AuditScore


@strawberry.type(description="One step in the life of a deficiency.")
class DeficiencyStep:
    """`before` is empty for the first."""

    time: DateTime
    by: str
    before: str
    after: str
    note: str
    run: strawberry.ID | None


@strawberry.type(description="Something an audit found wrong, with who does what about it until when.")
class Deficiency:
    """The same thing found again is the same deficiency."""

    id: strawberry.ID
    audit_id: strawberry.ID
    check: str
    title: str
    requirement: str
    severity: str
    item_id: strawberry.ID | None
    item_name: str
    item_type: str
    owner: str
    what: str
    action: str
    due: Date | None
    overdue: bool
    state: str = strawberry.field(description="open, in_progress, done, verified, accepted or gone (no longer found).")
    found_at: DateTime
    found_by_run: strawberry.ID
    done_by: str | None
    verified_by: str | None
    accepted_by: str | None
    accepted_reason: str | None
    accepted_until: Date | None
    change: str | None = strawberry.field(description="The request for change that mends it.")
    times_reopened: int
    revision: int
    history: list[DeficiencyStep] = strawberry.field(description="Newest first, 50 at most; the record's versions hold all.")

    @strawberry.field(description="The item; null for what is about none, or where it is not live any more.")
    async def item(self, info: Info) -> CI | None:
        if self.item_id is None:
            return None
        context: Context = info.context
        seen = await context.item_loader(None).load(str(self.item_id))
        return object_of(context, seen) if seen is not None else None

    @staticmethod
    def of(one: model.Deficiency, today: str) -> "Deficiency":
        """The deficiency to show."""
        plain = ("check", "title", "requirement", "item_name", "item_type", "owner", "what", "action", "times_reopened", "revision")
        maybe = ("done_by", "verified_by", "accepted_by", "accepted_reason", "change")
        parts: dict[str, Any] = {name: getattr(one, name) for name in plain} | {name: getattr(one, name) or None for name in maybe}
        return Deficiency(
            **parts,
            id=strawberry.ID(one.id),
            audit_id=strawberry.ID(one.audit),
            severity=str(one.severity),
            item_id=strawberry.ID(one.item) if one.item else None,
            due=Date(one.due) if one.due else None,
            overdue=one.state in model.PENDING and bool(one.due) and one.due < today,
            state=str(one.state),
            found_at=DateTime(one.found_at),
            found_by_run=strawberry.ID(one.found_by_run),
            accepted_until=Date(one.accepted_until) if one.accepted_until else None,
            history=[
                DeficiencyStep(
                    time=DateTime(step.time), by=step.by, before=step.before, after=step.after, note=step.note,
                    run=strawberry.ID(step.run) if step.run else None,
                )
                for step in one.history
            ],
        )  # fmt: skip


@strawberry.type(description="A page of deficiencies. The cursor of an entry is its id.")
class DeficiencyPage:
    """The worst severity first, then by due date, then by id."""

    nodes: list[Deficiency]
    page_info: PageInfo
    revision: BigInt


@strawberry.type(description="A score at a run.")
class AuditTrendPoint:
    """One point of a trend."""

    run_id: strawberry.ID
    number: int
    seq: BigInt
    time: DateTime
    score: AuditScore

    @staticmethod
    def of(one: trend.Point) -> "AuditTrendPoint":
        """The point to show."""
        run = strawberry.ID(one.run)
        return AuditTrendPoint(run_id=run, number=one.number, seq=BigInt(one.seq), time=DateTime(one.time), score=AuditScore.of(one.score))


@strawberry.type(description="How one score moved.")
class AuditTrendLine:
    """`change`: of the share, from the first run to the last; null with fewer than two."""

    name: str
    id: strawberry.ID | None
    change: float | None
    points: list[AuditTrendPoint]

    @staticmethod
    def of(line: trend.Trend, name: str | None = None) -> "AuditTrendLine":
        """The line to show; `name` where the line goes by an id."""
        points = [AuditTrendPoint.of(one) for one in line.points]
        return AuditTrendLine(name=name or line.name, id=strawberry.ID(line.name) if name else None, change=line.change, points=points)


@strawberry.type(description="How an audit's scores moved over its runs, oldest first.")
class AuditTrend:
    """Of the whole, and of each type, service and check."""

    whole: AuditTrendLine
    by_item_type: list[AuditTrendLine]
    by_audited_service: list[AuditTrendLine]
    by_check: list[AuditTrendLine]

    @staticmethod
    def of(found: trend.Trends) -> "AuditTrend":
        """The trend to show."""
        return AuditTrend(
            whole=AuditTrendLine.of(found.whole),
            by_item_type=[AuditTrendLine.of(one) for one in found.by_type],
            by_audited_service=[AuditTrendLine.of(one, found.names.get(one.name, one.name)) for one in found.by_service],
            by_check=[AuditTrendLine.of(one) for one in found.by_check],
        )


def room_of(context: Context) -> AuditRoom:
    """The room that audits."""
    found: AuditRoom = context.rooms.audits
    return found
