"""The writes. Each is a `Batch` of one observation of the source `manual`, handed to the door: people take the road everybody takes.

Every mutation returns the object as it is after the write and the receipt, or says what was held or is wrong, field by field. An
idempotency key makes a repeat safe: the same key with the same input answers as the first time, with another input it is refused.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.types import Info

from change_gate.door import BatchResult
from cmdb.kernel.errors import Conflict, NotFound
from cmdb.kernel.ids import new_id
from cmdb.ledger.purged import VersionPurged
from cmdb.model.actor import Cause
from cmdb.model.observation import MANUAL_SOURCE, Batch, Observation, ObservedRelation
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb.model.pack import load_document
from cmdb.registry.model import TypesApplied
from cmdb_graphql.audit_mutation import AuditMutation
from cmdb_graphql.baseline_mutation import BaselineMutation
from cmdb_graphql.compare_mutation import CompareMutation
from cmdb_graphql.context import Context, Ends, ItemSeen
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.evidence_mutation import EvidenceMutation
from cmdb_graphql.hold_types import Hold
from cmdb_graphql.items import CI, Relationship, object_of, relationship
from cmdb_graphql.ledger_types import Receipt
from cmdb_graphql.scalars import JSON


@strawberry.type(description="One thing that is wrong with what was sent; `code` is stable and has a page under /docs/errors/.")
class Problem:
    """`attribute`, `value` and `rule` where it is about a field."""

    code: str
    message: str
    attribute: str | None
    value: str | None
    rule: str | None


@strawberry.type(description="What became of a write to an item. Nothing landed where status is failed or held.")
class ItemPayload:
    """`item` is the item as it is now; null where there is none (any more)."""

    item: CI | None
    status: str = strawberry.field(description="created, updated, unchanged, retired, restored, held or failed.")
    changed: list[str] = strawberry.field(description="Names of fields whose value changed.")
    problems: list[Problem]
    held: list[Hold] = strawberry.field(description="Parts that wait for a person.")
    receipt: Receipt


@strawberry.type(description="What became of a write to a relationship.")
class RelatePayload:
    """`relationship` is as seen from its source; null where it is not there after the write."""

    relationship: Relationship | None
    status: str
    problems: list[Problem]
    held: list[Hold]
    receipt: Receipt


@strawberry.type(description="What applying types did, or with dryRun would do.")
class ApplyTypesPayload:
    """Without dryRun, misfits refuse the whole (types-do-not-fit); `misfits` shows the first hundred of `misfitCount`. Applying what is in
    force already changes nothing, so a repeat is safe."""

    changes: list["TypeChange"]
    misfits: list["Misfit"]
    misfit_count: int
    checked: int = strawberry.field(description="How many items and relationships were looked at.")
    dry_run: bool
    receipt: Receipt


@strawberry.type(description="One definition that changes.")
class TypeChange:
    """`action`: created, altered or removed; `paths` are the parts that differ."""

    kind: str
    name: str
    action: str
    paths: list[str]


@strawberry.type(description="An item or relationship that the new definitions would not let in.")
class Misfit:
    """`subject`: item or relation."""

    subject: str
    id: strawberry.ID
    type: str
    name: str
    attribute: str | None
    code: str
    message: str


@strawberry.type(description="What became of a decision on a held plan.")
class HoldPayload:
    """`hold` after the decision; `problems` where the released part did not fit any more."""

    hold: Hold
    problems: list[Problem]
    receipt: Receipt


@strawberry.input(description="A relationship from the item being written.")
class ItemRelationInput:
    """`outgoing: false` turns it round: the other item is its source."""

    type: str
    to: strawberry.ID
    outgoing: bool = True
    attributes: JSON | None = None


@strawberry.input(description="A new item.")
class CreateItemInput:
    """`fields` holds core fields and typed attributes by their names in the registry."""

    type: str
    fields: JSON
    relations: list[ItemRelationInput] = strawberry.field(default_factory=list)
    reason: str = ""
    change: strawberry.ID | None = None
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.input(description="Changes to an item. A field that is not named stays; null withdraws what was said by hand.")
class UpdateItemInput:
    """`expectedRevision`: refuse (412) where the item has moved on since."""

    id: strawberry.ID
    fields: JSON
    expected_revision: int | None = None
    reason: str = ""
    change: strawberry.ID | None = None
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.input(description="A relationship between two items: source -type-> target.")
class RelateInput:
    """`attributes` by their names in the registry."""

    type: str
    source: strawberry.ID
    target: strawberry.ID
    attributes: JSON | None = None
    reason: str = ""
    change: strawberry.ID | None = None
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.input(description="An item and why.")
class ItemActionInput:
    """`expectedRevision`: refuse (412) where the item has moved on since."""

    id: strawberry.ID
    expected_revision: int | None = None
    reason: str = ""
    change: strawberry.ID | None = None
    key: str | None = strawberry.field(default=None, description="Idempotency key.")


@strawberry.type
class Mutation(AuditMutation, BaselineMutation, CompareMutation, EvidenceMutation):
    """Every way to alter something. Areas bring theirs as bases: `class Mutation(AuditMutation, ...)`, as `query` says."""

    @strawberry.mutation(description="Record a new item. Where identification finds that it is there already, that item is updated.")
    def create_item(self, info: Info, input: CreateItemInput) -> ItemPayload:
        relations = tuple(
            ObservedRelation(one.type, to_id=str(one.to), attributes=_mapping(one.attributes, "attributes"), outgoing=one.outgoing)
            for one in input.relations
        )
        observed = Observation(info.context.own_key(input.key) or new_id(), input.type, _mapping(input.fields, "fields"), relations)
        return _item_payload(info.context, _submit(info.context, observed, input))

    @strawberry.mutation(description="Change fields of an item.")
    def update_item(self, info: Info, input: UpdateItemInput) -> ItemPayload:
        item = _live(info.context, str(input.id))
        observed = Observation(
            item.state.id,
            item.state.type,
            _mapping(input.fields, "fields"),
            item_id=item.state.id,
            expected_revision=input.expected_revision,
        )
        return _item_payload(info.context, _submit(info.context, observed, input))

    @strawberry.mutation(description="Record a relationship.")
    def relate(self, info: Info, input: RelateInput) -> RelatePayload:
        return _relate(info.context, input, gone=False)

    @strawberry.mutation(description="Withdraw what was said of a relationship by hand. It stays while another source claims it.")
    def unrelate(self, info: Info, input: RelateInput) -> RelatePayload:
        return _relate(info.context, input, gone=True)

    @strawberry.mutation(description="Retire an item: it leaves the live graph, its history stays.")
    def retire_item(self, info: Info, input: ItemActionInput) -> ItemPayload:
        item = _live(info.context, str(input.id))
        observed = Observation(item.state.id, item.state.type, item_id=item.state.id, expected_revision=input.expected_revision, gone=True)
        return _item_payload(info.context, _submit(info.context, observed, input))

    @strawberry.mutation(description="Bring a retired item back as the same item, as its last version was.")
    def restore_item(self, info: Info, input: ItemActionInput) -> ItemPayload:
        context: Context = info.context
        seen, _ = context.rooms.reads.versions(str(input.id), 1, None)
        if not seen:
            raise NotFound(f"there is no item {str(input.id)[:80]!r}, and there never was", id=str(input.id)[:80])
        last = seen[0].state
        if last is None:
            raise VersionPurged(f"what item {str(input.id)[:80]!r} last was has been purged (commit {seen[0].purged}); create it anew")
        if not last.retired:
            raise Conflict(f"item {last.id} is live; there is nothing to restore", id=last.id)
        fields = {
            name: value for name in ("name", "status", "version", "location", "description", "owner") if (value := getattr(last, name))
        }
        observed = Observation(
            last.id, last.type, {**fields, **last.attributes}, item_id=last.id, expected_revision=input.expected_revision
        )
        return _item_payload(context, _submit(context, observed, input))

    @strawberry.mutation(description="Apply type definitions (YAML, several documents separated by ---). dryRun says what would change.")
    def apply_types(self, info: Info, document: str, dry_run: bool = False, reason: str = "") -> ApplyTypesPayload:
        context: Context = info.context
        cause = Cause(context.actor, MANUAL_SOURCE, reason)
        applied = context.rooms.types.apply(load_document(document), cause, dry_run)
        if applied.receipt is not None and applied.receipt.seq is not None:
            context.rooms.written()
            context.rooms.types_changed()
        return _types_payload(applied)

    @strawberry.mutation(description="Let a held plan through. choice: the item an ambiguous one speaks of, or `new`.")
    def release_hold(self, info: Info, id: strawberry.ID, reason: str, choice: str | None = None) -> HoldPayload:
        context: Context = info.context
        result = context.rooms.door.release(str(id), context.actor, _reason(reason), choice)
        context.rooms.written()
        problems = [one for outcome in result.outcomes for one in _problems(outcome)]
        return HoldPayload(hold=Hold.of(context.rooms.door.hold(str(id))), problems=problems, receipt=_receipt(result))

    @strawberry.mutation(description="Turn a held plan down. The same proposal is not filed again until its value changes.")
    def reject_hold(self, info: Info, id: strawberry.ID, reason: str) -> HoldPayload:
        context: Context = info.context
        held = context.rooms.door.reject(str(id), context.actor, _reason(reason))
        context.rooms.written()
        return HoldPayload(hold=Hold.of(held), problems=[], receipt=Receipt.of(None))


def _relate(context: Context, given: RelateInput, *, gone: bool) -> RelatePayload:
    item = _live(context, str(given.source))
    relation = ObservedRelation(given.type, to_id=str(given.target), attributes=_mapping(given.attributes, "attributes"), gone=gone)
    result = _submit(context, Observation(item.state.id, item.state.type, relations=(relation,), item_id=item.state.id), given)
    outcome = result.outcomes[0]
    ends = Ends(out=(given.type,) if given.type in context.types.relation_types else None, into=None, first=10_000)
    page = context.rooms.reads.relations([item.state.id], ends)[item.state.id]
    found = next((one for one in page.relations if one.state.target == str(given.target)), None)
    return RelatePayload(
        relationship=relationship(context, item.state.id, found, None) if found else None,
        status=outcome.status.value,
        problems=_problems(outcome),
        held=_held(context, result),
        receipt=_receipt(result),
    )


def _submit(context: Context, observed: Observation, given: Any) -> BatchResult:
    batch = Batch(
        source=MANUAL_SOURCE,
        observations=(observed,),
        key=context.own_key(given.key),
        reason=given.reason,
        change=str(given.change) if given.change else None,
    )
    result = context.rooms.door.submit(batch, context.actor)
    if result.receipts:
        context.rooms.written()
    return result


def _item_payload(context: Context, result: BatchResult) -> ItemPayload:
    outcome = result.outcomes[0]
    item_id = outcome.item_id or outcome.ref  # the ref of an edit is the item's id: a refused edit shows what is there
    item = context.rooms.reads.items([item_id], None).get(item_id)
    return ItemPayload(
        item=object_of(context, item) if item is not None else None,
        status=outcome.status.value,
        changed=list(outcome.changed),
        problems=_problems(outcome),
        held=_held(context, result),
        receipt=_receipt(result),
    )


def _problems(outcome: Outcome) -> list[Problem]:
    return [
        Problem(code=str(one.code), message=one.message, attribute=one.attribute, value=one.value, rule=one.rule)
        for one in outcome.problems
    ]


def _held(context: Context, result: BatchResult) -> list[Hold]:
    if not result.held or all(one.status is OutcomeStatus.FAILED for one in result.outcomes):
        return []
    return [Hold.of(context.rooms.door.hold(one)) for one in result.held]


def _receipt(result: BatchResult) -> Receipt:
    return Receipt.of(result.receipts[-1] if result.receipts else None, result.replayed)


def _live(context: Context, item_id: str) -> ItemSeen:
    found = context.rooms.reads.items([item_id], None).get(item_id)
    if found is None:
        raise NotFound(f"there is no live item {item_id[:80]!r}", id=item_id[:80])
    return found


def _mapping(value: Any, argument: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise BadArgument(f"{argument} takes an object of values by field name", argument=argument)
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def _reason(reason: str) -> str:
    if not 3 <= len(reason.strip()) <= 2_000:
        raise BadArgument("a decision needs a reason of 3 to 2,000 characters", argument="reason")
    return reason


def _types_payload(applied: TypesApplied) -> ApplyTypesPayload:
    return ApplyTypesPayload(
        changes=[TypeChange(kind=one.kind, name=one.name, action=str(one.action), paths=list(one.paths)) for one in applied.changes],
        misfits=[
            Misfit(
                subject=one.subject,
                id=strawberry.ID(one.id),
                type=one.type,
                name=one.name,
                attribute=one.attribute or None,
                code=one.code,
                message=one.message,
            )
            for one in applied.misfits
        ],
        misfit_count=applied.misfit_count,
        checked=applied.checked,
        dry_run=applied.dry_run,
        receipt=Receipt.of(applied.receipt),
    )
