"""Real engines for tests: an ArcadeDB child, a Neo4j from wherever one can be had, a broker. Each starts once a session, when a test asks.

What cannot be had is skipped with one line at the end of the run (`Missing`), or fails with CMDB_REQUIRE_ALL=1.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from cmdb.kernel.clock import system_clock
from cmdb.kernel.errors import CmdbError
from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild
from cmdb.store.migrations import migrate
from cmdb.store.statements import Statement
from cmdb_app.supervise.broker import ValkeyChild
from tools.neo4j_jars import Neo4jChild, Neo4jNotPossible
from tools.provide import docker_answers

REQUIRE_ALL = "CMDB_REQUIRE_ALL"


class NotPossible(Exception):
    """This machine has no such engine; the text says what would help."""


class Child(Protocol):
    """An engine whose process belongs to us: it can be killed and started again."""

    @property
    def pid(self) -> int | None: ...
    def start(self) -> BoltAddress: ...
    def stop(self) -> None: ...


@dataclass
class Missing:
    """What was asked for and could not be had: name -> reason. Reported once at the end of the run."""

    reasons: dict[str, str] = field(default_factory=dict)

    def skip(self, name: str, reason: str) -> None:
        """Skip the test that asked, or fail it where everything is required."""
        self.reasons[name] = reason
        if os.environ.get(REQUIRE_ALL) == "1":
            pytest.fail(f"{name} is required ({REQUIRE_ALL}=1) but cannot be had: {reason}", pytrace=False)
        pytest.skip(f"no {name}: {reason}")


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"cmdb-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def arcadedb() -> Iterator[BoltAddress]:
    """An ArcadeDB child of its own."""
    with scratch_folder("arcadedb") as folder:
        child = ArcadeChild(folder / "graph")
        try:
            yield child.start()
        finally:
            child.stop()


@contextmanager
def neo4j() -> Iterator[BoltAddress]:
    """A Neo4j: NEO4J_URI (NEO4J_USER, NEO4J_PASSWORD, NEO4J_DATABASE), else Docker, else its own jars. Raises `NotPossible`.

    A Neo4j behind NEO4J_URI is emptied by the tests.
    """
    if uri := os.environ.get("NEO4J_URI"):
        yield BoltAddress(
            uri,
            os.environ.get("NEO4J_USER", "neo4j"),
            os.environ.get("NEO4J_PASSWORD", ""),
            os.environ.get("NEO4J_DATABASE", "neo4j"),
        )
    elif docker_answers():
        with _neo4j_container() as address:
            yield address
    else:
        with scratch_folder("neo4j") as folder:
            child = Neo4jChild(folder, short_lived=True)
            try:
                address = child.start()
            except Neo4jNotPossible as problem:
                raise NotPossible(f"{problem}; or set NEO4J_URI, or start Docker") from problem
            try:
                yield address
            finally:
                child.kill()  # its folder goes away: a shutdown in good order would take 10 s for nothing


@contextmanager
def _neo4j_container() -> Iterator[BoltAddress]:
    from testcontainers.neo4j import Neo4jContainer

    with Neo4jContainer("neo4j:5.26-community") as container:
        yield BoltAddress(container.get_connection_url(), container.username, container.password, "neo4j")


@contextmanager
def broker() -> Iterator[str]:
    """A Valkey server, started as `cmdb serve` does it: its `redis://` address."""
    with scratch_folder("broker") as folder:
        child = ValkeyChild(folder / "broker", folder / "broker.log")
        try:
            yield child.start()
        finally:
            child.stop()


def open_migrated(address: BoltAddress) -> BoltStore:
    """A store at `address` with the schema of this program."""
    store = open_address(address)
    migrate(store, system_clock)
    return store


_WIPE = Statement(
    "wipe", "write", (), ("left",), "MATCH (n) WHERE NOT n:Migration WITH n LIMIT 20000 DETACH DELETE n RETURN count(n) AS left"
)


def wipe(store: BoltStore) -> None:
    """Empty the database: every node but the migrations, 20,000 at a time."""
    while store.write(lambda tx: tx.run(_WIPE), timeout=60)[0]["left"]:
        pass


def emptied(store: BoltStore, lost: dict[str, str]) -> BoltStore:
    """`store`, wiped. Once an engine cannot even be wiped, every later test on it fails at once; each one's time-out would take hours."""
    if told := lost.get(store.engine):
        pytest.fail(f"{store.engine} stopped answering before: {told}", pytrace=False)
    try:
        wipe(store)
    except CmdbError as problem:
        lost[store.engine] = str(problem)
        raise
    return store
