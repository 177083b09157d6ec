"""Taking checkpoints and keeping account of them (requirement 9.1-19).

Rules: a checkpoint is worth something only outside, so it is handed over first and recorded afterwards, as a record of the ledger: who took
it, when, and where it went. A head whose last commit only recorded a checkpoint is not taken again by the schedule: nothing has happened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from cmdb.kernel.clock import Clock
from cmdb.kernel.errors import Forbidden
from cmdb.ledger.checkpoint import Checkpoint, parse_checkpoints, sign_head
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook, StoredRecord
from cmdb.store.protocol import Store

KIND = "checkpoint"

Hand = Callable[[Checkpoint], str]
"""Takes a checkpoint outside and answers where it went, in words. Raises where it could not."""


class CheckpointForbidden(Forbidden):
    """Only an administrator takes checkpoints: they are signed with the key of the installation."""

    code = "checkpoint-forbidden"
    title = "You may not take a checkpoint"


@dataclass(frozen=True, slots=True)
class Taken:
    """A checkpoint and the account of it: who took it, where it went (empty: only here), and the commit that recorded it."""

    checkpoint: Checkpoint
    by: str
    sent_to: tuple[str, ...]
    recorded: int


class Checkpoints:
    """Takes and lists checkpoints. Thread-safe."""

    def __init__(self, store: Store, ledger: Ledger, book: RecordBook, clock: Clock, key: Callable[[], SigningKey]) -> None:
        self._store, self._ledger, self._book, self._clock, self._key = store, ledger, book, clock, key

    def take(self, actor: Actor, hands: Sequence[Hand] = (), reason: str = "") -> Taken:
        """Sign the head, hand it over, record it.

        Raises `CheckpointForbidden`, `LedgerEmpty`, `SigningKeyUnusable`, and what a hand raises; then nothing is recorded.
        """
        if not actor.has(Role.ADMINISTRATOR):
            raise CheckpointForbidden("checkpoints are taken by administrators; auditors read and verify them")
        checkpoint = sign_head(self._store, self._ledger.head(), self._key(), self._clock)
        places = tuple(hand(checkpoint) for hand in hands)
        body = {"checkpoint": checkpoint.body(), "by": actor.name, "sent_to": list(places)}
        edit = RecordEdit(VersionKind.RECORD, KIND, _id_of(checkpoint), body)
        told = reason or f"checkpoint of commit {checkpoint.seq}"
        receipt = self._ledger.commit(ChangePlan(Cause(actor, "cmdb", told)), [edit])
        assert receipt.seq is not None
        return Taken(checkpoint, actor.name, places, receipt.seq)

    def take_if_new(self, actor: Actor, hands: Sequence[Hand] = ()) -> Taken | None:
        """`take`, unless nothing was committed since the last checkpoint but its own record."""
        last, head = self.latest(), self._ledger.head().seq
        if head == 0 or (last is not None and last.recorded == head and last.checkpoint.seq == head - 1):
            return None
        return self.take(actor, hands)

    def latest(self) -> Taken | None:
        """The checkpoint of the highest commit."""
        found = self.page(first=1)
        return found[0] if found else None

    def page(self, before: int | None = None, first: int = 50) -> list[Taken]:
        """Checkpoints, newest commit first, those of commits before `before`."""
        # Ids count downwards, so that the book's order by id is ours: newest first.
        after = None if before is None else _place(before) + "~"
        return [_taken(one) for one in self._book.page(KIND, after=after, first=first)]


def _place(seq: int) -> str:
    return f"k{2**62 - seq:019d}"


def _id_of(checkpoint: Checkpoint) -> str:
    """Newest first by id; two of one commit differ by when they were made."""
    return f"{_place(checkpoint.seq)}-{checkpoint.made_at}"


def _taken(record: StoredRecord) -> Taken:
    checkpoint = parse_checkpoints(orjson.dumps(record.body["checkpoint"]), f"record {record.id}")[0]
    return Taken(checkpoint, record.body["by"], tuple(record.body["sent_to"]), record.seq)
