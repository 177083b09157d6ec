"""What commits touched, read so that the cost follows what they touched and never the size of the CMDB (design 8).

The trick: of each subject touched in (lo, hi] exactly one version is current at hi, the one that no version up to hi replaced
(`seq <= hi < until`). Reading those by ranges of `seq` gives each subject once, in an order that never changes, with nothing kept in memory
but a window of commits; what lies between lo and hi is passed over. Bodies are read afterwards, a few hundred at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from baselines.differences import State, Subject
from cmdb.ledger.chain import OPEN
from cmdb.ledger.log import Log, grouped
from cmdb.ledger.purged import body_of
from cmdb.model.commit import Commit
from cmdb.model.item import ItemState, RelationState
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
WINDOW = 20_000
"""Versions in one window, about; a commit larger than that is a window of its own."""
COMMITS = 1_000
"""Commits looked at in one read."""
CHUNK = 1_000
"""Subjects whose bodies are in memory at once."""

T = TypeVar("T")
_LABELS = {Subject.ITEM: "ItemVersion", Subject.RELATION: "RelationVersion"}


class Head(NamedTuple):
    """The version of a touched subject that is current at hi, without its body. Order: commit, items first, id."""

    seq: int
    rank: int  # 0 item, 1 relationship
    id: str
    type: str
    revision: int
    retired: bool
    source: str = ""
    target: str = ""

    @property
    def subject(self) -> Subject:
        return Subject.RELATION if self.rank else Subject.ITEM

    @property
    def cursor(self) -> str:
        """Its place: `<seq>.<i or r>.<id>`."""
        return f"{self.seq}.{'ir'[self.rank]}.{self.id}"


class Stood(NamedTuple):
    """A subject as it stood at a commit; `live` is None where it had ended before."""

    live: State | None
    revision: int


class Step(NamedTuple):
    """One version on the way: `state` is None where the subject ended, and where `purged`, whatever it said."""

    seq: int
    state: State | None
    purged: bool


class Touched:
    """Reads of versions by range. `commits` is a bounded memory of commits seen on the way. One for each comparison; not thread-safe."""

    def __init__(self, store: Store, log: Log) -> None:
        self._store = store
        self._log = log
        self._commits: dict[int, Commit] = {}

    def heads(self, lo: int, hi: int, after: tuple[int, int, str] | None = None) -> Iterator[Head]:
        """Every subject that commits lo+1..hi touched, once, in order, those after a place."""
        for seqs in self.windows(max(lo, after[0] - 1) if after else lo, hi):
            for head in sorted([*self.items(seqs, hi), *self.relations(seqs, hi)]):
                if after is None or head[:3] > after:
                    yield head

    def windows(self, lo: int, hi: int) -> Iterator[list[int]]:
        """The commits lo+1..hi in groups with about `WINDOW` versions each. Their numbers have no gaps."""
        for start in range(lo, hi, COMMITS):
            commits = self._log.commits(range(start + 1, min(start + COMMITS, hi) + 1))
            self._remember(commits.values())
            for group in grouped([commits[seq] for seq in sorted(commits)], WINDOW):
                yield [one.seq for one in group]

    def items(self, seqs: Sequence[int], hi: int, *, gone: bool = False) -> list[Head]:
        """Items that these commits touched and no later one up to hi did, in no order; `gone`: only those they retired."""
        found = self._store.columns(load(QUERIES, "read_gone_items" if gone else "read_touched_items"), seqs=list(seqs), at=hi)
        ranks = [0] * len(found["seq"])
        return [Head(*row) for row in zip(found["seq"], ranks, *(found[n] for n in ("id", "type", "revision", "retired")), strict=True)]

    def relations(self, seqs: Sequence[int], hi: int) -> list[Head]:
        """Relationships likewise."""
        found = self._store.columns(load(QUERIES, "read_touched_relations"), seqs=list(seqs), at=hi)
        ranks = [1] * len(found["seq"])
        names = ("id", "type", "revision", "retired", "source", "target")
        return [Head(*row) for row in zip(found["seq"], ranks, *(found[n] for n in names), strict=True)]

    def bodies(self, heads: Iterable[Head]) -> dict[str, State]:
        """The states that these heads stand for, by id."""
        found: dict[str, State] = {}
        for subject, some in _by_subject(heads).items():
            statement = load(QUERIES, "read_bodies").named(label=_LABELS[subject])
            columns = self._store.columns(statement, keys=[f"{one.id}@{one.seq}" for one in some])
            found.update((id_, state_of(subject, body)) for id_, body in zip(columns["id"], columns["body"], strict=True))
        return found

    def states(self, subject: Subject, ids: Iterable[str], at: int) -> dict[str, Stood]:
        """How subjects stood at a commit, retired ones as well; none for one that had not been. Raises `VersionPurged`."""
        found: dict[str, Stood] = {}
        for part in chunks(dict.fromkeys(ids), CHUNK):
            columns = self._store.columns(load(QUERIES, "read_states_at").named(label=_LABELS[subject]), ids=part, at=at)
            for id_, revision, ended, body in zip(*(columns[name] for name in ("id", "revision", "retired", "body")), strict=True):
                found[id_] = Stood(None if ended else state_of(subject, body), revision)
        return found

    def between(self, subject: Subject, ids: Sequence[str], lo: int, hi: int) -> dict[str, list[Step]]:
        """Every version that commits lo+1..hi made of these subjects, by id, oldest first."""
        found: dict[str, list[Step]] = {id_: [] for id_ in ids}
        statement = load(QUERIES, "read_versions_between").named(label=_LABELS[subject])
        for part in chunks(ids, CHUNK):
            columns = self._store.columns(statement, ids=part, first=lo + 1, last=hi)
            for id_, seq, ended, body in zip(*(columns[name] for name in ("id", "seq", "retired", "body")), strict=True):
                purged = not (ended or body)
                found[id_].append(Step(seq, None if ended or purged else state_of(subject, body), purged))
        for steps in found.values():
            steps.sort(key=lambda one: one.seq)
        return found

    def types(self, ids: Iterable[str]) -> dict[str, str]:
        """The types of items, by id."""
        found: dict[str, str] = {}
        for part in chunks(dict.fromkeys(ids), CHUNK):
            columns = self._store.columns(load(QUERIES, "read_item_types"), ids=part, open=OPEN)
            found.update(zip(columns["id"], columns["type"], strict=True))
        return found

    def links(self, ids: Iterable[str], types: Sequence[str], at: int, end: str) -> Iterator[tuple[str, str, str]]:
        """(type, source, target) of relationships of these types whose `end` (source, target) is among the items, as of a commit."""
        if not types:
            return
        statement = load(QUERIES, "read_links_at").named(end=end)
        for part in chunks(ids, CHUNK):
            columns = self._store.columns(statement, ids=part, types=list(types), at=at)
            yield from zip(columns["type"], columns["source"], columns["target"], strict=True)

    def relation_ids(self, ids: Iterable[str], at: int, end: str) -> Iterator[str]:
        """Relationships whose `end` (source, target) was among the items as of a commit."""
        statement = load(QUERIES, "read_relation_ids_at").named(end=end)
        for part in chunks(ids, CHUNK):
            yield from self._store.columns(statement, ids=part, at=at)["id"]

    def commits(self, seqs: Iterable[int]) -> Mapping[int, Commit]:
        """Commits by number; those seen on the way cost nothing."""
        wanted = set(seqs)
        missing = wanted - self._commits.keys()
        if missing:
            self._remember(self._log.commits(missing).values())
        return {seq: self._commits[seq] for seq in wanted if seq in self._commits}

    def _remember(self, commits: Iterable[Commit]) -> None:
        if len(self._commits) > 50_000:
            self._commits.clear()
        self._commits.update((one.seq, one) for one in commits)


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` values, in order."""
    walk = iter(values)
    while part := list(islice(walk, size)):
        yield part


def state_of(subject: Subject, body: str) -> State:
    """The state a stored body holds. Raises `VersionPurged`."""
    parsed: dict[str, Any] = body_of(body)
    return ItemState.from_body(parsed) if subject is Subject.ITEM else RelationState.from_body(parsed)


def _by_subject(heads: Iterable[Head]) -> dict[Subject, list[Head]]:
    found: dict[Subject, list[Head]] = {}
    for one in heads:
        found.setdefault(one.subject, []).append(one)
    return found
