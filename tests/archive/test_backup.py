"""Backup and restore: the same CMDB afterwards, on either engine, or nothing at all (requirement 9.1-12)."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from cmdb.archive.backup import BackupReport, backup
from cmdb.archive.errors import BackupDamaged, BackupRefused, RestoreUnfinished, StoreNotEmpty
from cmdb.archive.format import read_lines, signature_fits
from cmdb.archive.inspection import inspect
from cmdb.archive.restore import refuse_unfinished, restore
from cmdb.archive.sections import ALL, DERIVED, IN_HISTORY, LEFT_OUT
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import load_key
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Role
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from cmdb.store.migrations.runner import read_migrations
from cmdb.store.statements import Statement
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService
from tests.support.archive import everything
from tests.support.engines import wipe
from tests.support.estate import SteppingClock, at, claim, create, plan, relate, relation, retire, rework, server, update
from tests.support.estate import restore as bring_back

ADMINISTRATOR = Actor("ada", frozenset({Role.ADMINISTRATOR}))
CLOCK = SteppingClock()


def run(store: BoltStore, text: str) -> None:
    store.write(lambda tx: tx.run(Statement("run", "write", (), (), text)))


def fill(store: BoltStore) -> Ledger:
    """A small CMDB in which everything there is happens once: changed, retired, come back, related, claimed, typed, signed in."""
    ledger = Ledger(store, SteppingClock())
    a, b, c = (
        server("a", os="linux", load=[1, 2.5], up=True, mem=2**40),
        server("b", 'Zoë\'s "db"', "database", tags=("x", "y")),
        server("c"),
    )
    link, side = relation("a", "b", port=1, names=("p", "q")), relation("c", "b")
    claims = [claim(one.id, fields={"name": one.name}, relations=(("depends_on", "b", True),)) for one in (a, b, c)]
    edits = [create(one, strong=[f"host:serial|{one.id}"], weak=[f"host:name|{one.name}"]) for one in (a, b, c)]
    ledger.commit(plan(*edits, relate(link, True), relate(side, True), *claims, key="first", body_digest="d1"), outcome={"n": 3})
    ledger.commit(plan(update(a, name="A", attributes={"os": "bsd", "cpus": 4}), rework(link, port=2)))
    ledger.commit(plan(retire(c)), [RecordEdit(VersionKind.RECORD, "note", "n", {"t": "x"}, indexed={"state": "open"})])
    ledger.commit(plan(), [RecordEdit(VersionKind.TYPE, "item_type", "server", {"name": "server"})])
    ledger.commit(plan(bring_back(at(replace(c, retired=True), 2), replace(c, name="C again"))))
    ledger.commit(plan(), [RecordEdit(VersionKind.RECORD, "note", "n", {"t": "y"}, expected_revision=1, retired=True)])
    ledger.commit(plan(claim("a", fields={"name": "quiet"}), key="nothing"))
    access = AccessService(AccessRepository(store), CLOCK)
    access.create_user("ada", [Role.ADMINISTRATOR, Role.AUDITOR], "correct horse battery")
    access.create_token("pipe", [Role.AGENT], ADMINISTRATOR, source="ci")
    access.new_link("ada")
    run(store, "CREATE (:Job {id: 'j1', state: 'queued', created: 'x', attempts: 0})")
    run(store, "CREATE (:JobChunk {key: 'j1|0', job_id: 'j1', number: 0, body: '[1]'})")
    return ledger


@pytest.fixture
def saved(store: BoltStore, tmp_path: Path) -> tuple[Path, dict[str, list[Any]], BackupReport]:
    """A backup of the small CMDB, and all that was in it."""
    fill(store)
    path = tmp_path / "cmdb.backup"
    report = backup(store, CLOCK, path)
    return path, everything(store), report


@pytest.mark.parametrize("target", ["arcadedb", "neo4j"])
def test_restored_on_either_engine_nothing_differs(request: pytest.FixtureRequest, store: BoltStore, target: str, tmp_path: Path) -> None:
    other = store if store.engine == target else request.getfixturevalue(f"{target}_store")
    fill(store)
    before = everything(store)
    told: list[tuple[int, int]] = []
    report = backup(store, CLOCK, tmp_path / "b", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    wipe(other)
    phases: set[str] = set()
    found = restore(other, tmp_path / "b", lambda phase, _done, _total: phases.add(phase))
    assert everything(other) == before
    assert phases == {"write", "relate"}
    assert (found.seq, found.source_engine, found.resumed) == (report.seq, store.engine, False)
    assert verify(other).problem is None
    assert backup(other, CLOCK, None).sections == report.sections, "a backup of what was restored has the same digests"
    receipt = Ledger(other, CLOCK).commit(plan(create(server("new"))))
    assert receipt.seq == report.seq + 1
    assert verify(other).problem is None


test_restored_on_either_engine_nothing_differs = pytest.mark.neo4j(test_restored_on_either_engine_nothing_differs)


def test_what_is_saved_and_what_is_not(saved: tuple[Path, dict[str, list[Any]], BackupReport], store: BoltStore) -> None:
    path, _, report = saved
    counts = {name: section["count"] for name, section in report.sections.items()}
    assert counts == {
        "history": 6 + 13, "Claim": 3, "Identifier": 3, "WeakIdentifier": 3, "Intake": 6, "User": 1, "Token": 1, "Job": 1, "JobChunk": 1,
    }  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600
    assert report.size == path.stat().st_size
    assert not path.with_name("cmdb.backup.partial").exists()
    assert b"SignInLink" not in gzip.decompress(path.read_bytes())


def test_every_label_of_the_schema_is_accounted_for() -> None:
    """A migration that brings a label must say here whether a backup holds it."""
    import re

    known = {section.label for section in ALL} | IN_HISTORY | DERIVED | LEFT_OUT
    labels = {label for migration in read_migrations() for text in migration.statements for label in re.findall(r"\(\w+:(\w+)\)", text)}
    assert labels - known == set()


def test_writers_go_on_and_the_copy_is_of_one_commit(store: BoltStore, tmp_path: Path) -> None:
    ledger = fill(store)
    stop, failures = threading.Event(), list[BaseException]()

    def write() -> None:
        number = 0
        try:
            while not stop.is_set():
                one = server(f"w{number}", serial=f"s{number}")
                ledger.commit(plan(create(one, strong=[f"host:serial|s{number}"]), claim(one.id, fields={"serial": f"s{number}"})))
                changed = update(one, name=f"again {number}")
                ledger.commit(plan(changed))
                number += 1
        except BaseException as problem:
            failures.append(problem)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        reports = [backup(store, CLOCK, tmp_path / f"b{number}") for number in range(3)]
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert reports[0].seq < reports[2].seq <= ledger.head().seq
    for number, report in enumerate(reports):
        wipe(store)
        assert restore(store, tmp_path / f"b{number}").seq == report.seq
        assert verify(store).problem is None
        found = everything(store)
        servers = {one["id"] for one in found["Item:Server"]}
        assert {one["item_id"] for one in found["Claim"]} == servers | {"b"}, "claims and items are of one commit"
        assert {one["item_id"] for one in found["Identifier"]} == servers | {"b"}
        assert backup(store, CLOCK, None).sections == report.sections


def test_a_ledger_that_does_not_hold_is_not_saved(store: BoltStore, tmp_path: Path) -> None:
    with pytest.raises(LedgerEmpty):
        backup(store, CLOCK, tmp_path / "b")
    fill(store)
    run(store, "MATCH (v:ItemVersion {key: 'a@1'}) SET v.body = replace(v.body, 'linux', 'plan9')")
    with pytest.raises(BackupRefused, match="item a at commit 1: the body does not have the hash"):
        backup(store, CLOCK, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def rewritten(path: Path, change: Callable[[list[Any]], list[Any]]) -> Path:
    """The file with each line changed, its digests made to fit again."""
    import hashlib

    whole, section, count, lines, sections = hashlib.sha256(), hashlib.sha256(), 0, [], {}
    for text in gzip.decompress(path.read_bytes()).splitlines():
        line = change(orjson.loads(text))
        if line[0] == "section":
            section, count = hashlib.sha256(), 0
        if line[0] == "end":
            sections[line[1]] = {"count": count, "digest": section.hexdigest()}
            line = ["end", line[1], count, section.hexdigest()]
        if line[0] == "trailer":
            line[1] |= {"digest": whole.hexdigest(), "sections": sections}
        data = orjson.dumps(line) + b"\n"
        if line[0] in "cvn":
            section.update(data)
            count += 1
        whole.update(data)
        lines.append(data)
    other = path.with_name("rewritten")
    other.write_bytes(gzip.compress(b"".join(lines)))
    return other


Saved = tuple[Path, dict[str, list[Any]], BackupReport]


@pytest.mark.parametrize("kept", [0, 1, 50, 0.5, 0.99, -1])
def test_a_truncated_backup_is_refused_before_anything_is_written(saved: Saved, store: BoltStore, kept: float) -> None:
    data = saved[0].read_bytes()
    end = int(kept) if kept >= 1 or kept <= 0 else int(len(data) * kept)
    saved[0].write_bytes(data[:end])
    refused_untouched(saved[0], store)


def test_every_altered_byte_is_noticed(saved: Saved) -> None:
    """A sample of bytes over the whole file, each turned round."""
    data = saved[0].read_bytes()
    for place in range(10, len(data), 37):  # the first ten are gzip's own header: name, time and system say nothing
        saved[0].write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
        with pytest.raises(BackupDamaged):
            inspect(saved[0])


def test_what_follows_the_end_is_refused(saved: Saved, store: BoltStore) -> None:
    saved[0].write_bytes(saved[0].read_bytes() + gzip.compress(b'["n", {}]\n'))
    refused_untouched(saved[0], store)


@pytest.mark.parametrize("text", [b"", b"no backup", b"{}", b'["header", {"format": "cmdb-backup/9"}]\n', b'["section", "history"]\n'])
def test_another_file_is_refused(text: bytes, store: BoltStore, tmp_path: Path) -> None:
    for data in (text, gzip.compress(text)):
        (tmp_path / "x").write_bytes(data)
        refused_untouched(tmp_path / "x", store)
    refused_untouched(tmp_path / "none", store)


def altered(kind: str, index: int, change: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    seen = [0]

    def apply(line: list[Any]) -> list[Any]:
        if line[0] == kind:
            seen[0] += 1
            if seen[0] == 2:
                line[index] = change(line[index])
        return line

    return apply


FORGED: dict[str, tuple[Callable[[], Callable[[list[Any]], list[Any]]], str]] = {
    "a version's body": (lambda: altered("v", 8, lambda body: body.replace("db", "dc")), "does not have the hash"),
    "a version's type": (lambda: altered("v", 3, lambda _: "server"), "do not agree"),
    "a version's revision": (lambda: altered("v", 5, lambda _: 7), "do not agree"),
    "a commit's actor": (lambda: altered("c", 1, lambda commit: {**commit, "actor": "nobody"}), "does not have its hash"),
    "a commit's number": (lambda: altered("c", 1, lambda commit: {**commit, "seq": "2"}), "without number"),
    "the shape of a row": (lambda: altered("v", 0, lambda _: "x"), "is no row"),
    "a section of another program": (lambda: altered("section", 1, lambda _: "Other"), "does not know"),
    "the order of the history": (lambda: altered("v", 4, lambda _: 5), "does not stand behind it"),
    "the end of the history": (lambda: lambda line: ["trailer", {**line[1], "seq": 3}] if line[0] == "trailer" else line, "another end"),
}


@pytest.mark.parametrize("what", FORGED)
def test_who_makes_the_digests_fit_is_refused_by_the_chain(saved: Saved, store: BoltStore, what: str) -> None:
    change, said = FORGED[what]
    assert said in refused_untouched(rewritten(saved[0], change()), store)


def test_the_signature_covers_what_the_chain_does_not(saved: Saved, store: BoltStore, tmp_path: Path) -> None:
    key, other = load_key(tmp_path / "k", create=True), load_key(tmp_path / "o", create=True)
    path = tmp_path / "signed"
    backup(store, CLOCK, path, key)
    trailer = inspect(path).trailer
    assert signature_fits(trailer, key.public)
    assert not signature_fits(trailer, other.public)
    forged = rewritten(path, lambda line: ["n", {**line[1], "roles": ["administrator"]}] if line[0] == "n" and "roles" in line[1] else line)
    assert not signature_fits(inspect(forged).trailer, key.public)
    assert not signature_fits(inspect(saved[0]).trailer, key.public), "the one without a signature"


def test_a_checkpoint_from_outside_is_compared_before(saved: Saved, store: BoltStore) -> None:
    wipe(store)
    with pytest.raises(BackupDamaged, match="another hash than a checkpoint notes"):
        restore(store, saved[0], wanted={3: "f" * 64})
    assert everything(store) == {"relationships": []}


def test_a_store_with_anything_in_it_is_refused(saved: Saved, store: BoltStore) -> None:
    with pytest.raises(StoreNotEmpty):
        restore(store, saved[0])
    assert everything(store) == saved[1]
    wipe(store)
    run(store, "CREATE (:Anything)")
    with pytest.raises(StoreNotEmpty):
        restore(store, saved[0])


class Interrupted(CmdbError):
    code = "internal-error"


class Interrupting:
    """A store that fails at its nth write, as a machine that loses power between two transactions."""

    def __init__(self, store: BoltStore, writes: int) -> None:
        self._store, self._left = store, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Any, **more: Any) -> Any:
        if self._left == 0:
            raise Interrupted("power is gone")
        self._left -= 1
        return self._store.write(work, **more)


def test_an_interrupted_restore_goes_on_with_the_same_file(
    saved: Saved, store: BoltStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    backup(store, CLOCK, other, load_key(tmp_path / "k", create=True))
    wipe(store)
    rounds = 0
    while rounds < 50:
        rounds += 1
        try:
            found = restore(Interrupting(store, 2), saved[0], batch=5)  # type: ignore[arg-type]
            break
        except Interrupted:
            with pytest.raises(RestoreUnfinished):
                refuse_unfinished(store)
            with pytest.raises(RestoreUnfinished, match="another backup"):
                restore(store, rewritten(saved[0], lambda line: [line[0], {**line[1], "made_at": "x"}] if line[0] == "header" else line))
    assert rounds > 3
    assert found.resumed
    assert everything(store) == saved[1]
    assert verify(store).holds
    refuse_unfinished(store)


def refused_untouched(path: Path, store: BoltStore) -> str:
    """The refusal of a file; an empty store is as empty as before."""
    wipe(store)
    with pytest.raises(BackupDamaged) as caught:
        restore(store, path)
    assert everything(store) == {"relationships": []}
    refuse_unfinished(store)
    return caught.value.detail


def test_lines_are_told_on_the_way(saved: Saved) -> None:
    lines = list(read_lines(saved[0]))
    assert lines[0][1][0] == "header"
    assert lines[-1][1][0] == "trailer"
    assert [number for number, _ in lines] == list(range(1, len(lines) + 1))
