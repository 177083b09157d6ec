"""Commits and receipts as the schema shows them (design 6)."""

from typing import Optional

import strawberry

from cmdb.model import commit as model
from cmdb_graphql.scalars import BigInt, DateTime


@strawberry.type(description="One entry of the ledger. Sequence numbers have no gaps; each hash covers the one before.")
class Commit:
    """Who wrote what, when, why, under which change."""

    seq: BigInt
    time: DateTime
    actor: str
    source: str
    reason: str | None
    change: str | None = strawberry.field(description="The request for change that authorised it.")
    versions: int = strawberry.field(description="How many versions it made.")
    content: str = strawberry.field(description="Digest over its versions.")
    previous: str
    hash: str

    @staticmethod
    def of(commit: model.Commit | None) -> Optional["Commit"]:
        """The commit to show; None for none."""
        if commit is None:
            return None
        return Commit(
            seq=BigInt(commit.seq),
            time=DateTime(commit.time),
            actor=commit.actor,
            source=commit.source,
            reason=commit.reason or None,
            change=commit.change,
            versions=commit.versions,
            content=commit.content,
            previous=commit.previous,
            hash=commit.hash,
        )


@strawberry.type(description="Where a write stands in the ledger. `seq` is null where nothing had to be written.")
class Receipt:
    """`replayed`: the idempotency key had been answered before, nothing was written now."""

    seq: BigInt | None
    hash: str | None
    time: DateTime | None
    replayed: bool

    @staticmethod
    def of(receipt: model.Receipt | None, replayed: bool = False) -> "Receipt":
        """The receipt to show; an empty one for none."""
        if receipt is None:
            return Receipt(seq=None, hash=None, time=None, replayed=replayed)
        return Receipt(
            seq=None if receipt.seq is None else BigInt(receipt.seq),
            hash=receipt.hash,
            time=DateTime(receipt.time),
            replayed=replayed or receipt.replayed,
        )
