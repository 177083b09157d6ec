"""A graph as plain columns, and the compressed rows made of it.

`GraphRows` is what builders hand over (the loader from the store, generators in tests and benchmarks, a compacted index): arrays only, so
that a million items need no million objects. Arrows run from the provider to its dependent: the way trouble travels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.levels import Bytes, Ints, Shorts

MAX_ITEMS = 1 << 29
"""Item numbers share 32 bits with the two bits of `Pass` and a sign."""


@dataclass(frozen=True, slots=True)
class GroupNeed:
    """What a redundancy group needs of its members: the attributes `need_count` and `need_percent` of the item."""

    count: int | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class GraphRows:
    """Items by number 0..n-1 and arrows between them.

    `ids` is an array of UTF-8 bytes; `type_of`, `owner_of`, `location_of`, `criticality_of` hold codes into the word lists (-1: none).
    Arrows: `provider`, `dependent` (item numbers), `how` (`Pass`) and `tag` (relationship type code * 4 + `Freshness`), all of one
    length. `groups` names the items that are redundancy groups. A membership (`Pass.MEMBER`) occurs once for a member and group.
    """

    ids: NDArray[np.bytes_]
    type_of: Ints
    provider: Ints
    dependent: Ints
    how: Bytes
    tag: Shorts
    groups: Mapping[int, GroupNeed] = field(default_factory=dict)
    types: tuple[str, ...] = ("item",)
    relation_types: tuple[str, ...] = ("depends_on",)
    owner_of: Ints | None = None
    location_of: Ints | None = None
    criticality_of: Ints | None = None
    owners: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    criticalities: tuple[str, ...] = ()

    @property
    def items(self) -> int:
        return len(self.ids)

    @property
    def relations(self) -> int:
        return len(self.provider)


def compress(items: int, tail: Ints, head: Ints, how: Bytes, tag: Shorts) -> tuple[Ints, Ints, Shorts]:
    """Arrows sorted by `tail` and within a row by `how`: row starts (items + 1), packed heads, tags.

    Within a row hard needs come first, so that the kernel's branches are predictable.
    """
    order = np.argsort(tail.astype(np.int64) * 4 + how, kind="stable")
    start = np.zeros(items + 1, np.int32)
    np.cumsum(np.bincount(tail, minlength=items), out=start[1:])
    packed = (head[order] << 2) | how[order].astype(np.int32)
    return start, packed.astype(np.int32), tag[order].astype(np.int16)
