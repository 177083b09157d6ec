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
    """The core for one command. Raises `NothingRunning` where there is no data yet, unless `create`."""
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_core

    settings = load_settings()
    with ExitStack() as stack:
        _have_engine(settings, stack, create)
        core = open_core(settings)
        stack.callback(core.close)
        yield core


@contextmanager
def open_bare() -> Iterator[tuple["Settings", "Store"]]:
    """The store with its schema and nothing put into it, not even the default types: what a restore needs."""
    from cmdb.kernel.clock import system_clock
    from cmdb.store.migrations import migrate
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_graph

    settings = load_settings()
    with ExitStack() as stack:
        _have_engine(settings, stack, create=True)
        store = open_graph(settings)
        stack.callback(store.close)
        migrate(store, system_clock)
        yield settings, store


@contextmanager
def open_with_index() -> Iterator["Services"]:
    """The same with the impact index, current as of now."""
    from cmdb_app.settings import load_settings
    from cmdb_app.wiring import open_services

    settings = load_settings()
    with ExitStack() as stack:
        _have_engine(settings, stack, create=False)
        services = open_services(settings, fresh=True)
        stack.callback(services.close)
        yield services


def local_actor() -> "Actor":
    """The person at this terminal."""
    from cmdb.model.actor import Actor, Role

    return Actor(f"local:{getpass.getuser()}", frozenset({Role.ADMINISTRATOR}))


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
