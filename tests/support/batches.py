"""Holds batches against the type registry, as the road will: every field, every relationship's pair and attributes, every reference."""

from collections.abc import Iterable

from cmdb.identification.keys import keys_of
from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import group_need
from cmdb.impact.levels import Level
from cmdb.impact.reference import ReferenceGraph, levels
from cmdb.model.observation import Batch
from cmdb.model.registry import Registry
from cmdb.model.validation import check_fields, check_relation


def faults_of(batches: Iterable[Batch], registry: Registry) -> list[str]:
    """What the registry has against the batches, in order; refs count within a source, over all its batches so far."""
    found: list[str] = []
    types: dict[tuple[str, str], str] = {}
    for batch in batches:
        seen: set[str] = set()
        for one in batch.observations:
            found += [f"{one.ref} twice in {batch.source} {batch.scope}"] if one.ref in seen else []
            seen.add(one.ref)
            types[(batch.source, one.ref)] = one.type
        for one in batch.observations:
            found += [f"{one.ref}: {problem}" for problem in check_fields(registry, one.type, one.fields, complete=True)[1]]
            pairs: set[tuple[str, str | None]] = set()
            ends: dict[str, int] = {}
            for relation in one.relations:
                other = types.get((batch.source, relation.to or ""))
                if other is None:
                    found.append(f"{one.ref} -{relation.type}-> {relation.to}: no such ref")
                    continue
                source, target = (one.type, other) if relation.outgoing else (other, one.type)
                problems = check_relation(registry, relation.type, relation.attributes, source, target)[1]
                found += [f"{one.ref} -{relation.type}-> {relation.to}: {problem}" for problem in problems]
                if (relation.type, relation.to) in pairs:
                    found.append(f"{one.ref} -{relation.type}-> {relation.to}: twice")
                pairs.add((relation.type, relation.to))
                if relation.outgoing:
                    ends[relation.type] = ends.get(relation.type, 0) + 1
            for name, count in ends.items():
                if count > 1 and str(registry.relation(name).cardinality) in ("many_to_one", "one_to_one"):
                    found.append(f"{one.ref} -{name}->: {count} targets")
            found += [f"{one.ref}: no relationship type {name}" for name in one.complete_relations if name not in registry.relation_types]
    return found


class Estate:
    """What batches of several sources make together, without a store: observations with an equal strong identity are one item.

    Items are called `<type>/<name>`. Fields of later batches add to those of earlier ones.
    """

    def __init__(self, batches: Iterable[Batch], registry: Registry) -> None:
        self.fields: dict[str, dict[str, object]] = {}
        self.types: dict[str, str] = {}
        self.graph = ReferenceGraph()
        names: dict[tuple[str, str], str] = {}
        owners: dict[str, str] = {}
        relations: dict[tuple[str, str, str], tuple[str, dict[str, object]]] = {}
        for batch in batches:
            for one in batch.observations:
                called = f"{one.type}/{one.fields['name']}"
                for key in keys_of(registry.item(one.type), one.fields)[0]:
                    called = owners.setdefault(key, called)
                names[batch.source, one.ref] = called
                self.fields.setdefault(called, {}).update(one.fields)
                self.types[called] = one.type
            for one in batch.observations:
                for relation in one.relations:
                    ends = names[batch.source, one.ref], names[batch.source, relation.to or ""]
                    source, target = ends if relation.outgoing else ends[::-1]
                    relations[relation.type, source, target] = (self.types[target], dict(relation.attributes))
        table = ArrowTable.of(registry)
        self.relations = sorted(relations)
        self.graph.items |= set(self.fields)
        self.graph.groups = {name: group_need(self.fields[name]) for name, type_ in self.types.items() if registry.is_group(type_)}
        for (kind, source, target), (target_type, attributes) in relations.items():
            arrow = table.arrow(kind, source, target, target_type, attributes)
            if arrow is not None:
                self.graph.arrows[arrow.provider, arrow.dependent, kind] = arrow.how

    def levels(self, *down: str) -> dict[str, Level]:
        """The levels of all that is not ok when the items named are down."""
        return levels(self.graph, dict.fromkeys(down, Level.DOWN))
