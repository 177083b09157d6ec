"""Fixtures of every test: the engines behind one protocol. See `tests/support/engines.py` for how each is provided."""

from collections.abc import Iterator

import pytest

from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from tests.support import engines
from tests.support.engines import Missing, NotPossible

_MISSING = pytest.StashKey[Missing]()
_LOST = pytest.StashKey[dict[str, str]]()  # engine -> what happened when it stopped answering


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_MISSING] = Missing()
    config.stash[_LOST] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use an engine carry its marker, so that `-m "not engine"` never forgets one."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & {"store", "arcadedb_store", "arcadedb_address", "neo4j_store", "neo4j_address"}:
            item.add_marker(pytest.mark.engine)
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if used & {"neo4j_store", "neo4j_address"} or parameters.get("store") == "neo4j":
            item.add_marker(pytest.mark.neo4j)
        if "broker" in used:
            item.add_marker(pytest.mark.broker)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, reason in config.stash[_MISSING].reasons.items():
        terminalreporter.write_line(f"NOT TESTED on {name}: {reason}", yellow=True)


@pytest.fixture(scope="session")
def missing(pytestconfig: pytest.Config) -> Missing:
    """Where fixtures report what this machine does not have."""
    return pytestconfig.stash[_MISSING]


@pytest.fixture(scope="session")
def arcadedb_address() -> Iterator[BoltAddress]:
    """A real ArcadeDB, one for the session."""
    with engines.arcadedb() as address:
        yield address


@pytest.fixture(scope="session")
def _neo4j_or_reason() -> Iterator[BoltAddress | str]:
    try:
        with engines.neo4j() as address:
            yield address
    except NotPossible as problem:
        yield str(problem)


@pytest.fixture(scope="session")
def neo4j_address(_neo4j_or_reason: BoltAddress | str, missing: Missing) -> BoltAddress:
    """A real Neo4j, one for the session; skips where none can be had."""
    if isinstance(_neo4j_or_reason, str):
        missing.skip("Neo4j", _neo4j_or_reason)
        raise AssertionError("skip() always raises")
    return _neo4j_or_reason


@pytest.fixture(scope="session")
def _arcadedb_session_store(arcadedb_address: BoltAddress) -> Iterator[BoltStore]:
    store = engines.open_migrated(arcadedb_address)
    yield store
    store.close()


@pytest.fixture(scope="session")
def _neo4j_session_store(neo4j_address: BoltAddress) -> Iterator[BoltStore]:
    store = engines.open_migrated(neo4j_address)
    yield store
    store.close()


@pytest.fixture
def arcadedb_store(_arcadedb_session_store: BoltStore, pytestconfig: pytest.Config) -> BoltStore:
    """An empty, migrated store on ArcadeDB."""
    return engines.emptied(_arcadedb_session_store, pytestconfig.stash[_LOST])


@pytest.fixture
def neo4j_store(_neo4j_session_store: BoltStore, pytestconfig: pytest.Config) -> BoltStore:
    """An empty, migrated store on Neo4j."""
    return engines.emptied(_neo4j_session_store, pytestconfig.stash[_LOST])


@pytest.fixture(params=["arcadedb", "neo4j"])
def store(request: pytest.FixtureRequest) -> BoltStore:
    """An empty, migrated store, once on each engine."""
    found: BoltStore = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """A real broker: its `redis://` address."""
    with engines.broker() as url:
        yield url
