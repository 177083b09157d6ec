"""A graph compressed: rows both ways, columns, groups and words, all as arrays, so that it can be saved and mapped into memory as it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.levels import Bytes, Ints, Pass, Shorts
from cmdb.impact.rows import GraphRows, GroupNeed, sorted_by_id
from cmdb.impact.view import Words

WORD_FIELDS = ("types", "relation_types", "owners", "locations", "criticalities")


@dataclass(frozen=True, slots=True)
class CompressedGraph:
    """Items in the order of their ids. `affects_*`: rows from providers to dependents; `needs_*`: the other way. Groups by ordinal: item
    number, `group_count` (-1: unsaid), `group_percent` (-1: unsaid), members. `second_memberships`: (n, 3)."""

    ids: NDArray[np.bytes_]
    type_of: Ints
    owner_of: Ints
    location_of: Ints
    criticality_of: Ints
    affects_start: Ints
    affects_base: Ints
    affects_tag: Shorts
    needs_start: Ints
    needs_base: Ints
    needs_tag: Shorts
    group_numbers: Ints
    group_count: Ints
    group_percent: NDArray[np.float64]
    group_members: Ints
    second_memberships: Ints
    types: tuple[str, ...]
    relation_types: tuple[str, ...]
    owners: tuple[str, ...]
    locations: tuple[str, ...]
    criticalities: tuple[str, ...]

    @staticmethod
    def of(rows: GraphRows) -> "CompressedGraph":
        """Compress plain columns: sorting, the one costly step of building an index."""
        rows = sorted_by_id(rows)
        n = rows.items
        numbers = np.fromiter(sorted(rows.groups), np.int32, len(rows.groups))
        needs = [rows.groups[v] for v in numbers.tolist()]
        ordinal = np.full(n, -1, np.int32)
        ordinal[numbers] = np.arange(len(numbers), dtype=np.int32)
        member = rows.how == Pass.MEMBER
        members = np.bincount(ordinal[rows.dependent[member]], minlength=len(numbers)) if len(numbers) else np.zeros(0)
        none = np.full(n, -1, np.int32)
        affects = compress(n, rows.provider, rows.dependent, rows.how, rows.tag)
        required = compress(n, rows.dependent, rows.provider, rows.how, rows.tag)
        return CompressedGraph(
            ids=rows.ids,
            type_of=rows.type_of,
            owner_of=none if rows.owner_of is None else rows.owner_of,
            location_of=none if rows.location_of is None else rows.location_of,
            criticality_of=none if rows.criticality_of is None else rows.criticality_of,
            affects_start=affects[0],
            affects_base=affects[1],
            affects_tag=affects[2],
            needs_start=required[0],
            needs_base=required[1],
            needs_tag=required[2],
            group_numbers=numbers,
            group_count=np.fromiter((-1 if need.count is None else need.count for need in needs), np.int32, len(needs)),
            group_percent=np.fromiter((-1.0 if need.percent is None else need.percent for need in needs), np.float64, len(needs)),
            group_members=members.astype(np.int32),
            second_memberships=np.array(rows.second_memberships, np.int32).reshape(-1, 3),
            types=rows.types,
            relation_types=rows.relation_types,
            owners=rows.owners,
            locations=rows.locations,
            criticalities=rows.criticalities,
        )

    def words(self) -> Words:
        """The word lists, to be added to."""
        return Words(*(list(getattr(self, name)) for name in WORD_FIELDS))

    def group_needs(self) -> list[GroupNeed]:
        """What each group needs, by ordinal."""
        pairs = zip(self.group_count.tolist(), self.group_percent.tolist(), strict=True)
        return [GroupNeed(None if count < 0 else count, None if percent < 0 else percent) for count, percent in pairs]


def compress(items: int, tail: Ints, head: Ints, how: Bytes, tag: Shorts) -> tuple[Ints, Ints, Shorts]:
    """Arrows sorted by `tail` and within a row by `how`: row starts (items + 1), packed heads, tags.

    Within a row hard needs come first, so that the kernel's branches are predictable.
    """
    order = np.argsort(tail.astype(np.int64) * 4 + how, kind="stable")
    start = np.zeros(items + 1, np.int32)
    np.cumsum(np.bincount(tail, minlength=items), out=start[1:])
    packed = (head[order] << 2) | how[order].astype(np.int32)
    return start, packed.astype(np.int32), tag[order].astype(np.int16)
