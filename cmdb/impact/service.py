"""Questions to the impact index (requirements 8.1-04, 9.2-12): what breaks, what is needed, and the limits of asking."""

from collections.abc import Callable, Iterable, Mapping

from cmdb.impact.answer import AffectedItem, Count, ImpactAnswer
from cmdb.impact.asof import PastGraphs
from cmdb.impact.causes import CommonCauses, common_causes_of
from cmdb.impact.comparison import Comparison
from cmdb.impact.dependencies import Dependencies, dependencies_of
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.limits import check, check_seconds, evaluated
from cmdb.impact.losses import PLACE, lost_with_places, lost_with_segment, lost_with_supplier, tied
from cmdb.impact.pages import check_first
from cmdb.impact.paths import Paths, paths_between
from cmdb.impact.questions import (
    MAX_PAGE,
    MAX_ROOTS,
    MAX_UNWELL,
    AffectedQuery,
    ImpactQuestion,
    RetiredRoot,
    TooMuchAsked,
    UnknownRoot,
    WhatIf,
    WrongKindOfRoot,
)
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.structure import Cycles, Orphans, cycles_of, orphans_of
from cmdb.impact.view import GraphView
from cmdb.impact.weak_points import WeakPoints, weak_points_of
from cmdb.impact.whatif import check_size, try_out
from cmdb.kernel.errors import InvalidInput
from cmdb.kernel.stop import Stop
from cmdb.ledger.asof import UnknownRevision
from cmdb.model.registry import Registry

BUSINESS = ("service", "service_component", "business_application", "business_process", "customer")
"""What the business sees of an impact, for its summary."""


class ImpactService:
    """`index` gives the index of the moment (it may be replaced by a rebuilt one), `registry` the types of the moment, `is_retired`
    whether an id the index does not know once was an item (the ledger knows), `past` the graph of earlier moments.

    Every question takes `as_of`: the sequence number of the commit after which it is asked; None asks the present. Such a question raises
    `UnknownRevision` beyond the ledger's head, and `PastNotReady` while that graph is still being read from history.

    `stop` says when the operation a question is part of is over: questions that try many things look at it between one and the next, and
    say what they left out; all others are one evaluation, and raise `OutOfTime` where it is over before they begin.
    """

    def __init__(
        self,
        index: Callable[[], ImpactIndex],
        registry: Callable[[], Registry],
        is_retired: Callable[[str], bool] = lambda _: False,
        past: PastGraphs | None = None,
    ) -> None:
        self._index, self._registry, self._is_retired, self._past = index, registry, is_retired, past
        self._pool = ScratchPool()

    @property
    def revision(self) -> int:
        """The ledger sequence number answers stand at."""
        return self._index().revision

    def view(self, at_least: int = 0, wait: float = 5.0, *, as_of: int | None = None) -> GraphView:
        """The graph at revision `at_least` or later, or as it was after commit `as_of`. Raises `IndexBehind`."""
        return self._index().view(at_least, wait) if as_of is None else self._then(as_of)

    def registry(self, as_of: int | None = None) -> Registry:
        """The types by which answers of this moment are made."""
        return self._registry() if as_of is None else self._at(as_of)[1]

    def impact(self, question: ImpactQuestion, stop: Stop | None = None) -> ImpactAnswer:
        """What the roots do. Raises `UnknownRoot`, `RetiredRoot`, `TooMuchAsked`, `BadWhatIf`, `IndexBehind`."""
        _check(question)
        if question.what_if is not None and question.what_if.size:
            return self.compare(question, stop).after
        view = self.view(question.at_least, question.wait, as_of=question.as_of)
        return self._answer(view, self._numbers(view, question.roots, question.as_of), question, stop)

    def compare(self, question: ImpactQuestion, stop: Stop | None = None) -> Comparison:
        """The question asked of the graph as it is and as it would be with `what_if`, at one revision. Roots that the what-if adds are left
        out of the first. Raises as `impact` does."""
        _check(question)
        what_if, as_of = question.what_if or WhatIf(), question.as_of
        check_size(what_if)
        index, registry = (self._index(), self._registry()) if as_of is None else self._at(as_of)
        if as_of is None:
            index.view(question.at_least, question.wait)
        graph, revision = index.fork()
        if as_of is not None and revision != as_of:  # the present has moved on since it was chosen
            index, registry = self._past_at(as_of)
            graph, revision = index.fork()
        now = graph.view(revision)
        new = frozenset(item.id for item in what_if.add_items)
        before = self._numbers(now, {root: level for root, level in question.roots.items() if root not in new}, as_of)
        then, put = try_out(graph, revision, index.arrows, what_if, registry)
        after = self._numbers(then, question.roots, as_of)
        for number, level in put.items():
            after[number] = max(level, after.get(number, Level.OK))
        return Comparison(self._answer(now, before, question, stop), self._answer(then, after, question, stop))

    def _answer(self, view: GraphView, roots: Mapping[int, Level], question: ImpactQuestion, stop: Stop | None = None) -> ImpactAnswer:
        return ImpactAnswer(*evaluated(view, self._pool, roots, question, stop or Stop()))

    def services(self, answer: ImpactAnswer, *, as_of: int | None = None) -> list[AffectedItem]:
        """The services hit, worst first."""
        return self.of_kind(answer, "service", as_of=as_of)

    def of_kind(self, answer: ImpactAnswer, ancestor: str, first: int | None = None, *, as_of: int | None = None) -> list[AffectedItem]:
        """Affected items of a type or one below it, worst first, `first` at most: `service`, `service_component`, `customer`. `as_of` as it
        was asked."""
        registry = self.registry(as_of)
        if ancestor not in registry.item_types:
            return []
        return answer.of_types(frozenset(registry.concrete_of(ancestor)), first)

    def total_of_kind(self, answer: ImpactAnswer, ancestor: str, *, as_of: int | None = None) -> int:
        """How many `of_kind` lists: roots of that type are among them."""
        registry = self.registry(as_of)
        if ancestor not in registry.item_types:
            return 0
        return answer.page(AffectedQuery(types=frozenset(registry.concrete_of(ancestor)), roots=True, first=1)).total

    def business(self, answer: ImpactAnswer, *, as_of: int | None = None) -> list[Count]:
        """How many services, service components, customers ... (types below them included) are hit, in this order; roots not counted."""
        registry = self.registry(as_of)
        by_type = {count.name: count for count in answer.by_type()}
        found = []
        for kind in BUSINESS:
            below = registry.concrete_of(kind) if kind in registry.item_types else ()
            counts = [by_type[name] for name in below if name in by_type]
            found.append(Count(kind, *(sum(getattr(one, level) for one in counts) for level in ("down", "degraded", "at_risk"))))
        return found

    # -- other questions ---------------------------------------------------------------------------------------------------------

    def dependencies(self, item_id: str, at_least: int = 0, *, as_of: int | None = None) -> Dependencies:
        """What an item depends on: hard all the way, behind redundancy, or softly. Raises `UnknownRoot`, `RetiredRoot`."""
        view = self.view(at_least, as_of=as_of)
        return dependencies_of(view, self._pool, self._number(view, item_id, as_of))

    def paths(
        self,
        source: str,
        target: str,
        most: int = 20,
        at_least: int = 0,
        *,
        seconds: float = 5.0,
        as_of: int | None = None,
        stop: Stop | None = None,
    ) -> Paths:
        """All shortest ways along which trouble travels from `source` to `target`, at most `most` of them listed."""
        if stop is not None:
            stop.check()
        ending = _ending(seconds, stop)
        view = self.view(at_least, as_of=as_of)
        ends = self._number(view, source, as_of), self._number(view, target, as_of)
        return paths_between(view, self._pool, *ends, _page(most), ending)

    def single_points_of_failure(
        self, item_id: str, seconds: float = 5.0, at_least: int = 0, *, as_of: int | None = None, stop: Stop | None = None
    ) -> WeakPoints:
        """Items whose loss alone takes `item_id` (a service) down, redundancy counted."""
        ending = _ending(seconds, stop)
        view = self.view(at_least, as_of=as_of)
        return weak_points_of(view, self._pool, self._number(view, item_id, as_of), ending)

    def common_causes(
        self,
        unwell: Mapping[str, Level],
        most: int = 10,
        seconds: float = 3.0,
        at_least: int = 0,
        *,
        as_of: int | None = None,
        stop: Stop | None = None,
    ) -> CommonCauses:
        """What may have made these items unwell together. `unwell`: id -> the level each is seen at. Raises as `impact` does."""
        ending = _ending(seconds, stop)
        if not unwell or len(unwell) > MAX_UNWELL:
            raise TooMuchAsked(f"name 1 to {MAX_UNWELL:,} unwell items, not {len(unwell):,}", limit=MAX_UNWELL)
        view = self.view(at_least, as_of=as_of)
        levels = {number: max(level, Level.AT_RISK) for number, level in self._numbers(view, unwell, as_of).items()}
        return common_causes_of(view, self._pool, levels, _page(most), ending)

    # -- what is lost with something (`losses` has the rules); the answer's roots are what is lost -----------------------------------

    def places_in(self, place: str, at_least: int = 0, *, as_of: int | None = None) -> list[str]:
        """Ids of the place and of all places in it: their names may be what items say of their location. Raises `WrongKindOfRoot`."""
        view, registry = self.view(at_least, as_of=as_of), self.registry(as_of)
        number = self._of_type(view, place, "place", as_of)
        places = frozenset(registry.concrete_of("place")) if "place" in registry.item_types else frozenset()
        return sorted(view.ids.name(v) for v in tied(view, [number], PLACE) if v == number or view.type_name(v) in places)

    def location_loss(self, location: str, at_least: int = 0, *, names: Iterable[str] = (), as_of: int | None = None) -> ImpactAnswer:
        """What a lost location takes with it: `location` is the id of a place, or what items say of their location; `names` are more ways
        they may say it. Raises `UnknownRoot` where there is nothing at it."""
        view = self.view(at_least, as_of=as_of)
        place = view.find(location)
        if place >= 0:
            self._of_type(view, location, "place", as_of)
        roots = lost_with_places(view, [place] if place >= 0 else [], {location, *names})
        if not roots:
            raise UnknownRoot(f"nothing is at {location[:80]!r}, and no item has this id", ids=[location[:80]])
        return self._answer(view, roots, ImpactQuestion({}))

    def supplier_loss(
        self,
        supplier: str,
        at_least: int = 0,
        *,
        covered: Iterable[str] = (),
        level: Level | None = None,
        as_of: int | None = None,
    ) -> ImpactAnswer:
        """What a lost supplier takes with it. `covered`: ids of what contracts with it cover (no failure travels over contracts, so the
        index does not know them). Raises `UnknownRoot`, `RetiredRoot`, `WrongKindOfRoot`."""
        if level is Level.OK:
            raise InvalidInput("a lost supplier puts what it supplies to down, degraded or at_risk, not to ok")
        view = self.view(at_least, as_of=as_of)
        number = self._of_type(view, supplier, "supplier", as_of)
        known = [v for one in covered if (v := view.find(one)) >= 0]
        return self._answer(view, lost_with_supplier(view, number, known, level), ImpactQuestion({}))

    def segment_loss(self, segment: str, at_least: int = 0, *, as_of: int | None = None) -> ImpactAnswer:
        """What a lost network segment (VLAN, prefix, address, interface, device) takes with it. Raises as `supplier_loss` does."""
        view = self.view(at_least, as_of=as_of)
        return self._answer(view, lost_with_segment(view, self._of_type(view, segment, "network_item", as_of)), ImpactQuestion({}))

    # -- the shape of the graph ---------------------------------------------------------------------------------------------------

    def cycles(self, most: int = 100, at_least: int = 0, *, skip: int = 0, as_of: int | None = None) -> Cycles:
        """Sets of items that depend on each other in a circle, largest first; `skip` leaves out the first."""
        return cycles_of(self.view(at_least, as_of=as_of), _page(most), max(0, skip))

    def orphans(
        self,
        types: frozenset[str] = frozenset(),
        first: int = 100,
        after: str | None = None,
        at_least: int = 0,
        *,
        as_of: int | None = None,
    ) -> Orphans:
        """Items through which no failure travels either way, by number, after the id `after`."""
        check_first(first)
        return orphans_of(self.view(at_least, as_of=as_of), types, first, after)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _at(self, seq: int) -> tuple[ImpactIndex, Registry]:
        """The index of an earlier moment and its types; the present one where it stands just there."""
        index = self._index()
        return (index, self._registry()) if index.revision == seq else self._past_at(seq)

    def _then(self, seq: int) -> GraphView:
        """The graph of an earlier moment. The present one may move on between the choice and the look: then history has it."""
        view = self._at(seq)[0].view()
        return view if view.revision == seq else self._past_at(seq)[0].view()

    def _past_at(self, seq: int) -> tuple[ImpactIndex, Registry]:
        if self._past is None:
            raise UnknownRevision("this process keeps no history of the graph; ask without as_of", revision=seq)
        found = self._past.at(seq)
        return found.index, found.registry

    def _of_type(self, view: GraphView, item_id: str, ancestor: str, as_of: int | None) -> int:
        """The number of an item that must be of this type or one below it."""
        number = self._number(view, item_id, as_of)
        kind, registry = view.type_name(number), self.registry(as_of)
        if ancestor in registry.item_types and kind not in registry.concrete_of(ancestor):
            raise WrongKindOfRoot(f"item {item_id!r} is a {kind}, which is no {ancestor}", id=item_id, type=kind, wanted=ancestor)
        return number

    def _number(self, view: GraphView, item_id: str, as_of: int | None) -> int:
        return next(iter(self._numbers(view, {item_id: Level.DOWN}, as_of)))

    def _numbers(self, view: GraphView, roots: Mapping[str, Level], as_of: int | None) -> dict[int, Level]:
        found: dict[int, Level] = {}
        unknown: list[str] = []
        for item_id, level in roots.items():
            number = view.find(item_id)
            if number < 0:
                unknown.append(item_id)
            else:
                found[number] = Level(level)
        if unknown:
            self._refuse(view, unknown, as_of)
        return found

    def _refuse(self, view: GraphView, ids: list[str], as_of: int | None) -> None:
        past = self._past if as_of is not None else None
        retired = [i for i in ids[:100] if view.was(i) or (past.was(i, view.revision) if past else self._is_retired(i))]
        missing = [i for i in ids[:100] if i not in retired]
        if missing:
            then = "is" if as_of is None else "was"
            raise UnknownRoot(f"there {then} no item {missing[0][:80]!r}" + _then(as_of) + _others(len(ids) - 1), ids=_short(missing))
        problem = f"item {retired[0]!r} is retired; nothing live depends on it" if as_of is None else f"item {retired[0]!r} was retired"
        raise RetiredRoot(problem + _then(as_of) + _others(len(ids) - 1), ids=_short(retired))


def _then(as_of: int | None) -> str:
    return "" if as_of is None else f" as of commit {as_of}"


def _short(ids: list[str]) -> list[str]:
    """Ids as a problem names them: whatever was sent, never much of it."""
    return [one[:80] for one in ids]


def _others(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _check(question: ImpactQuestion) -> None:
    if len(question.roots) > MAX_ROOTS:
        raise TooMuchAsked(f"{len(question.roots):,} roots are too many; the limit is {MAX_ROOTS:,}", limit=MAX_ROOTS)
    check(question)


def _page(first: int) -> int:
    if not 1 <= first <= MAX_PAGE:
        raise TooMuchAsked(f"ask for 1 to {MAX_PAGE:,}, not {first:,}", limit=MAX_PAGE)
    return first


def _ending(seconds: float, stop: Stop | None) -> Stop:
    """When a question with a time limit is over; counted from now. Raises `TooMuchAsked`."""
    return (stop or Stop()).within(check_seconds(seconds))
