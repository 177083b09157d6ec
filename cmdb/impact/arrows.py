"""Which way trouble travels over a relationship, and how (design 7).

    web -depends_on-> db      db is the provider, web the dependent: if db fails, web is affected, not the reverse
    disk -part_of-> server    disk is the provider
    node -member_of-> group   node is a member where the target is a redundancy group

Relationship types say so in the registry; this module turns them into one small table, so that a million relationships need no registry
look-up each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cmdb.impact.levels import Pass
from cmdb.model.registry import Registry
from cmdb.model.types import Need, Propagation, PropagationKind


class Arrow(NamedTuple):
    """From the provider to its dependent."""

    provider: str
    dependent: str
    how: Pass


@dataclass(frozen=True, slots=True)
class ArrowTable:
    """Propagation of every relationship type, and which item types are redundancy groups. A value: compare two to see whether an index
    still fits its registry."""

    propagation: Mapping[str, Propagation]
    group_types: frozenset[str]

    @staticmethod
    def of(registry: Registry) -> "ArrowTable":
        """The table of a registry; types through which no failure travels are left out."""
        return ArrowTable(
            {r.name: r.propagation for r in registry.relation_types.values() if r.propagation.kind is not PropagationKind.NONE},
            frozenset(name for name in registry.item_types if registry.is_group(name)),
        )

    def arrow(self, relation_type: str, source: str, target: str, target_type: str, attributes: Mapping[str, object]) -> Arrow | None:
        """The arrow of one relationship, None where no failure travels over it."""
        propagation = self.propagation.get(relation_type)
        if propagation is None:
            return None
        how = self.how(propagation, target_type in self.group_types, attributes)
        if propagation.affected_end == "source":
            return Arrow(target, source, how)
        return Arrow(source, target, how)

    def how(self, propagation: Propagation, into_group: bool, attributes: Mapping[str, object]) -> Pass:
        """How trouble passes over one relationship."""
        if propagation.kind is PropagationKind.PART_OF and into_group:
            return Pass.MEMBER
        return Pass.SOFT if propagation.need_of(attributes) is Need.SOFT else Pass.HARD
