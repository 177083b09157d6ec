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
    length. `groups` names the items that are redundancy groups. A membership (`Pass.MEMBER`) occurs once for a member and group; where
    two relationship types say the same, the other is one of `second_memberships` (member, group, tag).
    """

    ids: NDArray[np.bytes_]
    type_of: Ints
    provider: Ints
    dependent: Ints
    how: Bytes
    tag: Shorts
    groups: Mapping[int, GroupNeed] = field(default_factory=dict)
    second_memberships: tuple[tuple[int, int, int], ...] = ()
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


def sorted_by_id(rows: GraphRows) -> GraphRows:
    """The same graph with items numbered in the order of their ids."""
    if rows.items < 2 or bool(np.all(rows.ids[:-1] < rows.ids[1:])):
        return rows
    order = np.argsort(rows.ids, kind="stable").astype(np.int32)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order), dtype=np.int32)

    def picked(column: Ints | None) -> Ints | None:
        return None if column is None else column[order]

    return GraphRows(
        ids=rows.ids[order],
        type_of=rows.type_of[order],
        provider=rank[rows.provider],
        dependent=rank[rows.dependent],
        how=rows.how,
        tag=rows.tag,
        groups={int(rank[v]): need for v, need in rows.groups.items()},
        second_memberships=tuple((int(rank[m]), int(rank[g]), tag) for m, g, tag in rows.second_memberships),
        types=rows.types,
        relation_types=rows.relation_types,
        owner_of=picked(rows.owner_of),
        location_of=picked(rows.location_of),
        criticality_of=picked(rows.criticality_of),
        owners=rows.owners,
        locations=rows.locations,
        criticalities=rows.criticalities,
    )
