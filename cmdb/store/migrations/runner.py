"""Apply the numbered migration files of this folder, in order, each once.

Rules: an applied file never changes (its sha256 is kept in the graph and compared at each start); one process migrates at a time (a lock
node with a time limit, so that a killed process does not block for ever); statements are idempotent (`IF NOT EXISTS`), so a half-applied
file is applied again.
"""

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cmdb.kernel.canonical import digest
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.ids import new_id
from cmdb.store.migrations.errors import MigrationAltered, MigrationBusy, MigrationUnknown
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import Statement, load

FOLDER = Path(__file__).parent
_QUERIES = FOLDER / "queries"
_LEASE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name (`0001_graph`), the sha256 of its bytes and its statements."""

    name: str
    checksum: str
    statements: tuple[str, ...]


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of `folder`, by number."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.cypher")):
        content = path.read_bytes()
        found.append(Migration(path.stem, digest(content), _split(content.decode("utf-8"))))
    return found


def migrate(store: Store, clock: Clock, folder: Path = FOLDER, patience: float = 120.0) -> list[str]:
    """Bring the database up to date; the names of what was applied now, empty where nothing was to do.

    Waits `patience` seconds for another process that migrates. Raises `MigrationAltered`, `MigrationUnknown`, `MigrationBusy`.
    """
    store.write(lambda tx: tx.run(load(_QUERIES, "guard_migrations")))
    if not pending(store, folder):
        return []
    with _lock(store, clock, patience):
        todo = pending(store, folder)  # another process may have done it while we waited
        for migration in todo:
            _apply(store, clock, migration)
    return [migration.name for migration in todo]


def pending(store: Store, folder: Path = FOLDER) -> list[Migration]:
    """What `migrate` would apply. Raises `MigrationAltered` and `MigrationUnknown`."""
    files = {migration.name: migration for migration in read_migrations(folder)}
    applied = {row["name"]: row["checksum"] for row in store.read(load(_QUERIES, "list_migrations"))}
    for name, checksum in applied.items():
        if name not in files:
            raise MigrationUnknown(
                f"the database has migration {name}, which this program does not know; install a newer cmdb", migration=name
            )
        if files[name].checksum != checksum:
            raise MigrationAltered(
                f"{name}.cypher was changed after it had been applied; restore it and add a new file instead", migration=name
            )
    return [migration for name, migration in files.items() if name not in applied]


def schema_of(store: Store) -> str:
    """The name of the newest migration this database has, empty before the first."""
    return max((str(row["name"]) for row in store.read(load(_QUERIES, "list_migrations"))), default="")


def _apply(store: Store, clock: Clock, migration: Migration) -> None:
    for text in migration.statements:
        statement = Statement(migration.name, "write", (), (), text)
        store.write(lambda tx, statement=statement: tx.run(statement))  # type: ignore[misc]  # one each: Neo4j mixes no schema and data
    store.read(load(_QUERIES, "await_indexes"), timeout=310)
    record = load(_QUERIES, "record_migration")
    store.write(lambda tx: tx.run(record, name=migration.name, checksum=migration.checksum, time=to_text(clock())))


def _split(text: str) -> tuple[str, ...]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    return tuple(part.strip() for part in re.split(r";[ \t]*(?:\n|$)", "\n".join(lines)) if part.strip())


@contextmanager
def _lock(store: Store, clock: Clock, patience: float) -> Iterator[None]:
    me = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
    give_up = time.monotonic() + patience
    while (holder := _take(store, clock, me)) != me:
        if time.monotonic() >= give_up:
            raise MigrationBusy(
                f"{holder} holds the migration lock; wait for it, or try again in two minutes, when it runs out", holder=holder
            )
        time.sleep(0.2)
    try:
        yield
    finally:
        store.write(lambda tx: tx.run(load(_QUERIES, "free_lock"), holder=me))


def _take(store: Store, clock: Clock, me: str) -> str:
    """Hold the lock if nobody does, or its holder's time is over; who holds it then."""
    now = clock()

    def work(tx: Transaction) -> str:
        row = tx.run(load(_QUERIES, "lock_migrations"), asker=me)[0]
        if row["holder"] is not None and row["until"] >= to_text(now):
            return str(row["holder"])
        tx.run(load(_QUERIES, "hold_migrations"), holder=me, until=to_text(now + _LEASE))
        return me

    return store.write(work)
