"""The estate at one commit as columns: every item's id and type, every relationship's ends and type (requirement 9.1-05).

Read from the versions along the ledger, commit window by commit window, so that the same commit gives the same estate for ever and no more
than one window is in memory as objects. Kept are some 60 bytes for each item and 10 for each relationship.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cmdb.ledger.log import Log, grouped
from cmdb.ledger.purged import body_of
from cmdb.model.item import ItemState
from cmdb.model.registry import Registry
from cmdb.registry.asof import registry_at
from cmdb.store.protocol import Store
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"
WINDOW = 5_000
"""Versions in one window, unless a single commit made more."""

Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]
Told = Callable[[int, str], None]


class Members(Protocol):
    """What a scope holds: `baselines.scope.Members`."""

    @property
    def everything(self) -> bool: ...
    @property
    def types(self) -> frozenset[str] | None: ...
    @property
    def ids(self) -> frozenset[str] | None: ...


@dataclass(slots=True)
class Estate:
    """Items are numbered by the order of their ids. `in_scope` says which the audit looks at; relationships are all there."""

    seq: int
    ids: NDArray[np.bytes_]
    type_of: Ints
    types: tuple[str, ...]
    in_scope: Mask
    source: Ints
    target: Ints
    relation_of: Ints
    relation_types: tuple[str, ...]

    @property
    def items(self) -> int:
        return len(self.ids)

    def number(self, item_id: str) -> int:
        """The item's number, -1 where it was not live."""
        return int(numbers(self.ids, [item_id])[0])

    def id_of(self, number: int) -> str:
        return str(self.ids[number].decode())

    def type_name(self, number: int) -> str:
        return self.types[int(self.type_of[number])]

    def of_types(self, names: frozenset[str]) -> Mask:
        """Which items are of one of these types."""
        wanted = np.array([name in names for name in self.types], np.bool_)
        return wanted[self.type_of] if len(self.types) else np.zeros(0, np.bool_)

    def relations(self, names: Sequence[str] | None = None) -> Mask:
        """Which relationships are of these types."""
        if names is None:
            return np.ones(len(self.source), np.bool_)
        codes = [code for code, name in enumerate(self.relation_types) if name in names]
        return np.isin(self.relation_of, codes)

    def degree(self, relation: str, direction: str, types: tuple[str, ...] = ()) -> Ints:
        """By item number: relationships of a type it is the source (`out`) or target (`in`) of, to items of these concrete types."""
        keep = self.relations([relation])
        near, far = (self.source, self.target) if direction == "out" else (self.target, self.source)
        if types:
            keep = keep & self.of_types(frozenset(types))[far]
        return np.bincount(near[keep], minlength=self.items).astype(np.int32)


def read_estate(store: Store, log: Log, seq: int, told: Told) -> Estate:
    """Items and relationships as of `seq`; `told(versions, phase)` counts what was read. The scope is everything until it is set."""
    ids: list[str] = []
    codes: dict[str, int] = {}
    kinds: list[int] = []
    for first, last in windows(log, seq):
        found = store.columns(load(QUERIES, "column_items_at"), first=first, last=last, seq=seq)
        ids += found["id"]
        kinds += [codes.setdefault(name, len(codes)) for name in found["type"]]
        told(len(found["id"]), "items")
    column = np.array([one.encode() for one in ids], dtype=np.bytes_) if ids else np.zeros(0, "S26")
    order = np.argsort(column, kind="stable")
    column = column[order]
    type_of = np.array(kinds, np.int32)[order] if kinds else np.zeros(0, np.int32)
    source, target, relation_of, relation_types = _relations(store, log, seq, column, told)
    scope = np.ones(len(column), np.bool_)
    return Estate(seq, column, type_of, tuple(codes), scope, source, target, relation_of, relation_types)


def _relations(store: Store, log: Log, seq: int, ids: NDArray[np.bytes_], told: Told) -> tuple[Ints, Ints, Ints, tuple[str, ...]]:
    codes: dict[str, int] = {}
    parts: list[tuple[Ints, Ints, Ints]] = []
    for first, last in windows(log, seq):
        found = store.columns(load(QUERIES, "column_relations_at"), first=first, last=last, seq=seq)
        kinds = np.array([codes.setdefault(name, len(codes)) for name in found["type"]], np.int32)
        source, target = numbers(ids, found["source"]), numbers(ids, found["target"])
        keep = (source >= 0) & (target >= 0)
        parts.append((source[keep], target[keep], kinds[keep] if len(kinds) else np.zeros(0, np.int32)))
        told(len(found["type"]), "relationships")
    joined = [np.concatenate([part[place] for part in parts]) if parts else np.zeros(0, np.int32) for place in range(3)]
    return joined[0], joined[1], joined[2], tuple(codes)


def read_states(store: Store, log: Log, seq: int) -> Iterator[list[ItemState]]:
    """Every item as it was at `seq`, a window at a time."""
    for first, last in windows(log, seq):
        found = store.columns(load(QUERIES, "column_bodies_at"), first=first, last=last, seq=seq)
        if found["body"]:
            yield [ItemState.from_body(body_of(body)) for body in found["body"]]


def windows(log: Log, seq: int) -> Iterator[tuple[int, int]]:
    """Ranges of commits up to `seq`, of about `WINDOW` versions each."""
    place = 0
    while place < seq:
        commits = log.after(place, min(1_000, seq - place))
        if not commits:
            return
        for group in grouped(commits, WINDOW):
            yield group[0].seq, group[-1].seq
        place = commits[-1].seq


def types_then(store: Store, seq: int, now: Registry) -> Registry:
    """The types as they were in force at `seq`; those of `now` where the ledger keeps none (an estate whose types were never stored)."""
    found = registry_at(store, seq)
    return found if found.item_types else now


def numbers(ids: NDArray[np.bytes_], wanted: Sequence[str]) -> Ints:
    """Positions of ids in a sorted column, -1 where they are not in it."""
    if not len(wanted) or not len(ids):
        return np.full(len(wanted), -1, np.int32)
    raw = np.array([one.encode() for one in wanted], dtype=np.bytes_)
    at = np.minimum(np.searchsorted(ids, raw), len(ids) - 1)
    return np.where(ids[at] == raw, at, -1).astype(np.int32)


def scope_mask(estate: Estate, members: Members) -> Mask:
    """Which items of the estate a scope holds."""
    if members.everything:
        return np.ones(estate.items, np.bool_)
    mask = np.ones(estate.items, np.bool_)
    if members.types is not None:
        mask &= estate.of_types(members.types)
    if members.ids is not None:
        chosen = np.zeros(estate.items, np.bool_)
        found = numbers(estate.ids, sorted(members.ids))
        chosen[found[found >= 0]] = True
        mask &= chosen
    return mask
