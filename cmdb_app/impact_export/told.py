"""A whole answer item by item, with names and the step that brought trouble to each, read in windows so that nothing is held but the
answer itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.levels import Level, Pass
from cmdb_app.impact_export.roots import names_of
from cmdb_app.wiring import Core

UNKNOWN = "unknown"
"""The level of what was not followed."""
_WINDOW = 1_000


@dataclass(frozen=True, slots=True)
class Affected:
    """One item that is hit. `depth`: steps from the nearest root; `because`: the item before it on its shortest explaining path (None: a
    root), reached along a relationship of type `relation`. `level` is `unknown` where a bound kept the item from being followed: it may be
    hit, and how badly was not worked out."""

    number: int
    id: str
    type: str
    name: str
    level: str
    root: bool
    depth: int
    because: str | None
    relation: str | None

    def body(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: getattr(self, name) for name in ("id", "type", "name", "level", "root", "depth", "because", "relation")}


@dataclass(frozen=True, slots=True)
class Export:
    """An answer to be told whole, of the present or (`seq`) as of a commit. `give_way` is called at each item and each relationship,
    so that a server may let shorter work pass."""

    core: Core
    answer: ImpactAnswer
    seq: int | None = None
    give_way: Callable[[], object] = lambda: None

    def head(self) -> dict[str, Any]:
        """What the answer is to, and its summary. `roots` names the first thousand; all are among the items."""
        answer = self.answer
        roots = [answer.view.ids.name(number) for number in answer.evaluation.roots.tolist()]
        names = names_of(self.core, roots[:_WINDOW], self.seq)
        return {
            "revision": answer.revision,
            "as_of": self.seq,
            "complete": answer.complete,
            "reason": answer.reason,
            "freshness_as_of": answer.fresh_as_of,
            "frontier_total": answer.frontier_total,
            "roots_total": len(roots),
            "roots": [{"id": one, "name": names.get(one), "level": answer.level(one).name.lower()} for one in roots[:_WINDOW]],
            "counts": {level.name.lower(): count for level, count in answer.counts.items()},
        }

    def items(self) -> Iterator[Affected]:
        """Every item that is hit, the nearest first, the roots included."""
        explained, view = self.answer.evaluation.explained, self.answer.view
        roots = frozenset(self.answer.evaluation.roots.tolist())
        level_at = self.answer.evaluation.level_at
        rows = zip(explained.order.tolist(), explained.depths.tolist(), explained.parents.tolist(), strict=True)
        for window in _windows(rows):
            names = names_of(self.core, [view.ids.name(number) for number, _, _ in window], self.seq)
            for number, depth, parent in window:
                self.give_way()
                item = view.ids.name(number)
                level = Level(int(level_at[number])).name.lower() if level_at[number] else UNKNOWN
                because = view.ids.name(parent) if parent >= 0 else None
                relation = self._relation(parent, number) if parent >= 0 else None
                yield Affected(number, item, view.type_name(number), names.get(item, ""), level, number in roots, depth, because, relation)

    def links(self) -> Iterator[tuple[str, str, str, str]]:
        """Every relationship along which trouble passes: (provider's id, dependent's id, type, `hard`, `soft` or `member`)."""
        view, level_at = self.answer.view, self.answer.evaluation.level_at
        listed = level_at > 0
        listed[self.answer.evaluation.frontier] = True
        for number in self.answer.evaluation.explained.order.tolist():
            for link in view.dependents(number):
                self.give_way()
                if listed[link.other] and int(level_at[number]) - (link.how is Pass.SOFT) >= Level.AT_RISK:
                    yield view.ids.name(number), view.ids.name(link.other), link.relation_type, link.how.name.lower()

    def _relation(self, before: int, number: int) -> str | None:
        found = [link for link in self.answer.view.providers(number) if link.other == before]
        return min(found, key=lambda link: (link.how, link.relation_type)).relation_type if found else None


def _windows(rows: Iterator[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    while window := list(islice(rows, _WINDOW)):
        yield window
