"""Checkpoints, how the ledger stands to them, and purges as the schema shows them."""

from typing import Any

import strawberry

from cmdb.archive.checkpoints import Taken
from cmdb.archive.purge import Purge as PurgeModel
from cmdb_graphql.context import Context
from cmdb_graphql.paging import PageInfo
from cmdb_graphql.scalars import JSON, BigInt, DateTime


@strawberry.type(description="A signed checkpoint of the ledger: kept outside, it tells later whether history was cut off or rewritten.")
class Checkpoint:
    """`document` is the checkpoint as it is exported; keep it whole."""

    seq: BigInt
    hash: str
    time: DateTime = strawberry.field(description="Of the commit.")
    made_at: DateTime
    key: str = strawberry.field(description="The public key that made the signature.")
    signature: str
    by: str
    sent_to: list[str] = strawberry.field(description="Where it was handed over; empty where it was only recorded.")
    recorded: BigInt = strawberry.field(description="The commit that recorded it.")
    document: JSON

    @staticmethod
    def of(taken: Taken) -> "Checkpoint":
        """The checkpoint to show."""
        one = taken.checkpoint
        return Checkpoint(
            seq=BigInt(one.seq),
            hash=one.hash,
            time=DateTime(one.time),
            made_at=DateTime(one.made_at),
            key=one.key,
            signature=one.signature,
            by=taken.by,
            sent_to=list(taken.sent_to),
            recorded=BigInt(taken.recorded),
            document=JSON(one.body()),
        )


@strawberry.type(description="Recorded checkpoints, newest first.")
class CheckpointPage:
    """One page; the cursor is the commit's number."""

    nodes: list[Checkpoint]
    page_info: PageInfo


@strawberry.type(description="How the ledger stands. A look, no walk: the proof is `cmdb verify --against` with a checkpoint from outside.")
class LedgerStanding:
    """`agrees`: the newest checkpoint's signature holds and its commit still has the hash it notes; null where none was taken."""

    ledger: str = strawberry.field(description="What tells this ledger from every other: the hash of its first commit.")
    seq: BigInt
    hash: str
    time: DateTime
    public_key: str
    latest: Checkpoint | None
    since_latest: BigInt | None = strawberry.field(description="Commits made since the newest checkpoint.")
    agrees: bool | None


@strawberry.type(description="A purge: the content of old versions removed by a policy, with four eyes. Hashes stay.")
class Purge:
    """`state`: proposed, approved, ordered (being carried out), done or withdrawn."""

    id: strawberry.ID
    state: str
    reason: str
    policy: JSON
    versions: int = strawberry.field(description="How many versions lose their content.")
    whole_items: int = strawberry.field(description="Retired items of which nothing but hashes stays.")
    proposed_by: str
    approved_by: str | None
    moment: DateTime = strawberry.field(description="The time the policy was applied at.")
    ordered_at: BigInt | None = strawberry.field(description="The commit that ordered it.")
    removed: int | None

    @staticmethod
    def of(one: PurgeModel) -> "Purge":
        """The purge to show."""
        return Purge(
            id=strawberry.ID(one.id),
            state=one.state,
            reason=one.reason,
            policy=JSON(one.policy),
            versions=one.versions,
            whole_items=len(one.whole),
            proposed_by=one.proposed_by,
            approved_by=one.approved_by,
            moment=DateTime(one.moment),
            ordered_at=None if one.ordered_at is None else BigInt(one.ordered_at),
            removed=one.removed,
        )


def room_of(context: Context) -> Any:
    """The room of evidence (`cmdb.archive.room.EvidenceRoom`)."""
    return context.rooms.evidence
