"""Questions to the impact index (requirements 8.1-04, 9.2-12): what breaks, what is needed, and the limits of asking."""

from collections.abc import Callable, Mapping

from cmdb.impact.answer import AffectedItem, ImpactAnswer
from cmdb.impact.evaluation import evaluate
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.questions import MAX_ROOTS, ImpactQuestion, RetiredRoot, TooMuchAsked, UnknownRoot
from cmdb.impact.scratch import ScratchPool
from cmdb.impact.view import GraphView
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
