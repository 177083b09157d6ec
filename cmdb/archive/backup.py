"""`cmdb backup`: a whole, consistent copy while the CMDB runs, the same for either engine (requirement 9.1-12; issue "backup and restore").

Rules: history is read without stopping anybody, and checked link by link on the way, so that what is saved is known to hold; then, for the
moment in which claims and identifiers are read, no commit is made (writers wait, readers do not), so that both belong to one commit. If a
commit comes in between after all, that part is read again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmdb.archive.errors import BackupRefused
from cmdb.archive.sections import INTAKE, PEOPLE, WAITING, WORDS, Section
from cmdb.archive.writer import BackupWriter, Mark
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.ids import new_id
from cmdb.ledger.chain import Head, commit_fields
from cmdb.ledger.checkpoint import ledger_id
from cmdb.ledger.log import LABELS, Log, grouped
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey
from cmdb.ledger.walk import GROUP, Breach, Walk, check_group, end_of_history, versions_of
from cmdb.model.commit import VersionKind
from cmdb.store.migrations import schema_of
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
_CHUNK = 5_000
_FEW = 20  # nodes that may be large: chunks of jobs
_ROUNDS = 5
_LONGEST_HOLD = 3_600.0  # seconds writers may be held up before the engine ends it

Progress = Callable[[int, int], None]
ORDER = {VersionKind.ITEM: 0, VersionKind.RELATION: 1, VersionKind.TYPE: 2, VersionKind.RECORD: 3}


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was saved: as of which commit, how many rows in each section with their digest, bytes of the file, and for how many seconds
    writers waited."""

    seq: int
    hash: str
    time: str
    sections: dict[str, dict[str, Any]]
    size: int
    held_seconds: float


def backup(store: Store, clock: Clock, path: Path | None, key: SigningKey | None = None, progress: Progress | None = None) -> BackupReport:
    """Write the backup of a store to `path` (None: only count and digest, to compare with another's). `progress(done, total)` counts rows.

    Raises `BackupRefused` where the history does not hold, `LedgerEmpty`, `BackupNotWritten`, and the store's errors; then there is
    no file.
    """
    with BackupWriter(path) as writer:
        return _Backup(store, clock, writer, progress).run(key)


class _Backup:
    """One backup on its way."""

    def __init__(self, store: Store, clock: Clock, writer: BackupWriter, progress: Progress | None) -> None:
        self._store, self._clock, self._writer = store, clock, writer
        self._ledger = Ledger(store, clock)
        self._walk = Walk(untils=False)  # read at different moments while writers go on
        self._progress = progress
        self._done = 0
        self._total = self._count() if progress else 0
        self._held = 0.0

    def run(self, key: SigningKey | None) -> BackupReport:
        first = ledger_id(self._store)
        about = {"schema": schema_of(self._store), "ledger": first, "engine": self._store.engine, "made_at": to_text(self._clock())}
        self._writer.header(about)
        for section in WAITING:
            self._nodes(section, self._keys(section), _FEW)
        self._writer.begin("history")
        while self._walk.seq < (head := self._ledger.head()).seq:
            self._history(head)
        head = self._words_at_rest()
        self._intake()
        for section in PEOPLE:
            self._nodes(section, self._keys(section), _CHUNK)
        size = self._writer.finish({"seq": head.seq, "hash": head.hash, "time": head.time}, key)
        return BackupReport(head.seq, head.hash, head.time, self._writer.sections, size, self._held)

    def _history(self, head: Head) -> None:
        """Commits up to `head`, each followed by the versions it made."""
        log = Log(self._store)
        while self._walk.seq < head.seq:
            commits = log.after(self._walk.seq, min(1_000, head.seq - self._walk.seq))
            if not commits:
                raise BackupRefused(f"commit {self._walk.seq + 1} is missing in the ledger; run `cmdb verify`")
            for group in grouped(commits, GROUP):
                made = versions_of(self._store, group)
                try:
                    check_group(self._walk, group, made)
                except Breach as breach:
                    raise BackupRefused(f"the ledger does not hold: {breach.broken}; run `cmdb verify`") from breach
                for commit in group:
                    self._writer.row(["c", commit_fields(commit)])
                    for kind, row, ends in sorted(made[commit.seq], key=lambda each: (ORDER[each[0]], each[1][1])):
                        _, subject, type_name, seq, _, revision, retired, hash_, body, purged = row
                        self._writer.row(["v", kind.value, subject, type_name, seq, revision, retired, hash_, body, purged, *(ends or ())])
                self._tell(sum(commit.versions for commit in group))
        try:
            end_of_history(self._walk, self._ledger.head().seq)
        except Breach as breach:
            raise BackupRefused(f"the ledger does not hold: {breach.broken}; run `cmdb verify`") from breach
        if (self._walk.hash, self._walk.time) != (head.hash, head.time):
            raise BackupRefused("the head of the ledger does not carry the hash and time of its last commit; run `cmdb verify`")

    def _words_at_rest(self) -> Head:
        """The end of the history and the working state that belongs to it, while no commit is made."""
        mark: Mark | None = None
        found: list[Head] = []

        def work() -> None:
            nonlocal mark
            started = time.monotonic()
            if mark is not None:
                self._writer.rewind(mark)  # another round: the history goes on from where it is, the rest is read again
            head = self._ledger.head()
            self._history(head)
            mark = self._writer.mark()
            self._writer.end()
            known = sorted(self._walk.last[VersionKind.ITEM])
            for section in WORDS:
                self._nodes(section, known, _CHUNK)
            self._held += time.monotonic() - started
            found[:] = [head]

        for _ in range(_ROUNDS):
            _alone(self._store, work)
            if self._ledger.head().seq == found[0].seq:
                return found[0]
        raise BackupRefused("commits came from somewhere while writers were to wait; is another program writing to the engine?")

    def _intake(self) -> None:
        """The idempotency keys of the commits that were saved."""
        log, place = Log(self._store), 0
        self._writer.begin(INTAKE.label)
        while place < self._walk.seq:
            commits = log.after(place, min(_CHUNK, self._walk.seq - place))
            place = commits[-1].seq
            self._rows(INTAKE, [commit.key for commit in commits])
        self._writer.end()

    def _keys(self, section: Section) -> list[Any]:
        return sorted(self._store.columns(load(_QUERIES, "column_keys").named(label=section.label, key=section.key))["key"])

    def _nodes(self, section: Section, keys: Sequence[Any], size: int) -> None:
        self._writer.begin(section.label)
        for part in chunks(keys, size):
            self._rows(section, part)
        self._writer.end()

    def _rows(self, section: Section, keys: Sequence[Any]) -> None:
        if section.of_items:
            columns = self._store.columns(load(_QUERIES, "column_nodes_of_items").named(label=section.label), ids=list(keys))
        else:
            statement = load(_QUERIES, "column_nodes").named(label=section.label, key=section.key)
            columns = self._store.columns(statement, keys=list(keys))
        order = "item_id" if section.of_items else section.key
        for properties in sorted(columns["properties"], key=lambda one: (str(one.get(order)), str(one.get(section.key)))):
            self._writer.row(["n", dict(sorted(properties.items()))])
        self._tell(len(columns["properties"]))

    def _count(self) -> int:
        labels = [*LABELS.values(), *(section.label for section in (*WORDS, *WAITING, *PEOPLE))]
        return sum(self._store.read(load(_QUERIES, "count_nodes").named(label=label))[0]["total"] for label in labels)

    def _tell(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, max(self._total, self._done))


def _alone(store: Store, work: Callable[[], None]) -> None:
    """Run `work` while nobody commits: on Neo4j the head's lock keeps every machine's writers away; with the embedded engine all writers
    are on this machine and take turns."""
    with store.writing():
        if store.engine != "neo4j":
            work()
            return

        def hold(tx: Transaction) -> None:
            tx.run(load(_QUERIES, "hold_head"), key=new_id())
            work()

        store.write(hold, timeout=_LONGEST_HOLD)


def chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The values in parts of `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
