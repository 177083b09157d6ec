"""`cmdb restore`: a backup into an empty store of either engine. So a backup is the way from one engine to the other.

Rules: nothing is written before the whole file has been looked at; the live graph, `until` and the head are made from the history, never
believed; every batch notes in its own transaction how far it came, so that an interrupted restore goes on where it stood, with the same
file only; the head comes last, so that nobody can commit on top of a part.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cmdb.archive.errors import RestoreUnfinished, StoreNotEmpty
from cmdb.archive.inspection import Inspected, inspect, rows_of, version_of
from cmdb.archive.live import Row, live_edge, live_node
from cmdb.kernel.clock import system_clock
from cmdb.ledger.log import LABELS
from cmdb.ledger.service import Ledger
from cmdb.model.commit import VersionKind
from cmdb.model.names import edge_of
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
_BATCH = 4_000
_HEAVY = 4_000  # characters of a body that weigh as much as another row
_NODES, _EDGES = 1, 2

Progress = Callable[[str, int, int], None]
"""(phase, done, total): `check` counts bytes of the file, `write` and `relate` its lines."""

RowsFor = Callable[[str, list[Any]], Iterator[tuple[str, Row]]]


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was written: as of which commit, how many nodes and live relationships; `resumed` where an earlier try had begun, `stood` where
    the store had this history already, as after a restore whose checks were interrupted, so that there was nothing to write."""

    seq: int
    hash: str
    made_at: str
    source_engine: str
    nodes: int
    relations: int
    resumed: bool
    stood: bool = False


def restore(
    store: Store,
    path: Path,
    progress: Progress = lambda _phase, _done, _total: None,
    wanted: Mapping[int, str] | None = None,
    accept: Callable[[Inspected], None] = lambda _: None,
    batch: int = _BATCH,
) -> RestoreReport:
    """Restore the file into a migrated, empty store, or go on with a restore of the same file; where the ledger of the store stands at the
    end of the file's history nothing is written. `wanted` are hashes that checkpoints note, by commit; `accept` may refuse what was found
    (a signature) by raising; `batch` rows go into one transaction.

    Raises `BackupDamaged` and `StoreNotEmpty` before anything is written, `RestoreUnfinished` where another file was begun.
    """
    begun = unfinished(store)
    head = Ledger(store, system_clock).head()
    if begun is None and head.seq == 0:
        refuse_unless_empty(store)
    size = path.stat().st_size if path.exists() else 0
    found = inspect(path, lambda done: progress("check", done, size), wanted)
    accept(found)
    header, walk = found.header, found.walk
    made_at, engine = str(header.get("made_at")), str(header.get("engine"))
    if begun is None and head.seq and (head.seq, head.hash) == (walk.seq, walk.hash):
        return RestoreReport(walk.seq, walk.hash, made_at, engine, 0, 0, resumed=False, stood=True)
    digest = str(found.trailer["digest"])
    if begun is not None and begun["digest"] != digest:
        raise _other_file(begun["digest"])
    with store.writing():
        if begun is None:
            refuse_unless_empty(store)
            store.write(lambda tx: tx.run(load(_QUERIES, "begin_restore"), digest=digest))
        work = _Restore(store, path, found, progress, batch)
        work.run(begun["phase"] if begun else _NODES, begun["line"] if begun else 0)
        end = load(_QUERIES, "end_restore")
        store.write(lambda tx: tx.run(end, seq=walk.seq, hash=walk.hash, time=walk.time))
    return RestoreReport(walk.seq, walk.hash, made_at, engine, work.nodes, work.relations, begun is not None)


def unfinished(store: Store) -> Row | None:
    """How far an interrupted restore came (`digest`, `phase`, `line`), None where there is none."""
    rows = store.read(load(_QUERIES, "read_restore"))
    return rows[0] if rows else None


def refuse_unfinished(store: Store) -> None:
    """Raises `RestoreUnfinished` where a restore was interrupted: what is in the store is no CMDB yet."""
    if unfinished(store) is not None:
        raise RestoreUnfinished("a restore into this store was interrupted; run `cmdb restore` with the same file to finish it")


def refuse_unless_empty(store: Store) -> None:
    """Raises `StoreNotEmpty` where there is anything but the schema."""
    rows = store.read(load(_QUERIES, "find_anything"))
    if rows:
        raise StoreNotEmpty(
            f"there is data in this store ({rows[0]['label']}); restore into a fresh data directory (CMDB_DATA_DIR) or an empty database",
            label=rows[0]["label"],
        )


def _other_file(digest: str) -> RestoreUnfinished:
    return RestoreUnfinished(
        f"a restore of another backup (digest {digest[:16]}...) was interrupted here; finish it with that file, or take an empty store",
        digest=digest,
    )


class _Restore:
    """The second and third pass: nodes, then live relationships, whose ends must be there."""

    def __init__(self, store: Store, path: Path, found: Inspected, progress: Progress, batch: int) -> None:
        self._store, self._path, self._found, self._progress, self._size = store, path, found, progress, batch
        self.nodes = 0
        self.relations = 0

    def run(self, phase: int, line: int) -> None:
        if phase == _NODES:
            for last, rows in self._batches(line, self._nodes_of):
                self._store.write(partial(self._put_nodes, line=last, rows=rows))
                self.nodes += sum(len(each) for each in rows.values())
                self._progress("write", last, self._found.lines)
            line = 0
        for last, rows in self._batches(line, self._edges_of):
            self._store.write(partial(self._put_edges, line=last, rows=rows))
            self.relations += sum(len(each) for each in rows.values())
            self._progress("relate", last, self._found.lines)

    def _batches(self, after: int, rows_for: RowsFor) -> Iterator[tuple[int, dict[str, list[Row]]]]:
        """What the file's lines make, by label or relationship type, about `batch` at a time, with the line each batch goes up to."""
        batch: defaultdict[str, list[Row]] = defaultdict(list)
        weight, last = 0, after
        for number, section, line in rows_of(self._path, after):
            last = number
            for name, row in rows_for(section, line):
                batch[name].append(row)
                weight += 1 + len(str(row.get("body", ""))) // _HEAVY
            if weight >= self._size:
                yield last, batch
                batch, weight = defaultdict(list), 0
        if weight:
            yield last, batch

    def _nodes_of(self, section: str, line: list[Any]) -> Iterator[tuple[str, Row]]:
        if line[0] == "n":
            yield section, line[1]
        elif line[0] == "c":
            yield "Commit", line[1]
        else:
            kind, row, ends = version_of(line)
            key, subject, type_name, seq, _, revision, retired, hash_, body, purged = row
            version = {
                "key": key, "subject_id": subject, "type": type_name, "seq": seq, "until": self._found.until(kind, subject, seq),
                "revision": revision, "retired": retired, "hash": hash_, "body": body,
            }  # fmt: skip
            if purged:
                version["purged"] = purged
            if ends is not None:
                version |= {"source": ends[0], "target": ends[1]}
            yield LABELS[kind], version
            last = self._found.walk.last[kind][subject]
            if last.seq == seq and not retired:
                yield from live_node(kind, body, seq, hash_, last.born)

    def _edges_of(self, _section: str, line: list[Any]) -> Iterator[tuple[str, Row]]:
        if line[0] != "v" or line[1] != VersionKind.RELATION.value:
            return
        kind, row, _ = version_of(line)
        _, subject, type_name, seq, _, _, retired, hash_, body, _ = row
        if self._found.walk.last[kind][subject].seq == seq and not retired:
            yield edge_of(type_name), live_edge(body, seq, hash_)

    def _put_nodes(self, tx: Transaction, line: int, rows: Mapping[str, list[Row]]) -> None:
        for label, group in rows.items():
            tx.run(load(_QUERIES, "create_nodes").named(label=label), rows=group)
        tx.run(load(_QUERIES, "note_restore"), phase=_NODES, line=line)

    def _put_edges(self, tx: Transaction, line: int, rows: Mapping[str, list[Row]]) -> None:
        for edge, group in rows.items():
            done = tx.run(load(_QUERIES, "create_edges").named(edge=edge), rows=group)[0]["done"]
            if done != len(group):
                raise StoreNotEmpty(f"{len(group) - done} relationships have no live item at an end; another program writes to this store")
        tx.run(load(_QUERIES, "note_restore"), phase=_EDGES, line=line)
