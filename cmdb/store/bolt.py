"""The one implementation of `Store`: the official driver over Bolt, against either engine (design 4).

Every call has a time limit, every transient refusal is tried again with short waits, and every error leaves as one of `cmdb.store.errors`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from neo4j import Driver, Query, Result, Session, Transaction
from neo4j.exceptions import DriverError, Neo4jError

from cmdb.kernel.errors import CmdbError
from cmdb.store.deadline import Deadline, bounded_session
from cmdb.store.errors import (
    AlreadyExists,
    OutcomeUnknown,
    QueryTimedOut,
    SignInRefused,
    StatementFailed,
    StoreUnavailable,
    UnstorableValue,
    WriteConflict,
)
from cmdb.store.faults import Fault, fault_of
from cmdb.store.protocol import Transaction as StoreTransaction
from cmdb.store.retry import Patience, Retry
from cmdb.store.statements import BadStatement, Statement
from cmdb.store.writer import WriterPlace

T = TypeVar("T")
FETCH_ALL = -1


class BoltTransaction:
    """One open transaction of `BoltStore.write`."""

    def __init__(self, transaction: Transaction, engine: str) -> None:
        self._transaction = transaction
        self._engine = engine

    def run(self, statement: Statement, /, **params: Any) -> list[dict[str, Any]]:
        """Run one statement, all rows as dicts. An error ends the transaction: let it pass, `write` translates or retries."""
        with storable(statement.name):
            result = self._transaction.run(statement.for_engine(self._engine), params)
        return rows_of(result)


def rows_of(result: Result) -> list[dict[str, Any]]:
    """All rows as dicts. Values stay as the driver made them: its own `data()` walks every list and map again in Python, which takes longer
    than the query. Statements return scalars, lists and maps (`properties(n)`), never nodes or paths."""
    keys = result.keys()
    return [dict(zip(keys, record.values(), strict=True)) for record in result]


@contextmanager
def storable(name: str) -> Iterator[None]:
    """Turn what the driver says of a parameter that has no form in Bolt into `UnstorableValue`."""
    try:
        yield
    except (OverflowError, TypeError, ValueError) as problem:
        raise UnstorableValue(f"{name}: a value cannot be stored: {problem}") from problem


class BoltStore:
    """A graph engine behind a driver. Thread-safe. Close it when done; the engine itself belongs to somebody else."""

    def __init__(
        self,
        engine: str,
        driver: Driver,
        database: str,
        *,
        patience: Patience | None = None,
        writer_lock_file: Path | None = None,
        end_queries_of: Callable[[int], int] | None = None,
    ) -> None:
        """`end_queries_of(local port)` ends on the server what was asked over a connection that we gave up (ArcadeDB needs it)."""
        self._engine = engine
        self._driver = driver
        self._database = database
        self._patience = patience or Patience()
        self._place = WriterPlace(writer_lock_file)
        self._end_queries_of = end_queries_of
        self._grace = 1.0 if engine == "neo4j" else 0.0  # s: Neo4j keeps the time itself and answers properly; ours is the backstop there

    @property
    def engine(self) -> str:
        """`arcadedb` or `neo4j`."""
        return self._engine

    @property
    def database(self) -> str:
        """The database all statements run in; empty for the server's default."""
        return self._database

    @property
    def driver(self) -> Driver:
        """The raw driver, for benchmarks only: no retries, limits or translated errors of ours."""
        return self._driver

    def read(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> list[dict[str, Any]]:
        """Run one read statement, all rows as dicts; retried on transient errors. `timeout` in seconds for all attempts together.

        Raises `QueryTimedOut`, `StoreUnavailable`, `StatementFailed`, and `BadStatement` for one that is declared as a write.
        """
        if statement.mode != "read":
            raise BadStatement(f"{statement.name} is declared as a write; use write()")
        deadline = Deadline(timeout or self._patience.read)
        text = statement.for_engine(self._engine)

        def attempt() -> list[dict[str, Any]]:
            with self._session(deadline, "READ") as session:
                with storable(statement.name):
                    result = session.run(Query(text, timeout=deadline.left()), params)
                return rows_of(result)

        return self._retried(statement.name, deadline, attempt)

    def columns(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> dict[str, Sequence[Any]]:
        """Run a read whose single row holds collected columns (`RETURN collect(n.id) AS id, ...`); much faster than rows in bulk.

        Raises what `read` raises, and `BadStatement` when the answer is not one row of lists of one length.
        """
        rows = self.read(statement, timeout=timeout, **params)
        lengths = {len(column) if isinstance(column, list) else -1 for column in rows[0].values()} if len(rows) == 1 else {-1}
        if len(lengths) != 1 or -1 in lengths:
            raise BadStatement(
                f"{statement.name} does not return one row of collected columns of one length (collect() leaves nulls out: coalesce)"
            )
        return dict(rows[0])

    def write(self, work: Callable[[StoreTransaction], T], /, *, timeout: float | None = None) -> T:
        """Run `work` in one write transaction, again as a whole after a conflict. `work` must be idempotent.

        Raises `OutcomeUnknown` (the answer to the commit was lost), `AlreadyExists`, `WriteConflict`, `QueryTimedOut`, `StoreUnavailable`.
        """
        deadline = Deadline(timeout or self._patience.write)

        def attempt() -> T:
            with self._session(deadline, "WRITE") as session:
                transaction = session.begin_transaction(timeout=deadline.left())
                with transaction:
                    result = work(BoltTransaction(transaction, self._engine))
                    transaction.commit()
                return result

        return self._retried("write", deadline, attempt)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold this machine's writer's place (see `cmdb.store.writer`). Re-entrant within a thread."""
        with self._place.held():
            yield

    def close(self) -> None:
        """Close the connections (not the engine)."""
        self._driver.close()

    def _session(self, deadline: Deadline, mode: str) -> Session:
        return bounded_session(
            self._driver, deadline, self._grace, database=self._database or None, default_access_mode=mode, fetch_size=FETCH_ALL
        )

    def _end_abandoned(self, deadline: Deadline) -> None:
        if self._end_queries_of is not None and deadline.client_port is not None:
            # It ends by the engine's own time limit at the latest; the caller gets its time-out either way.
            with suppress(OSError, CmdbError):
                self._end_queries_of(deadline.client_port)

    def _retried(self, name: str, deadline: Deadline, attempt: Callable[[], T]) -> T:
        retry = Retry(self._patience, self._engine, deadline)
        while True:
            try:
                return attempt()
            except (Neo4jError, DriverError) as error:
                fault = fault_of(error)
                if fault is Fault.TIMED_OUT and isinstance(error, DriverError):
                    self._end_abandoned(deadline)
                if not retry.again(fault, str(error)):
                    _raise(fault, name, deadline, retry.failed, error)
            time.sleep(retry.wait)


def _raise(fault: Fault, name: str, deadline: Deadline, tried: int, error: Neo4jError | DriverError) -> NoReturn:
    said = (error.message if isinstance(error, Neo4jError) else str(error)) or type(error).__name__
    match fault:
        case Fault.CONFLICT:
            raise WriteConflict(f"{name} met other writers in {tried} attempts within {deadline.seconds:.1f} s; try again later") from error
        case Fault.UNREACHABLE:
            raise StoreUnavailable(f"no answer from the graph engine ({said}); nothing was written, try again", retry_after=2) from error
        case Fault.UNKNOWN_OUTCOME:
            raise OutcomeUnknown(
                "the connection broke during commit; look the idempotency key up, or send the same request with the same key"
            ) from error
        case Fault.TIMED_OUT:
            raise QueryTimedOut(f"{name} did not finish within {deadline.seconds:.1f} s; ask for less, or page through it") from error
        case Fault.DUPLICATE:
            raise AlreadyExists(f"a uniqueness constraint refused it: {said[:300]}") from error
        case Fault.SIGN_IN:
            raise SignInRefused("the graph engine refused user or password; check CMDB_GRAPH_USER and CMDB_GRAPH_PASSWORD") from error
        case Fault.REFUSED | Fault.FIRST_USE:
            raise StatementFailed(f"{name}: {said[:500]}", engine_code=getattr(error, "code", None)) from error
