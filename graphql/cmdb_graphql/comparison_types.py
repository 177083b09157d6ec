"""What-if in the schema: the answer today and the answer if the change were made, side by side (requirement 9.2-12)."""

from enum import Enum

import strawberry
from strawberry.types import Info

from cmdb.impact import comparison as model
from cmdb.impact.questions import MAX_PAGE
from cmdb_graphql.impact_inputs import Level, item_at, types_of
from cmdb_graphql.impact_types import Asked, Impact, WhyStep, impact_of, why_of
from cmdb_graphql.items import CI
from cmdb_graphql.paging import Connection, connection, page_size
from cmdb_graphql.scalars import BigInt


@strawberry.enum(name="Turn", description="Which way an item's level goes.")
class Turn(Enum):
    """Worse or better than today."""

    WORSE = "worse"
    BETTER = "better"


@strawberry.type(description="One item whose level would differ.")
class LevelChange:
    """`new`: the change adds it."""

    item_id: strawberry.ID
    type: str
    before: Level
    after: Level
    new: bool
    today: strawberry.Private[Asked]
    then: strawberry.Private[Asked]

    @strawberry.field(description="The item; null for one that the change adds.")
    async def item(self, info: Info) -> CI | None:
        return None if self.new else await item_at(info, str(self.item_id), self.then.seq)

    @strawberry.field(description="Why it is hit today; empty where it is not.")
    def why_before(self) -> list[WhyStep]:
        return why_of(self.today, str(self.item_id))

    @strawberry.field(description="Why it would be hit; empty where it would not.")
    def why_after(self) -> list[WhyStep]:
        return why_of(self.then, str(self.item_id))


@strawberry.type(description="The same question asked of the graph as it is and as it would be. Both stand at the same revision.")
class WhatIfAnswer:
    """`worse` and `better` count items, `newlyHit` and `noLongerHit` those of them that were, or would be, ok."""

    revision: BigInt
    complete: bool = strawberry.field(description="Whether both answers are; otherwise their own reasons say why not.")
    before: Impact
    after: Impact
    worse: int
    better: int
    newly_hit: int
    no_longer_hit: int
    found: strawberry.Private[model.Comparison]
    seq: strawberry.Private[int | None]

    @strawberry.field(description="Items whose level would differ, those that end worst first. A type stands for the types below it.")
    def changed(
        self, info: Info, turn: Turn | None = None, types: list[str] | None = None, first: int | None = 50, after: str | None = None
    ) -> Connection[LevelChange]:
        which = model.Turn(turn.value) if turn is not None else None
        page = self.found.page(model.TurnedQuery(which, types_of(info.context, types, self.seq), page_size(first, MAX_PAGE), after))
        today, then = Asked(self.found.before, self.seq), Asked(self.found.after, self.seq)
        nodes = [
            LevelChange(
                item_id=strawberry.ID(one.id),
                type=one.type,
                before=Level(one.before.word),
                after=Level(one.after.word),
                new=one.new,
                today=today,
                then=then,
            )
            for one in page.items
        ]
        made: Connection[LevelChange] = connection(
            Connection[LevelChange],
            nodes,
            page.cursors,
            more=page.more,
            after=after,
            revision=self.found.revision,
            count=lambda: page.total,
        )
        return made


def comparison_shown(found: model.Comparison, seq: int | None) -> WhatIfAnswer:
    """The comparison in the schema."""
    return WhatIfAnswer(
        revision=BigInt(found.revision),
        complete=found.complete,
        before=impact_of(found.before, seq),
        after=impact_of(found.after, seq),
        worse=found.worse,
        better=found.better,
        newly_hit=found.newly_hit,
        no_longer_hit=found.no_longer_hit,
        found=found,
        seq=seq,
    )
