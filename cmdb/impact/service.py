"""Questions to the impact index (requirements 8.1-04, 9.2-12): what breaks, what is needed, and the limits of asking."""

from collections.abc import Callable, Mapping

import numpy as np

from cmdb.impact.answer import AffectedItem, ImpactAnswer
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
from cmdb.model.registry import Registry


class ImpactService:
    """`index` gives the index of the moment (it may be replaced by a rebuilt one), `registry` the types of the moment, `is_retired`
    whether an id the index does not know once was an item (the ledger knows)."""

    def __init__(
        self,
        index: Callable[[], ImpactIndex],
        registry: Callable[[], Registry],
        is_retired: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._index, self._registry, self._is_retired = index, registry, is_retired
        self._pool = ScratchPool()

    @property
    def revision(self) -> int:
        """The ledger sequence number answers stand at."""
        return self._index().revision

    def view(self, at_least: int = 0, wait: float = 5.0) -> GraphView:
        """The graph at revision `at_least` or later. Raises `IndexBehind`."""
        return self._index().view(at_least, wait)

    def impact(self, question: ImpactQuestion) -> ImpactAnswer:
        """What the roots do. Raises `UnknownRoot`, `RetiredRoot`, `TooMuchAsked`, `BadWhatIf`, `IndexBehind`."""
        if len(question.roots) > MAX_ROOTS:
            raise TooMuchAsked(f"{len(question.roots):,} roots are too many; the limit is {MAX_ROOTS:,}", limit=MAX_ROOTS)
        if question.max_items < 0:
            raise TooMuchAsked("max_items cannot be negative")
        view = self.view(question.at_least, question.wait)
        extra: Mapping[int, Level] = {}
        if question.what_if is not None and question.what_if.size:
            view, extra = try_out(self._index(), question.what_if, self._registry())
        roots = self._numbers(view, question.roots)
        for number, level in extra.items():
            roots[number] = max(level, roots.get(number, Level.OK))
        evaluation = evaluate(view, self._pool, roots, question.max_items)
        return ImpactAnswer(evaluation, reason=f"only the first {question.max_items:,} items were followed (max_items)")

    def services(self, answer: ImpactAnswer) -> list[AffectedItem]:
        """The services hit, worst first."""
        return self.of_kind(answer, "service")

    def of_kind(self, answer: ImpactAnswer, ancestor: str) -> list[AffectedItem]:
        """Affected items of a type or one below it, worst first: `service`, `service_component`, `customer`."""
        registry = self._registry()
        if ancestor not in registry.item_types:
            return []
        return answer.of_types(frozenset(registry.concrete_of(ancestor)))

    # -- other questions ---------------------------------------------------------------------------------------------------------

    def dependencies(self, item_id: str, first: int = 200, at_least: int = 0) -> Dependencies:
        """What an item depends on: hard all the way, behind redundancy, or softly. Raises `UnknownRoot`, `RetiredRoot`, `TooMuchAsked`."""
        view = self.view(at_least)
        return dependencies_of(view, self._pool, self._number(view, item_id), _page(first))

    def paths(self, source: str, target: str, most: int = 20, at_least: int = 0) -> Paths:
        """All shortest ways along which trouble travels from `source` to `target`, at most `most` of them listed."""
        view = self.view(at_least)
        return paths_between(view, self._pool, self._number(view, source), self._number(view, target), _page(most))

    def single_points_of_failure(self, item_id: str, seconds: float = 5.0, at_least: int = 0) -> WeakPoints:
        """Items whose loss alone takes `item_id` (a service) down, redundancy counted."""
        view = self.view(at_least)
        return weak_points_of(view, self._pool, self._number(view, item_id), seconds)

    def common_causes(self, unwell: Mapping[str, Level], most: int = 10, seconds: float = 3.0, at_least: int = 0) -> CommonCauses:
        """What may have made these items unwell together. `unwell`: id -> the level each is seen at. Raises as `impact` does."""
        if not unwell or len(unwell) > MAX_UNWELL:
            raise TooMuchAsked(f"name 1 to {MAX_UNWELL:,} unwell items, not {len(unwell):,}", limit=MAX_UNWELL)
        view = self.view(at_least)
        levels = {number: max(level, Level.AT_RISK) for number, level in self._numbers(view, unwell).items()}
        return common_causes_of(view, self._pool, levels, _page(most), seconds)

    def location_loss(self, location: str, at_least: int = 0) -> ImpactAnswer:
        """What a lost location takes with it: the place of this id or everything whose `location` says so is down. Raises `UnknownRoot`
        where there is neither."""
        view = self.view(at_least)
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

    def cycles(self, most: int = 100, at_least: int = 0) -> Cycles:
        """Sets of items that depend on each other in a circle, largest first."""
        return cycles_of(self.view(at_least), _page(most))

    def orphans(self, types: frozenset[str] = frozenset(), first: int = 100, after: str | None = None) -> tuple[list[str], int]:
        """Items through which no failure travels either way: ids (by number, after the id `after`) and how many there are."""
        return orphans_of(self.view(), types, _page(first), after)

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _number(self, view: GraphView, item_id: str) -> int:
        return next(iter(self._numbers(view, {item_id: Level.DOWN})))

    def _numbers(self, view: GraphView, roots: Mapping[str, Level]) -> dict[int, Level]:
        found: dict[int, Level] = {}
        unknown: list[str] = []
        for item_id, level in roots.items():
            number = view.find(item_id)
            if number < 0:
                unknown.append(item_id)
            else:
                found[number] = Level(level)
        if unknown:
            self._refuse(view, unknown)
        return found

    def _refuse(self, view: GraphView, ids: list[str]) -> None:
        retired = [i for i in ids[:100] if view.was(i) or self._is_retired(i)]
        missing = [i for i in ids[:100] if i not in retired]
        if missing:
            raise UnknownRoot(f"there is no item {missing[0][:80]!r}" + _others(len(ids) - 1), ids=missing)
        raise RetiredRoot(f"item {retired[0]!r} is retired; nothing live depends on it" + _others(len(ids) - 1), ids=retired)


def _others(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _page(first: int) -> int:
    if not 1 <= first <= MAX_PAGE:
        raise TooMuchAsked(f"ask for 1 to {MAX_PAGE:,}, not {first:,}", limit=MAX_PAGE)
    return first
