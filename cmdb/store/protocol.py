"""The one small protocol behind which the engines stand (design 4).

Reads and writes are statements loaded from files (`cmdb.store.statements`) with parameters. All calls block; servers run them in threads.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from cmdb.store.statements import Statement

T = TypeVar("T")
Row = Mapping[str, Any]
Params = Mapping[str, Any]


class Transaction(Protocol):
    """One open transaction. It rolls back unless its function returns."""

    def run(self, statement: Statement, /, **params: Any) -> list[dict[str, Any]]:
        """Run one statement, all rows as dicts."""
        ...


class Store(Protocol):
    """A graph engine, reached over Bolt."""

    @property
    def engine(self) -> str:
        """`arcadedb` or `neo4j`."""
        ...

    def read(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> list[dict[str, Any]]:
        """Run one read statement outside any transaction of ours; retried on transient errors. Raises `QueryTimedOut`."""
        ...

    def columns(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> dict[str, Sequence[Any]]:
        """Run a read whose single row holds collected columns; much faster than rows for bulk reads."""
        ...

    def write(self, work: Callable[[Transaction], T], /, *, timeout: float | None = None) -> T:
        """Run `work` in one write transaction, retried as a whole on transient conflicts. `work` must be idempotent.

        Raises `OutcomeUnknown` when the answer to the commit was lost: look the idempotency key up before trying again.
        """
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Hold this machine's writer's place: commits are serial, so waiting here is cheaper than a conflict at the end."""
        ...

    def close(self) -> None:
        """Close the connections (not the engine)."""
        ...
