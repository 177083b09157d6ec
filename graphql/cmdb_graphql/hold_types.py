"""Held plans in the schema: what waits for a person (requirement 9.1-10)."""

from enum import Enum

import strawberry
from strawberry.types import Info

from change_gate.verdicts import HeldPlan
from change_gate.verdicts import HoldState as ModelState
from cmdb_graphql.context import Context
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.paging import PageInfo
from cmdb_graphql.scalars import JSON, BigInt, DateTime


@strawberry.enum(description="The life of a held plan.")
class HoldState(Enum):
    """`SUPERSEDED`: what it proposed has moved on."""

    OPEN = "open"
    RELEASED = "released"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"

    @property
    def model(self) -> ModelState:
        """The state as the gate knows it."""
        return ModelState(self.value)


@strawberry.type(description="A part of a plan that waits for a person, or was decided.")
class Hold:
    """`content` says what would be done."""

    id: strawberry.ID
    kind: str = strawberry.field(description="controlled, ambiguous or mass_retirement.")
    state: HoldState
    source: str
    requester: str
    reasons: list[str]
    content: JSON
    opened_at: DateTime
    item_id: strawberry.ID | None
    ref: str | None = strawberry.field(description="The source's own key of what it observed.")
    scope: str | None
    candidate_ids: list[strawberry.ID]
    change: str | None
    decided_by: str | None
    decided_at: DateTime | None
    decision_reason: str | None

    @strawberry.field(description="The item it would alter; null for one that does not exist yet.")
    async def item(self, info: Info) -> CI | None:
        return await _item(info.context, self.item_id) if self.item_id else None

    @strawberry.field(description="The items an ambiguous observation may speak of.")
    async def candidates(self, info: Info) -> list[CI]:
        context: Context = info.context
        seen = await context.item_loader(None).load_many(self.candidate_ids)
        return [object_of(context, one) for one in seen if one is not None]

    @staticmethod
    def of(held: HeldPlan) -> "Hold":
        """The hold to show."""
        return Hold(
            id=strawberry.ID(held.id),
            kind=str(held.kind),
            state=HoldState(held.state.value),
            source=held.source,
            requester=held.requester,
            reasons=list(held.reasons),
            content=JSON(dict(held.content)),
            opened_at=DateTime(held.opened_at),
            item_id=strawberry.ID(held.item_id) if held.item_id else None,
            ref=held.ref,
            scope=held.scope or None,
            candidate_ids=[strawberry.ID(one) for one in held.candidates],
            change=held.change,
            decided_by=held.decided_by,
            decided_at=DateTime(held.decided_at) if held.decided_at else None,
            decision_reason=held.decision_reason,
        )


@strawberry.type(description="A page of held plans, in the order they were filed.")
class HoldPage:
    """The cursor of an entry is its id."""

    nodes: list[Hold]
    page_info: PageInfo
    revision: BigInt


async def _item(context: Context, item_id: str) -> CI | None:
    seen = await context.item_loader(None).load(item_id)
    return object_of(context, seen) if seen is not None else None
