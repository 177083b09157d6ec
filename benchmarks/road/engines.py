"""Both engines for a benchmark, each with an empty, migrated database of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmdb.kernel.clock import system_clock
from cmdb.store.bolt import BoltStore
from cmdb.store.connect import open_address
from cmdb.store.engines.arcadedb import ArcadeChild
from cmdb.store.migrations import migrate
from tools.neo4j_jars import Neo4jChild

ENGINES = ("arcadedb", "neo4j")


@contextmanager
def fresh_engine(name: str) -> Iterator[tuple[BoltStore, str]]:
    """A store on a new engine of this name, and its database's name. Stopped and deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as folder:
        child = ArcadeChild(Path(folder) / "graph", heap="2g") if name == "arcadedb" else Neo4jChild(Path(folder) / "graph", heap="2g")
        address = child.start()
        store = open_address(address)
        try:
            migrate(store, system_clock)
            yield store, address.database
        finally:
            store.close()
            child.stop()
