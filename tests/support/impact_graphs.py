"""Small graphs for the impact tests: versions as the ledger makes them, and the same graph for the reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import ImpactIndex, group_need
from cmdb.impact.reference import ReferenceGraph
from cmdb.impact.service import ImpactService
from cmdb.model.commit import Version, VersionKind
from cmdb.model.item import ItemState, RelationState, Value
from cmdb.model.pack import load_pack
from cmdb.model.registry import Registry
from cmdb.model.types import AttributeDef, Kind, Need, Pair, Propagation, PropagationKind, RelationType

GROUP = "redundancy_group"


@cache
def impact_registry() -> Registry:
    """The default pack and relationship types for every way trouble can travel, between any two items."""
    pack = load_pack()
    anything = (Pair("configuration_item", "configuration_item"),)
    ways = {
        "needs": Propagation(PropagationKind.CONSUMER_OF, Need.HARD, "need"),
        "likes": Propagation(PropagationKind.CONSUMER_OF, Need.SOFT),
        "feeds": Propagation(PropagationKind.PROVIDER_OF, Need.HARD),
        "helps": Propagation(PropagationKind.PROVIDER_OF, Need.SOFT),
        "piece_of": Propagation(PropagationKind.PART_OF, Need.HARD),
        "also_piece_of": Propagation(PropagationKind.PART_OF, Need.HARD),
        "mentions": Propagation(PropagationKind.NONE),
    }
    return pack.with_definitions(
        RelationType(
            name,
            inverse=f"{name}_inverse",
            description=name,
            pairs=anything,
            attributes=(AttributeDef("need", Kind.ENUM, enum=("hard", "soft")),) if way.need_attribute else (),
            propagation=way,
        )
        for name, way in ways.items()
    )


@dataclass
class Scene:
    """An index and the reference graph side by side, fed with the same commits."""

    registry: Registry = field(default_factory=impact_registry, repr=False)
    seq: int = 0
    reference: ReferenceGraph = field(default_factory=ReferenceGraph)
    types: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = ArrowTable.of(self.registry)
        self.index = ImpactIndex.empty(self.table)
        self.service = ImpactService(lambda: self.index, lambda: self.registry)

    def commit(self, *versions: Version) -> None:
        """One commit: the versions of one sequence number."""
        self.index.apply(versions)

    def item(self, item_id: str, type_name: str = "server", retired: bool = False, **fields: Any) -> Version:
        """A version of an item; `fields` are core fields and attributes."""
        core = {name: fields.pop(name) for name in ("owner", "location") if name in fields}
        state = ItemState(item_id, type_name, item_id, "live", attributes=fields, retired=retired, **core)
        if retired:
            self.reference.retire(item_id)
        else:
            self.reference.items.add(item_id)
            if type_name == GROUP:
                self.reference.groups[item_id] = group_need(fields)
        self.types[item_id] = type_name
        return Version(VersionKind.ITEM, item_id, self.seq, 1, "", state.body())

    def relation(
        self, source: str, relation_type: str, target: str, retired: bool = False, attributes: Mapping[str, Value] | None = None,
        sources: tuple[str, ...] = ("agent",),
    ) -> Version:  # fmt: skip
        """A version of a relationship."""
        relation_id = f"{relation_type}|{source}|{target}"
        state = RelationState(relation_id, relation_type, source, target, attributes or {}, sources, retired=retired)
        arrow = self.table.arrow(relation_type, source, target, self.types[target], state.attributes)
        if arrow is not None:
            self.reference.arrows.pop((arrow.provider, arrow.dependent, relation_type), None)
            if not retired:
                self.reference.arrows[arrow.provider, arrow.dependent, relation_type] = arrow.how
        return Version(VersionKind.RELATION, relation_id, self.seq, 1, "", state.body())

    def step(self) -> "Scene":
        """Go to the next sequence number."""
        self.seq += 1
        return self


def scene(relations: str, groups: Mapping[str, Mapping[str, Any]] | None = None, types: Mapping[str, str] | None = None) -> Scene:
    """A scene from lines `web needs db`; `groups`: id -> attributes; `types`: id -> type (else `server`)."""
    made = Scene().step()
    lines = [line.split() for line in relations.strip().splitlines()]
    ids = sorted({name for line in lines for name in (line[0], line[2])})
    versions = []
    for item_id in ids:
        if groups and item_id in groups:
            versions.append(made.item(item_id, GROUP, **groups[item_id]))
        else:
            versions.append(made.item(item_id, (types or {}).get(item_id, "server")))
    versions += [made.relation(*line) for line in lines]
    made.commit(*versions)
    return made
