"""Answers to the questions beside "what breaks": what is needed, on which ways trouble comes, what alone takes a service down, what may
have made items unwell together, which items need each other in a circle, and which nothing is tied to (requirements 8.1-04, 8.2, 6.3)."""

from enum import Enum

import strawberry
from strawberry.types import Info

from cmdb.impact import causes, dependencies, paths, structure, weak_points
from cmdb.impact.questions import MAX_PAGE
from cmdb_graphql.impact_inputs import item_at, types_of
from cmdb_graphql.items import CI
from cmdb_graphql.paging import Connection, PageInfo, connection, page_size, slice_of
from cmdb_graphql.scalars import BigInt


@strawberry.enum(description="How an item depends on another; the strongest way counts.")
class Strength(Enum):
    """HARD: if the other is down, so is this. REDUNDANT: through a redundancy group. SOFT: at worst it is degraded."""

    HARD = "hard"
    REDUNDANT = "redundant"
    SOFT = "soft"


@strawberry.type(description="How many items of a type.")
class TypeCount:
    """`type` by its name in the registry."""

    type: str
    count: int


@strawberry.type(description="One item that is needed.")
class Dependency:
    """`depth`: fewest relationships to it."""

    item_id: strawberry.ID
    type: str
    strength: Strength
    depth: int
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The item, of the moment the question is about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.seq)


@strawberry.type(description="Everything an item depends on, however far away. Nothing is left out.")
class Dependencies:
    """At one revision."""

    revision: BigInt
    item_id: strawberry.ID
    total: int
    hard: int
    redundant: int
    soft: int
    found: strawberry.Private[dependencies.Dependencies]
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The item that was asked about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.seq)

    @strawberry.field(description="Counts by CI type, the most first.")
    def by_type(self) -> list[TypeCount]:
        return [TypeCount(type=name, count=count) for name, count in self.found.by_type.items()]

    @strawberry.field(description="What is needed, strongest and nearest first. A type stands for the types below it.")
    def needed(
        self,
        info: Info,
        strengths: list[Strength] | None = None,
        types: list[str] | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> Connection[Dependency]:
        wanted = frozenset(dependencies.Strength[one.name] for one in strengths or ())
        query = dependencies.DependencyQuery(wanted, types_of(info.context, types, self.seq), page_size(first, MAX_PAGE), after)
        page = self.found.page(query)
        nodes = [
            Dependency(item_id=strawberry.ID(one.id), type=one.type, strength=Strength(one.strength.word), depth=one.depth, seq=self.seq)
            for one in page.items
        ]
        made: Connection[Dependency] = connection(
            Connection[Dependency],
            nodes,
            [one.cursor for one in page.items],
            more=page.more,
            after=after,
            revision=self.found.revision,
            count=lambda: page.total,
        )
        return made


def dependencies_shown(found: dependencies.Dependencies, item_id: str, seq: int | None) -> Dependencies:
    """The answer in the schema."""
    counts = found.counts
    return Dependencies(
        revision=BigInt(found.revision),
        item_id=strawberry.ID(item_id),
        total=found.total,
        hard=counts[dependencies.Strength.HARD],
        redundant=counts[dependencies.Strength.REDUNDANT],
        soft=counts[dependencies.Strength.SOFT],
        found=found,
        seq=seq,
    )


@strawberry.type(description="One relationship on a path: trouble passes from the provider to its dependent.")
class PathStep:
    """`need`: hard, soft or member; `freshness`: unknown, confirmed, stale or by_hand."""

    provider_id: strawberry.ID
    dependent_id: strawberry.ID
    relation_type: str
    need: str
    freshness: str
    seq: strawberry.Private[int | None]

    @strawberry.field(description="Where trouble comes from.")
    async def provider(self, info: Info) -> CI | None:
        return await item_at(info, str(self.provider_id), self.seq)

    @strawberry.field(description="Where it goes.")
    async def dependent(self, info: Info) -> CI | None:
        return await item_at(info, str(self.dependent_id), self.seq)


@strawberry.type(description="One way from an item to another.")
class Path:
    """Steps in the direction trouble travels."""

    steps: list[PathStep]


@strawberry.type(description="All shortest ways along which trouble travels from one item to another.")
class Paths:
    """`length`: relationships on each of them; null where there is no way."""

    revision: BigInt
    length: int | None
    total: BigInt | None = strawberry.field(
        description="How many shortest ways there are (2^63 - 1: at least so many); null where time ran out."
    )
    complete: bool = strawberry.field(description="Whether all are listed.")
    reason: str | None = strawberry.field(description="Why they are not.")
    paths: list[Path]


def paths_shown(found: paths.Paths, seq: int | None) -> Paths:
    """The answer in the schema."""
    listed = [
        Path(
            steps=[
                PathStep(
                    provider_id=strawberry.ID(step.provider),
                    dependent_id=strawberry.ID(step.dependent),
                    relation_type=step.relation_type,
                    need=step.how.name.lower(),
                    freshness=step.freshness.word,
                    seq=seq,
                )
                for step in one
            ]
        )
        for one in found.paths
    ]
    out_of_time = "time ran out before all ways were found; one is shown (seconds)"
    reason = None if found.complete else out_of_time if found.total is None else f"only the first {len(listed):,} are listed (first)"
    total = BigInt(found.total) if found.total is not None else None
    return Paths(revision=BigInt(found.revision), length=found.length, total=total, complete=found.complete, reason=reason, paths=listed)


@strawberry.type(description="An item whose loss alone takes the service down.")
class WeakPoint:
    """`behindRedundancy`: it is fatal although redundancy groups lie between: all their members need it."""

    item_id: strawberry.ID
    type: str
    behind_redundancy: bool
    depth: int
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The item, of the moment the question is about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.seq)


@strawberry.type(description="Single points of failure of a service (or of any item), redundancy counted.")
class WeakPoints:
    """`lookedAt` of `candidates` were tried; where time ran out, what is listed is true, but there may be more."""

    revision: BigInt
    complete: bool
    reason: str | None
    item_id: strawberry.ID
    candidates: int
    looked_at: int
    total: int
    found: strawberry.Private[weak_points.WeakPoints]
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The item that was asked about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.seq)

    @strawberry.field(description="The single points of failure, nearest first.")
    def points(self, first: int | None = 50, after: str | None = None) -> Connection[WeakPoint]:
        part = slice_of(self.found.items, first, after)
        nodes = [
            WeakPoint(item_id=strawberry.ID(one.id), type=one.type, behind_redundancy=one.behind_redundancy, depth=one.depth, seq=self.seq)
            for one in part.entries
        ]
        made: Connection[WeakPoint] = connection(
            Connection[WeakPoint], nodes, part.cursors, more=part.more, after=after, revision=self.found.revision, count=lambda: self.total
        )
        return made


def weak_points_shown(found: weak_points.WeakPoints, item_id: str, seq: int | None) -> WeakPoints:
    """The answer in the schema."""
    reason = None if found.complete else f"time ran out after {found.looked_at:,} of {found.candidates:,} candidates (seconds)"
    return WeakPoints(
        revision=BigInt(found.revision),
        complete=found.complete,
        reason=reason,
        item_id=strawberry.ID(item_id),
        candidates=found.candidates,
        looked_at=found.looked_at,
        total=len(found.items),
        found=found,
        seq=seq,
    )


@strawberry.enum(description="How a cause was found: one item alone, all members of one redundancy group, or a set put together greedily.")
class CauseKind(Enum):
    """A GREEDY set takes the best next one until all is explained: there may be a smaller set."""

    SINGLE = "single"
    GROUP = "group"
    GREEDY = "greedy"


@strawberry.type(description="Items (mostly one) whose failure explains why others are unwell.")
class CommonCause:
    """`explained` of the unwell would be as bad as they are seen, or worse; `others` more items would be hit as well; `distance`:
    relationships to the unwell, summed."""

    item_ids: list[strawberry.ID]
    explained: int
    others: int
    distance: int
    kind: CauseKind
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The items, of the moment the question is about.")
    async def items(self, info: Info) -> list[CI | None]:
        return [await item_at(info, str(one), self.seq) for one in self.item_ids]


@strawberry.type(description="What may have made items unwell together, best first: explains most, harms fewest others, is nearest.")
class CommonCauses:
    """`tried` of `candidates` were put down and evaluated."""

    revision: BigInt
    complete: bool
    reason: str | None
    unwell: int
    candidates: int
    tried: int
    causes: list[CommonCause]


def causes_shown(found: causes.CommonCauses, seq: int | None) -> CommonCauses:
    """The answer in the schema."""
    return CommonCauses(
        revision=BigInt(found.revision),
        complete=found.complete,
        reason=found.reason,
        unwell=found.unwell,
        candidates=found.candidates,
        tried=found.tried,
        causes=[
            CommonCause(
                item_ids=[strawberry.ID(item) for item in one.ids],
                explained=one.explained,
                others=one.others,
                distance=one.distance,
                kind=CauseKind(one.kind.value),
                seq=seq,
            )
            for one in found.causes
        ],
    )


@strawberry.type(description="Items each of which needs all others of the set, directly or not.")
class Cycle:
    """`size` counts them all; the first 1,000 can be listed."""

    size: int
    ids: strawberry.Private[tuple[str, ...]]
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The first of its items.")
    async def items(self, info: Info, first: int | None = 20) -> list[CI | None]:
        return [await item_at(info, one, self.seq) for one in self.ids[: page_size(first, MAX_PAGE)]]

    @strawberry.field(description="Ids of the first of its items.")
    def item_ids(self, first: int | None = 20) -> list[strawberry.ID]:
        return [strawberry.ID(one) for one in self.ids[: page_size(first, MAX_PAGE)]]


@strawberry.type(description="Cycles of the whole graph, largest first.")
class Cycles:
    """`total` cycles hold `itemsInCycles` items."""

    revision: BigInt
    total: int
    items_in_cycles: int
    nodes: list[Cycle]
    page_info: PageInfo


def cycles_shown(found: structure.Cycles, skip: int, seq: int | None) -> Cycles:
    """A page of cycles, `skip` of which came before."""
    nodes = [Cycle(size=size, ids=ids, seq=seq) for ids, size in zip(found.cycles, found.sizes, strict=True)]
    end = skip + len(nodes)
    page = PageInfo(
        has_next_page=end < found.total,
        has_previous_page=skip > 0,
        start_cursor=str(skip + 1) if nodes else None,
        end_cursor=str(end) if nodes else None,
    )
    return Cycles(revision=BigInt(found.revision), total=found.total, items_in_cycles=found.items, nodes=nodes, page_info=page)


@strawberry.type(description="A live item through which no failure travels either way.")
class Orphan:
    """Nothing it needs is recorded, and nothing that needs it."""

    item_id: strawberry.ID
    type: str
    seq: strawberry.Private[int | None]

    @strawberry.field(description="The item, of the moment the question is about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.seq)


def orphans_shown(found: structure.Orphans, after: str | None, seq: int | None) -> Connection[Orphan]:
    """A page of orphans."""
    nodes = [Orphan(item_id=strawberry.ID(one), type=kind, seq=seq) for one, kind in zip(found.ids, found.types, strict=True)]
    made: Connection[Orphan] = connection(
        Connection[Orphan], nodes, found.ids, more=found.more, after=after, revision=found.revision, count=lambda: found.total
    )
    return made
