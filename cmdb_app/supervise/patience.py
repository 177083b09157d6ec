"""Waiting for a part that is still starting."""

import time
from collections.abc import Callable
from typing import TypeVar

from cmdb.kernel.errors import CmdbError

T = TypeVar("T")


def patiently(attempt: Callable[[], T], seconds: float, pause: float = 0.1) -> T:
    """What `attempt` gives. While it says that a part is away (status 503) it is tried again, for `seconds` at most."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except CmdbError as problem:
            if problem.status != 503 or time.monotonic() >= give_up:
                raise
        time.sleep(pause)
