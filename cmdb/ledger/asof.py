"""As-of reads: any item, its relationships and lists as they were at a commit or a time (design 6, requirement 9.1-05).

A version was live at n where `seq <= n < until` and it is not a retirement. History lies beside the live graph: no other query
pays for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from cmdb.kernel.canonical import canonical_json
from cmdb.kernel.clock import Clock, from_text, system_clock, to_text
from cmdb.kernel.errors import InvalidInput, NotFound
from cmdb.ledger.chain import OPEN
from cmdb.ledger.log import LABELS, QUERIES
from cmdb.ledger.past import Past, past_item, past_relation
from cmdb.ledger.past_items import Sieve, first_size, walk_items
from cmdb.ledger.purged import body_of
from cmdb.ledger.told import ToldVersion, told_versions
from cmdb.model.commit import Version, VersionKind
from cmdb.model.item import ItemState, RelationState, Value
from cmdb.store.protocol import Store
from cmdb.store.statements import load

__all__ = ["BadPoint", "History", "Past", "UnknownRevision"]

_LOOKS = 64
"""Commits whose times are looked at in one step of the search for a time."""


class UnknownRevision(NotFound):
    """A sequence number the ledger has not reached, or a time that has not come."""

    code = "unknown-revision"
    title = "The ledger has no such point"


class BadPoint(InvalidInput):
    """What was given as a moment is none, whatever the ledger holds: a negative number, a text that is no time."""

    code = "bad-point"
    title = "This is no moment"


class History:
    """Reads of the past. Thread-safe."""

    def __init__(self, store: Store, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock

    def resolve(self, point: int | str | datetime | None) -> int:
        """The sequence number of a point: a number, a time (ISO 8601 with an offset; the last commit not after it), None for now.

        0 stands for "before the first commit". A time later than now is refused as a number beyond the head is: what will be written until
        then is not known, and an answer would be another one tomorrow. Raises `UnknownRevision`, `BadPoint`.
        """
        if isinstance(point, int) and point == 0:
            return 0
        rows = self._store.read(load(QUERIES, "read_head"))
        head, written = (int(rows[0]["seq"]), str(rows[0]["time"])) if rows else (0, "")
        if point is None:
            return head
        if isinstance(point, int):
            if point < 0:
                raise BadPoint(f"commits are counted from 1; there is no commit {point}")
            if point > head:
                raise UnknownRevision(f"the ledger stands at {head}; there is no commit {point} yet", head=head)
            return point
        return self._at_time(point, head, written)

    def _at_time(self, point: str | datetime, head: int, written: str) -> int:
        try:
            moment = from_text(point) if isinstance(point, str) else point.astimezone(UTC)
        except ValueError as problem:
            said = "names no time zone" if _is_naive(point) else "is no time"
            raise BadPoint(f"{str(point)[:80]!r} {said}: write 2026-11-27T12:00:00Z") from problem
        time = to_text(moment)
        if time > written and time > to_text(self._clock()):  # a commit by a clock ahead of ours can be asked for by its time
            raise UnknownRevision(f"{time} has not come yet; the ledger stands at {head}", time=time, head=head)
        return self._last_not_after(time, head)

    def _last_not_after(self, time: str, head: int) -> int:
        """The last commit whose time is not after `time`. Times never fall from one commit to the next, so it is searched for: a few reads
        of `_LOOKS` commits by number, whatever the ledger's length, which no engine does of its own accord."""
        low, high = 0, head + 1  # the commit sought is one of low .. high - 1; 0 is always early enough
        while high - low > 1:
            step = max(1, (high - low) // _LOOKS)
            seqs = list(range(low + step, high, step))
            times = {row["seq"]: row["time"] for row in self._store.read(load(QUERIES, "read_commit_times"), seqs=seqs)}
            later = next((seq for seq in seqs if seq not in times or times[seq] > time), None)
            if later is not None:
                high = later
            low = max((seq for seq in seqs if seq < high), default=low)
        return low

    def item(self, item_id: str, seq: int) -> Past[ItemState] | None:
        """The item as of `seq`, None where it was not live then."""
        return self.items_by_id([item_id], seq).get(item_id)

    def items_by_id(self, ids: Iterable[str], seq: int) -> dict[str, Past[ItemState]]:
        """The items among `ids` that were live at `seq`, by id, in one statement."""
        rows = self._store.read(load(QUERIES, "read_version_at"), ids=list(dict.fromkeys(ids)), seq=seq)
        found = [past_item(row) for row in rows]
        return {past.state.id: past for past in found}

    def born(self, ids: Iterable[str]) -> dict[str, str]:
        """When the first version of each of these items was made: id -> time; ids that never were are left out."""
        return {row["id"]: row["time"] for row in self._store.read(load(QUERIES, "read_birth"), ids=list(dict.fromkeys(ids)))}

    def was(self, item_id: str, before: int | None = None) -> bool:
        """Whether there ever was an item of this id (before commit `before`). A purge of what it said does not matter."""
        return bool(self.told(item_id, before, 1))

    def told(self, item_id: str, before: int | None = None, limit: int = 1_000) -> list[ToldVersion]:
        """What is left of an item's versions, newest first, those whose content was purged among them (`cmdb.ledger.told`)."""
        return told_versions(self._store, item_id, VersionKind.ITEM, before, limit)

    def relations(self, item_id: str, seq: int) -> list[Past[RelationState]]:
        """The relationships of an item as of `seq`, both ways, by (type, id)."""
        return self.relations_of([item_id], seq)[item_id]

    def relations_of(self, ids: Iterable[str], seq: int) -> dict[str, list[Past[RelationState]]]:
        """The relationships of many items as of `seq`, both ways: id -> its relationships, by (type, id)."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Past[RelationState]]] = {id_: {} for id_ in wanted}
        for name in ("read_relations_out_at", "read_relations_in_at"):
            for row in self._store.read(load(QUERIES, name), ids=wanted, seq=seq):
                past = past_relation(row)
                for end in (past.state.source, past.state.target):
                    if end in found:
                        found[end][past.state.id] = past
        return {id_: sorted(pasts.values(), key=lambda past: (past.state.type, past.state.id)) for id_, pasts in found.items()}

    def items(
        self,
        seq: int,
        types: Sequence[str] = (),
        after: str | None = None,
        limit: int = 100,
        equal: Mapping[str, Value] | None = None,
    ) -> list[Past[ItemState]]:
        """Items of `types` (none: all) as of `seq`, by id, after the id `after`, `limit` at most; `equal`: fields with these values."""
        found: list[Past[ItemState]] = []
        wanted = dict(equal or {})
        sieve = Sieve(tuple(types), tuple(_parts(wanted)))
        for window in walk_items(self._store, seq, sieve, after or "", first_size(limit, bool(types or wanted))):
            found += [past for past in window if _holds(past.state, wanted)]
            if len(found) >= limit:
                break
        return found[:limit]

    def counts(self, seq: int) -> dict[str, int]:
        """How many items of each type were live at `seq`."""
        return {row["type"]: row["total"] for row in self._store.read(load(QUERIES, "count_items_at"), seq=seq)}

    def versions_of(
        self, subject_id: str, kind: VersionKind = VersionKind.ITEM, before: int | None = None, limit: int = 1_000
    ) -> list[Version]:
        """Versions of one subject, newest first, those before commit `before`, `limit` at most. Empty for an id that never was.

        Raises `VersionPurged` where the content of one is gone; `cmdb.ledger.told` tells what is left.
        """
        statement = load(QUERIES, "read_versions_of").named(label=LABELS[kind])
        rows = self._store.read(statement, id=subject_id, before=OPEN if before is None else before, limit=limit)
        return [
            Version(kind, one["subject_id"], one["seq"], one["revision"], one["hash"], body_of(one["body"], f"version {one['key']}"))
            for one in (row["version"] for row in rows)
        ]


def _is_naive(point: str | datetime) -> bool:
    """Whether a text that is no moment is only one without a time zone."""
    try:
        return datetime.fromisoformat(str(point)).tzinfo is None
    except ValueError:
        return False


def _holds(state: ItemState, equal: Mapping[str, Value]) -> bool:
    return all(state.value(name) == (None if value == "" else value) for name, value in equal.items())


def _parts(equal: Mapping[str, Value]) -> list[str]:
    """What the canonical JSON of a matching body must contain: cheap for the engine to look for, exact comparison follows."""
    texts = {name: value for name, value in equal.items() if isinstance(value, str | bool)}  # a number may be written in several ways
    return [f"{canonical_json(name).decode()}:{canonical_json(value).decode()}" for name, value in texts.items()]
