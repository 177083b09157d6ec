"""Items and relationships as columns while they are read, and the `GraphRows` they make.

The same whether they come from the live graph (`loader`) or from history (`past_loader`): one place decides what an arrow is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.levels import Bytes, Ints, Pass, Shorts
from cmdb.impact.rows import GraphRows, GroupNeed
from cmdb.model.types import Need, PropagationKind

WORDS = ("type", "owner", "location", "criticality")
SAID = {"soft": 1, "hard": 2}
"""What a relationship says of its own need, as a code; 0: nothing."""


@dataclass
class ItemColumns:
    """Columns of items while they come in. Counts and percents: what a redundancy group needs, -1 where it does not say."""

    ids: list[str] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in WORDS})
    counts: list[int] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)

    def sorted(self) -> "ItemColumns":
        """The same items in the order of their ids."""
        order = sorted(range(len(self.ids)), key=self.ids.__getitem__)

        def picked(column: list[Any]) -> list[Any]:
            return [column[at] for at in order]

        words = {name: picked(column) for name, column in self.words.items()}
        return ItemColumns(picked(self.ids), words, picked(self.counts), picked(self.percents))


@dataclass(frozen=True)
class Frame:
    """Items numbered by the order of their ids, with their words as codes, and which of them are redundancy groups."""

    ids: NDArray[np.bytes_]
    types: tuple[str, ...]
    type_of: Ints
    columns: Mapping[str, tuple[tuple[str, ...], Ints]]
    groups: dict[int, GroupNeed]

    @staticmethod
    def of(items: ItemColumns, table: ArrowTable) -> "Frame":
        """The frame of items that are sorted by id."""
        ids = np.array([i.encode() for i in items.ids], dtype=np.bytes_) if items.ids else np.zeros(0, "S26")
        columns = {name: coded(values) for name, values in items.words.items()}
        types, type_of = columns["type"]
        return Frame(ids, types, type_of, columns, _groups(items, types, type_of, table))


@dataclass
class RelationColumns:
    """Columns of relationships while they come in. `need`: as in `SAID`; `backing`: code of the set of sources."""

    source: list[Ints] = field(default_factory=list)
    target: list[Ints] = field(default_factory=list)
    type: list[Shorts] = field(default_factory=list)
    need: list[Bytes] = field(default_factory=list)
    backing: list[Ints] = field(default_factory=list)
    backings: dict[tuple[str, ...], int] = field(default_factory=dict)

    def joined(self) -> "Joined":
        """In one piece."""

        def one(parts: list[Any], kind: type) -> Any:
            return np.concatenate(parts) if parts else np.zeros(0, kind)

        return Joined(
            one(self.source, np.int32),
            one(self.target, np.int32),
            one(self.type, np.int16),
            one(self.need, np.int8),
            one(self.backing, np.int32),
        )


@dataclass(frozen=True)
class Joined:
    """`RelationColumns` in one piece."""

    source: Ints
    target: Ints
    type: Shorts
    need: Bytes
    backing: Ints


def coded(values: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Words and the code of each value; -1 for empty ones."""
    codes: dict[str, int] = {}
    column = np.fromiter((codes.setdefault(value, len(codes)) if value else -1 for value in values), np.int32, len(values))
    return tuple(codes), column


def numbers_of(ids: NDArray[np.bytes_], wanted: Sequence[str]) -> Ints:
    """Positions of ids in a sorted column, -1 where they are not in it."""
    if not len(wanted) or not len(ids):
        return np.full(len(wanted), -1, np.int32)
    raw = np.array([one.encode() for one in wanted], dtype=np.bytes_)
    at = np.minimum(np.searchsorted(ids, raw), len(ids) - 1)
    return np.where(ids[at] == raw, at, -1).astype(np.int32)


def assembled(frame: Frame, table: ArrowTable, joined: Joined, fresh: Bytes) -> GraphRows:
    """The graph. `joined.type` codes relationship types in the order of the table; `fresh` is the `Freshness` of each relationship."""
    relation_types = tuple(table.propagation)
    provider, dependent, how = _arrows(joined, table, relation_types, frame.groups, len(frame.ids))
    tag = (joined.type * 4 + fresh).astype(np.int16)
    keep = _once(provider, dependent, how, len(frame.ids))
    again = tuple(zip(*(column[~keep].tolist() for column in (provider, dependent, tag)), strict=True))
    columns = frame.columns
    return GraphRows(
        frame.ids, frame.type_of, provider[keep], dependent[keep], how[keep], tag[keep],
        groups=frame.groups, second_memberships=again, types=frame.types, relation_types=relation_types,
        owner_of=columns["owner"][1], location_of=columns["location"][1], criticality_of=columns["criticality"][1],
        owners=columns["owner"][0], locations=columns["location"][0], criticalities=columns["criticality"][0],
    )  # fmt: skip


def _groups(items: ItemColumns, types: Sequence[str], type_of: Ints, table: ArrowTable) -> dict[int, GroupNeed]:
    numbers = np.flatnonzero(np.isin(type_of, [code for code, name in enumerate(types) if name in table.group_types]))
    needs = {}
    for number in numbers.tolist():
        count, percent = items.counts[number], items.percents[number]
        needs[number] = GroupNeed(None if count < 0 else count, None if percent < 0 else percent)
    return needs


def _arrows(
    joined: Joined, table: ArrowTable, relation_types: Sequence[str], groups: dict[int, GroupNeed], items: int
) -> tuple[Ints, Ints, Bytes]:
    """Providers, dependents and how trouble passes."""
    ways = [table.propagation[name] for name in relation_types]
    to_source = np.array([way.affected_end == "source" for way in ways], np.bool_)[joined.type]
    soft = np.array([way.need is Need.SOFT for way in ways], np.bool_)[joined.type]
    part = np.array([way.kind is PropagationKind.PART_OF for way in ways], np.bool_)[joined.type]
    is_group = np.zeros(items, np.bool_)
    is_group[list(groups)] = True
    soft = np.where(joined.need == 0, soft, joined.need == 1)
    how = np.where(part & is_group[joined.target], Pass.MEMBER, np.where(soft, Pass.SOFT, Pass.HARD)).astype(np.int8)
    provider = np.where(to_source, joined.target, joined.source).astype(np.int32)
    dependent = np.where(to_source, joined.source, joined.target).astype(np.int32)
    return provider, dependent, how


def _once(provider: Ints, dependent: Ints, how: Bytes, items: int) -> NDArray[np.bool_]:
    """All arrows but a second membership of one member in one group (two relationship types may both say so)."""
    keep = np.ones(len(provider), np.bool_)
    members = np.flatnonzero(how == Pass.MEMBER)
    _, first = np.unique(provider[members].astype(np.int64) * max(items, 1) + dependent[members], return_index=True)
    keep[members] = False
    keep[members[first]] = True
    return keep
