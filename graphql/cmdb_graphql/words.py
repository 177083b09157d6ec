"""`dependsOn` and `affects`: which way trouble runs over each relationship type (design 5 and 7).

Arrows of the store say nothing of direction to a reader (`member_of`, `depends_on`, `hosts` point differently); these two words do. For a
relationship type whose affected end is the source (`web -depends_on-> db`) the source depends on the target; where it is the target
(`disk -part_of-> host`) the target depends on the source; a type that passes nothing on is in neither word.
"""

from collections.abc import Sequence
from enum import Enum

import strawberry

from cmdb.model.registry import Registry
from cmdb_graphql.context import Ends
from cmdb_graphql.errors import BadArgument


@strawberry.enum(description="Which relationships of an item, by the way they are stored.")
class Direction(Enum):
    """`OUT`: the item is the source; `IN`: it is the target."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


def depends_ends(registry: Registry, needs: bool, types: Sequence[str] | None) -> Ends:
    """The sides to look at for `dependsOn` (`needs`) or `affects`."""
    chosen = frozenset(_known(registry, types))
    by_source, by_target = (tuple(name for name in names if name in chosen) for names in registry.carriers())
    out, into = (by_source, by_target) if needs else (by_target, by_source)
    return Ends(out or None, into or None)


def relation_ends(registry: Registry, direction: Direction, types: Sequence[str] | None) -> Ends:
    """The sides to look at for `relationships`."""
    chosen: tuple[str, ...] | None = () if types is None else (_known(registry, types) or None)
    return Ends(None if direction is Direction.IN else chosen, None if direction is Direction.OUT else chosen)


def _known(registry: Registry, types: Sequence[str] | None) -> tuple[str, ...]:
    if types is None:
        return tuple(registry.relation_types)
    unknown = sorted(set(types) - set(registry.relation_types))
    if unknown:
        raise BadArgument(
            f"there is no relationship type {unknown[0][:80]!r}; relationTypes lists them", unknown=[name[:80] for name in unknown[:10]]
        )
    return tuple(dict.fromkeys(types))
