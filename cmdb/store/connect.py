"""Open a store at an address, and find out which engine answers there."""

from pathlib import Path
from typing import Any

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError

from cmdb.store.address import BoltAddress
from cmdb.store.bolt import BoltStore
from cmdb.store.engines.arcadedb.control import Control
from cmdb.store.errors import SignInRefused, StoreUnavailable, UnknownEngine
from cmdb.store.retry import Patience

ENGINES = ("arcadedb", "neo4j")
SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def open_store(
    uri: str,
    user: str,
    password: str,
    database: str,
    engine: str | None = None,
    writer_lock_file: Path | None = None,
    patience: Patience | None = None,
    control_uri: str | None = None,
) -> BoltStore:
    """A store over the engine at `uri` (`bolt://`, `neo4j://`, `+s` for TLS). `engine` is asked of the server where it is not given.

    `writer_lock_file` makes all processes of this machine take turns in `writing()`: give it for the embedded engine, not for Neo4j.
    `control_uri` is ArcadeDB's HTTP address, over which abandoned queries are ended.

    Raises `StoreUnavailable`, `SignInRefused`, `UnknownEngine`.
    """
    try:
        if uri.partition("://")[0] not in SCHEMES:
            raise ValueError(f"it must begin with one of {', '.join(SCHEMES)}")
        driver = open_driver(uri, user, password)
    except (ConfigurationError, ValueError) as problem:
        raise UnknownEngine(f"{uri!r} is no Bolt address: {problem}") from problem
    try:
        found = engine or _engine_of(driver)
    except AuthError as refusal:
        driver.close()
        raise SignInRefused("the graph engine refused user or password; check CMDB_GRAPH_USER and CMDB_GRAPH_PASSWORD") from refusal
    except (DriverError, Neo4jError) as problem:
        driver.close()
        raise StoreUnavailable(f"no graph engine answers at {uri}: {problem}", retry_after=2) from problem
    if found not in ENGINES:
        driver.close()
        raise UnknownEngine(f"the engine at {uri} is {found}; ArcadeDB 26.10 and Neo4j 5.26 or later are supported")
    control = Control(control_uri, user, password) if control_uri and found == "arcadedb" else None
    return BoltStore(
        found,
        driver,
        database,
        patience=patience,
        writer_lock_file=writer_lock_file,
        end_queries_of=control.end_queries_of if control else None,
    )


def open_address(address: BoltAddress, writer_lock_file: Path | None = None, patience: Patience | None = None) -> BoltStore:
    """`open_store` for an address as `ArcadeChild.start()` returns it and `read_address` finds it."""
    return open_store(
        address.uri,
        address.user,
        address.password,
        address.database,
        writer_lock_file=writer_lock_file,
        patience=patience,
        control_uri=address.control_uri,
    )


def open_driver(uri: str, user: str, password: str, **more: Any) -> Driver:
    """The driver with our settings."""
    settings: dict[str, Any] = {
        "connection_timeout": 5.0,
        "connection_acquisition_timeout": 15.0,
        "max_connection_pool_size": 60,
        "keep_alive": True,
        "telemetry_disabled": True,
        "notifications_min_severity": "OFF",  # a property no node has yet is no news to us
        "user_agent": "cmdb",
    }
    return GraphDatabase.driver(uri, auth=(user, password), **{**settings, **more})


def _engine_of(driver: Driver) -> str:
    agent = driver.get_server_info().agent  # "Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)" or "Neo4j/5.26.14"
    if "ArcadeDB" in agent:
        return "arcadedb"
    name, _, version = agent.partition("/")
    parts = version.split(".")
    modern = len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() and (int(parts[0]), int(parts[1])) >= (5, 26)
    return "neo4j" if name == "Neo4j" and modern else agent
