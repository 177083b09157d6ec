"""Questions to the impact index (requirements 8.1-04, 9.2-12): what breaks, what is needed, and the limits of asking."""

from collections.abc import Callable, Mapping

import numpy as np

from cmdb.impact.answer import AffectedItem, ImpactAnswer
from cmdb.impact.asof import PastGraphs
from cmdb.impact.causes import CommonCauses, common_causes_of
from cmdb.impact.dependencies import Dependencies, Paths, dependencies_of, paths_between
from cmdb.impact.evaluation import evaluate
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.questions import MAX_PAGE, MAX_ROOTS, MAX_UNWELL, ImpactQuestion, RetiredRoot, TooMuchAsked, UnknownRoot
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.structure import Cycles, cycles_of, orphans_of
from cmdb.impact.view import GraphView
from cmdb.impact.weak_points import WeakPoints, weak_points_of
from cmdb.impact.whatif import try_out
from cmdb.ledger.asof import UnknownRevision
from cmdb.model.registry import Registry


class ImpactService:
    """`index` gives the index of the moment (it may be replaced by a rebuilt one), `registry` the types of the moment, `is_retired`
    whether an id the index does not know once was an item (the ledger knows), `past` the graph of earlier moments.

    Every question takes `as_of`: the sequence number of the commit after which it is asked; None asks the present. Such a question raises
    `UnknownRevision` beyond the ledger's head, and `PastNotReady` while that graph is still being read from history.
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
        return self._index().view(at_least, wait) if as_of is None else self._at(as_of)[0].view()

    def registry(self, as_of: int | None = None) -> Registry:
        """The types by which answers of this moment are made."""
        return self._registry() if as_of is None else self._at(as_of)[1]

    def impact(self, question: ImpactQuestion) -> ImpactAnswer:
        """What the roots do. Raises `UnknownRoot`, `RetiredRoot`, `TooMuchAsked`, `BadWhatIf`, `IndexBehind`."""
        if len(question.roots) > MAX_ROOTS:
            raise TooMuchAsked(f"{len(question.roots):,} roots are too many; the limit is {MAX_ROOTS:,}", limit=MAX_ROOTS)
        if question.max_items < 0:
            raise TooMuchAsked("max_items cannot be negative")
        as_of = question.as_of
        view = self.view(question.at_least, question.wait, as_of=as_of)
        extra: Mapping[int, Level] = {}
        if question.what_if is not None and question.what_if.size:
            index, registry = (self._index(), self._registry()) if as_of is None else self._at(as_of)
            view, extra = try_out(index, question.what_if, registry)
        roots = self._numbers(view, question.roots, as_of)
        for number, level in extra.items():
            roots[number] = max(level, roots.get(number, Level.OK))
        evaluation = evaluate(view, self._pool, roots, question.max_items)
        return ImpactAnswer(evaluation, reason=f"only the first {question.max_items:,} items were followed (max_items)")

    def services(self, answer: ImpactAnswer, *, as_of: int | None = None) -> list[AffectedItem]:
        """The services hit, worst first."""
        return self.of_kind(answer, "service", as_of=as_of)

    def of_kind(self, answer: ImpactAnswer, ancestor: str, *, as_of: int | None = None) -> list[AffectedItem]:
        """Affected items of a type or one below it, worst first: `service`, `service_component`, `customer`. `as_of` as it was asked."""
        registry = self.registry(as_of)
        if ancestor not in registry.item_types:
            return []
        return answer.of_types(frozenset(registry.concrete_of(ancestor)))

    # -- other questions ---------------------------------------------------------------------------------------------------------

    def dependencies(self, item_id: str, first: int = 200, at_least: int = 0, *, as_of: int | None = None) -> Dependencies:
        """What an item depends on: hard all the way, behind redundancy, or softly. Raises `UnknownRoot`, `RetiredRoot`, `TooMuchAsked`."""
        view = self.view(at_least, as_of=as_of)
        return dependencies_of(view, self._pool, self._number(view, item_id, as_of), _page(first))

    def paths(self, source: str, target: str, most: int = 20, at_least: int = 0, *, as_of: int | None = None) -> Paths:
        """All shortest ways along which trouble travels from `source` to `target`, at most `most` of them listed."""
        view = self.view(at_least, as_of=as_of)
        return paths_between(view, self._pool, self._number(view, source, as_of), self._number(view, target, as_of), _page(most))

    def single_points_of_failure(self, item_id: str, seconds: float = 5.0, at_least: int = 0, *, as_of: int | None = None) -> WeakPoints:
        """Items whose loss alone takes `item_id` (a service) down, redundancy counted."""
        view = self.view(at_least, as_of=as_of)
        return weak_points_of(view, self._pool, self._number(view, item_id, as_of), seconds)

    def common_causes(
        self, unwell: Mapping[str, Level], most: int = 10, seconds: float = 3.0, at_least: int = 0, *, as_of: int | None = None
    ) -> CommonCauses:
        """What may have made these items unwell together. `unwell`: id -> the level each is seen at. Raises as `impact` does."""
        if not unwell or len(unwell) > MAX_UNWELL:
            raise TooMuchAsked(f"name 1 to {MAX_UNWELL:,} unwell items, not {len(unwell):,}", limit=MAX_UNWELL)
        view = self.view(at_least, as_of=as_of)
        levels = {number: max(level, Level.AT_RISK) for number, level in self._numbers(view, unwell, as_of).items()}
        return common_causes_of(view, self._pool, levels, _page(most), seconds)

    def location_loss(self, location: str, at_least: int = 0, *, as_of: int | None = None) -> ImpactAnswer:
        """What a lost location takes with it: the place of this id or everything whose `location` says so is down. Raises `UnknownRoot`
        where there is neither."""
        view = self.view(at_least, as_of=as_of)
        words = view.words.locations
        code = words.index(location) if location in words else None
        roots = {} if code is None else dict.fromkeys(np.flatnonzero(view.location_of[: view.items] == code).tolist(), Level.DOWN)
        roots = {number: level for number, level in roots.items() if view.type_of[number] >= 0}
        place = view.find(location)
        if place >= 0:
            roots[place] = Level.DOWN
        if not roots:
            raise UnknownRoot(f"nothing is at {location[:80]!r}, and no item has this id", ids=[location[:80]])
        return ImpactAnswer(evaluate(view, self._pool, roots))

    def cycles(self, most: int = 100, at_least: int = 0, *, as_of: int | None = None) -> Cycles:
        """Sets of items that depend on each other in a circle, largest first."""
        return cycles_of(self.view(at_least, as_of=as_of), _page(most))

    def orphans(
        self, types: frozenset[str] = frozenset(), first: int = 100, after: str | None = None, *, as_of: int | None = None
    ) -> tuple[list[str], int]:
        """Items through which no failure travels either way: ids (by number, after the id `after`) and how many there are."""
        return orphans_of(self.view(as_of=as_of), types, _page(first), after)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _at(self, seq: int) -> tuple[ImpactIndex, Registry]:
        """The index of an earlier moment and its types; the present one where it stands just there."""
        index = self._index()
        if index.revision == seq:
            return index, self._registry()
        if self._past is None:
            raise UnknownRevision("this process keeps no history of the graph; ask without as_of", revision=seq)
        found = self._past.at(seq)
        return found.index, found.registry

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
            raise UnknownRoot(f"there {then} no item {missing[0][:80]!r}" + _then(as_of) + _others(len(ids) - 1), ids=missing)
        problem = f"item {retired[0]!r} is retired; nothing live depends on it" if as_of is None else f"item {retired[0]!r} was retired"
        raise RetiredRoot(problem + _then(as_of) + _others(len(ids) - 1), ids=retired)


def _then(as_of: int | None) -> str:
    return "" if as_of is None else f" as of commit {as_of}"


def _others(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _page(first: int) -> int:
    if not 1 <= first <= MAX_PAGE:
        raise TooMuchAsked(f"ask for 1 to {MAX_PAGE:,}, not {first:,}", limit=MAX_PAGE)
    return first
