"""The graph in memory as its one writer sees it: items, arrows and groups that can change, from which views for readers are taken.

Copies are made only of what a reader may hold: codes of existing items and group thresholds are copied once after each view when they
change; rows look after themselves (`overlay`).
"""

import threading

import numpy as np

from cmdb.impact.compressed import CompressedGraph
from cmdb.impact.identity import IdTable
from cmdb.impact.kernel import Groups, Rows, flatten
from cmdb.impact.levels import Ints, Pass, Shorts, needed_members
from cmdb.impact.overlay import OverlaidRows, grown
from cmdb.impact.rows import GraphRows, GroupNeed
from cmdb.impact.view import GraphView, Words

COLUMNS = ("type_of", "owner_of", "location_of", "criticality_of")
WORD_LISTS = {"type_of": "types", "owner_of": "owners", "location_of": "locations", "criticality_of": "criticalities"}


class WordBook:
    """Words and their codes, for all columns and relationship types. Only grows. Thread-safe: copies to try changes on share it with the
    writer."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._lock = threading.Lock()
        self._codes = {name: {word: code for code, word in enumerate(getattr(words, name))} for name in Words.__dataclass_fields__}

    def code(self, book: str, word: str | None) -> int:
        """The code of a word, given out when it is new; -1 for none."""
        if not word:
            return -1
        codes = self._codes[book]
        code = codes.get(word)
        if code is None:
            with self._lock:
                code = codes.get(word)
                if code is None:
                    getattr(self.words, book).append(word)
                    code = codes[word] = len(codes)
        return code


class LiveGraph:
    """One writer at a time."""

    def __init__(self, base: CompressedGraph, fresh_as_of: str | None = None) -> None:
        n = len(base.ids)
        self.fresh_as_of = fresh_as_of
        self.ids = IdTable(base.ids)
        self.book = WordBook(base.words())
        self.affects = OverlaidRows(base.affects_start, base.affects_base, base.affects_tag)
        self.needs = OverlaidRows(base.needs_start, base.needs_base, base.needs_tag)
        self.items = self.live_items = n
        self.relations = len(base.affects_base)
        self._columns: dict[str, Ints] = {name: getattr(base, name) for name in COLUMNS}
        self._held: set[str] = set(COLUMNS)  # columns somebody else may hold: copied before they are altered
        self._group_needs = base.group_needs()
        self._members: list[int] = base.group_members.tolist()
        self._fewest: dict[int, int] = {}  # what-if only: members a group was recorded with, by ordinal
        self._ordinal = np.full(n, -1, np.int32)
        self._ordinal[base.group_numbers] = np.arange(len(base.group_numbers), dtype=np.int32)
        k = [needed_members(m, need.count, need.percent) for m, need in zip(self._members, self._group_needs, strict=True)]
        self._needed = np.array(k, np.int32)
        self._fatal = (base.group_members - self._needed + 1).astype(np.int32)
        self._doubles: dict[tuple[int, int], list[int]] = {}
        for member, group, tag in base.second_memberships.tolist():
            self._doubles.setdefault((member, group), []).append(tag)

    # -- reading -----------------------------------------------------------------------------------------------------------------

    def view(self, revision: int) -> GraphView:
        """The graph as it stands. The caller holds the writer's lock."""
        self._held = {*COLUMNS, "groups"}
        return GraphView(
            revision=revision,
            items=self.items,
            live_items=self.live_items,
            relations=self.relations,
            ids=self.ids,
            affects=self.affects.view(),
            needs=self.needs.view(),
            groups=Groups(self._ordinal, self._fatal),
            needed=self._needed,
            type_of=self._columns["type_of"],
            owner_of=self._columns["owner_of"],
            location_of=self._columns["location_of"],
            criticality_of=self._columns["criticality_of"],
            words=self.book.words,
            fresh_as_of=self.fresh_as_of,
        )

    def find(self, item_id: str) -> int:
        """The number of a live item, -1 where there is none."""
        number = self.ids.find(item_id, self.items)
        return number if number >= 0 and self._columns["type_of"][number] >= 0 else -1

    def is_group(self, number: int) -> bool:
        """Whether the item is a redundancy group."""
        return int(self._ordinal[number]) >= 0

    def type_name(self, number: int) -> str:
        """The type of a live item."""
        return self.book.words.types[int(self._columns["type_of"][number])]

    # -- changing ----------------------------------------------------------------------------------------------------------------

    def fork(self) -> "LiveGraph":
        """A copy for what-if questions: shares what cannot change, copies the rest. The caller holds the writer's lock."""
        copy = LiveGraph.__new__(LiveGraph)
        copy.__dict__.update(self.__dict__)
        copy.ids = self.ids.fork()
        copy.affects, copy.needs = self.affects.fork(), self.needs.fork()
        # Cut to size: what is added must not be written into the room that the original keeps for its own next items.
        copy._columns, copy._held = {name: column[: self.items] for name, column in self._columns.items()}, {*COLUMNS, "groups"}
        copy._group_needs, copy._members = list(self._group_needs), list(self._members)
        copy._ordinal = self._ordinal.copy()
        copy._doubles = {key: list(tags) for key, tags in self._doubles.items()}
        copy._fewest = dict(enumerate(copy._members))
        return copy

    def add_item(self, item_id: str, type_name: str, **words: str | None) -> int:
        """A new item; `words` are `owner`, `location`, `criticality`. Returns its number."""
        v = self.ids.add(item_id)
        self.items = v + 1
        self.live_items += 1
        for name in COLUMNS:
            self._columns[name] = grown(self._columns[name], self.items, -1)
        self._ordinal = grown(self._ordinal, self.items, -1)
        self.affects.add_row(v)
        self.needs.add_row(v)
        self._columns["type_of"][v] = self.book.code("types", type_name)
        for name, word in words.items():
            self._columns[f"{name}_of"][v] = self.book.code(WORD_LISTS[f"{name}_of"], word)
        return v

    def describe(self, v: int, **words: str | None) -> None:
        """Set `type`, `owner`, `location`, `criticality` of an item that is there."""
        for name, word in words.items():
            self._set(f"{name}_of", v, self.book.code(WORD_LISTS[f"{name}_of"], word))

    def retire_item(self, v: int) -> None:
        """Take an item and all its arrows out."""
        for arrow, tag in zip(*(a.tolist() for a in self.affects.row(v)), strict=True):
            self.needs.remove(arrow >> 2, v << 2 | arrow & 3, tag >> 2)
            if arrow & 3 == Pass.MEMBER:
                self._count_member(arrow >> 2, -1)
                self._doubles.pop((v, arrow >> 2), None)
            self.relations -= 1
        for arrow, tag in zip(*(a.tolist() for a in self.needs.row(v)), strict=True):
            self.affects.remove(arrow >> 2, v << 2 | arrow & 3, tag >> 2)
            self._doubles.pop((arrow >> 2, v), None)
            self.relations -= 1
        self.affects.clear(v)
        self.needs.clear(v)
        if self.is_group(v):
            self._members[self._ordinal[v]] = 0
        self._set("type_of", v, -1)
        self.live_items -= 1

    def set_group(self, v: int, need: GroupNeed) -> None:
        """Make an item a redundancy group, or change what it needs of its members."""
        o = int(self._ordinal[v])
        if o < 0:
            o = len(self._group_needs)
            self._ordinal[v] = o
            self._group_needs.append(need)
            self._members.append(0)
        self._group_needs[o] = need
        self._count_member(v, 0)

    def add_arrow(self, provider: int, dependent: int, how: Pass, relation_type: str, freshness: int) -> None:
        """A relationship that is not there yet (see `drop_arrow`). A second membership of one member in one group is noted but not
        counted twice."""
        tag = self.book.code("relation_types", relation_type) * 4 + freshness
        if how is Pass.MEMBER:
            arrows, _ = self.affects.row(provider)
            if (arrows == (dependent << 2 | Pass.MEMBER)).any():
                self._doubles.setdefault((provider, dependent), []).append(tag)
                return
            self._count_member(dependent, 1)
        self.affects.append(provider, dependent << 2 | how, tag)
        self.needs.append(dependent, provider << 2 | how, tag)
        self.relations += 1

    def drop_arrow(self, provider: int, dependent: int, relation_type: str) -> Pass | None:
        """Take a relationship out, whatever way it passes trouble on; None where it is not there."""
        code = self.book.code("relation_types", relation_type)
        for how in Pass:
            if self.affects.remove(provider, dependent << 2 | how, code) is None:
                continue
            self.needs.remove(dependent, provider << 2 | how, code)
            self.relations -= 1
            if how is Pass.MEMBER:
                self._count_member(dependent, -1)
                self._promote_double(provider, dependent)
            return how
        doubles = self._doubles.get((provider, dependent), [])
        for tag in doubles:
            if tag >> 2 == code:
                doubles.remove(tag)
                return Pass.MEMBER
        return None

    def short_groups(self) -> list[int]:
        """What-if only: groups left with fewer members than they need by what was taken away."""
        return [v for v in np.flatnonzero(self._ordinal[: self.items] >= 0).tolist() if self._fatal[self._ordinal[v]] <= 0]

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _promote_double(self, provider: int, dependent: int) -> None:
        doubles = self._doubles.get((provider, dependent))
        if doubles:
            tag = doubles.pop()
            self.add_arrow(provider, dependent, Pass.MEMBER, self.book.words.relation_types[tag >> 2], tag & 3)

    def _set(self, name: str, v: int, code: int) -> None:
        if self._columns[name][v] == code:
            return
        if name in self._held:
            self._columns[name] = self._columns[name].copy()
            self._held.discard(name)
        self._columns[name][v] = code

    def _count_member(self, group: int, step: int) -> None:
        o = int(self._ordinal[group])
        if o < 0:
            return
        self._members[o] += step
        if "groups" in self._held or o >= len(self._fatal):
            self._fatal, self._needed = (grown(a.copy(), len(self._group_needs)) for a in (self._fatal, self._needed))
            self._held.discard("groups")
        members, need = self._members[o], self._group_needs[o]
        recorded = max(members, self._fewest.get(o, 0))
        k = needed_members(recorded, need.count, need.percent)
        self._needed[o], self._fatal[o] = k, members - k + 1

    def rows(self) -> GraphRows:
        """The graph as plain columns, retired items left out: what a compacted or saved index is made of."""
        view = self.view(0)
        live = np.flatnonzero(view.type_of[: self.items] >= 0)
        renumbered = np.full(self.items, -1, np.int32)
        renumbered[live] = np.arange(len(live), dtype=np.int32)
        provider, arrows, tags = flattened(view.affects, self.items)
        words = self.book.words
        return GraphRows(
            ids=self.ids.everything()[live],
            type_of=view.type_of[live],
            provider=renumbered[provider],
            dependent=renumbered[arrows >> 2],
            how=(arrows & 3).astype(np.int8),
            tag=tags,
            groups={int(renumbered[v]): self._group_needs[self._ordinal[v]] for v in live[view.groups.ordinal[live] >= 0]},
            second_memberships=tuple((int(renumbered[m]), int(renumbered[g]), tag) for (m, g), ts in self._doubles.items() for tag in ts),
            types=tuple(words.types),
            relation_types=tuple(words.relation_types),
            owner_of=view.owner_of[live],
            location_of=view.location_of[live],
            criticality_of=view.criticality_of[live],
            owners=tuple(words.owners),
            locations=tuple(words.locations),
            criticalities=tuple(words.criticalities),
        )


def flattened(rows: Rows, items: int) -> tuple[Ints, Ints, Shorts]:
    """All arrows of rows with overlay: tail item, packed head, tag."""
    size = flatten(rows, items, np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int16))
    tail, arrows, tags = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int16)
    flatten(rows, items, tail, arrows, tags)
    return tail, arrows, tags
