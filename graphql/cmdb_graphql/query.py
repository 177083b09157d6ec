"""The questions: fields of `Query` that do not hang on a type. List fields of each CI type are added by `build`.

The seam for areas: each has a file of its own, `<area>_query.py`, with a plain `@strawberry.type class <Area>Query` whose fields resolve
like any others; `RootQuery` names it as a base, and Strawberry takes its fields over (the base itself is no type of the schema). Writes
likewise: `<area>_mutation.py` with `<Area>Mutation`, a base of `mutation.Mutation`. A new field also needs its line in `access` and a
named operation.
"""

from collections.abc import Sequence

import strawberry
from strawberry.types import Info

from cmdb.inventory.query import ItemQuery
from cmdb.kernel.errors import NotFound
from cmdb.model.actor import Actor
from cmdb_graphql.audit_query import AuditQuery
from cmdb_graphql.baseline_query import BaselineQuery
from cmdb_graphql.compare_query import CompareQuery
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.evidence_query import EvidenceQuery
from cmdb_graphql.filters import AsOfInput, FieldFilter, Fields, OrderInput, generic, order_of
from cmdb_graphql.hold_types import Hold, HoldPage, HoldState
from cmdb_graphql.impact_query import ImpactQuery
from cmdb_graphql.items import CI, ItemVersion, object_of, versions
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.listing import CIConnection, concrete, live, past
from cmdb_graphql.moments import moment
from cmdb_graphql.paging import Connection, PageInfo, connection, page_size
from cmdb_graphql.relation_turns import RelationshipVersionPage, relation_turns
from cmdb_graphql.scalars import BigInt
from cmdb_graphql.search_types import ItemHits, search
from cmdb_graphql.type_types import ItemTypeView, RelationTypeView, item_type_view, relation_type_view

HOLDS_PAGE = 200
"""Held plans in one page at most; pageInfo says whether more follow."""


@strawberry.type(description="The caller.")
class Me:
    """`source`: the one source an agent is bound to."""

    name: str
    roles: list[str]
    source: str | None


@strawberry.type
class RootQuery(AuditQuery, BaselineQuery, CompareQuery, EvidenceQuery, ImpactQuery):
    """What everybody may ask, whatever types there are. Areas bring their fields as bases."""

    @strawberry.field(description="One item by its id, now or as of an earlier moment; null where there is none.")
    async def item(self, info: Info, id: strawberry.ID, as_of: AsOfInput | None = None) -> CI | None:
        context: Context = info.context
        seen = await context.item_loader(moment(context, as_of)).load(str(id))
        return object_of(context, seen) if seen is not None else None

    @strawberry.field(description="Relay's way to an object by its global id: the id of an item.")
    async def node(self, info: Info, id: strawberry.ID) -> CI | None:
        context: Context = info.context
        seen = await context.item_loader(None).load(str(id))
        return object_of(context, seen) if seen is not None else None

    @strawberry.field(description="Items by id, in the order asked, null where there is none (at most 1,000).")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[CI | None]:
        context: Context = info.context
        if len(ids) > 1_000:
            raise BadArgument("nodes takes at most 1,000 ids; ask again for the rest", argument="ids", found=len(ids))
        seen = await context.item_loader(None).load_many([str(one) for one in ids])
        return [object_of(context, one) if one is not None else None for one in seen]

    @strawberry.field(
        description="Items of any types. An abstract type stands for the types below it, and so does a type with types below it."
    )
    def items(
        self,
        info: Info,
        types: list[str] | None = None,
        filter: list[FieldFilter] | None = None,
        any_of: list[list[FieldFilter]] | None = None,
        search: str | None = None,
        order_by: OrderInput | None = None,
        first: int | None = 50,
        after: str | None = None,
        as_of: AsOfInput | None = None,
    ) -> CIConnection:
        context: Context = info.context
        chosen = expand(context, types)
        known = Fields(context.types, chosen or concrete(context))
        seq = moment(context, as_of)
        query = ItemQuery(
            types=chosen,
            filters=generic(known, filter, any_of),
            order=order_of(known, order_by),
            after=after,
            first=page_size(first),
            search=searched(search),
        )
        found: CIConnection = live(info, CIConnection, query) if seq is None else past(info, CIConnection, query, seq)
        return found

    @strawberry.field(description="Versions of an item, newest first, whether it is live or retired; empty for an id that never was.")
    def history(self, info: Info, id: strawberry.ID, first: int | None = 20, after: str | None = None) -> Connection[ItemVersion]:
        return versions(info.context, str(id), first, after)

    @strawberry.field(
        description="The live items that answer these words best, best first: by name, type or description, whatever the case."
    )
    def search_items(self, info: Info, words: str, types: list[str] | None = None, first: int = 20) -> ItemHits:
        return search(info.context, searched(words), expand(info.context, types), first)

    @strawberry.field(
        description="What happened to the relationships of an item, newest first, whether it is live or retired; empty for an unknown id."
    )
    def relationship_history(
        self, info: Info, id: strawberry.ID, first: int | None = 50, after: str | None = None
    ) -> RelationshipVersionPage:
        return relation_turns(info.context, str(id), first, after)

    @strawberry.field(description="CI types of the registry, by name.")
    def types(self, info: Info) -> list[ItemTypeView]:
        registry = info.context.types
        return [item_type_view(registry, one) for one in registry.item_types.values()]

    @strawberry.field(description="One CI type of the registry; null where there is none of this name.")
    def type(self, info: Info, name: str) -> ItemTypeView | None:
        registry = info.context.types
        found = registry.item_types.get(name)
        return item_type_view(registry, found) if found is not None else None

    @strawberry.field(description="Relationship types of the registry, by name.")
    def relation_types(self, info: Info) -> list[RelationTypeView]:
        return [relation_type_view(one) for one in info.context.types.relation_types.values()]

    @strawberry.field(description="Commits of the ledger after a sequence number, oldest first.")
    def commits(self, info: Info, after: str | None = None, first: int | None = 50) -> Connection[Commit]:
        context: Context = info.context
        size, start = page_size(first), sequence(after)
        head = context.revision()
        found = context.rooms.reads.log(start, size) if size else []
        nodes = [shown for one in found if (shown := Commit.of(one)) is not None]
        more = bool(found) and found[-1].seq < head
        page: Connection[Commit] = connection(
            Connection[Commit], nodes, [str(one.seq) for one in found], more=more, after=after, revision=head, count=lambda: head
        )
        return page

    @strawberry.field(
        description="Held plans, in the order they were filed; open ones unless another state is asked, null for every state."
    )
    def holds(self, info: Info, state: HoldState | None = HoldState.OPEN, first: int | None = 50, after: str | None = None) -> HoldPage:
        context: Context = info.context
        size = page_size(first, HOLDS_PAGE)
        revision = context.revision()
        found = context.rooms.door.holds(state=state.model if state else None, after=after, first=size + 1) if size else []
        shown = found[:size]
        page = PageInfo(
            has_next_page=len(found) > size,
            has_previous_page=after is not None,
            start_cursor=shown[0].id if shown else None,
            end_cursor=shown[-1].id if shown else None,
        )
        return HoldPage(nodes=[Hold.of(one) for one in shown], page_info=page, revision=BigInt(revision))

    @strawberry.field(description="One held plan; null where there is none of this id.")
    def hold(self, info: Info, id: strawberry.ID) -> Hold | None:
        try:
            return Hold.of(info.context.rooms.door.hold(str(id)))
        except NotFound:
            return None

    @strawberry.field(description="Who is asking.")
    def me(self, info: Info) -> Me:
        actor: Actor = info.context.actor
        return Me(name=actor.name, roles=sorted(role.value for role in actor.roles), source=actor.source)


def expand(context: Context, types: Sequence[str] | None) -> tuple[str, ...]:
    """Concrete types for the names asked, each with the types below it; none for all. Raises `UnknownType`."""
    if not types:
        return ()
    return tuple(dict.fromkeys(name for one in types for name in context.types.concrete_of(one)))


def searched(search: str | None) -> str:
    """The words to search for. Raises `BadArgument` for a text no search can mean."""
    if search is None:
        return ""
    if len(search) > 200 or "\0" in search:
        raise BadArgument("search takes at most 200 characters, none of them NUL", argument="search")
    return search


def sequence(after: str | None) -> int:
    """The sequence number a cursor of the log stands for; 0 for none."""
    if after is None:
        return 0
    if not after.isdigit() or len(after) > 18:
        raise BadArgument("the cursor of a commit is its sequence number", after=after[:80])
    return int(after)
