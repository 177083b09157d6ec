"""Checkpoints and purges as an interface reaches them, and how the ledger stands to its newest checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmdb.archive.checkpoints import Checkpoints, Hand, Taken
from cmdb.archive.purge import Purge, Purges
from cmdb.kernel.clock import Clock
from cmdb.ledger.checkpoint import check_signature, ledger_id
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey
from cmdb.model.actor import Actor
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger and its newest recorded checkpoint: does its signature hold, and has its commit still the hash it notes? A look at two
    commits, no walk: `cmdb verify --against` with a checkpoint from outside is the proof. `public` is the installation's public key."""

    ledger: str
    seq: int
    hash: str
    time: str
    public: str
    latest: Taken | None
    agrees: bool | None


class EvidenceRoom:
    """What GraphQL needs of this room."""

    def __init__(
        self, store: Store, ledger: Ledger, clock: Clock, key: Callable[[], SigningKey], hands: Callable[[], Sequence[Hand]]
    ) -> None:
        """`hands` are where checkpoints go, as the settings name them."""
        book = RecordBook(store)
        self._store, self._ledger, self._key, self._hands = store, ledger, key, hands
        self._checkpoints = Checkpoints(store, ledger, book, clock, key)
        self._purges = Purges(store, ledger, book, clock)

    def standing(self) -> Standing:
        """How the ledger stands. Raises `LedgerEmpty`, `SigningKeyUnusable`."""
        head, latest, public = self._ledger.head(), self._checkpoints.latest(), self._key().public
        agrees = None
        if latest is not None:
            commit = Log(self._store).commits([latest.checkpoint.seq]).get(latest.checkpoint.seq)
            agrees = commit is not None and commit.hash == latest.checkpoint.hash and _signed(latest, public)
        return Standing(ledger_id(self._store), head.seq, head.hash, head.time, public, latest, agrees)

    def take(self, actor: Actor, reason: str) -> Taken:
        """Take a checkpoint and hand it to the places of the settings, where there are any."""
        return self._checkpoints.take(actor, self._hands(), reason)

    def checkpoints(self, before: int | None, first: int) -> list[Taken]:
        """Recorded checkpoints, newest first."""
        return self._checkpoints.page(before, first)

    def purges(self) -> list[Purge]:
        """Every purge, oldest first."""
        return list(self._purges.all())

    def approve(self, purge_id: str, actor: Actor) -> Purge:
        """Approve a purge that another administrator proposed."""
        return self._purges.approve(purge_id, actor)


def _signed(taken: Taken, public: str) -> bool:
    from cmdb.kernel.errors import CmdbError

    try:
        check_signature(taken.checkpoint, public)
    except CmdbError:
        return False
    return True
