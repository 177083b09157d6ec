"""Walking the history: commits in order, each with its versions (requirement 9.1-19).

What must hold for each commit: its number follows the one before, its time does not go back, `previous` is the hash of the one before; each
of its versions has the key, type, revision and ends that its body says, and the hash of its body; revisions of a subject follow each other
and `until` names the successor; the versions are as many as the commit says, their digest is its content, and its hash covers all that;
versions are ordered to be purged only together with a purge that another person than who proposed it approved in a commit before.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import orjson

from cmdb.kernel.canonical import digest
from cmdb.ledger.chain import OPEN, ZERO, commit_fields, commit_hash, content_digest, version_line
from cmdb.ledger.log import LABELS, QUERIES, Log, grouped, version_columns
from cmdb.ledger.purged import APPROVED, ORDERED, PART, PURGE, Line, line_of, lines_of
from cmdb.model.commit import Commit, VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing that does not hold: its `kind` (commit, item, relation, record, type, ledger), id, commit, and what is wrong."""

    kind: str
    id: str
    seq: int | None
    what: str

    def __str__(self) -> str:
        where = f" at commit {self.seq}" if self.seq is not None and self.kind != "commit" else ""
        return f"{self.kind} {self.id}{where}: {self.what}"


class Breach(Exception):
    """Ends the walk and carries what is broken; never leaves the room."""

    def __init__(self, kind: str, id_: str, seq: int | None, what: str) -> None:
        super().__init__(what)
        self.broken = Broken(kind, id_, seq, what)


@dataclass(frozen=True, slots=True)
class Last:
    """The newest version of a subject, as far as the walk has come. `hash` is the digest's 32 bytes, `born` the time of its first one."""

    seq: int
    until: int
    revision: int
    retired: bool
    hash: bytes
    born: str


@dataclass(slots=True)
class Walk:
    """Where the walk stands, and the newest version of every subject so far."""

    seq: int = 0
    hash: str = ZERO
    time: str = ""
    commits: int = 0
    versions: int = 0
    last: dict[VersionKind, dict[str, Last]] = field(default_factory=lambda: {kind: {} for kind in VersionKind})
    purged: dict[tuple[str, str], tuple[int, Line]] = field(default_factory=dict)  # by (kind, key): ordered by which commit, what is left
    ordered: dict[tuple[str, str], tuple[int, Line]] = field(default_factory=dict)  # what purge records say
    approved: dict[str, str] = field(default_factory=dict)  # purges, and who approved them in a commit of their own
    told: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # records about purges in the commit at hand: kind, id, body
    since: int = 0  # where this round began: what it replaces was read before, perhaps while nothing had replaced it yet
    again: dict[tuple[VersionKind, str], int] = field(default_factory=dict)  # versions to read `until` of anew, and what it must be
    untils: bool = True  # False: what is walked does not say `until` (a backup), or says it as of different moments


Row = tuple[Any, ...]
"""One version: key, subject id, type, seq, until, revision, retired, hash, body, purged (the commit that ordered it, 0: none)."""

Made = dict[int, list[tuple[VersionKind, Row, tuple[str, str] | None]]]
"""The versions of some commits, by number; a relationship's with its source and target."""


GROUP = 20_000
"""About so many versions are in memory at once."""


def walk_to(store: Store, walk: Walk, head: int, told: Callable[[int], None]) -> None:
    """Take `walk` on to commit `head`. `told(n)` is called with the number of versions just checked. Raises `Breach`."""
    log, walk.since = Log(store), walk.seq
    while walk.seq < head:
        commits = log.after(walk.seq, min(1_000, head - walk.seq))
        if not commits:
            raise Breach("commit", str(walk.seq + 1), walk.seq + 1, f"is missing; the head of the ledger stands at {head}")
        for commit in commits:
            if not isinstance(commit.versions, int):
                raise Breach("commit", str(commit.seq), commit.seq, "does not say how many versions it made")
        for group in grouped(commits, GROUP):
            check_group(walk, group, versions_of(store, group))
            told(sum(commit.versions for commit in group))
    _check_again(store, walk)


def _check_again(store: Store, walk: Walk) -> None:
    """What was newest when an earlier round read it names its successor by now."""
    for (kind, key), seq in walk.again.items():
        rows = store.read(load(QUERIES, "read_until").named(label=LABELS[kind]), key=key)
        until = rows[0]["until"] if rows else None
        if until != seq:
            subject, _, number = key.rpartition("@")
            raise Breach(kind, subject, int(number), f"says that commit {until} replaced it; it was {seq}")
    walk.again.clear()


def end_of_history(walk: Walk, head: int) -> None:
    """What only the end of the walk can tell: nothing may claim a successor that never came, or be without its body though no purge ordered
    that. `head` is where the ledger stands now: what commits after the walk's end have done is for another walk. Raises `Breach`."""
    for kind, subjects in walk.last.items():
        for id_, last in subjects.items():
            if last.until != OPEN and not walk.seq < last.until <= head:
                raise Breach(kind, id_, last.seq, f"says that commit {last.until} replaced it, which has no version of it")
    for (kind_name, key), (purged, line) in walk.purged.items():
        if walk.ordered.get((kind_name, key)) != (purged, line) and not walk.seq < purged <= head:
            subject, _, seq = key.rpartition("@")
            raise Breach(kind_name, subject, int(seq), f"has no body, and no purge of commit {purged} orders that")


def versions_of(store: Store, group: Sequence[Commit]) -> Made:
    """What these consecutive commits made, as the store holds it."""
    made: Made = {commit.seq: [] for commit in group}
    for kind in VersionKind:
        columns = version_columns(store, kind, group[0].seq, group[-1].seq)
        ends: Iterable[tuple[str, str] | None] = repeat(None)
        if kind is VersionKind.RELATION:
            ends = zip(columns["source"], columns["target"], strict=True)
        for row, pair in zip(zip(*(columns[name] for name in _NAMES), strict=True), ends, strict=False):
            made.setdefault(row[3], []).append((kind, row, pair))
    return made


def check_group(walk: Walk, group: Sequence[Commit], made: Made) -> None:
    """Take `walk` over consecutive commits and their versions, wherever they come from. Raises `Breach`."""
    for number, commit in enumerate(group, walk.seq + 1):
        if commit.seq != number:
            raise Breach("commit", str(number), number, f"is missing; {commit.seq} follows {number - 1}")
    for commit in group:
        lines = []
        for kind, row, pair in made.get(commit.seq, ()):
            _check_version(walk, kind, row, pair, commit.time)
            lines.append(version_line(kind, row[0], row[7]))
        _check_commit(walk, commit, lines)
        _check_orders(walk, commit)


_HEX = frozenset("0123456789abcdef")
_NAMES = ("key", "subject_id", "type", "seq", "until", "revision", "retired", "hash", "body", "purged")


def _check_version(walk: Walk, kind: VersionKind, row: Row, ends: tuple[str, str] | None, time: str) -> None:
    key, subject, type_name, seq, until, revision, retired, hash_, text, purged = row
    gone = bool(purged) and text == "" and key == f"{subject}@{seq}"
    if not gone:
        _check_body(walk, kind, row, ends)
    if not all(type(number) is int for number in (seq, until, revision, purged)) or not _is_digest(hash_):
        raise Breach(kind, str(subject), seq, "until, revision, hash or purged of it is nothing the ledger could have written")
    if gone:
        walk.purged[kind.value, key] = (purged, line_of(kind, key, hash_, type_name, retired, ends))
    subjects = walk.last[kind]
    before = subjects.get(subject)
    if before is None:
        if revision != 1:
            raise Breach(kind, subject, seq, f"begins with revision {revision}; earlier versions are missing")
    elif revision != before.revision + 1:
        raise Breach(kind, subject, seq, f"has revision {revision} after {before.revision}")
    elif walk.untils and before.until == OPEN and before.seq <= walk.since:
        walk.again[kind, f"{subject}@{before.seq}"] = seq
    elif walk.untils and before.until != seq:
        raise Breach(kind, subject, before.seq, f"says that commit {before.until} replaced it; it was {seq}")
    subjects[subject] = Last(seq, until, revision, retired, bytes.fromhex(hash_), time if before is None else before.born)


def _check_body(walk: Walk, kind: VersionKind, row: Row, ends: tuple[str, str] | None) -> None:
    key, subject, type_name, seq, _, revision, retired, hash_, text, purged = row
    data = text.encode() if isinstance(text, str) else b""
    if digest(data) != hash_:
        raise Breach(kind, subject, seq, "the body does not have the hash of the version")
    try:  # whoever exchanges a body together with its hash may put anything there
        body = orjson.loads(data)
        said = (body["id"], body["kind"] if "kind" in body else body["type"], body["revision"], body["retired"])
        joins = (body["source"], body["target"]) if ends is not None else None
        ordered = tuple(lines_of(body["body"])) if kind is VersionKind.RECORD and type_name == PART else ()
        told = dict(body["body"]) if kind is VersionKind.RECORD and type_name in (PART, PURGE) and not retired else None
    except (ValueError, TypeError, KeyError) as problem:
        raise Breach(kind, subject, seq, f"the body is none the ledger could have written ({type(problem).__name__})") from problem
    if said != (subject, type_name, revision, retired) or key != f"{subject}@{seq}":
        raise Breach(kind, subject, seq, f"key, type, revision or retired beside the body do not agree with it ({key})")
    if ends != joins:
        raise Breach(kind, subject, seq, "source or target beside the body do not agree with it")
    if purged:
        raise Breach(kind, subject, seq, "is marked as purged but has its body")
    for line in ordered:
        walk.ordered[line[0], line[1]] = (seq, line)
    if told is not None:
        walk.told.append((type_name, subject, told))


def _is_digest(hash_: object) -> bool:
    return isinstance(hash_, str) and len(hash_) == 64 and _HEX.issuperset(hash_)


def _check_commit(walk: Walk, commit: Commit, lines: list[str]) -> None:
    name, seq = str(commit.seq), commit.seq
    if commit_hash(commit_fields(commit)) != commit.hash:
        raise Breach("commit", name, seq, "what it says does not have its hash")
    if commit.previous != walk.hash:
        raise Breach("commit", name, seq, "does not continue the chain: `previous` is not the hash of the commit before")
    if commit.time < walk.time:
        raise Breach("commit", name, seq, f"was made at {commit.time}, before the one before it ({walk.time})")
    if len(lines) != commit.versions:
        raise Breach("commit", name, seq, f"made {commit.versions} versions; {len(lines)} are there")
    if content_digest(lines) != commit.content:
        raise Breach("commit", name, seq, "the digest of its versions is not its content: a version was exchanged together with its hash")
    walk.seq, walk.hash, walk.time = seq, commit.hash, commit.time
    walk.commits += 1
    walk.versions += len(lines)


def _check_orders(walk: Walk, commit: Commit) -> None:
    """Four eyes, as the history tells it: an order stands beside its parts, and who approved it did so in a commit of their own."""
    told, walk.told = walk.told, []
    orders = {id_: body for kind, id_, body in told if kind == PURGE}
    for id_, body in orders.items():
        if body.get("state") == APPROVED and body.get("approved_by") == commit.actor != body.get("proposed_by"):
            walk.approved[id_] = commit.actor
    for purge in {str(body.get("purge")) for kind, _, body in told if kind == PART}:
        order = orders.get(purge, {})
        if order.get("state") != ORDERED or order.get("ordered_at") != commit.seq:
            raise Breach("commit", str(commit.seq), commit.seq, f"names versions to purge without the order of purge {purge} beside them")
        if walk.approved.get(purge, "") != order.get("approved_by"):
            raise Breach("commit", str(commit.seq), commit.seq, f"orders purge {purge}, which nobody else had approved")
