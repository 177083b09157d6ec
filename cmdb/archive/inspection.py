"""The first pass over a backup: is it whole, does its history hold, what will be live? Nothing is written before this has ended well.

The digests of the file show that it is what was written; the chain of hashes is walked with the same rules as `cmdb verify`, so that a file
that was put together by somebody who can compute digests is refused as well, unless every commit was forged; that only a checkpoint or the
signature tells. What the chain does not cover must at least have the shape of what it should be.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmdb.archive.errors import BackupDamaged
from cmdb.archive.format import read_lines
from cmdb.archive.live import check_live
from cmdb.archive.sections import ALL
from cmdb.archive.shapes import NodeRows, check_scalars
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.chain import OPEN, commit_from
from cmdb.ledger.walk import GROUP, Breach, Made, Walk, check_group, end_of_history
from cmdb.model.commit import Commit, VersionKind
from cmdb.store.migrations import read_migrations

_SHAPES = {VersionKind.ITEM: 10, VersionKind.RELATION: 12, VersionKind.RECORD: 10, VersionKind.TYPE: 10}
_KNOWN = frozenset({"history", *(section.label for section in ALL)})


@dataclass(slots=True)
class Inspected:
    """What the first pass learnt. `walk.last` tells the newest version of each subject; `again` the commits of all versions of those that
    have more than one, from which `until` follows."""

    header: Mapping[str, Any] = field(default_factory=dict)
    trailer: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 0
    walk: Walk = field(default_factory=lambda: Walk(untils=False))
    again: dict[tuple[VersionKind, str], "array[int]"] = field(default_factory=dict)
    noted: dict[int, str] = field(default_factory=dict)

    def until(self, kind: VersionKind, subject: str, seq: int) -> int:
        """The commit that replaced a version; `OPEN` for the newest."""
        seqs = self.again.get((kind, subject))
        if seqs is None or seq == seqs[-1]:
            return OPEN
        return seqs[seqs.index(seq) + 1]


def inspect(path: Path, told: Callable[[int], None] = lambda _: None, wanted: Mapping[int, str] | None = None) -> Inspected:
    """Read the whole file and believe none of it. `wanted` maps commit numbers to the hashes checkpoints noted; those found are compared.

    Raises `BackupDamaged` for a file that is not whole, was altered, or whose history does not hold.
    """
    found = Inspected()
    history = _History(path, found, wanted or {})
    section, nodes = "", None
    try:
        for number, line in read_lines(path, told):
            found.lines = number
            match line[0]:
                case "header":
                    found.header = line[1]
                    _check_schema(path, line[1].get("schema"))
                case "trailer":
                    found.trailer = line[1]
                case "section":
                    section = line[1]
                    if section not in _KNOWN:
                        raise BackupDamaged(f"{path}: it has a section {section!r} that this program does not know; use a newer cmdb")
                    nodes = NodeRows(section, found.walk.last[VersionKind.ITEM]) if section != "history" else None
                case "end":
                    history.close()
                    if section == "history":
                        end_of_history(found.walk, found.walk.seq)
                case "c" | "v" if section == "history":
                    history.take(line)
                case "n" if nodes is not None and len(line) == 2 and isinstance(line[1], dict):
                    nodes.take(line[1])
                case _:
                    raise BackupDamaged(f"{path}: line {number} is no row of the section {section!r}")
    except Breach as breach:
        raise BackupDamaged(f"{path}: the history in it does not hold: {breach.broken}. Nothing was written") from breach
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, InvalidInput) as problem:
        if isinstance(problem, BackupDamaged):
            raise
        raise BackupDamaged(f"{path}: line {found.lines} is not as it should be: {problem!r}. Nothing was written") from problem
    _fits(path, found)
    return found


def _check_schema(path: Path, schema: object) -> None:
    """Files of an older schema are taken (those of the first programs do not name theirs): a migration that alters data in place must say
    here what becomes of them."""
    if schema and schema not in {migration.name for migration in read_migrations()}:
        raise BackupDamaged(f"{path}: its database had the schema {schema}, which this program does not know; use a newer cmdb")


def _fits(path: Path, found: Inspected) -> None:
    trailer, walk = found.trailer, found.walk
    if (trailer.get("seq"), trailer.get("hash"), trailer.get("time")) != (walk.seq, walk.hash, walk.time):
        raise BackupDamaged(f"{path}: its trailer names another end of the history than it holds")
    if trailer["sections"].keys() != _KNOWN:
        raise BackupDamaged(f"{path}: it lacks the sections {', '.join(sorted(_KNOWN - trailer['sections'].keys()))}")


class _History:
    """Gathers commits and their versions into groups and walks them."""

    def __init__(self, path: Path, found: Inspected, wanted: Mapping[int, str]) -> None:
        self._path, self._found, self._wanted = path, found, wanted
        self._commits: list[Commit] = []
        self._made: Made = {}
        self._weight = 0
        self._first: dict[tuple[VersionKind, str], int] = {}

    def take(self, line: list[Any]) -> None:
        """A commit, or a version of the commit just before it."""
        if line[0] == "c":
            if self._weight >= GROUP:
                self.close()
            if line[1].keys() != set(Commit.__slots__):
                raise ValueError("a commit has other fields")
            check_scalars(line[1])
            commit = commit_from(line[1])
            if not isinstance(commit.seq, int) or not isinstance(commit.versions, int):
                raise BackupDamaged(f"{self._path}: a commit without number")
            if self._commits and commit.seq != self._commits[-1].seq + 1:
                self.close()  # the walk names what is missing
            self._commits.append(commit)
            self._weight += 1
            return
        kind, row, ends = version_of(line)
        if not self._commits or row[3] != self._commits[-1].seq:
            raise BackupDamaged(f"{self._path}: a version of commit {row[3]} does not stand behind it")
        self._made.setdefault(row[3], []).append((kind, row, ends))
        self._weight += 1

    def close(self) -> None:
        """Walk what was gathered."""
        if not self._commits:
            return
        check_group(self._found.walk, self._commits, self._made)
        for commit in self._commits:
            if self._wanted.get(commit.seq, commit.hash) != commit.hash:
                raise BackupDamaged(f"{self._path}: commit {commit.seq} has another hash than a checkpoint notes; it was forged")
            for kind, row, _ in self._made.get(commit.seq, ()):
                if row[8] and not row[6]:
                    check_live(kind, row[2], row[8])
                self._remember(kind, row[1], commit.seq)
        self._commits, self._made, self._weight = [], {}, 0

    def _remember(self, kind: VersionKind, subject: str, seq: int) -> None:
        first = self._first.setdefault((kind, subject), seq)
        if first != seq:
            again = self._found.again.get((kind, subject))
            if again is None:
                again = self._found.again[kind, subject] = array("q", [first])
            again.append(seq)


def version_of(line: list[Any]) -> tuple[VersionKind, tuple[Any, ...], tuple[str, str] | None]:
    """A version's line as the walk takes it. Raises `ValueError` for one of another shape."""
    kind = VersionKind(line[1])
    if len(line) != _SHAPES[kind]:
        raise ValueError(f"a version with {len(line)} members")
    subject, type_name, seq, revision, retired, hash_, body, purged = line[2:10]
    row = (f"{subject}@{seq}", subject, type_name, seq, OPEN, revision, retired, hash_, body, purged)
    return kind, row, (line[10], line[11]) if kind is VersionKind.RELATION else None


def rows_of(path: Path, after: int, told: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, str, list[Any]]]:
    """The rows of a file that was inspected, with line number and section, those after a line."""
    section = ""
    for number, line in read_lines(path, told):
        if line[0] == "section":
            section = line[1]
        elif number > after and line[0] in ("c", "v", "n"):
            yield number, section, line
