"""What entered or left a scope without having been touched itself: a service depends on more, or on less, than before (design 8).

Only scopes whose items are known one by one can move so. What was touched between the sides is told where it was touched; this tells the
rest, at the end: its place is the commit after the later side.
"""

from collections.abc import Iterator
from functools import cached_property

from baselines.differences import Difference, DifferenceKind, State, Subject
from baselines.judge import Judge, Span, difference_of
from baselines.profiles import Lens
from baselines.touched import CHUNK, Head, Touched, chunks
from cmdb.model.item import RelationState


class Moves:
    """Untouched items and relationships of which one side has what the other has not."""

    def __init__(self, touched: Touched, span: Span, lens: Lens, judge: Judge) -> None:
        self._touched = touched
        self._span = span
        self._lens = lens
        self._judge = judge

    def found(self) -> Iterator[Difference]:
        """Items by id, then relationships by id."""
        moved = self._moved
        if not moved:
            return
        yield from self._judged(Subject.ITEM, moved)
        yield from self._judged(Subject.RELATION, self._relations(moved))

    @cached_property
    def _moved(self) -> list[str]:
        lo, hi = self._span.at_lo.ids, self._span.at_hi.ids
        if lo is None and hi is None:
            return []
        if lo is not None and hi is not None:
            return sorted(lo ^ hi)
        return sorted((lo or frozenset()) | (hi or frozenset()))  # the other side goes by type: look at each

    def _relations(self, items: list[str]) -> list[str]:
        found: set[str] = set()
        for end in ("source", "target"):
            for seq in {self._span.lo, self._span.hi}:
                found.update(self._touched.relation_ids(items, seq, end))
        return sorted(found)

    def _judged(self, subject: Subject, ids: list[str]) -> Iterator[Difference]:
        """Those among the ids that were not touched between: both sides know the same state of them."""
        for part in chunks(ids, CHUNK):
            before = self._touched.states(subject, part, self._span.lo)
            after = self._touched.states(subject, part, self._span.hi)
            untouched = {id_: stood.live for id_, stood in before.items() if id_ in after and after[id_].revision == stood.revision}
            same = {id_: state for id_, state in untouched.items() if state is not None}
            self._judge.learn_ends(state for state in same.values() if isinstance(state, RelationState))
            for id_ in part:
                state = same.get(id_)
                if state is not None and self._lens.sees(subject, state.type):
                    one = self._difference(subject, state)
                    if one is not None:
                        yield one

    def _difference(self, subject: Subject, state: State) -> Difference | None:
        there = [self._judge.counts(members, state) for _, members in (self._span.first, self._span.second)]
        if there[0] is there[1]:
            return None
        head = Head(self._span.hi + 1, int(subject is Subject.RELATION), state.id, state.type, state.revision, retired=False)
        kind = DifferenceKind.ENTERED if there[1] else DifferenceKind.LEFT
        return difference_of(head.cursor, subject, kind, state, state, ())
