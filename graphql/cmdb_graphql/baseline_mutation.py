"""Writing baselines and schedules. One of the bases of `Mutation`.

An idempotency key makes a repeat safe, as with every write: the same key with the same input answers as the first time.
"""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.types import Info

from baselines.model import Scope, ScopeKind
from baselines.take import Step
from cmdb.kernel.clock import from_text
from cmdb_graphql.baseline_query import room_of, schedules_of
from cmdb_graphql.baseline_types import Baseline, BaselineScopeKind, Schedule
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.filters import AsOfInput
from cmdb_graphql.ledger_types import Receipt
from cmdb_graphql.scalars import JSON

_KEY = "Idempotency key."


@strawberry.input(description="What a baseline speaks of: the kind, and the one part that belongs to it.")
class BaselineScopeInput:
    """`query`: {"types": [...], "filter": [{"field", "op", "value"}], "any_of": [[...]], "search": "..."}, as `items` takes them."""

    kind: BaselineScopeKind = BaselineScopeKind.WHOLE
    service: strawberry.ID | None = None
    types: list[str] = strawberry.field(default_factory=list)
    query: JSON | None = None
    items: list[strawberry.ID] = strawberry.field(default_factory=list)
    release: strawberry.ID | None = None


@strawberry.input(description="A baseline to take. `at` names an earlier moment; without it the present is designated.")
class TakeBaselineInput:
    """Names are for ever, whatever their case."""

    name: str
    purpose: str
    scope: BaselineScopeInput = strawberry.field(default_factory=BaselineScopeInput)
    at: AsOfInput | None = None
    designation: str = ""
    key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A baseline (id or name) to put in force. Not by who took it.")
class ApproveBaselineInput:
    """`designation`: how it is called from now on; left out, it stays."""

    baseline: strawberry.ID
    designation: str | None = None
    reason: str = ""
    key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An approved baseline and the approved one that takes its place (ids or names).")
class SupersedeBaselineInput:
    """Both stay."""

    baseline: strawberry.ID
    by: strawberry.ID
    reason: str = ""
    key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A baseline (id or name) that does not hold, and why.")
class WithdrawBaselineInput:
    """It stays, with the reason."""

    baseline: strawberry.ID
    reason: str
    key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Baselines to take again and again, each of the state at its due time.")
class ScheduleBaselineInput:
    """`cron`: five fields in UTC. `keep`: how many that nobody approved stay; older ones are withdrawn."""

    name: str
    cron: str
    purpose: str
    scope: BaselineScopeInput = strawberry.field(default_factory=BaselineScopeInput)
    keep: int | None = None
    key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="A baseline after a step of its life.")
class BaselinePayload:
    """`receipt` says where the step stands in the ledger."""

    baseline: Baseline
    receipt: Receipt


@strawberry.type(description="A schedule after a write.")
class SchedulePayload:
    """As it was last, where it was removed."""

    schedule: Schedule


@strawberry.type
class BaselineMutation:
    """Fields of `Mutation` about baselines and schedules."""

    @strawberry.mutation(description="Take a baseline. Reads none of the content: it costs the same whatever the size.")
    def take_baseline(self, info: Info, input: TakeBaselineInput) -> BaselinePayload:
        context: Context = info.context
        step = room_of(context).baselines.take(
            input.name,
            input.purpose,
            _scope(input.scope),
            context.actor,
            point=_point(input.at),
            designation=input.designation,
            key=context.own_key(input.key),
        )
        return _payload(context, step)

    @strawberry.mutation(description="Put a baseline in force. For a change manager or an administrator who did not take it.")
    def approve_baseline(self, info: Info, input: ApproveBaselineInput) -> BaselinePayload:
        context: Context = info.context
        room, key = room_of(context).baselines, context.own_key(input.key)
        given = input.designation
        return _payload(context, room.approve(str(input.baseline), context.actor, designation=given, reason=input.reason, key=key))

    @strawberry.mutation(description="Say that another approved baseline takes the place of an approved one.")
    def supersede_baseline(self, info: Info, input: SupersedeBaselineInput) -> BaselinePayload:
        context: Context = info.context
        room, key = room_of(context).baselines, context.own_key(input.key)
        return _payload(context, room.supersede(str(input.baseline), str(input.by), context.actor, reason=input.reason, key=key))

    @strawberry.mutation(description="Say that a baseline does not hold. It stays, with the reason; as a moment to ask by it is refused.")
    def withdraw_baseline(self, info: Info, input: WithdrawBaselineInput) -> BaselinePayload:
        context: Context = info.context
        room, key = room_of(context).baselines, context.own_key(input.key)
        return _payload(context, room.withdraw(str(input.baseline), context.actor, input.reason, key=key))

    @strawberry.mutation(description="Compute a baseline's digest now instead of waiting for the worker. A sealed one stays as it is.")
    def seal_baseline(self, info: Info, id: strawberry.ID) -> BaselinePayload:
        context: Context = info.context
        return _payload(context, room_of(context).seals.seal(str(id), context.actor))

    @strawberry.mutation(description="Take baselines on schedule. Asking for the same schedule again answers with it.")
    def schedule_baseline(self, info: Info, input: ScheduleBaselineInput) -> SchedulePayload:
        context: Context = info.context
        what: dict[str, Any] = {"purpose": input.purpose, "scope": _scope(input.scope).body()}
        if input.keep is not None:
            what["keep"] = input.keep
        made = schedules_of(context).create(input.name, "baseline", input.cron, what, context.actor, context.own_key(input.key))
        context.rooms.written()
        return SchedulePayload(schedule=Schedule.of(made))

    @strawberry.mutation(description="Pause a schedule, or let it run again from the next due time on.")
    def set_schedule(self, info: Info, id: strawberry.ID, enabled: bool) -> SchedulePayload:
        context: Context = info.context
        found = schedules_of(context).enable(str(id), enabled, context.actor)
        context.rooms.written()
        return SchedulePayload(schedule=Schedule.of(found))

    @strawberry.mutation(description="End a schedule. What it has done stays.")
    def remove_schedule(self, info: Info, id: strawberry.ID) -> SchedulePayload:
        context: Context = info.context
        gone = schedules_of(context).remove(str(id), context.actor)
        context.rooms.written()
        return SchedulePayload(schedule=Schedule.of(gone))


def _payload(context: Context, step: Step) -> BaselinePayload:
    if not step.receipt.replayed:
        context.rooms.written()
    return BaselinePayload(baseline=Baseline.of(step.baseline), receipt=Receipt.of(step.receipt))


def _scope(given: BaselineScopeInput) -> Scope:
    query: Any = given.query
    if query is not None and not isinstance(query, dict):
        raise BadArgument("query of a scope takes an object: types, filter, any_of, search", argument="scope")
    return Scope(
        ScopeKind(given.kind.value),
        str(given.service) if given.service else None,
        tuple(given.types),
        query,
        tuple(str(one) for one in given.items),
        str(given.release) if given.release else None,
    )


def _point(at: AsOfInput | None) -> int | str | datetime | None:
    """The point an as-of names, not yet resolved: a future one is refused by who takes the baseline."""
    if at is None:
        return None
    named = [one for one in (at.seq, at.time, at.baseline) if one is not UNSET and one is not None]
    if len(named) != 1:
        raise BadArgument("at takes one of seq, time and baseline", argument="at")
    if at.time is UNSET or at.time is None:
        return int(named[0]) if at.baseline is UNSET or at.baseline is None else str(named[0])
    try:
        return from_text(str(at.time))
    except ValueError as problem:
        raise BadArgument(f"at: {problem}", argument="at") from problem
