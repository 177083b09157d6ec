"""From touched subjects to differences: how each stood on both sides, whether that differs, and which commits made it so.

A side is judged by what was there *in scope*. A commit counts where its version alters what is compared (or brings or ends the subject), so
that noise under a profile needs no authorisation, and neither does a version that only says who knows an item now (decision 0047).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from baselines.differences import (
    TYPE,
    Authorisation,
    Difference,
    DifferenceKind,
    End,
    State,
    Subject,
    authorisation_of,
    differing,
    fields_of,
)
from baselines.identity import identity_of
from baselines.pairs import Pair, Pairs
from baselines.profiles import Lens
from baselines.touched import Head, Step, Stood, Touched
from cmdb.model.commit import Commit
from cmdb.model.item import ItemState, RelationState, Value
from cmdb.model.registry import Registry

_NAMES = 100_000


class Membership(Protocol):
    """What is in scope on a side: `baselines.scope.Members`."""

    @property
    def everything(self) -> bool:
        """Whether all is."""
        ...

    @property
    def ids(self) -> frozenset[str] | None:
        """The items, where they are known one by one."""
        ...

    def __contains__(self, item: tuple[str, str]) -> bool:
        """Whether an item, given as (id, type), is."""
        ...

    def touches(self, source: tuple[str, str], target: tuple[str, str]) -> bool:
        """Whether a relationship between two items is."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The commits between, lo < hi, and what is in scope at each end. `forward`: the first side of the comparison is lo."""

    lo: int
    hi: int
    at_lo: Membership
    at_hi: Membership
    forward: bool

    @property
    def first(self) -> tuple[int, Membership]:
        return (self.lo, self.at_lo) if self.forward else (self.hi, self.at_hi)

    @property
    def second(self) -> tuple[int, Membership]:
        return (self.hi, self.at_hi) if self.forward else (self.lo, self.at_lo)


@dataclass(frozen=True, slots=True)
class Seen:
    """A subject on one side: its live state (None: none), whether the ledger knew it by then, whether it counts there."""

    live: State | None
    known: bool
    there: bool


class Judge:
    """Judges chunks of heads. One for each comparison; keeps what it learned of items at the ends of relationships."""

    def __init__(self, touched: Touched, span: Span, lens: Lens, pairs: Pairs, registry: Registry) -> None:
        self._touched = touched
        self._registry = registry
        self._span = span
        self._lens = lens
        self._pairs = pairs
        self._ends: dict[tuple[int, str], End] = {}
        self._types: dict[str, str] = {}

    def judge(self, heads: Sequence[Head]) -> list[Difference]:
        """The differences among these subjects, in order. Relationships come without the names of their ends: see `named`."""
        before = {s: self._touched.states(s, (h.id for h in heads if h.subject is s and h.revision > 1), self._span.lo) for s in Subject}
        after = self._touched.bodies(head for head in heads if not head.retired)
        self.learn_ends(head for head in heads if head.rank)
        pairs: Mapping[str, Pair] = {}
        found = []
        for head in heads:
            lo = self._at_lo(before[head.subject].get(head.id))
            hi = self._at_hi(after.get(head.id))
            if lo.there is not hi.there and head.subject is Subject.ITEM:
                pairs = self._pairs.found()
            pair = pairs.get(head.id)
            if pair is not None and pair.gone == head.id:
                continue  # told with what came in its place
            difference = self._difference(head, lo, hi)
            if difference is not None:
                found.append((head, difference if pair is None else self._retyped(pair, difference)))
        return self._with_commits(found, before)

    def named(self, differences: Sequence[Difference]) -> list[Difference]:
        """The same with the names of relationships' ends, as they were on the side that has the relationship, and with what tells
        items apart from others of their name."""
        at = {one.cursor: self._span.second[0] if one.after is not None else self._span.first[0] for one in differences}
        wanted: dict[int, set[str]] = {}
        for one in differences:
            if one.source is not None and one.target is not None:
                wanted.setdefault(at[one.cursor], set()).update((one.source.id, one.target.id))
        if len(self._ends) > _NAMES:
            self._ends.clear()
        for seq, ids in wanted.items():
            missing = [id_ for id_ in ids if (seq, id_) not in self._ends]
            for id_, stood in self._touched.states(Subject.ITEM, missing, seq).items():
                state = stood.live
                if isinstance(state, ItemState):
                    self._ends[seq, id_] = End(id_, state.type, state.name, state.version, identity_of(state, self._registry))
        return [self._name(one, at[one.cursor]) for one in differences]

    def _name(self, one: Difference, seq: int) -> Difference:
        if one.source is None or one.target is None:
            state = one.after or one.before
            return replace(one, identity=identity_of(state, self._registry)) if isinstance(state, ItemState) else one
        source, target = (self._ends.get((seq, end.id), end) for end in (one.source, one.target))
        name = f"{source.name or source.id} {one.type} {target.name or target.id}"
        return replace(one, source=source, target=target, name=name)

    def learn_ends(self, relations: Iterable[Head | RelationState]) -> None:
        """Types of the ends of relationships, where the scope goes by type."""
        if all(side.everything or side.ids is not None for side in (self._span.at_lo, self._span.at_hi)):
            return
        ends = {end for one in relations for end in (one.source, one.target)}
        self._types |= self._touched.types(ends - self._types.keys())

    def _at_lo(self, stood: Stood | None) -> Seen:
        if stood is None or stood.live is None:
            return Seen(None, stood is not None, there=False)
        return Seen(stood.live, known=True, there=self.counts(self._span.at_lo, stood.live))

    def _at_hi(self, state: State | None) -> Seen:
        return Seen(state, known=True, there=state is not None and self.counts(self._span.at_hi, state))

    def counts(self, members: Membership, state: State) -> bool:
        """Whether a live item or relationship is in scope."""
        if members.everything:
            return True
        if isinstance(state, RelationState):
            ends = ((id_, self._types.get(id_, "")) for id_ in (state.source, state.target))
            return members.touches(*ends)
        return (state.id, state.type) in members

    def _difference(self, head: Head, lo: Seen, hi: Seen) -> Difference | None:
        old, new = (lo, hi) if self._span.forward else (hi, lo)
        state = new.live or old.live
        if state is None or not (old.there or new.there):
            return None
        fields = self.differing(old.live, new.live)
        kind = kind_of(old, new, fields)
        if kind is None:
            return None
        return difference_of(head.cursor, head.subject, kind, old.live, new.live, fields, provenance=self._lens.profile.provenance)

    def differing(self, old: State | None, new: State | None) -> tuple[str, ...]:
        """Names of the fields that differ and count."""
        return differing(self._fields(old), self._fields(new))

    def _fields(self, state: State | None) -> dict[str, Value]:
        return self._lens.kept(state.type, fields_of(state, self._lens.profile.provenance)) if state is not None else {}

    def _retyped(self, pair: Pair, come: Difference) -> Difference:
        gone = pair.gone_state
        old, new = (gone, come.after or come.before) if self._span.forward else (come.before or come.after, gone)
        assert old is not None
        assert new is not None
        return replace(
            come,
            kind=DifferenceKind.RETYPED,
            id=new.id,
            type=new.type,
            name=new.name if isinstance(new, ItemState) else "",
            before=old,
            after=new,
            fields=(TYPE, *self.differing(old, new)),
            former_id=old.id,
        )

    def _with_commits(
        self, found: Sequence[tuple[Head, Difference]], before: Mapping[Subject, Mapping[str, Stood]]
    ) -> list[Difference]:  # fmt: skip
        seqs: dict[str, tuple[int, ...]] = {}
        for subject in Subject:
            several: list[str] = []
            for head, one in found:
                if one.subject is not subject:
                    continue
                stood = before[subject].get(head.id)
                if head.revision - (stood.revision if stood else 0) > 1:
                    several.append(head.id)
                else:
                    seqs[head.cursor] = (head.seq,)
            if several:
                versions = self._touched.between(subject, several, self._span.lo, self._span.hi)
                cursors = {head.id: head.cursor for head, _ in found if head.subject is subject}
                for id_, states in versions.items():
                    seqs[cursors[id_]] = self._altering(before[subject].get(id_), states)
        for cursor, gone in self._gone_seqs(found).items():
            seqs[cursor] = tuple(sorted({*seqs[cursor], *gone}))
        commits = self._touched.commits({seq for some in seqs.values() for seq in some})
        return [_explained(one, [commits[seq] for seq in seqs[head.cursor] if seq in commits]) for head, one in found]

    def _gone_seqs(self, found: Sequence[tuple[Head, Difference]]) -> dict[str, tuple[int, ...]]:
        """Of what was retyped, the commits that altered and ended what it was, by cursor: nobody's edit is lost in a replacement."""
        pairs = {head.cursor: self._pairs.found()[head.id] for head, one in found if one.kind is DifferenceKind.RETYPED}
        steps = self._touched.between(Subject.ITEM, [pair.gone for pair in pairs.values()], self._span.lo, self._span.hi)
        return {
            cursor: self._altering(Stood(pair.gone_state, pair.gone_state.revision), steps[pair.gone]) for cursor, pair in pairs.items()
        }

    def _altering(self, stood: Stood | None, steps: Sequence[Step]) -> tuple[int, ...]:
        """The commits that altered what counts. What a purged version said is not known, so it and the one after it count."""
        last, known = (stood.live if stood is not None else None), True
        seqs = []
        for step in steps:
            if step.purged or not known or (last is None) is not (step.state is None) or self.differing(last, step.state):
                seqs.append(step.seq)
            last, known = step.state, not step.purged
        return tuple(seqs)


def kind_of(old: Seen, new: Seen, fields: tuple[str, ...]) -> DifferenceKind | None:
    """How two sides differ; None where they do not."""
    if old.there and new.there:
        if not fields:
            return None
        return DifferenceKind.RENAMED if "name" in fields and isinstance(new.live, ItemState) else DifferenceKind.CHANGED
    if new.there:
        if old.live is not None:
            return DifferenceKind.ENTERED
        return DifferenceKind.RESTORED if old.known else DifferenceKind.ADDED
    if old.there:
        return DifferenceKind.LEFT if new.live is not None else DifferenceKind.REMOVED
    return None


def difference_of(
    cursor: str,
    subject: Subject,
    kind: DifferenceKind,
    old: State | None,
    new: State | None,
    fields: tuple[str, ...],
    *,
    provenance: bool = False,
) -> Difference:
    """A difference without its commits."""
    state = new or old
    assert state is not None
    source, target = (End(state.source), End(state.target)) if isinstance(state, RelationState) else (None, None)
    name = state.name if isinstance(state, ItemState) else f"{state.source} {state.type} {state.target}"
    return Difference(
        cursor, subject, kind, state.id, state.type, name, old, new, fields, source=source, target=target, provenance=provenance
    )  # fmt: skip


def _explained(one: Difference, commits: Sequence[Commit]) -> Difference:
    altered = one.fields or one.kind not in (DifferenceKind.ENTERED, DifferenceKind.LEFT)
    some = tuple(commits) if altered else ()
    return replace(one, commits=some, authorisation=authorisation_of(some) if some else Authorisation.NOT_APPLICABLE)
