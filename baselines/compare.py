"""Comparing two sides (design 8): totals first, pages after, each difference with the commits and the change behind it.

The answer is a stream in the order of the commit that touched a subject last before the later side: that order never changes, so a cursor
stays good for ever. Nothing but a window of commits and a chunk of subjects is in memory. Between two commits nothing ever changes either,
so totals are kept for who turns pages (`Compare` remembers a few).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, Protocol

from baselines.about import About
from baselines.asked import check_names, types_named
from baselines.coverage import ServiceTally, Supports, Totals, by_service, services_of, subject_of
from baselines.differences import Authorisation, Difference, DifferenceKind, Subject
from baselines.judge import Judge, Membership, Span
from baselines.memory import Memory
from baselines.model import Scope, ScopeKind
from baselines.moves import Moves
from baselines.pairs import Pairs
from baselines.profiles import EVERYTHING, Lens, Profile
from baselines.sides import Side, scopes_of
from baselines.touched import CHUNK, Head, Touched, chunks
from baselines.types_then import TypesAt
from baselines.words import ScopeWords
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.model.item import ItemState
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

FIRST_CHUNK = 200
"""Subjects judged first, so that a page need not wait for a thousand."""
KEPT_DIFFERENCES = 20_000
"""Differences that one comparison keeps, so that totals, coverage and a page of the same question read once."""
NO_SERVICE = "none"
"""Asked for as a service: what supports none. No item has this id."""


class BadCursor(InvalidInput):
    """The cursor is none of a comparison."""

    code = "bad-compare-cursor"
    title = "This cursor belongs to no comparison"


class ScopeReads(Protocol):
    """`baselines.scope.Scopes`."""

    def members(self, scope: Scope, seq: int) -> Membership:
        """What is in a scope as of a commit."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What to compare, and which differences are wanted. `types` are item types (with those below them) and relationship types; `service`
    (its id or name) keeps what belongs to it, as `coverage` tells it; `NO_SERVICE` what belongs to none. Empty means all."""

    a: Side
    b: Side
    profile: Profile = EVERYTHING
    types: tuple[str, ...] = ()
    service: str | None = None
    kinds: tuple[DifferenceKind, ...] = ()
    only_unauthorised: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some differences, in order; `more` says whether others follow the last one's cursor."""

    differences: tuple[Difference, ...]
    more: bool


class Comparison:
    """The answer to one question: ask it for totals, pages, coverage or everything. Not thread-safe; cheap to make anew."""

    def __init__(self, question: Question, touched: Touched, judge: Judge, moves: Moves, parts: "_Parts") -> None:
        self.question = question
        self._touched = touched
        self._judge = judge
        self._moves = moves
        self._parts = parts
        self._few: list[Difference] | None = None

    @property
    def scope_notes(self) -> tuple[str, ...]:
        """What must be told about scopes and service: known before anything is read."""
        return self._parts.notes

    @property
    def service_name(self) -> str:
        """What the service asked for was called; empty where none was asked for."""
        return self._parts.service_name

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must be told: different scopes, and limits that were met. Counts everything: a limit is known afterwards."""
        unpaired = () if self.totals().paired else ("So many items came or went that changes of type were not looked for.",)
        return (*self._parts.notes, *unpaired)

    def page(self, first: int = 50, after: str | None = None) -> Page:
        """The next `first` differences after a cursor. Raises `BadCursor`."""
        found = list(islice(self._bare(after), first + 1))
        return Page(tuple(self._judge.named(found[:first])), len(found) > first)

    def stream(self, after: str | None = None) -> Iterator[Difference]:
        """Every difference, named, in order. Raises `BadCursor`."""
        for part in chunks(self._bare(after), CHUNK):
            yield from self._judge.named(part)

    def totals(self) -> Totals:
        """Counts over everything that is wanted; remembered."""
        found: Totals = self._parts.remember("totals", self._count)
        return found

    def services(self) -> tuple[list[ServiceTally], bool]:
        """Tallies per service, most differences first, what supports none at the end; and whether every item could be followed up."""
        found: tuple[list[ServiceTally], bool] = self._parts.remember("services", self._by_service)
        return found

    def _count(self) -> Totals:
        found = Totals()
        for one in self._bare(None):
            found.add(one)
        found.paired = self._parts.pairs.complete
        return found

    def _by_service(self) -> tuple[list[ServiceTally], bool]:
        second, first = self._supports
        tallies = by_service(self._bare(None), second, first)
        names = self._service_names([one for one in tallies if one is not None])
        rows = [ServiceTally(one, names.get(one, one) if one else "", tally) for one, tally in tallies.items()]
        rows.sort(key=lambda row: (row.id is None, -row.tally.total, row.name))
        return rows, first.complete and second.complete

    def _service_names(self, ids: Sequence[str]) -> dict[str, str]:
        names: dict[str, str] = {}
        for seq in (self._parts.span.first[0], self._parts.span.second[0]):
            states = self._touched.states(Subject.ITEM, ids, seq)
            names |= {id_: stood.live.name for id_, stood in states.items() if isinstance(stood.live, ItemState)}
        return names

    def _bare(self, after: str | None) -> Iterator[Difference]:
        """Wanted differences without the names of relationships' ends. A few thousand are kept for who asks again at once."""
        place = None if after is None else _place(after)
        if self._few is not None:
            yield from (one for one in self._few if place is None or _place(one.cursor) > place)
            return
        seen: list[Difference] | None = [] if place is None else None
        for one in self._looked_up(place):
            if seen is not None:
                seen.append(one)
                if len(seen) > KEPT_DIFFERENCES:
                    seen = None
            yield one
        self._few = seen

    def _looked_up(self, place: tuple[int, int, str] | None) -> Iterator[Difference]:
        span = self._parts.span
        if place is None or place[0] <= span.hi:
            heads = (head for head in self._touched.heads(span.lo, span.hi, place) if self._parts.wants_type(head.subject, head.type))
            for part in _growing(heads):
                yield from self._in_service([one for one in self._judge.judge(part) if self._wanted(one)])
        moves = (one for one in self._moves.found() if self._parts.wants_type(one.subject, one.type) and self._wanted(one))
        for some in chunks((one for one in moves if place is None or _place(one.cursor) > place), CHUNK):
            yield from self._in_service(some)

    def _wanted(self, one: Difference) -> bool:
        question = self.question
        if question.kinds and one.kind not in question.kinds:
            return False
        return not question.only_unauthorised or one.authorisation in (Authorisation.NONE, Authorisation.PARTLY)

    def _in_service(self, some: Sequence[Difference]) -> Iterator[Difference]:
        """Those that belong to the service asked for, if one was: by the rule of `coverage`, so that the two never disagree."""
        asked, members, types = self.question.service, self._parts.service, self._parts.types_of
        if asked == NO_SERVICE:
            found = services_of(some, *self._supports)
            return (one for one, services in zip(some, found, strict=True) if not services)
        return (one for one in some if members is None or subject_of(one, types[one.after is not None]) in members[one.after is not None])

    @cached_property
    def _supports(self) -> tuple[Supports, Supports]:
        """What finds the services of items on the second side and on the first."""
        span, (first, second) = self._parts.span, self._parts.types_of
        return Supports(self._touched, second, span.second[0]), Supports(self._touched, first, span.first[0])


@dataclass(slots=True)
class _Parts:
    """What a comparison was made with."""

    span: Span
    lens: Lens
    pairs: Pairs
    types_of: tuple[Registry, Registry]  # as of the first side and as of the second
    notes: tuple[str, ...]
    service_name: str
    types: frozenset[str] | None
    service: tuple[frozenset[str], frozenset[str]] | None  # what it rests on, on the first side and on the second
    remember: Callable[[str, Callable[[], Any]], Any]

    def wants_type(self, subject: Subject, type_name: str) -> bool:
        """Whether the profile and the question want subjects of this type."""
        return self.lens.sees(subject, type_name) and (self.types is None or type_name in self.types)


class Compare:
    """Answers questions. Thread-safe."""

    def __init__(self, store: Store, log: Log, scopes: ScopeReads, registry: Callable[[], Registry]) -> None:
        self._store = store
        self._log = log
        self._scopes = scopes
        self._registry = registry
        self._types = TypesAt(store, registry)
        self._about = About(store, self._types)
        self._words = ScopeWords(History(store))
        self._memory = Memory()

    def ask(self, question: Question, *, filed: bool = False) -> Comparison:
        """The comparison; its question names the service by id. `filed`: a report asks again what was asked when it was made, so names of
        types and attributes need not be known any more.

        Raises `BadProfile`, `UnknownType`, `EmptyScope`, `AmbiguousScope` (both about the service), and what working out a scope raises.
        """
        self._memory.of(self._registry())
        question = replace(question, a=self._told(question.a), b=self._told(question.b))
        span, notes = self._span(question.a, question.b)
        then = self._types.between(span.lo, span.hi)
        if not filed:
            check_names(question.profile, question.types, self._registry(), then)
        name = ""
        if question.service is not None and question.service != NO_SERVICE:
            about = self._about.service(question.service, question.a.seq, question.b.seq)
            question, name, notes = replace(question, service=about.id), about.name, (*notes, *about.notes)
        touched, lens = Touched(self._store, self._log), Lens(question.profile, then)
        pairs = Pairs(touched, then, span.lo, span.hi)
        key = _stable(question)
        parts = _Parts(
            span,
            lens,
            pairs,
            (then.earlier, then.later) if span.forward else (then.later, then.earlier),
            notes,
            name,
            types_named(question.types, then),
            self._service(question.service, span),
            lambda what, make: self._memory.get((what, key), make),
        )
        judge = Judge(touched, span, lens, pairs, then.later)
        return Comparison(question, touched, judge, Moves(touched, span, lens, judge), parts)

    def _told(self, side: Side) -> Side:
        """The side with a scope that tells itself by names."""
        return replace(side, scope=self._words.named(side.scope, side.seq))

    def _span(self, a: Side, b: Side) -> tuple[Span, tuple[str, ...]]:
        scope_a, scope_b, notes = scopes_of(a, b)
        first, second = self._scopes.members(scope_a, a.seq), self._scopes.members(scope_b, b.seq)
        if a.seq <= b.seq:
            return Span(a.seq, b.seq, first, second, forward=True), notes
        return Span(b.seq, a.seq, second, first, forward=False), notes

    def _service(self, service: str | None, span: Span) -> tuple[frozenset[str], frozenset[str]] | None:
        if service is None or service == NO_SERVICE:
            return None
        scope = Scope(ScopeKind.SERVICE, service=service)
        first, second = (self._scopes.members(scope, side[0]).ids or frozenset() for side in (span.first, span.second))
        return first, second


def _stable(question: Question) -> Any:
    """What names a question's answer: commits, never the word `now`."""
    sides = [(one.seq, str(one.scope.body())) for one in (question.a, question.b)]
    profile = replace(question.profile, description="")
    return (*sides, profile, question.types, question.service, question.kinds, question.only_unauthorised)


def _growing(heads: Iterator[Head]) -> Iterator[list[Head]]:
    if first := list(islice(heads, FIRST_CHUNK)):
        yield first
    yield from chunks(heads, CHUNK)


def _place(cursor: str) -> tuple[int, int, str]:
    seq, _, rest = cursor.partition(".")
    rank, _, id_ = rest.partition(".")
    if not (seq.isdigit() and len(seq) < 19 and rank in ("i", "r") and id_):
        raise BadCursor(f"{cursor[:80]!r} is no cursor of a comparison; take `cursor` of a difference as it came", cursor=cursor[:80])
    return int(seq), "ir".index(rank), id_
