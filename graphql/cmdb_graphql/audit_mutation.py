"""Planning and running audits, working at deficiencies, checking master copies. One of the bases of `Mutation`."""

from datetime import UTC, datetime

import strawberry
from strawberry.types import Info

from baselines.audit.life import Alteration
from baselines.audit.model import Deficiency as DeficiencyModel
from baselines.audit.model import DeficiencyState
from baselines.audit.planning import Plan
from baselines.errors import BadScope
from baselines.model import Scope, ScopeKind
from baselines.schedule import Schedules
from cmdb_graphql.audit_query import word
from cmdb_graphql.audit_run_types import Audit, AuditRun
from cmdb_graphql.audit_types import Deficiency, room_of
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.library_types import LibraryCheck
from cmdb_graphql.scalars import JSON, Date

MOST_CHECKED = 20


@strawberry.input(description="What part of the CMDB an audit looks at; `kind` says which of the others it needs.")
class AuditScopeInput:
    """whole; service (an item with all it depends on); type; query (a saved query); items; release."""

    kind: str = "whole"
    service: strawberry.ID | None = None
    types: list[str] = strawberry.field(default_factory=list)
    items: list[strawberry.ID] = strawberry.field(default_factory=list)
    release: strawberry.ID | None = None
    query: JSON | None = None

    def model(self) -> Scope:
        """The scope asked for. Raises `BadScope`."""
        try:
            kind = ScopeKind(self.kind)
        except ValueError:
            raise BadScope(f"{self.kind[:40]!r} is no kind of scope; use {', '.join(ScopeKind)}") from None
        query = self.query if isinstance(self.query, dict) else None
        if self.query is not None and query is None:
            raise BadScope("a saved query is an object")
        return Scope(
            kind,
            str(self.service) if self.service is not None else None,
            tuple(self.types),
            query,
            tuple(str(one) for one in self.items),
            str(self.release) if self.release is not None else None,
        )


@strawberry.input(description="A new audit.")
class PlanAuditInput:
    """`criteria`: a list of ids of default checks and of checks of one's own; null for all default ones."""

    name: str
    objective: str = ""
    scope: AuditScopeInput = strawberry.field(default_factory=AuditScopeInput)
    criteria: JSON | None = None
    frequency: str = strawberry.field(default="", description="A cron expression in UTC, such as `0 3 1 */3 *`; empty: by hand.")
    auditor: str = strawberry.field(default="", description="Who audits; the caller where it is empty. Must own nothing in the scope.")
    default_owner: str = strawberry.field(default="", description="Who answers for deficiencies of items that have no owner.")
    since: str = strawberry.field(
        default="", description="The first run looks for changes after this commit, time or baseline; empty: after the plan itself."
    )
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.input(description="A step at a deficiency. What is not named stays.")
class UpdateDeficiencyInput:
    """`state`: open, in_progress, done or accepted (by somebody who does not own it, with a reason in `note`, perhaps `until` a date)."""

    id: strawberry.ID
    state: str | None = None
    owner: str | None = None
    action: str | None = None
    due: Date | None = None
    note: str = ""
    change: str | None = None
    until: Date | None = None
    expected_revision: int | None = None
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.type(description="An audit after a write.")
class AuditPayload:
    """The audit."""

    audit: Audit


@strawberry.type(description="A run as far as it has come. Ask `auditRun` for it until it is done or failed.")
class AuditRunPayload:
    """The run."""

    run: AuditRun


@strawberry.type(description="A deficiency after a write.")
class DeficiencyPayload:
    """The deficiency."""

    deficiency: Deficiency


@strawberry.type(description="Master copies after they were looked at.")
class CheckLibraryPayload:
    """In the order asked."""

    checks: list[LibraryCheck]


@strawberry.type
class AuditMutation:
    """Fields of `Mutation` about audits."""

    @strawberry.mutation(description="Write an audit down before anything is looked at. With a frequency it is run on schedule.")
    def plan_audit(self, info: Info, input: PlanAuditInput) -> AuditPayload:
        context: Context = info.context
        if input.criteria is not None and not isinstance(input.criteria, list):
            raise BadArgument("criteria are a list of checks", argument="criteria")
        wanted = Plan(
            input.name, input.scope.model(), input.objective, input.criteria, input.frequency, input.auditor, input.default_owner,
            context.own_key(input.key), input.since[:200],
        )  # fmt: skip
        made = room_of(context).plan(wanted, context.actor, schedules_of(context))
        context.rooms.written()
        return AuditPayload(audit=Audit.of(made))

    @strawberry.mutation(description="End an audit. What it found stays.")
    def close_audit(self, info: Info, id: strawberry.ID, reason: str) -> AuditPayload:
        context: Context = info.context
        made = room_of(context).close(str(id), context.actor, reason, schedules_of(context))
        context.rooms.written()
        return AuditPayload(audit=Audit.of(made))

    @strawberry.mutation(description="Run an audit (its id or name) at the present commit. A worker takes it up; `wait` has it done now.")
    def run_audit(self, info: Info, audit: strawberry.ID, wait: bool = False, key: str | None = None) -> AuditRunPayload:
        context: Context = info.context
        room = room_of(context)
        run = room.running.request(str(audit), context.actor, context.own_key(key))
        if wait:
            run = room.running.carry_out(run.id)
        context.rooms.written()
        return AuditRunPayload(run=AuditRun.of(run, room.book.audit(run.audit)))

    @strawberry.mutation(description="Work at a deficiency: state, owner, action, due date. For its owner, auditors and administrators.")
    def update_deficiency(self, info: Info, input: UpdateDeficiencyInput) -> DeficiencyPayload:
        context: Context = info.context
        wanted = Alteration(
            word(DeficiencyState, input.state, "state"), input.owner, input.action, input.due, input.note, input.change, input.until
        )
        made = room_of(context).follow_up.alter(
            str(input.id), wanted, context.actor, expected=input.expected_revision, key=context.own_key(input.key)
        )
        return _shown(context, made)

    @strawberry.mutation(
        description="Say whether what was done helped: by somebody who neither owns the deficiency nor did the work. "
        "What did not help is open again, with the note."
    )
    def verify_deficiency(
        self, info: Info, id: strawberry.ID, effective: bool, note: str = "", key: str | None = None
    ) -> DeficiencyPayload:
        context: Context = info.context
        made = room_of(context).follow_up.verify(str(id), effective, note, context.actor, key=context.own_key(key))
        return _shown(context, made)

    @strawberry.mutation(description="Look at the master copies of these items now (20 at most).")
    def check_library(self, info: Info, items: list[strawberry.ID]) -> CheckLibraryPayload:
        context: Context = info.context
        if not 1 <= len(items) <= MOST_CHECKED:
            raise BadArgument(
                f"items takes 1 to {MOST_CHECKED} ids; a round over all is `cmdb library check` or a schedule", argument="items"
            )
        library = room_of(context).library
        checks = [LibraryCheck.of(library.check(str(one), context.actor)) for one in items]
        context.rooms.written()
        return CheckLibraryPayload(checks=checks)


def schedules_of(context: Context) -> Schedules:
    """What is done again and again."""
    found: Schedules = context.rooms.schedules
    return found


def _shown(context: Context, made: DeficiencyModel) -> DeficiencyPayload:
    context.rooms.written()
    return DeficiencyPayload(deficiency=Deficiency.of(made, datetime.now(UTC).date().isoformat()))
