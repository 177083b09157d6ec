"""The rule of design 7, written down as plainly as possible. Slow, and not meant for questions: the kernel is held against it.

An item's level is the worst of
  - the level it was put to,
  - each provider it needs hard: the provider's level,
  - each provider it needs softly: one level better,
  - for a redundancy group that needs k of its n members, with `up` not down and `good` ok or at risk:
    down if up < k, else degraded if good < k, else at risk if any member is not ok.
Start with everything ok and apply the rule to all until nothing changes: the least fixpoint.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from cmdb.impact.levels import Level, Pass
from cmdb.impact.rows import GroupNeed


@dataclass
class ReferenceGraph:
    """Items by id, groups with what they need, arrows `(provider, dependent, relationship type) -> how`."""

    items: set[str] = field(default_factory=set)
    groups: dict[str, GroupNeed] = field(default_factory=dict)
    arrows: dict[tuple[str, str, str], Pass] = field(default_factory=dict)

    def copy(self) -> "ReferenceGraph":
        """An independent copy."""
        return ReferenceGraph(set(self.items), dict(self.groups), dict(self.arrows))

    def retire(self, item: str) -> None:
        """Take an item and its arrows out."""
        self.items.discard(item)
        self.groups.pop(item, None)
        self.arrows = {key: how for key, how in self.arrows.items() if item not in key[:2]}

    def members(self, group: str) -> set[str]:
        """The members of a group."""
        return {p for (p, d, _), how in self.arrows.items() if d == group and how is Pass.MEMBER}

    def members_if_group(self, item: str) -> set[str]:
        """The members of an item that is a group, none for others."""
        return self.members(item) if item in self.groups else set()

    def needed(self, group: str, members: int) -> int:
        """k: the greater of count and percent, one where neither is given, no more than there are members."""
        need = self.groups[group]
        wanted = [1] if need.count is None and need.percent is None else []
        if need.count is not None:
            wanted.append(need.count)
        if need.percent is not None:
            wanted.append(ceil(Fraction(need.percent) * members / 100))
        return min(max(wanted), members)


def levels(graph: ReferenceGraph, roots: Mapping[str, Level], fewest: Mapping[str, int] | None = None) -> dict[str, Level]:
    """Levels of all items that are not ok. `fewest` (what-if): how many members a group was recorded with before some were taken away."""
    level = dict.fromkeys(graph.items, Level.OK)
    while True:
        after = {item: _rule(graph, level, item, roots.get(item, Level.OK), fewest or {}) for item in graph.items}
        if after == level:
            return {item: found for item, found in level.items() if found is not Level.OK}
        level = after


def _rule(graph: ReferenceGraph, level: Mapping[str, Level], item: str, put: Level, fewest: Mapping[str, int]) -> Level:
    worst = put
    for (provider, dependent, _), how in graph.arrows.items():
        if dependent == item and how is Pass.HARD:
            worst = max(worst, level[provider])
        if dependent == item and how is Pass.SOFT:
            worst = max(worst, Level(max(0, level[provider] - 1)))
    if item in graph.groups:
        members = graph.members(item)
        needed = graph.needed(item, max(len(members), fewest.get(item, 0)))
        worst = max(worst, group_level([level[member] for member in members], needed))
    return worst


def group_level(members: Iterable[Level], needed: int) -> Level:
    """The level of a redundancy group by its members' levels."""
    found = list(members)
    up = sum(one is not Level.DOWN for one in found)
    good = sum(one in (Level.OK, Level.AT_RISK) for one in found)
    if up < needed:
        return Level.DOWN
    if good < needed:
        return Level.DEGRADED
    if any(one is not Level.OK for one in found):
        return Level.AT_RISK
    return Level.OK


def depths(graph: ReferenceGraph, roots: Mapping[str, Level], level: Mapping[str, Level]) -> dict[str, int]:
    """Steps of a shortest explaining path to each item that is hit, given the levels: breadth first over steps that explain."""
    found = {root: 0 for root, put in roots.items() if put is not Level.OK and level.get(root) is put}
    frontier = list(found)
    while frontier:
        following = []
        for provider in frontier:
            for (source, dependent, _), how in graph.arrows.items():
                if (
                    source == provider
                    and dependent in level
                    and dependent not in found
                    and explains(graph, level, provider, dependent, how)
                ):
                    found[dependent] = found[provider] + 1
                    following.append(dependent)
        frontier = following
    return found


def explains(graph: ReferenceGraph, level: Mapping[str, Level], provider: str, dependent: str, how: Pass) -> bool:
    """Whether the provider's level brings about (for a member: counts towards) the dependent's."""
    if how is Pass.HARD:
        return level[provider] >= level[dependent]
    if how is Pass.SOFT:
        return level[provider] - 1 >= level[dependent]
    members = graph.members(dependent)
    rule = group_level([level.get(member, Level.OK) for member in members], graph.needed(dependent, len(members)))
    return rule >= level[dependent] and level[provider] >= level[dependent]
