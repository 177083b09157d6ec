"""Questions about checkpoints and purges. One of the bases of `RootQuery`."""

import strawberry
from strawberry.types import Info

from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.evidence_types import Checkpoint, CheckpointPage, LedgerStanding, Purge, room_of
from cmdb_graphql.paging import PageInfo, page_size
from cmdb_graphql.scalars import BigInt, DateTime

PAGE = 200


@strawberry.type
class EvidenceQuery:
    """Fields of `Query` about evidence."""

    @strawberry.field(description="Where the ledger stands, and whether it agrees with its newest checkpoint.")
    def ledger_standing(self, info: Info) -> LedgerStanding:
        context: Context = info.context
        found = room_of(context).standing()
        latest = found.latest
        return LedgerStanding(
            ledger=found.ledger,
            seq=BigInt(found.seq),
            hash=found.hash,
            time=DateTime(found.time),
            public_key=found.public,
            latest=Checkpoint.of(latest) if latest is not None else None,
            since_latest=BigInt(found.seq - latest.checkpoint.seq) if latest is not None else None,
            agrees=found.agrees,
        )

    @strawberry.field(description="Checkpoints this ledger recorded, newest first.")
    def checkpoints(self, info: Info, first: int | None = 20, after: str | None = None) -> CheckpointPage:
        context: Context = info.context
        size = page_size(first, PAGE)
        if after is not None and not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise BadArgument(f"after takes the cursor of a page: {after[:40]!r} is none", argument="after")
        found = room_of(context).checkpoints(None if after is None else int(after), size + 1) if size else []
        nodes = [Checkpoint.of(one) for one in found[:size]]
        ends = (str(nodes[0].seq), str(nodes[-1].seq)) if nodes else (None, None)
        return CheckpointPage(
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=len(found) > size, has_previous_page=after is not None, start_cursor=ends[0], end_cursor=ends[1]
            ),
        )

    @strawberry.field(description="Every purge, oldest first: what was asked, by whom, and what became of it.")
    def purges(self, info: Info) -> list[Purge]:
        context: Context = info.context
        return [Purge.of(one) for one in room_of(context).purges()]
