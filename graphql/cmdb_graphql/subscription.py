"""What can be listened to: the ledger's commits, at least once, in order, from a cursor (design 6)."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry.types import Info

from cmdb_graphql.context import Context
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.query import sequence


@strawberry.type
class Subscription:
    """Streams."""

    @strawberry.subscription(description="Commits after a sequence number, the present ones first, then each as it happens.")
    async def commits(self, info: Info, after: str | None = None) -> AsyncGenerator[Commit, None]:
        context: Context = info.context
        async for one in context.rooms.feed.follow(sequence(after)):
            shown = Commit.of(one)
            if shown is not None:
                yield shown
