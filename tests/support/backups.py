"""A small CMDB to save, and backups of it that somebody altered."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from cmdb.archive.backup import BackupReport
from cmdb.archive.errors import BackupDamaged
from cmdb.archive.packing import Member
from cmdb.archive.restore import refuse_unfinished, restore
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Role
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService
from tests.support.archive import everything
from tests.support.engines import wipe
from tests.support.estate import SteppingClock, at, claim, create, plan, relate, relation, retire, rework, server, update
from tests.support.estate import restore as bring_back

ADMINISTRATOR = Actor("ada", frozenset({Role.ADMINISTRATOR}))
CLOCK = SteppingClock()


def packed(data: bytes) -> bytes:
    """The data as a file of one member."""
    member = Member()
    return member.add(data) + member.end()


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
    other.write_bytes(packed(b"".join(lines)))
    return other


Saved = tuple[Path, dict[str, list[Any]], BackupReport]


def refused_untouched(path: Path, store: BoltStore) -> str:
    """The refusal of a file; an empty store is as empty as before."""
    wipe(store)
    with pytest.raises(BackupDamaged) as caught:
        restore(store, path)
    assert everything(store) == {"relationships": []}
    refuse_unfinished(store)
    return caught.value.detail
