"""The two rules that look at several relationships at once: one other end only, and no cycles of parts. Pure but for reads through
`World`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from cmdb.model.item import RelationState
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.outcome import Problem
from cmdb.model.plan import EditKind, RelationEdit
from cmdb.model.problems import Code
from cmdb.model.types import RelationType
from cmdb.reconciliation.errors import CyclicParts
from cmdb.reconciliation.model import Draft, Setting
from cmdb.reconciliation.port import World
from cmdb.reconciliation.relations import Wish


def within_limits(setting: Setting, world: World, draft: Draft, wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes that keep cardinality and acyclicity; the others become problems of their observation. Ended relationships are planned in
    `draft` already. Reads only for types that have such a rule, one query for each type and direction, and one for each level of parts."""
    by_type: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_type[wish.type.name].append(wish)
    kept: list[Wish] = []
    for group in by_type.values():
        kind = group[0].type
        if kind.cardinality.one_target:
            group = _one_each(setting, world, draft, kind, group, end=0)
        if kind.cardinality.one_source:
            group = _one_each(setting, world, draft, kind, group, end=1)
        if kind.acyclic:
            group = _without_cycles(world, draft, kind, group)
        kept += group
    return kept


def _one_each(setting: Setting, world: World, draft: Draft, kind: RelationType, wishes: list[Wish], end: int) -> list[Wish]:
    """Each item at `end` (0: source, 1: target) may have one relationship of this kind."""
    known = {wish.edge[end] for wish in wishes} - draft.created
    present: dict[str, RelationState] = {}
    for live in world.relations_of_type(known, kind.name, outgoing=end == 0) if known else ():
        planned = draft.relations.get(live.id)
        if planned is None or planned.kind is not EditKind.RETIRE:
            present[live.source if end == 0 else live.target] = live
    taken: dict[str, tuple[str, str]] = {}
    kept = []
    for wish in wishes:
        item = wish.edge[end]
        live_one = present.get(item)
        if live_one is not None and (live_one.source, live_one.target) != wish.edge:
            if setting.source == MANUAL_SOURCE:
                gone = RelationState(**{name: getattr(live_one, name) for name in RelationState.__slots__})
                draft.relations[live_one.id] = RelationEdit(EditKind.RETIRE, live_one, _retired(gone))
                del present[item]
            else:
                draft.warn(wish.match.index, _too_many(kind, wish, item, (live_one.source, live_one.target)[1 - end], live_one.sources))
                continue
        if taken.setdefault(item, wish.edge) != wish.edge:
            draft.warn(wish.match.index, _too_many(kind, wish, item, taken[item][1 - end], (setting.source,)))
            continue
        kept.append(wish)
    return kept


def _retired(state: RelationState) -> RelationState:
    return RelationState(state.id, state.type, state.source, state.target, state.attributes, (), state.revision + 1, True)


def _too_many(kind: RelationType, wish: Wish, item: str, other: str, sources: Iterable[str]) -> Problem:
    message = f"{kind.name} is {kind.cardinality.value}: item {item} has one to {other} already, claimed by {', '.join(sources)}"
    return Problem(str(Code.CARDINALITY), message, value=other, rule="cardinality", relation=wish.position)


def _without_cycles(world: World, draft: Draft, kind: RelationType, wishes: list[Wish]) -> list[Wish]:
    """Take the wishes one by one, as long as the target does not lead back to the source.

    A new item that nothing new leads to cannot lie on a cycle: such edges are peeled off first, so that a first ingest reads nothing.
    """
    incoming: defaultdict[str, int] = defaultdict(int)
    leaving: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        incoming[wish.edge[1]] += 1
        leaving[wish.edge[0]].append(wish)
    safe = [item for item in leaving if item in draft.created and not incoming[item]]
    peeled: set[str] = set()
    while safe:
        item = safe.pop()
        peeled.add(item)
        for wish in leaving[item]:
            incoming[wish.edge[1]] -= 1
            if not incoming[wish.edge[1]] and wish.edge[1] in draft.created and wish.edge[1] in leaving:
                safe.append(wish.edge[1])
    doubtful = [wish for wish in wishes if wish.edge[0] not in peeled]
    if not doubtful:
        return wishes
    above = _live_above(world, draft, kind, {end for wish in doubtful for end in wish.edge})
    refused = set()
    for wish in doubtful:
        source, target = wish.edge
        if _leads(above, target, source):
            refused.add((wish.match.index, wish.position))
            message = f"{kind.name}: {target} is already below {source}; the relationship would close a cycle"
            draft.warn(wish.match.index, Problem(CyclicParts.code, message, value=target, rule="acyclic", relation=wish.position))
        else:
            above[source].add(target)
    return [wish for wish in wishes if (wish.match.index, wish.position) not in refused]


def _live_above(world: World, draft: Draft, kind: RelationType, start: Collection[str]) -> defaultdict[str, set[str]]:
    """What lies above these items by live relationships of this kind, without those the plan ends."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    frontier, seen = set(start) - draft.created, set(start)
    while frontier:
        ahead = set()
        for live in world.relations_of_type(frontier, kind.name, outgoing=True):
            planned = draft.relations.get(live.id)
            if planned is None or planned.kind is not EditKind.RETIRE:
                above[live.source].add(live.target)
                ahead.add(live.target)
        frontier = ahead - seen
        seen |= ahead
    return above


def _leads(above: defaultdict[str, set[str]], start: str, goal: str) -> bool:
    todo, seen = [start], {start}
    while todo:
        item = todo.pop()
        if item == goal:
            return True
        fresh = above.get(item, set()) - seen
        seen |= fresh
        todo.extend(fresh)
    return False
