"""What happened to the relationships of an item: the other half of its history."""

from enum import Enum

import strawberry
from strawberry.types import Info

from cmdb.ledger.touching import NEWEST, Place
from cmdb_graphql.context import Context, RelationTurnSeen
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.paging import PageInfo, page_size
from cmdb_graphql.scalars import BigInt


@strawberry.enum(description="What a version of a relationship did.")
class RelationshipChange(Enum):
    """`BEGAN` also stands for one that came back."""

    BEGAN = "began"
    CHANGED = "changed"
    ENDED = "ended"


@strawberry.type(description="One version of a relationship, as seen from the item asked.")
class RelationshipVersion:
    """`other*`: the item at the other end, by the name it has or last had."""

    id: strawberry.ID
    type: str
    label: str = strawberry.field(description="The type's name read from the item asked: the inverse name where that item is the target.")
    outgoing: bool
    change: RelationshipChange
    seq: BigInt = strawberry.field(description="The commit that made this version.")
    other_id: strawberry.ID
    other_type: str | None
    other_name: str | None = strawberry.field(description="Null where its content was purged.")

    @strawberry.field(description="The commit: when, who, from which source, why, under which change.")
    async def commit(self, info: Info) -> Commit | None:
        context: Context = info.context
        return Commit.of(await context.commit_loader().load(int(self.seq)))


@strawberry.type(description="A page of what happened to relationships.")
class RelationshipVersionPage:
    """Newest first. Uncounted: a hub has very many."""

    nodes: list[RelationshipVersion]
    page_info: PageInfo


def relation_turns(context: Context, item_id: str, first: int | None, after: str | None) -> RelationshipVersionPage:
    """A page of an item's relationship versions. Raises `BadArgument` for a cursor that is none."""
    size = page_size(first)
    seen, more = context.rooms.reads.relation_turns(item_id, size, _place(after)) if size else ((), False)
    cursors = [f"{one.made.seq}:{one.made.id}" for one in seen]
    info = PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    return RelationshipVersionPage(nodes=[_version(context, item_id, one) for one in seen], page_info=info)


def _version(context: Context, item_id: str, seen: RelationTurnSeen) -> RelationshipVersion:
    made = seen.made
    outgoing = made.source == item_id
    kind = context.types.relation_types.get(made.type)
    return RelationshipVersion(
        id=strawberry.ID(made.id),
        type=made.type,
        label=made.type if outgoing or kind is None else kind.inverse,
        outgoing=outgoing,
        change=RelationshipChange(made.turn.value),
        seq=BigInt(made.seq),
        other_id=strawberry.ID(made.target if outgoing else made.source),
        other_type=seen.other_type or None,
        other_name=seen.other_name or None,
    )


def _place(cursor: str | None) -> Place:
    if cursor is None:
        return NEWEST
    seq, colon, relation = cursor.partition(":")
    if not colon or not seq.isdigit() or len(seq) > 18 or "\0" in relation:
        raise BadArgument("this is no cursor of a history of relationships", after=cursor[:80])
    return int(seq), relation
