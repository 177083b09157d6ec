"""What a question sees: the graph at one revision, never altered."""

from dataclasses import dataclass

import numpy as np

from cmdb.impact.identity import IdTable
from cmdb.impact.kernel import Groups, Rows
from cmdb.impact.levels import Freshness, Ints, Pass


@dataclass(frozen=True, slots=True)
class Link:
    """One arrow as seen from an item: the other item's number, how trouble passes, relationship type and freshness."""

    other: int
    how: Pass
    relation_type: str
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Words:
    """Word lists behind the codes. They only grow, so views share them."""

    types: list[str]
    relation_types: list[str]
    owners: list[str]
    locations: list[str]
    criticalities: list[str]


@dataclass(frozen=True, slots=True)
class GraphView:
    """Items by number below `items` (some of them retired: type code -1), arrows both ways, groups, columns of codes."""

    revision: int
    items: int
    live_items: int
    relations: int
    ids: IdTable
    affects: Rows
    needs: Rows
    groups: Groups
    needed: Ints  # by group ordinal: k
    type_of: Ints
    owner_of: Ints
    location_of: Ints
    criticality_of: Ints
    words: Words
    fresh_as_of: str | None = None  # when sightings were last read: what was confirmed then may be stale by now

    def find(self, item_id: str) -> int:
        """The number of a live item, -1 where there is none."""
        number = self.ids.find(item_id, self.items)
        return number if number >= 0 and self.type_of[number] >= 0 else -1

    def was(self, item_id: str) -> bool:
        """Whether the id is one the index knows, live or retired."""
        return self.ids.find(item_id, self.items) >= 0

    def type_name(self, number: int) -> str:
        """The item's type."""
        return self.words.types[int(self.type_of[number])]

    def is_group(self, number: int) -> bool:
        """Whether the item is a redundancy group."""
        return 0 <= int(self.groups.ordinal[number]) < len(self.needed)

    def needed_by(self, number: int) -> int:
        """`k` of a group: how many of its members must be up."""
        return int(self.needed[self.groups.ordinal[number]])

    def dependents(self, number: int) -> list[Link]:
        """Whom the item's trouble reaches."""
        return self._links(self.affects, number)

    def providers(self, number: int) -> list[Link]:
        """What the item needs; for a group, its members as well."""
        return self._links(self.needs, number)

    def _links(self, rows: Rows, number: int) -> list[Link]:
        slot = int(rows.slot[number]) if rows.slots else -1
        if 0 <= slot < rows.slots:
            part = slice(int(rows.first[slot]), int(rows.last[slot]))
            arrows, tags = rows.pool[part], rows.pool_tag[part]
        else:
            part = slice(int(rows.start[number]), int(rows.start[number + 1]))
            arrows, tags = rows.base[part], rows.base_tag[part]
        names = self.words.relation_types
        return [
            Link(arrow >> 2, Pass(arrow & 3), names[tag >> 2], Freshness(tag & 3))
            for arrow, tag in zip(arrows.tolist(), tags.tolist(), strict=True)
        ]

    def memory(self) -> int:
        """Bytes of all arrays (ids included, word lists not)."""
        arrays = [*self.affects, *self.needs, *self.groups, self.needed, self.type_of, self.owner_of, self.location_of, self.criticality_of]
        return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray)) + self.ids.nbytes
