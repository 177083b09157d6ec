"""Graphs like estates: few providers that many depend on, many that few do, redundancy groups, some cycles. Straight into columns, no
store."""

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.levels import Pass
from cmdb.impact.rows import GraphRows, GroupNeed
from cmdb.model.types import Need, Propagation, PropagationKind

TYPES = ("application", "server", "service", "redundancy_group")
RELATION_TYPES = ("depends_on", "uses", "member_of")
ARROWS = ArrowTable(
    {
        "depends_on": Propagation(PropagationKind.CONSUMER_OF, Need.HARD),
        "uses": Propagation(PropagationKind.CONSUMER_OF, Need.SOFT),
        "member_of": Propagation(PropagationKind.PART_OF, Need.HARD),
    },
    frozenset({"redundancy_group"}),
)


def item_id(number: int) -> str:
    """Ids as long as real ones."""
    return f"{number:026d}"


def power_law(
    items: int, relations: int, seed: int = 7, groups: float = 0.05, soft: float = 0.3, cycles: float = 0.01, share: float = 1.0
) -> GraphRows:
    """`items` items and `relations` arrows (a few less where the same was drawn twice). The provider of each arrow is drawn among the
    items before its dependent, the early ones far more often (degree falls off as a power law), but for the share `cycles`, which points
    anywhere. With `share` < 1 the graph is two estates without a relationship between them, and the hubs of the first reach nearly that
    share of all items. The share `groups` of items are redundancy groups (one of n members, or half of them): every arrow into one is a
    membership."""
    rng = np.random.default_rng(seed)
    dependent = rng.integers(1, items, relations)
    border = int(items * share)
    first = np.where(dependent < border, 0, border)
    provider = first + ((dependent - first) * rng.random(relations) ** 3).astype(np.int64)
    back = rng.random(relations) < cycles
    size = np.where(dependent < border, border, items - border)
    provider[back] = first[back] + rng.integers(0, items, int(back.sum())) % size[back]
    key = np.unique(provider * items + dependent)
    provider, dependent = (key // items).astype(np.int32), (key % items).astype(np.int32)
    is_group = rng.random(items) < groups
    is_group[: max(10, items // 1000)] = False  # the hubs are things, not groups
    how = np.where(is_group[dependent], Pass.MEMBER, np.where(rng.random(len(key)) < soft, Pass.SOFT, Pass.HARD)).astype(np.int8)
    numbers = np.flatnonzero(is_group)
    needs = {int(v): GroupNeed(count=1) if v % 2 else GroupNeed(percent=50.0) for v in numbers}
    type_of = np.where(is_group, 3, rng.choice(3, items, p=[0.6, 0.39, 0.01])).astype(np.int32)
    relation_type = np.array([0, 1, 2])[how]
    return GraphRows(
        ids=np.char.zfill(np.arange(items).astype("S26"), 26),
        type_of=type_of,
        provider=provider,
        dependent=dependent,
        how=how,
        tag=(relation_type * 4 + 1).astype(np.int16),
        groups=needs,
        types=TYPES,
        relation_types=RELATION_TYPES,
        owner_of=rng.integers(0, 200, items).astype(np.int32),
        owners=tuple(f"team {n}" for n in range(200)),
        location_of=rng.integers(0, 50, items).astype(np.int32),
        locations=tuple(f"site {n}" for n in range(50)),
    )


def hubs(rows: GraphRows, count: int = 5) -> NDArray[np.int64]:
    """The items most others depend on directly."""
    degree = np.bincount(rows.provider, minlength=rows.items)
    return np.argsort(degree)[::-1][:count]
