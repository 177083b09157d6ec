"""Type changes. An item keeps its type (decision 0043): who knows better retires it and creates another in its place.

Rule: an item that went and one of another type that came between the two sides are the same thing where they share an identifier by the
registry's own identification rules (a rule of `host` recognises a server that became a virtual machine). A key that several of them share
says nothing. Alike names of types that no rule compares are no type change. The rules are those of the two sides, not of the present.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from baselines.differences import Subject
from baselines.touched import Head, Touched, chunks
from baselines.types_then import TypesThen
from cmdb.identification.keys import keys_of
from cmdb.model.item import ItemState

MOST = 50_000
"""Items that came or went beyond which types are not compared: memory stays bounded, and whole estates do not change type."""
_WINDOW = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """What `gone` was, as it stood at the earlier side, is `come` now."""

    gone: str
    gone_state: ItemState
    come: str


class Pairs:
    """Finds type changes between two commits, once, when first asked."""

    def __init__(self, touched: Touched, types: TypesThen, lo: int, hi: int) -> None:
        self._touched = touched
        self._types = types
        self._lo, self._hi = lo, hi
        self._found: dict[str, Pair] | None = None
        self.complete = True

    def found(self) -> dict[str, Pair]:
        """Pairs by the ids of both."""
        if self._found is None:
            self._found = self._look()
        return self._found

    def _look(self) -> dict[str, Pair]:
        gone: list[Head] = []
        for seqs in self._touched.windows(self._lo, self._hi):
            gone += self._touched.items(seqs, self._hi, gone=True)
            if len(gone) > MOST:
                self.complete = False
                return {}
        families = {name for type_name in {head.type for head in gone} for name in self._relatives(type_name)}
        come: list[Head] = []
        for seqs in self._touched.windows(self._lo, self._hi) if families else ():
            heads = self._touched.items(seqs, self._hi)
            come += (head for head in heads if not head.retired and head.revision == 1 and head.type in families)
            if len(come) > MOST:
                self.complete = False
                return {}
        return self._match(gone, come) if come else {}

    def _relatives(self, type_name: str) -> Iterable[str]:
        """Other types that share an identification rule with this one."""
        known = self._types.item_type(type_name)
        rules = {rule.key for rule in known.identification} if known else set()
        return (
            name
            for name, one in self._types.later.item_types.items()
            if name != type_name and not one.abstract and any(rule.key in rules for rule in one.identification)
        )

    def _match(self, gone: list[Head], come: list[Head]) -> dict[str, Pair]:
        keys: dict[str, ItemState | None] = {}
        for part in chunks(gone, _WINDOW):
            for stood in self._touched.states(Subject.ITEM, [head.id for head in part], self._lo).values():
                if isinstance(stood.live, ItemState):
                    for key in self._keys(stood.live):
                        keys[key] = None if key in keys else stood.live
        claimed: dict[str, list[tuple[str, ItemState]]] = {}
        for part in chunks(come, _WINDOW):
            for id_, state in self._touched.bodies(part).items():
                assert isinstance(state, ItemState)
                for key in self._keys(state):
                    hit = keys.get(key)
                    if hit is not None and hit.type != state.type:
                        claimed.setdefault(hit.id, []).append((id_, hit))
                        break
        pairs: dict[str, Pair] = {}
        taken: set[str] = set()
        for gone_id, hits in claimed.items():
            come_id, state = hits[0]
            if len({one[0] for one in hits}) == 1 and come_id not in taken:
                taken.add(come_id)
                pairs[gone_id] = pairs[come_id] = Pair(gone_id, state, come_id)
        return pairs

    def _keys(self, state: ItemState) -> tuple[str, ...]:
        known = self._types.item_type(state.type)
        if known is None:
            return ()
        strong, weak = keys_of(known, {**state.attributes, "name": state.name})
        return (*strong, *weak)
