"""Impact in the schema: what breaks if these fail (design 7; requirements 8.1-04, 9.2-12).

The summary is one evaluation of the index; parts that cost more (depths, freshness, pages, paths) are worked out when selected.
Everything in one answer belongs to one revision.
"""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types import Info

from cmdb.impact import answer as model
from cmdb.impact import questions
from cmdb.impact.levels import Level as ModelLevel
from cmdb.impact.picture import PictureQuery
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.named_roots import ids_of_names
from cmdb_graphql.paging import Connection, connection, page_size
from cmdb_graphql.scalars import BigInt

if TYPE_CHECKING:
    from cmdb_graphql.picture_types import Picture

SHOWN = 200
"""Items in lists of an answer that are not pages: services, customers, frontier."""


@strawberry.enum(description="How badly an item is hit: OK < AT_RISK < DEGRADED < DOWN.")
class Level(Enum):
    """Ordered by harm."""

    OK = "ok"
    AT_RISK = "at_risk"
    DEGRADED = "degraded"
    DOWN = "down"


@strawberry.input(name="ImpactRoot", description="An item, by its id or by a name that only one live item has, and the level it is put to.")
class ImpactRootInput:
    """A root."""

    id: strawberry.ID | None = None
    name: str | None = None
    level: Level = Level.DOWN


@strawberry.input(name="RelationRef", description="A relationship: source -type-> target.")
class RelationRefInput:
    """As it is stored."""

    type: str
    source: strawberry.ID
    target: strawberry.ID


@strawberry.input(name="WhatIf", description="Changes to try without writing them. Removing an item counts as losing it.")
class WhatIfInput:
    """Relationships are removed before others are added."""

    remove_items: list[strawberry.ID] = strawberry.field(default_factory=list)
    add_relations: list[RelationRefInput] = strawberry.field(default_factory=list)
    remove_relations: list[RelationRefInput] = strawberry.field(default_factory=list)


@strawberry.type(description="How many items end at each level, roots not counted.")
class ImpactCount:
    """`name` is a type, an owner, a location or a criticality."""

    name: str
    down: int
    degraded: int
    at_risk: int
    total: int


@strawberry.type(description="How many affected items are so many steps from the nearest root.")
class DepthCount:
    """Depth 0 are the roots."""

    depth: int
    count: int


@strawberry.type(description="How fresh the relationships are on which the answer rests.")
class FreshnessCount:
    """`freshness`: unknown, confirmed, stale, by_hand."""

    freshness: str
    count: int


@strawberry.type(description="How a redundancy group stands.")
class GroupState:
    """It needs `needed` of its `members`; `up` are not down, `good` are ok or at risk."""

    members: int
    needed: int
    up: int
    good: int
    failed_total: int
    failed: list["AffectedItem"]


@strawberry.type(description="One item on an explaining path, and how trouble came to it from the step before.")
class WhyStep:
    """`relationType`, `need` and `freshness` are null at the root."""

    affected: "AffectedItem"
    relation_type: str | None
    need: str | None = strawberry.field(description="hard, soft or member.")
    freshness: str | None
    group: GroupState | None


@strawberry.type(description="One item that is hit.")
class AffectedItem:
    """`root`: it is one of those that were put to a level."""

    item_id: strawberry.ID
    type: str
    level: Level
    root: bool
    answer: strawberry.Private[model.ImpactAnswer]

    @strawberry.field(description="The item; null where it has been retired since.")
    async def item(self, info: Info) -> CI | None:
        context: Context = info.context
        seen = await context.item_loader(None).load(self.item_id)
        return object_of(context, seen) if seen is not None else None

    @strawberry.field(description="One shortest explaining path, from a root to this item.")
    def why(self) -> list[WhyStep]:
        return [_step(self.answer, step) for step in self.answer.why(self.item_id).steps]


@strawberry.type(description="What breaks. Counts leave the roots out.")
class Impact:
    """The answer at one revision of the graph."""

    revision: BigInt = strawberry.field(description="The commit the index stood at.")
    complete: bool = strawberry.field(description="Whether everything was followed; never silently cut short.")
    reason: str | None = strawberry.field(description="Why it is not complete.")
    total: int
    down: int
    degraded: int
    at_risk: int
    answer: strawberry.Private[model.ImpactAnswer]

    @strawberry.field(description="Items known to be hit that were not followed (at most 200).")
    def frontier(self) -> list[strawberry.ID]:
        return [strawberry.ID(one) for one in self.answer.frontier[:SHOWN]]

    @strawberry.field(description="Counts by CI type, the most first.")
    def by_type(self) -> list[ImpactCount]:
        return _counts(self.answer.by_type())

    @strawberry.field(description="Counts by owner, the most first.")
    def by_owner(self) -> list[ImpactCount]:
        return _counts(self.answer.by_owner())

    @strawberry.field(description="Counts by location, the most first.")
    def by_location(self) -> list[ImpactCount]:
        return _counts(self.answer.by_location())

    @strawberry.field(description="Counts by criticality, the most first.")
    def by_criticality(self) -> list[ImpactCount]:
        return _counts(self.answer.by_criticality())

    @strawberry.field(description="How far trouble travels.")
    def depths(self) -> list[DepthCount]:
        return [DepthCount(depth=depth, count=count) for depth, count in sorted(self.answer.depth_histogram().items())]

    @strawberry.field(description="What the answer rests on: confirmed, stale or asserted relationships.")
    def freshness(self) -> list[FreshnessCount]:
        return [FreshnessCount(freshness=one.word, count=count) for one, count in self.answer.freshness().items()]

    @strawberry.field(description="Services that are hit, worst first (at most 200).")
    def services(self, info: Info) -> list[AffectedItem]:
        return _of_kind(info, self.answer, "service")

    @strawberry.field(description="Customers that are hit, worst first (at most 200).")
    def customers(self, info: Info) -> list[AffectedItem]:
        return _of_kind(info, self.answer, "customer")

    @strawberry.field(description="Affected items, worst first. Empty filters let all pass.")
    def affected(
        self,
        levels: list[Level] | None = None,
        types: list[str] | None = None,
        owners: list[str] | None = None,
        locations: list[str] | None = None,
        roots: bool = False,
        first: int | None = 50,
        after: str | None = None,
    ) -> Connection[AffectedItem]:
        query = questions.AffectedQuery(
            levels=frozenset(_level(level) for level in levels or ()),
            types=frozenset(types or ()),
            owners=frozenset(owners or ()),
            locations=frozenset(locations or ()),
            roots=roots,
            first=page_size(first),
            after=after,
        )
        page = self.answer.page(query)
        made = connection(
            Connection[AffectedItem],
            [_affected(self.answer, one) for one in page.items],
            [f"{one.level.value}:{one.id}" for one in page.items],
            more=page.cursor is not None,
            after=after,
            revision=int(self.revision),
            count=lambda: page.total,
        )
        found: Connection[AffectedItem] = made
        return found

    @strawberry.field(description="How one item is hit; null where it is not.")
    def item(self, id: strawberry.ID) -> AffectedItem | None:
        found = self.answer.find(str(id))
        return _affected(self.answer, found) if found is not None else None

    @strawberry.field(description="The answer laid out for a picture. `open`: keys of folded boxes to unfold; `show`: items never folded.")
    def picture(
        self, info: Info, group_above: int = 10, open: list[str] | None = None, show: list[strawberry.ID] | None = None, most: int = 4_000
    ) -> Annotated["Picture", strawberry.lazy("cmdb_graphql.picture_types")]:
        from cmdb_graphql.picture_types import picture  # it builds on this module

        shown = frozenset(str(one) for one in show or ())
        return picture(info.context, self.answer, PictureQuery(group_above, frozenset(open or ()), shown, most))


def impact_of(
    context: Context, roots: Sequence[ImpactRootInput], what_if: WhatIfInput | None, max_items: int, at_least: int | None
) -> Impact:
    """Ask the index."""
    if not roots and what_if is None:
        raise BadArgument("impact needs at least one root, or a whatIf", argument="roots")
    question = questions.ImpactQuestion(
        roots=roots_of(context, roots),
        what_if=_what_if(what_if),
        max_items=max_items,
        at_least=at_least or 0,
    )
    answer = context.rooms.impact.impact(question)
    return Impact(
        revision=BigInt(answer.revision),
        complete=answer.complete,
        reason=answer.reason,
        total=answer.total,
        down=answer.counts[ModelLevel.DOWN],
        degraded=answer.counts[ModelLevel.DEGRADED],
        at_risk=answer.counts[ModelLevel.AT_RISK],
        answer=answer,
    )


def roots_of(context: Context, roots: Sequence[ImpactRootInput]) -> dict[str, ModelLevel]:
    """Roots by item id; where one is named twice, the worse level counts."""
    if wrong := next((root for root in roots if (root.id is None) == (root.name is None)), None):
        raise BadArgument("a root is given by its id or by its name, one of the two", argument="roots", name=wrong.name)
    ids = ids_of_names(context.rooms.reads, [root.name for root in roots if root.name is not None])
    found: dict[str, ModelLevel] = {}
    for root in roots:
        item = str(root.id) if root.name is None else ids[root.name]
        found[item] = max(_level(root.level), found.get(item, ModelLevel.OK))
    return found


def _what_if(given: WhatIfInput | None) -> questions.WhatIf | None:
    if given is None:
        return None
    return questions.WhatIf(
        remove_items=tuple(str(one) for one in given.remove_items),
        add_relations=tuple(questions.RelationRef(one.type, str(one.source), str(one.target)) for one in given.add_relations),
        remove_relations=tuple(questions.RelationRef(one.type, str(one.source), str(one.target)) for one in given.remove_relations),
    )


def _of_kind(info: Info, answer: model.ImpactAnswer, ancestor: str) -> list[AffectedItem]:
    context: Context = info.context
    return [_affected(answer, one) for one in context.rooms.impact.of_kind(answer, ancestor)[:SHOWN]]


def _affected(answer: model.ImpactAnswer, one: model.AffectedItem) -> AffectedItem:
    return AffectedItem(item_id=strawberry.ID(one.id), type=one.type, level=Level(one.level.word), root=one.root, answer=answer)


def _step(answer: model.ImpactAnswer, step: model.Step) -> WhyStep:
    return WhyStep(
        affected=_affected(answer, step.item),
        relation_type=step.relation_type,
        need=step.how.name.lower() if step.how is not None else None,
        freshness=step.freshness.word if step.freshness is not None else None,
        group=_group(answer, step.group),
    )


def _group(answer: model.ImpactAnswer, state: model.GroupState | None) -> GroupState | None:
    if state is None:
        return None
    return GroupState(
        members=state.members,
        needed=state.needed,
        up=state.up,
        good=state.good,
        failed_total=state.failed_total,
        failed=[_affected(answer, one) for one in state.failed],
    )


def _counts(counts: Sequence[model.Count]) -> list[ImpactCount]:
    return [ImpactCount(name=one.name, down=one.down, degraded=one.degraded, at_risk=one.at_risk, total=one.total) for one in counts]


def _level(level: Any) -> ModelLevel:
    return ModelLevel[level.name]
