"""How a command reaches the data. One rule: commands work on the data directory (or the Neo4j) that the settings name.

Where `cmdb serve` runs on that directory, its graph engine is used; where nothing runs, the command starts the embedded engine itself and
stops it at the end. Whoever may read the directory is an administrator: the files are readable by their owner only. Programs on other
machines use the API with a token.
"""

import getpass
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmdb.model.actor import Actor
    from cmdb.store.protocol import Store
    from cmdb_app.settings import Settings
    from cmdb_app.wiring import Core, Services


@contextmanager
def open_for_command(create: bool = False) -> Iterator["Core"]:
    """The core for one command. Raises `NothingRunning` or `LedgerEmpty` where there is no data yet, unless `create`: a mistyped name of a
    database must not fill it with default types."""
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_core

    settings = load_settings()
    with ExitStack() as stack:
        core = open_core(settings, store=_store(settings, stack, create))
        stack.callback(core.close)
        yield core


@contextmanager
def open_to_look() -> Iterator[tuple["Settings", "Store"]]:
    """The store as somebody left it, and nothing written to it, neither schema nor default types: what seeding would mend, or what there is
    not, must come to light. Raises `RestoreUnfinished`, and `MigrationUnknown` where a newer program wrote it."""
    from cmdb.archive.restore import refuse_unfinished
    from cmdb.store.migrations import pending
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_graph

    settings = load_settings()
    with ExitStack() as stack:
        _have_engine(settings, stack, create=False)
        store = open_graph(settings)
        stack.callback(store.close)
        pending(store)
        refuse_unfinished(store)
        yield settings, store


@contextmanager
def open_bare() -> Iterator[tuple["Settings", "Store"]]:
    """The store with its schema and nothing put into it, not even the default types: what a restore needs. Raises `StoreNotEmpty` before
    somebody else's database is given our schema."""
    from cmdb.archive.restore import refuse_unless_empty, unfinished
    from cmdb.kernel.clock import system_clock
    from cmdb.ledger.service import Ledger
    from cmdb.store.migrations import migrate
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_graph

    settings = load_settings()
    with ExitStack() as stack:
        _have_engine(settings, stack, create=True)
        store = open_graph(settings)
        stack.callback(store.close)
        if unfinished(store) is None and Ledger(store, system_clock).head().seq == 0:
            refuse_unless_empty(store)
        migrate(store, system_clock)
        yield settings, store


@contextmanager
def open_with_index() -> Iterator["Services"]:
    """The same with the impact index, current as of now."""
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_services

    settings = load_settings()
    with ExitStack() as stack:
        services = open_services(settings, store=_store(settings, stack, create=False), fresh=True)
        stack.callback(services.close)
        yield services


def local_actor() -> "Actor":
    """The person at this terminal."""
    from cmdb.model.actor import Actor, Role

    return Actor(f"local:{getpass.getuser()}", frozenset({Role.ADMINISTRATOR}))


def _store(settings: "Settings", stack: ExitStack, create: bool) -> "Store":
    """The store, with a ledger in it unless `create`."""
    from cmdb.archive.restore import refuse_unfinished
    from cmdb.kernel.clock import system_clock
    from cmdb.ledger.checkpoint import LedgerEmpty
    from cmdb.ledger.service import Ledger
    from cmdb_app.wiring import open_graph

    _have_engine(settings, stack, create)
    store = open_graph(settings)
    stack.callback(store.close)
    refuse_unfinished(store)
    if not create and Ledger(store, system_clock).head().seq == 0:
        raise LedgerEmpty(
            "there is no ledger here; do the settings name the right data directory or database? `cmdb migrate` or `cmdb serve` begins one"
        )
    return store


def _have_engine(settings: "Settings", stack: ExitStack, create: bool) -> None:
    from cmdb_app.settings import EngineChoice
    from cmdb_app.supervise.errors import NothingRunning
    from cmdb_app.supervise.home import Home

    home = Home(settings.data_dir)
    if settings.engine is not EngineChoice.EMBEDDED or home.serving() is not None:
        return
    if not home.graph.is_dir() and not create:
        raise NothingRunning(
            f"there is no data in {home.path} and nothing runs there; start with `cmdb serve`, or set CMDB_DATA_DIR to where your data is",
            data_dir=str(home.path),
        )
    from cmdb.store.engines.arcadedb import ArcadeChild
    from cmdb_app.cli.output import say

    say("nothing runs on this data directory; starting the graph engine for this command")
    home.prepare()
    child = ArcadeChild(home.graph, heap=settings.graph_heap)
    stack.callback(child.stop)
    child.start()


def importer(source: str) -> "Actor":
    """The person at this terminal, sending what a source saw."""
    from cmdb.model.actor import Actor, Role

    return Actor(local_actor().name, frozenset({Role.AGENT}), source)
