"""Backup and restore: the same CMDB afterwards, on either engine, or nothing at all (requirement 9.1-12)."""

import gzip
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.archive.backup import BackupReport, backup
from cmdb.archive.errors import BackupDamaged, BackupNotWritten, BackupRefused, RestoreUnfinished, StoreNotEmpty
from cmdb.archive.restore import refuse_unfinished, restore
from cmdb.archive.sections import ALL, DERIVED, IN_HISTORY, LEFT_OUT
from cmdb.archive.writer import BackupWriter
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import load_key
from cmdb.ledger.verify import verify
from cmdb.store.bolt import BoltStore
from cmdb.store.migrations.runner import read_migrations
from tests.support.archive import everything
from tests.support.backups import CLOCK, Saved, fill, rewritten, run
from tests.support.engines import wipe
from tests.support.estate import claim, create, plan, server, update


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
    assert list(path.parent.iterdir()) == [path]
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
        reports = []
        for number in range(3):
            reports.append(backup(store, CLOCK, tmp_path / f"b{number}"))
            _wait_for(lambda: bool(failures) or ledger.head().seq > reports[-1].seq)
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert reports[0].seq < reports[1].seq < reports[2].seq <= ledger.head().seq
    for number, report in enumerate(reports):
        wipe(store)
        assert restore(store, tmp_path / f"b{number}").seq == report.seq
        assert verify(store).problem is None
        found = everything(store)
        servers = {one["id"] for one in found["Item:Server"]}
        assert {one["item_id"] for one in found["Claim"]} == servers | {"b"}, "claims and items are of one commit"
        assert {one["item_id"] for one in found["Identifier"]} == servers | {"b"}
        assert backup(store, CLOCK, None).sections == report.sections


def _wait_for(done: Callable[[], bool], patience: float = 60.0) -> None:
    """The writer may be starved by the machine; what is tested needs it to have written."""
    give_up = time.monotonic() + patience
    while not done() and time.monotonic() < give_up:
        time.sleep(0.02)


def test_a_ledger_that_does_not_hold_is_not_saved(store: BoltStore, tmp_path: Path) -> None:
    with pytest.raises(LedgerEmpty):
        backup(store, CLOCK, tmp_path / "b")
    fill(store)
    run(store, "MATCH (v:ItemVersion {key: 'a@1'}) SET v.body = replace(v.body, 'linux', 'plan9')")
    with pytest.raises(BackupRefused, match="item a at commit 1: the body does not have the hash"):
        backup(store, CLOCK, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_from_outside_is_compared_before(saved: Saved, store: BoltStore) -> None:
    wipe(store)
    with pytest.raises(BackupDamaged, match="another hash than a checkpoint notes"):
        restore(store, saved[0], wanted={3: "f" * 64})
    assert everything(store) == {"relationships": []}


def test_a_store_with_anything_in_it_is_refused(saved: Saved, store: BoltStore) -> None:
    Ledger(store, CLOCK).commit(plan(create(server("later"))))
    before = everything(store)
    with pytest.raises(StoreNotEmpty):
        restore(store, saved[0])
    assert everything(store) == before
    wipe(store)
    run(store, "CREATE (:Anything)")
    with pytest.raises(StoreNotEmpty):
        restore(store, saved[0])


def test_onto_the_same_history_nothing_is_written(saved: Saved, store: BoltStore) -> None:
    """So that checks that were interrupted after a restore can be made."""
    found = restore(store, saved[0])
    assert (found.stood, found.nodes, found.resumed) == (True, 0, False)
    assert everything(store) == saved[1]


def test_a_folder_or_disk_that_takes_nothing_is_told(store: BoltStore, tmp_path: Path) -> None:
    fill(store)
    with pytest.raises(BackupNotWritten, match="No such file or directory"):
        backup(store, CLOCK, tmp_path / "none" / "b")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limit[1]))
    try:
        with pytest.raises(BackupNotWritten, match="File too large"):
            backup(store, CLOCK, tmp_path / "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, old)
    assert list(tmp_path.iterdir()) == []


def test_nobody_prepares_the_file_it_is_written_to(store: BoltStore, tmp_path: Path) -> None:
    """Neither a file that others may read, nor a link, nor another backup's half."""
    fill(store)
    (tmp_path / "b.partial").write_text("")
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "b").symlink_to(tmp_path / "elsewhere")
    one, other = BackupWriter(tmp_path / "b"), BackupWriter(tmp_path / "b")
    with one, other:
        one.header({})
        other.header({})
        one.finish({}, None)
        other.finish({}, None)
    assert backup(store, CLOCK, tmp_path / "b").size == (tmp_path / "b").stat().st_size
    assert (tmp_path / "b").lstat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "b").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (tmp_path / "b.partial").read_text() == ""


def test_a_head_whose_time_was_altered_is_not_saved(store: BoltStore, tmp_path: Path) -> None:
    fill(store)
    run(store, "MATCH (h:LedgerHead) SET h.time = '2031-01-01T00:00:00.000000Z'")
    with pytest.raises(BackupRefused, match="hash and time"):
        backup(store, CLOCK, tmp_path / "b")


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
