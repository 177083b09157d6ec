"""What changes from one set of definitions to another, and which of it can hurt what is live already. Pure.

A change hurts if it narrows: an attribute goes, takes another kind or a stricter rule, or becomes required; a lifecycle state goes; a type
becomes abstract or goes; a pair of types or the cardinality of a relationship type narrows. Everything else needs no look at the graph.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cmdb.model.definitions import to_body
from cmdb.model.registry import Registry, ResolvedType, kind_and_name
from cmdb.model.types import AttributeDef, Definition, RelationType
from cmdb.registry.model import Action, DefinitionKey, StoredTypes, TypeChange


def changes_of(stored: StoredTypes, given: Iterable[Definition], removed: Iterable[DefinitionKey]) -> tuple[TypeChange, ...]:
    """The changes that putting `given` in and taking `removed` out would make, ordered by kind and name; equal definitions are none."""
    found = []
    for definition in given:
        key = kind_and_name(definition)
        before = stored.definitions.get(key)
        if before is None:
            found.append(TypeChange(*key, Action.CREATED))
        elif before.definition != definition:
            paths = tuple(differing(to_body(before.definition), to_body(definition)))
            found.append(TypeChange(*key, Action.ALTERED, paths or ("order",)))
    found += [TypeChange(*key, Action.REMOVED) for key in removed if key in stored.definitions]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


def differing(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths of the parts that differ between two bodies; lists are compared as wholes."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from differing(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif before != after:
        yield path


def narrowed_items(before: Registry, after: Registry) -> tuple[str, ...]:
    """Concrete item types (of `before`) whose live items must be looked at."""
    return tuple(name for name, one in before.item_types.items() if not one.abstract and _narrows(one, after.item_types.get(name)))


def narrowed_relations(before: Registry, after: Registry) -> tuple[str, ...]:
    """Relationship types (of `before`) whose live relationships must be looked at."""
    return tuple(name for name, one in before.relation_types.items() if _relation_narrows(one, before, after))


def _narrows(before: ResolvedType, after: ResolvedType | None) -> bool:
    if after is None or after.abstract:
        return True
    if not set(before.lifecycle.names) <= set(after.lifecycle.names):
        return True
    return _attributes_narrow(before.attributes, after.attributes)


def _attributes_narrow(before: Mapping[str, AttributeDef], after: Mapping[str, AttributeDef]) -> bool:
    if any(name not in after or _attribute_narrows(one, after[name]) for name, one in before.items()):
        return True
    return any(one.required for name, one in after.items() if name not in before)


def _attribute_narrows(before: AttributeDef, after: AttributeDef) -> bool:
    if (before.kind, before.multiple, before.secret, before.reference) != (after.kind, after.multiple, after.secret, after.reference):
        return True
    if after.pattern is not None and after.pattern != before.pattern:
        return True
    if (after.required and not before.required) or not set(before.enum) <= set(after.enum):
        return True
    # None means the widest for a minimum or maximum, the kind's default for a length: any change of a length is looked at
    low = after.minimum is not None and (before.minimum is None or after.minimum > before.minimum)
    high = after.maximum is not None and (before.maximum is None or after.maximum < before.maximum)
    return low or high or after.max_length != before.max_length or after.max_items < before.max_items


def _relation_narrows(before: RelationType, old: Registry, new: Registry) -> bool:
    after = new.relation_types.get(before.name)
    if after is None:
        return True
    if (after.cardinality.one_target and not before.cardinality.one_target) or (
        after.cardinality.one_source and not before.cardinality.one_source
    ):
        return True
    if any(not old.targets_of(before.name, source) <= new.targets_of(before.name, source) for source in old.item_types):
        return True
    return _attributes_narrow({one.name: one for one in before.attributes}, {one.name: one for one in after.attributes})
