"""Baselines and schedules in the schema (design 8, requirements 9.1-20, 9.1-21)."""

from enum import Enum
from typing import Optional

import strawberry
from strawberry.types import Info

from baselines import model
from baselines import schedule as scheduling
from cmdb.kernel.clock import to_text
from cmdb.model.commit import Version
from cmdb_graphql.context import Context
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.scalars import JSON, BigInt, DateTime

SHOWN = 100
"""Items of a scope that are shown; `itemIds` has them all."""


@strawberry.enum(description="The life of a baseline; superseded and withdrawn are ends.")
class BaselineState(Enum):
    """Nothing is ever deleted."""

    TAKEN = "taken"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@strawberry.enum(description="What part of the CMDB a baseline speaks of.")
class BaselineScopeKind(Enum):
    """`SERVICE`: an item with all it depends on; `RELEASE`: a release and what was released in it."""

    WHOLE = "whole"
    SERVICE = "service"
    TYPE = "type"
    QUERY = "query"
    ITEMS = "items"
    RELEASE = "release"


@strawberry.type(
    description="The scope of a baseline. It means the same for ever: it is worked out from the ledger as of the baseline's commit."
)
class BaselineScope:
    """`query` is a saved query: types, filter, any_of and search."""

    kind: BaselineScopeKind
    text: str = strawberry.field(description="The scope in words.")
    types: list[str]
    query: JSON | None
    item_ids: list[strawberry.ID] = strawberry.field(description="Ids of the service, the release or the items named one by one.")
    seq: strawberry.Private[int]

    @strawberry.field(description="The service, the release or the items named (a hundred at most) as they were at the baseline's commit.")
    async def items(self, info: Info) -> list[CI]:
        context: Context = info.context
        seen = await context.item_loader(self.seq).load_many([str(one) for one in self.item_ids[:SHOWN]])
        return [object_of(context, one) for one in seen if one is not None]


@strawberry.type(description="The Merkle root (RFC 6962, sha256) over the versions in scope, by which one item's membership can be proved.")
class BaselineSeal:
    """So many items and relationships are in scope."""

    digest: str
    items: int
    relations: int
    sealed_at: DateTime
    seq: BigInt


@strawberry.type(description="A step in a baseline's life: a version of its record.")
class BaselineStep:
    """`hash` is the version's content hash."""

    revision: int
    state: BaselineState
    sealed: bool
    hash: str
    seq: BigInt

    @strawberry.field(description="The commit that made this step: who, when and why.")
    async def commit(self, info: Info) -> Commit | None:
        context: Context = info.context
        return Commit.of(await context.commit_loader().load(self.seq))


@strawberry.type(
    description="A designation on the ledger. `hash` is the chain hash of commit `seq`; it pins all that was written up to it."
)
class Baseline:
    """Name, purpose, scope and commit never change; state, designation and seal move on by steps of the ledger."""

    id: strawberry.ID
    name: str
    purpose: str
    designation: str | None
    scope: BaselineScope
    seq: BigInt
    hash: str
    time: DateTime = strawberry.field(description="Time of the commit it designates.")
    taken_at: DateTime
    taken_by: str
    state: BaselineState
    approved_by: str | None
    approved_at: DateTime | None
    superseded_at: DateTime | None
    withdrawn_by: str | None
    withdrawn_at: DateTime | None
    withdrawn_reason: str | None
    schedule_id: strawberry.ID | None = strawberry.field(description="The schedule that took it.")
    sealed: bool
    seal: BaselineSeal | None
    revision: int
    successor: strawberry.Private[str | None]

    @strawberry.field(description="The baseline that took its place.")
    def superseded_by(self, info: Info) -> Optional["Baseline"]:
        found = info.context.rooms.baselines.book.named(self.successor) if self.successor else None
        return Baseline.of(found) if found is not None else None

    @strawberry.field(description="The commit it designates.")
    async def commit(self, info: Info) -> Commit | None:
        context: Context = info.context
        return Commit.of(await context.commit_loader().load(self.seq))

    @strawberry.field(description="The steps of its life, newest first.")
    def history(self, info: Info) -> list[BaselineStep]:
        return [_step(one, version) for one, version in info.context.rooms.baselines.baselines.history(str(self.id))]

    @staticmethod
    def of(one: model.Baseline) -> "Baseline":
        """The baseline to show."""
        return Baseline(
            id=strawberry.ID(one.id),
            name=one.name,
            purpose=one.purpose,
            designation=one.designation or None,
            scope=_scope(one),
            seq=BigInt(one.seq),
            hash=one.hash,
            time=DateTime(one.time),
            taken_at=DateTime(one.taken_at),
            taken_by=one.taken_by,
            state=BaselineState(one.state.value),
            approved_by=one.approved_by,
            approved_at=_time(one.approved_at),
            superseded_at=_time(one.superseded_at),
            withdrawn_by=one.withdrawn_by,
            withdrawn_at=_time(one.withdrawn_at),
            withdrawn_reason=one.withdrawn_reason,
            schedule_id=strawberry.ID(one.schedule) if one.schedule else None,
            sealed=one.sealed,
            seal=_seal(one.seal),
            revision=one.revision,
            successor=one.superseded_by,
        )


@strawberry.type(description="Something that is done again and again. Times are UTC.")
class Schedule:
    """`what` belongs to the runner: baseline, audit or library."""

    id: strawberry.ID
    name: str
    runner: str
    cron: str = strawberry.field(description="Minute, hour, day of the month, month, day of the week.")
    what: JSON
    enabled: bool
    created_by: str
    created_at: DateTime
    next_due: DateTime | None = strawberry.field(description="Null while it is paused.")
    last_due: DateTime | None = strawberry.field(description="The due time of the last run.")
    last_run_at: DateTime | None
    last_result: str | None
    failed: bool = strawberry.field(description="Whether the last run was refused.")
    runs: int
    missed: int = strawberry.field(description="Due times that had no run of their own, because nothing ran then.")

    @staticmethod
    def of(one: scheduling.Schedule) -> "Schedule":
        """The schedule to show."""
        return Schedule(
            id=strawberry.ID(one.id),
            name=one.name,
            runner=one.runner,
            cron=one.cron,
            what=JSON(dict(one.what)),
            enabled=one.enabled,
            created_by=one.created_by,
            created_at=DateTime(one.created_at),
            next_due=DateTime(to_text(one.next_due())) if one.enabled else None,
            last_due=DateTime(one.last_due) if one.runs else None,
            last_run_at=_time(one.last_run_at),
            last_result=one.last_result,
            failed=one.failed,
            runs=one.runs,
            missed=one.missed,
        )


def _scope(one: model.Baseline) -> BaselineScope:
    scope = one.scope
    ids = [id_ for id_ in (scope.service, scope.release, *scope.items) if id_]
    return BaselineScope(
        kind=BaselineScopeKind(scope.kind.value),
        text=str(scope),
        types=list(scope.types),
        query=JSON(dict(scope.query)) if scope.query is not None else None,
        item_ids=[strawberry.ID(id_) for id_ in ids],
        seq=one.seq,
    )


def _seal(seal: model.Seal | None) -> BaselineSeal | None:
    if seal is None:
        return None
    return BaselineSeal(
        digest=seal.digest, items=seal.items, relations=seal.relations, sealed_at=DateTime(seal.sealed_at), seq=BigInt(seal.seq)
    )


def _step(one: model.Baseline, version: Version) -> BaselineStep:
    return BaselineStep(
        revision=version.revision, state=BaselineState(one.state.value), sealed=one.sealed, hash=version.hash, seq=BigInt(version.seq)
    )


def _time(time: str | None) -> DateTime | None:
    return DateTime(time) if time else None
