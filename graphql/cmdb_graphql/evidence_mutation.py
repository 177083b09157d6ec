"""Taking checkpoints and approving purges. One of the bases of `Mutation`. Proposing and carrying out a purge is done on the machine."""

import strawberry
from strawberry.types import Info

from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.evidence_types import Checkpoint, Purge, room_of


@strawberry.type(description="The checkpoint that was taken.")
class TakeCheckpointPayload:
    """Keep `checkpoint.document` where nobody who can write to the engine can reach it."""

    checkpoint: Checkpoint


@strawberry.type(description="The purge as it is now.")
class ApprovePurgePayload:
    """An administrator of the machine carries it out: `cmdb purge run ID`."""

    purge: Purge


@strawberry.type
class EvidenceMutation:
    """Fields of `Mutation` about evidence."""

    @strawberry.mutation(description="Sign where the ledger stands, hand that to the places of the settings, and record it.")
    def take_checkpoint(self, info: Info, reason: str = "") -> TakeCheckpointPayload:
        context: Context = info.context
        if len(reason) > 2_000:
            raise BadArgument("a reason has at most 2,000 characters", argument="reason")
        taken = room_of(context).take(context.actor, reason)
        context.rooms.written()
        return TakeCheckpointPayload(checkpoint=Checkpoint.of(taken))

    @strawberry.mutation(description="Approve a purge that another administrator proposed.")
    def approve_purge(self, info: Info, id: strawberry.ID) -> ApprovePurgePayload:
        context: Context = info.context
        found = room_of(context).approve(str(id), context.actor)
        context.rooms.written()
        return ApprovePurgePayload(purge=Purge.of(found))
