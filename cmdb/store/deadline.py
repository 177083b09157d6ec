"""A time limit that holds on every engine: the connection itself stops waiting.

ArcadeDB ignores the transaction timeout of Bolt, and the blocking driver has no public way to give up on an answer. Its socket has one: a
read deadline. This module is the only place that reaches for it, so a driver that moves it breaks here (a scenario holds the behaviour).
"""

import time
from collections.abc import Callable
from typing import Any

from neo4j import Driver, Session
from neo4j.exceptions import DriverError


class Deadline:
    """A moment until which to wait, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._moment = time.monotonic() + seconds
        self.client_port: int | None = None  # local port of the last connection used: by it the engine knows our query

    def left(self) -> float:
        """Seconds left, never below 0.001 (0 would mean "no limit" to the driver)."""
        return max(self._moment - time.monotonic(), 0.001)

    def over(self) -> bool:
        """Whether the moment has come."""
        return time.monotonic() >= self._moment


def bounded_session(driver: Driver, deadline: Deadline, grace: float, **config: Any) -> Session:
    """A session whose connection stops waiting for answers `grace` seconds after `deadline`, and goes back to the pool without one."""
    session = driver.session(**config)
    connect: Callable[..., None] = session._connect
    disconnect: Callable[..., None] = session._disconnect

    def bounded_connect(*args: Any, **kwargs: Any) -> None:
        connect(*args, **kwargs)
        if session._connection is not None:
            session._connection.socket.set_read_deadline(deadline.left() + grace)
            deadline.client_port = session._connection.socket.getsockname()[1]

    def unbounding_disconnect(*args: Any, **kwargs: Any) -> None:
        if session._connection is not None:
            session._connection.socket.set_read_deadline(None)
        disconnect(*args, **kwargs)

    session._connect = bounded_connect  # type: ignore[method-assign]
    session._disconnect = unbounding_disconnect  # type: ignore[method-assign]
    return session


def stopped_waiting(error: DriverError) -> bool:
    """Whether `error` comes from a deadline, not from a lost connection."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ == "SocketDeadlineExceededError":
            return True
        cause = cause.__cause__ or cause.__context__
    return False
