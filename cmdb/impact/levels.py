"""How badly an item is hit, and how one item's trouble reaches another (design 7).

Levels: `ok < at_risk < degraded < down`. A hard need passes the provider's level on as it is, a soft need one level better; a member
tells its redundancy group, which counts. A part passes its level to the whole like a need of the whole for the part.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Shorts = NDArray[np.int16]
Bytes = NDArray[np.int8]
Marks = NDArray[np.uint8]


class Level(IntEnum):
    """Ordered: a greater number is worse."""

    OK = 0
    AT_RISK = 1
    DEGRADED = 2
    DOWN = 3

    @property
    def word(self) -> str:
        """`at_risk`: the name in the API."""
        return self.name.lower()


class Pass(IntEnum):
    """How an arrow from a provider to its dependent passes trouble on. Two bits beside the neighbour's number in the compressed rows."""

    HARD = 0
    SOFT = 1
    MEMBER = 2


class Freshness(IntEnum):
    """What a relationship rests on. Two bits beside its type in the compressed rows."""

    UNKNOWN = 0
    CONFIRMED = 1  # a source saw it lately
    STALE = 2  # a source saw it, too long ago
    BY_HAND = 3  # a person says so

    @property
    def word(self) -> str:
        """`by_hand`: the name in the API."""
        return self.name.lower()


def needed_members(members: int, count: int | None, percent: float | None) -> int:
    """`k`: how many of a group's members must be up. The greater of `count` and `percent` (rounded up); one where neither is given.

    Never more than there are members: a group recorded with fewer members than it needs has no headroom (any loss takes it down), but is
    not down by itself, since an answer tells what the roots do (decision 0051).
    """
    wanted = []
    if count is not None:
        wanted.append(count)
    if percent is not None:
        wanted.append(-int(-members * percent // 100))
    return max(0, min(max(wanted, default=1), members))
