"""Search: the items that answer some words best, ranked (`cmdb.inventory.ranking` has the rule)."""

import strawberry

from cmdb.inventory.ranking import weights_of
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.scalars import BigInt

MOST_HITS = 100
"""Who wants more than the best wants a list: `items` with a filter."""


@strawberry.type(description="The best answers to a search. Who wants all of them asks `items(search:)`, which does not rank.")
class ItemHits:
    """Best first."""

    nodes: list[CI]
    total_count: int = strawberry.field(description="How many items answer, shown or not.")
    revision: BigInt = strawberry.field(description="The ledger's sequence number this answer has seen.")


def search(context: Context, words: str, types: tuple[str, ...], first: int) -> ItemHits:
    """The best `first` items of these concrete types (none: all). Raises `BadArgument`."""
    if not 1 <= first <= MOST_HITS:
        raise BadArgument(f"first must be from 1 to {MOST_HITS}; ask items(search:) for a whole list", argument="first", allowed=MOST_HITS)
    head = context.revision()
    found, total = context.rooms.reads.search(words, types, context.types.derived(weights_of), first, head)
    return ItemHits(nodes=[object_of(context, one) for one in found], total_count=total, revision=BigInt(head))
