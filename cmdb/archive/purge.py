"""Purging by policy: a separate, logged, administrative act (design 5 "retire, never delete"; issue "purge by policy").

    proposed -> approved -> ordered -> done
        |           |
        +-----------+--> withdrawn

Rules: one administrator proposes, another approves; what is carried out is what was approved, to the version, or nothing; the order is in
the ledger, with every version it names, before the first body goes, so that an interruption leaves an order to finish and never a gap
nobody ordered; bodies go, hashes stay, so that the chain and every checkpoint still hold.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cmdb.archive.errors import PurgeForbidden, PurgePlanMoved, PurgeStateWrong
from cmdb.archive.retention import Retention, policy_of
from cmdb.archive.selection import KINDS, Selection, select, still
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.ids import new_id
from cmdb.ledger.log import LABELS
from cmdb.ledger.purged import APPROVED, MOST, ORDERED, PART, PURGE, Line, lines_of, parts_of
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook, StoredRecord
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import Statement, load

_QUERIES = Path(__file__).parent / "queries"
_AT_ONCE = 2_000
PROPOSED, DONE, WITHDRAWN = "proposed", "done", "withdrawn"
_WORDS = ("Claim", "Identifier", "WeakIdentifier")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Purge:
    """One purge. `moment` is the time its policy was applied at, `digest` covers what it takes, `counts` are versions by type, `whole` the
    retired items that go altogether; `ordered_at` is the commit that ordered it."""

    id: str
    state: str
    policy: dict[str, Any]
    reason: str
    moment: str
    digest: str
    counts: dict[str, int]
    whole: tuple[str, ...]
    proposed_by: str
    approved_by: str | None = None
    ordered_at: int | None = None
    removed: int | None = None
    revision: int = 0

    @property
    def versions(self) -> int:
        """How many versions lose their content."""
        return sum(self.counts.values())

    def body(self) -> dict[str, Any]:
        """The record's body."""
        names = [name for name in Purge.__slots__ if name not in ("id", "revision")]
        return {name: list(self.whole) if name == "whole" else getattr(self, name) for name in names}

    @staticmethod
    def of(record: StoredRecord) -> "Purge":
        """The purge a record holds."""
        return Purge(record.id, revision=record.revision, **{**record.body, "whole": tuple(record.body["whole"])})


class Purges:
    """Proposes, approves and carries out purges. Thread-safe."""

    def __init__(self, store: Store, ledger: Ledger, book: RecordBook, clock: Clock) -> None:
        self._store, self._ledger, self._book, self._clock = store, ledger, book, clock

    def preview(self, policy: Retention) -> Selection:
        """What the policy would let go now. Writes nothing."""
        return select(self._store, policy, to_text(self._clock()))

    def propose(self, policy: Retention, actor: Actor, reason: str) -> Purge:
        """File a purge of what the policy lets go now. Raises `PurgeForbidden`, `PurgeStateWrong` where there is nothing to purge."""
        _administrator(actor)
        moment = to_text(self._clock())
        found = select(self._store, policy, moment)
        if not found.lines:
            raise PurgeStateWrong("the policy lets nothing go now; there is nothing to propose")
        made = Purge("p" + new_id(), PROPOSED, policy.body(), reason, moment, found.digest, found.counts(), found.whole, actor.name)
        return self._write(made, actor, f"purge proposed: {reason}")

    def approve(self, purge_id: str, actor: Actor) -> Purge:
        """Approve a proposed purge. Raises `PurgeForbidden` for who proposed it, `PurgeStateWrong`, `RecordNotFound`."""
        _administrator(actor)
        purge = self.get(purge_id)
        _in_state(purge, PROPOSED)
        if purge.proposed_by == actor.name:
            raise PurgeForbidden(f"{actor.name} proposed this purge; another administrator approves it")
        return self._write(replace(purge, state=APPROVED, approved_by=actor.name), actor, f"purge {purge.id} approved")

    def withdraw(self, purge_id: str, actor: Actor, reason: str) -> Purge:
        """Give up a purge that was not ordered yet."""
        _administrator(actor)
        purge = self.get(purge_id)
        _in_state(purge, PROPOSED, APPROVED)
        return self._write(replace(purge, state=WITHDRAWN), actor, f"purge {purge.id} withdrawn: {reason}")

    def run(self, purge_id: str, actor: Actor, progress: Progress = lambda _done, _total: None) -> Purge:
        """Order an approved purge and carry it out, or finish one that was interrupted. Cannot be undone.

        Raises `PurgePlanMoved` where it is not what was approved any more (then nothing was ordered), `PurgeStateWrong`, `PurgeForbidden`.
        """
        _administrator(actor)
        purge = self.get(purge_id)
        _in_state(purge, APPROVED, ORDERED)
        policy = policy_of(purge.policy)
        with self._store.writing():
            if purge.state == APPROVED:
                purge = self._order(purge, policy, actor)
            removed = self._carry_out(purge, policy, progress)
            done = replace(purge, state=DONE, removed=removed)
            return self._write(done, actor, f"purge {purge.id} done: the content of {removed} versions is gone")

    def get(self, purge_id: str) -> Purge:
        """One purge. Raises `RecordNotFound`."""
        return Purge.of(self._book.get(PURGE, purge_id))

    def all(self) -> Iterator[Purge]:
        """Every purge, oldest first."""
        return (Purge.of(one) for one in self._book.all(PURGE))

    def _order(self, purge: Purge, policy: Retention, actor: Actor) -> Purge:
        found = select(self._store, policy, purge.moment)
        if found.digest != purge.digest:
            raise PurgePlanMoved(
                f"the policy now lets {len(found.lines)} versions go, approved were {purge.versions}; withdraw it and propose it again",
                approved=purge.versions,
                found=len(found.lines),
            )
        head = self._ledger.head().seq
        parts = [RecordEdit(VersionKind.RECORD, PART, id_, body) for id_, body in parts_of(purge.id, found.lines)]
        return self._write(replace(purge, state=ORDERED, ordered_at=head + 1), actor, f"purge {purge.id} ordered: {purge.reason}", parts)

    def _carry_out(self, purge: Purge, policy: Retention, progress: Progress) -> int:
        parts = [self._book.get(PART, f"{purge.id}-{number:05d}") for number in range(-(-purge.versions // MOST))]
        lines, ordered = [line for part in parts for line in lines_of(part.body)], parts[0].seq
        # Looked at once more: what a baseline needs that came since the order stays, and so does what has come back to life.
        now = select(self._store, policy, purge.moment)
        going, done = still(lines, now), 0
        whole = sorted(set(purge.whole).intersection(now.whole))
        for start in range(0, len(whole), _AT_ONCE):
            for label in _WORDS:  # before the bodies: what is left to do after an interruption is told by them
                self._store.write(_setter(load(_QUERIES, "remove_words").named(label=label), ids=whole[start : start + _AT_ONCE]))
        for kind, keys in _by_kind(going).items():
            statement = load(_QUERIES, "purge_bodies").named(label=LABELS[VersionKind(kind)])
            for start in range(0, len(keys), _AT_ONCE):
                done += self._store.write(_setter(statement, keys=keys[start : start + _AT_ONCE], seq=ordered))
                progress(done, len(going))
        counted = (load(_QUERIES, "count_purged").named(label=LABELS[kind]) for kind in KINDS)
        return sum(int(self._store.read(statement, seq=ordered)[0]["total"]) for statement in counted)

    def _write(self, purge: Purge, actor: Actor, reason: str, more: Sequence[RecordEdit] = ()) -> Purge:
        edit = RecordEdit(VersionKind.RECORD, PURGE, purge.id, purge.body(), purge.revision, indexed={"state": purge.state})
        self._ledger.commit(ChangePlan(Cause(actor, "cmdb", reason)), [edit, *more])
        return replace(purge, revision=purge.revision + 1)


def _administrator(actor: Actor) -> None:
    if Role.ADMINISTRATOR not in actor.roles:
        raise PurgeForbidden("purges are for administrators")


def _in_state(purge: Purge, *states: str) -> None:
    if purge.state not in states:
        raise PurgeStateWrong(f"purge {purge.id} is {purge.state}; it would have to be {' or '.join(states)}", state=purge.state)


def _by_kind(lines: Sequence[Line]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        found[line[0]].append(line[1])
    return found


def _setter(statement: Statement, **params: Any) -> Callable[[Transaction], int]:
    return lambda tx: int(tx.run(statement, **params)[0]["done"])
