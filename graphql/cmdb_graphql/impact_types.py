"""Impact in the schema: what breaks if these fail (design 7; requirements 8.1-04, 9.2-12).

The summary is one evaluation of the index; parts that cost more (depths, freshness, pages, paths) are worked out when selected.
Everything in one answer belongs to one revision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.types import Info

from cmdb.impact import answer as model
from cmdb.impact import questions
from cmdb.impact.levels import Level as ModelLevel
from cmdb.impact.picture import PictureQuery
from cmdb.inventory.query import ItemQuery
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.impact_inputs import Level, item_at, model_level, types_of
from cmdb_graphql.items import CI
from cmdb_graphql.limits import MAX_PAGE
from cmdb_graphql.paging import Connection, connection, page_size
from cmdb_graphql.scalars import BigInt, DateTime

if TYPE_CHECKING:
    from cmdb_graphql.picture_types import Picture

SHOWN = 200
"""Items in lists of an answer that are not pages: services, customers, frontier."""
NAMES_READ = 2_000
"""Up to so many affected items their names are read to search in them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer and the moment it is about (None: now), which travel together through everything that is told of it."""

    answer: model.ImpactAnswer
    seq: int | None


@strawberry.type(description="How many items end at each level, roots not counted.")
class ImpactCount:
    """`name` is a type, an owner, a location, a criticality or a kind of thing the business sees; null: those that have none."""

    name: str | None
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
    asked: strawberry.Private[Asked]

    @strawberry.field(description="The item, of the moment the question is about; null where it has been retired since.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.asked.seq)

    @strawberry.field(description="One shortest explaining path, from a root to this item.")
    def why(self, info: Info) -> list[WhyStep]:
        info.context.stop.check()  # a page of them is long
        return why_of(self.asked, str(self.item_id))


@strawberry.enum(name="ImpactCutBy", description="What kept an answer from being complete: a limit on items, on distance, on time.")
class CutBy(Enum):
    """As `cmdb.impact.limits`."""

    ITEMS = "items"
    DEPTH = "depth"
    TIME = "time"


@strawberry.type(description="One reason why an answer is not complete.")
class ImpactCut:
    """`frontierTotal`: items known to be hit whose effects were not followed for this reason."""

    by: CutBy
    reason: str
    frontier_total: int


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
    asked: strawberry.Private[Asked]

    @strawberry.field(description="What was left out, and why; empty where the answer is complete.")
    def cuts(self) -> list[ImpactCut]:
        return [ImpactCut(by=CutBy(cut.by.value), reason=cut.reason, frontier_total=len(cut.frontier)) for cut in self.asked.answer.cuts]

    @strawberry.field(description="Items known to be hit whose effects were not followed (at most 200).")
    def frontier(self) -> list[strawberry.ID]:
        return [strawberry.ID(one) for one in self.asked.answer.frontier_page(SHOWN)]

    @strawberry.field(description="How many items are in the frontier.")
    def frontier_total(self) -> int:
        return self.asked.answer.frontier_total

    @strawberry.field(description="Counts of what the business sees: services, service components, applications, processes, customers.")
    def by_business(self, info: Info) -> list[ImpactCount]:
        context: Context = info.context
        return _counts(context.rooms.impact.business(self.asked.answer, as_of=self.asked.seq))

    @strawberry.field(description="Counts by CI type, the most first.")
    def by_type(self) -> list[ImpactCount]:
        return _counts(self.asked.answer.by_type())

    @strawberry.field(description="Counts by owner, the most first; a row without a name counts those that have none.")
    def by_owner(self) -> list[ImpactCount]:
        return _counts(self.asked.answer.by_owner())

    @strawberry.field(description="Counts by location, the most first, likewise.")
    def by_location(self) -> list[ImpactCount]:
        return _counts(self.asked.answer.by_location())

    @strawberry.field(description="Counts by criticality, the most first, likewise.")
    def by_criticality(self) -> list[ImpactCount]:
        return _counts(self.asked.answer.by_criticality())

    @strawberry.field(description="How far trouble travels.")
    def depths(self) -> list[DepthCount]:
        return [DepthCount(depth=depth, count=count) for depth, count in sorted(self.asked.answer.depth_histogram().items())]

    @strawberry.field(description="What the answer rests on: confirmed, stale or asserted relationships.")
    def freshness(self) -> list[FreshnessCount]:
        return [FreshnessCount(freshness=one.word, count=count) for one, count in self.asked.answer.freshness().items()]

    @strawberry.field(description="When sightings were read for `freshness` (at most six hours ago); of an earlier moment, that moment.")
    def freshness_as_of(self) -> DateTime | None:
        moment = self.asked.answer.fresh_as_of
        return DateTime(moment) if moment is not None else None

    @strawberry.field(description="Services that are hit, worst first (at most 200).")
    def services(self, info: Info) -> list[AffectedItem]:
        return _of_kind(info, self.asked, "service")

    @strawberry.field(description="How many services are hit.")
    def services_total(self, info: Info) -> int:
        return _total_of_kind(info, self.asked, "service")

    @strawberry.field(description="Service components that are hit, worst first (at most 200).")
    def service_components(self, info: Info) -> list[AffectedItem]:
        return _of_kind(info, self.asked, "service_component")

    @strawberry.field(description="How many service components are hit.")
    def service_components_total(self, info: Info) -> int:
        return _total_of_kind(info, self.asked, "service_component")

    @strawberry.field(description="Customers that are hit, worst first (at most 200).")
    def customers(self, info: Info) -> list[AffectedItem]:
        return _of_kind(info, self.asked, "customer")

    @strawberry.field(description="How many customers are hit.")
    def customers_total(self, info: Info) -> int:
        return _total_of_kind(info, self.asked, "customer")

    @strawberry.field(
        description="Affected items, worst first. Empty filters let all pass; a type stands for the types below it; search: words in names."
    )
    def affected(
        self,
        info: Info,
        levels: list[Level] | None = None,
        types: list[str] | None = None,
        owners: list[str] | None = None,
        locations: list[str] | None = None,
        criticalities: list[str] | None = None,
        search: str | None = None,
        roots: bool = False,
        first: int | None = 50,
        after: str | None = None,
    ) -> Connection[AffectedItem]:
        query = questions.AffectedQuery(
            levels=frozenset(model_level(level) for level in levels or ()),
            types=types_of(info.context, types, self.asked.seq),
            owners=frozenset(owners or ()),
            locations=frozenset(locations or ()),
            criticalities=frozenset(criticalities or ()),
            ids=named_so(info.context, self.asked, search),
            roots=roots,
            first=page_size(first, questions.MAX_PAGE),
            after=after,
        )
        return affected_page(self.asked, query)

    @strawberry.field(description="How one item is hit; null where it is not.")
    def item(self, id: strawberry.ID) -> AffectedItem | None:
        found = self.asked.answer.find(str(id))
        return affected_item(self.asked, found) if found is not None else None

    @strawberry.field(description="The answer laid out for a picture. `open`: keys of folded boxes to unfold; `show`: items never folded.")
    def picture(
        self, info: Info, group_above: int = 10, open: list[str] | None = None, show: list[strawberry.ID] | None = None, most: int = 4_000
    ) -> Annotated["Picture", strawberry.lazy("cmdb_graphql.picture_types")]:
        from cmdb_graphql.picture_types import picture  # it builds on this module

        info.context.stop.check()
        shown = frozenset(str(one) for one in show or ())
        return picture(info.context, self.asked.answer, PictureQuery(group_above, frozenset(open or ()), shown, most), self.asked.seq)


def impact_of(answer: model.ImpactAnswer, seq: int | None) -> Impact:
    """An answer in the schema. `seq`: the moment it was asked about."""
    return Impact(
        revision=BigInt(answer.revision),
        complete=answer.complete,
        reason=answer.reason,
        total=answer.total,
        down=answer.counts[ModelLevel.DOWN],
        degraded=answer.counts[ModelLevel.DEGRADED],
        at_risk=answer.counts[ModelLevel.AT_RISK],
        asked=Asked(answer, seq),
    )


def affected_page(asked: Asked, query: questions.AffectedQuery) -> Connection[AffectedItem]:
    """A page of affected items."""
    page = asked.answer.page(query)
    found: Connection[AffectedItem] = connection(
        Connection[AffectedItem],
        [affected_item(asked, one) for one in page.items],
        [f"{one.level.value}:{one.id}" for one in page.items],
        more=page.cursor is not None,
        after=query.after,
        revision=asked.answer.revision,
        count=lambda: page.total,
    )
    return found


def affected_item(asked: Asked, one: model.AffectedItem) -> AffectedItem:
    """One affected item in the schema."""
    return AffectedItem(item_id=strawberry.ID(one.id), type=one.type, level=Level(one.level.word), root=one.root, asked=asked)


def why_of(asked: Asked, item_id: str) -> list[WhyStep]:
    """One shortest explaining path to an item; empty where it is ok."""
    return [_step(asked, step) for step in asked.answer.why(item_id).steps]


def named_so(context: Context, asked: Asked, search: str | None) -> frozenset[str] | None:
    """Ids of items whose name has every word of `search`, whatever its case; None where nothing is searched for. Names are not in the
    index: where few items are hit their names are read, otherwise the names are searched first."""
    words = (search or "").lower().split()
    if not words:
        return None
    if len(search or "") > 200 or "\0" in (search or ""):
        raise BadArgument("search takes at most 200 characters, none of them NUL", argument="search")
    if len(asked.answer.evaluation.hit) <= NAMES_READ:
        names = context.rooms.reads.names(list(asked.answer.levels()), asked.seq)
        return frozenset(item for item, name in names.items() if all(word in name.lower() for word in words))
    if asked.seq is not None:
        raise BadArgument(f"among more than {NAMES_READ:,} items of an earlier moment names cannot be searched", argument="search")
    query = ItemQuery(search=search or "", search_fields=("name",), first=MAX_PAGE)
    found = context.rooms.reads.columns(query, ["id"])
    if found.more:
        raise BadArgument(f"more than {MAX_PAGE:,} items are called so; search for more letters", argument="search")
    return frozenset(found.columns["id"])


def _of_kind(info: Info, asked: Asked, ancestor: str) -> list[AffectedItem]:
    context: Context = info.context
    return [affected_item(asked, one) for one in context.rooms.impact.of_kind(asked.answer, ancestor, SHOWN, as_of=asked.seq)]


def _total_of_kind(info: Info, asked: Asked, ancestor: str) -> int:
    context: Context = info.context
    return int(context.rooms.impact.total_of_kind(asked.answer, ancestor, as_of=asked.seq))


def _step(asked: Asked, step: model.Step) -> WhyStep:
    return WhyStep(
        affected=affected_item(asked, step.item),
        relation_type=step.relation_type,
        need=step.how.name.lower() if step.how is not None else None,
        freshness=step.freshness.word if step.freshness is not None else None,
        group=_group(asked, step.group),
    )


def _group(asked: Asked, state: model.GroupState | None) -> GroupState | None:
    if state is None:
        return None
    return GroupState(
        members=state.members,
        needed=state.needed,
        up=state.up,
        good=state.good,
        failed_total=state.failed_total,
        failed=[affected_item(asked, one) for one in state.failed],
    )


def _counts(counts: Sequence[model.Count]) -> list[ImpactCount]:
    return [ImpactCount(name=one.name, down=one.down, degraded=one.degraded, at_risk=one.at_risk, total=one.total) for one in counts]
