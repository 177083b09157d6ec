"""The one way our numeric kernels are compiled: without the interpreter lock, and cached on disk where a folder can be written.

The first call of a kernel compiles it (about a second) unless the cache has it; `cmdb.impact.warm.warm_up` does that ahead of the first
question.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """`function` as machine code (Numba). Numba looks for a cache folder when decorating and raises where it finds none that can be written
    (a read-only container without a home): then the code is compiled anew in each process. `NUMBA_CACHE_DIR` names a folder explicitly."""
    try:
        return cast(Callable[P, T], njit(nogil=True, cache=True)(function))
    except RuntimeError:
        return cast(Callable[P, T], njit(nogil=True)(function))
