"""The log: commits in order from a cursor, and the versions they made (design 6, "events by contract").

Webhooks, the impact index and live pages all read this; nothing is pushed that could be lost.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.chain import commit_from
from cmdb.ledger.purged import body_of
from cmdb.model.commit import Commit, Version, VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
LABELS = {
    VersionKind.ITEM: "ItemVersion",
    VersionKind.RELATION: "RelationVersion",
    VersionKind.RECORD: "RecordVersion",
    VersionKind.TYPE: "TypeVersion",
}
MAX_COMMITS = 10_000


class Log:
    """Reads the ledger forward. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, seq: int, limit: int = 100) -> list[Commit]:
        """Up to `limit` commits that follow number `seq`, in order and without a gap."""
        if not 1 <= limit <= MAX_COMMITS or seq < 0:
            raise InvalidInput(f"ask for 1 to {MAX_COMMITS} commits after a sequence number that is not negative")
        rows = self._store.read(load(QUERIES, "read_commits_after"), after=seq, until=seq + limit)
        return [commit_from(row["commit"]) for row in rows]

    def commits(self, seqs: Iterable[int]) -> dict[int, Commit]:
        """The commits with these numbers, by number, in one statement."""
        rows = self._store.read(load(QUERIES, "read_commits"), seqs=sorted(set(seqs)))
        return {row["commit"]["seq"]: commit_from(row["commit"]) for row in rows}

    def versions(self, seq_from: int, seq_to: int, kinds: Sequence[VersionKind] = tuple(VersionKind)) -> list[Version]:
        """Every version made by commits `seq_from` to `seq_to`, both included, by (seq, kind, key); items before relationships.

        Bounded by the caller: a commit says how many it made (`Commit.versions`). `batches` does that.
        """
        order = {VersionKind.ITEM: 0, VersionKind.RELATION: 1, VersionKind.TYPE: 2, VersionKind.RECORD: 3}
        found = [version for kind in kinds for version in self._versions(kind, seq_from, seq_to)]
        found.sort(key=lambda version: (version.seq, order[version.kind], version.subject_id))
        return found

    def batches(self, after: int, size: int = 20_000) -> Iterator[tuple[list[Commit], list[Version]]]:
        """All that follows `after`, in steps of whole commits with about `size` versions together. Ends at the head of the ledger."""
        while commits := self.after(after, 1_000):
            for group in grouped(commits, size):
                yield group, self.versions(group[0].seq, group[-1].seq)
            after = commits[-1].seq

    def _versions(self, kind: VersionKind, first: int, last: int) -> list[Version]:
        columns = version_columns(self._store, kind, first, last)
        return [
            Version(kind, subject, seq, revision, hash_, body_of(body, f"version {subject}@{seq}"))
            for subject, seq, revision, hash_, body in zip(
                columns["subject_id"], columns["seq"], columns["revision"], columns["hash"], columns["body"], strict=True
            )
        ]


def version_columns(store: Store, kind: VersionKind, first: int, last: int) -> dict[str, Sequence[Any]]:
    """The stored versions of one kind made by commits `first` to `last`, as columns, in no order."""
    if kind is VersionKind.RELATION:
        return store.columns(load(QUERIES, "column_relation_versions"), first=first, last=last)
    return store.columns(load(QUERIES, "column_versions").named(label=LABELS[kind]), first=first, last=last)


def grouped(commits: Sequence[Commit], size: int) -> Iterator[list[Commit]]:
    """Consecutive commits in groups of about `size` versions together; a commit larger than that is alone."""
    group: list[Commit] = []
    total = 0
    for commit in commits:
        if group and total + commit.versions > size:
            yield group
            group, total = [], 0
        group.append(commit)
        total += commit.versions
    if group:
        yield group


class Follower:
    """Yields every commit after a cursor, in order, for ever: at least once.

    `seq` is the last commit whose handling ended (the loop came back for the next one); start again from there after a crash, and the one
    that was being handled comes again. `wait(seconds)` sleeps between looks and answers True when it is time to stop; the default sleeps on
    an event that `stop()` sets, and `nudge()` makes it look at once.
    """

    def __init__(
        self, log: Log, after: int, *, interval: float = 0.5, batch: int = 200, wait: Callable[[float], bool] | None = None
    ) -> None:
        self.seq = after
        self._log = log
        self._interval = interval
        self._batch = batch
        self._look = threading.Event()
        self._stopped = threading.Event()
        self._wait = wait or self._sleep

    def __iter__(self) -> Iterator[Commit]:
        while not self._stopped.is_set():
            commits = self._log.after(self.seq, self._batch)
            for commit in commits:
                if self._stopped.is_set():
                    return
                yield commit
                self.seq = commit.seq
            if not commits and self._wait(self._interval):
                return

    def nudge(self) -> None:
        """Look now: somebody has just written."""
        self._look.set()

    def stop(self) -> None:
        """End the iteration after the commit that is being handled."""
        self._stopped.set()
        self._look.set()

    def _sleep(self, seconds: float) -> bool:
        self._look.wait(seconds)
        self._look.clear()
        return self._stopped.is_set()
