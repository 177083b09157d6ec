"""Object types, filters and list fields made from the type registry: adding a CI type is adding one YAML document (design 5).

Rules. Every attribute is nullable, however the registry has it: items recorded before an attribute became required do not have it, and one
such item must not void a list. Enumerations are texts with their values in the description: an item recorded under an earlier enumeration
keeps its value and must stay readable (decision 0070). Only concrete types become object types; an abstract one is asked for by
`items(types: [...])`, which includes the types below it.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Any

import strawberry
from strawberry import UNSET

from cmdb.model.item import CORE_FIELDS
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import AttributeDef, Kind
from cmdb_graphql.filters import IntegerFilter, TextFilter, filter_input_of
from cmdb_graphql.items import CI
from cmdb_graphql.names import attribute_name, camel, list_name, python_name, type_name
from cmdb_graphql.scalars import BigInt, Date, DateTime

_SCALARS: Mapping[Kind, Any] = {
    Kind.INTEGER: BigInt,
    Kind.NUMBER: float,
    Kind.BOOLEAN: bool,
    Kind.DATE: Date,
    Kind.DATETIME: DateTime,
}


@dataclass(frozen=True, slots=True)
class Generated:
    """What one item type became."""

    item_type: str
    cls: type[CI]
    filter: type
    list_field: str
    description: str


def generated(registry: Registry, root_fields: frozenset[str]) -> tuple[Generated, ...]:
    """Every concrete type with its class, filter and list field, ordered by name. `root_fields` are names list fields may not take."""
    classes = registry.derived(item_classes)
    found = []
    taken = set(root_fields)
    for name, cls in classes.items():
        resolved = registry.item(name)
        field = list_name(name, taken)
        taken.add(field)
        found.append(Generated(name, cls, _filter_class(resolved), field, resolved.description))
    return tuple(found)


def item_classes(registry: Registry) -> dict[str, type[CI]]:
    """The object type of each concrete item type. Pure; kept with the registry through `Registry.derived`."""
    return {name: _item_class(resolved) for name, resolved in registry.item_types.items() if not resolved.abstract}


def columns_of(registry: Registry) -> dict[str, tuple[str, str]]:
    """Field of the schema -> (Python attribute, property of the live node), for every field that is a plain property. Names that stand for
    different properties on different types are left out."""
    found: dict[str, tuple[str, str]] = {name: (name, name) for name in ("id", "type", "revision", *CORE_FIELDS)}
    found |= {"seq": ("seq", "_seq"), "firstSeen": ("first_seen", "_created")}
    mixed = set()
    for resolved in registry.item_types.values():
        for name in resolved.attributes:
            field = attribute_name(name, core_field_names())
            entry = (python_name(name), name)
            if found.setdefault(field, entry) != entry:
                mixed.add(field)
    return {field: entry for field, entry in found.items() if field not in mixed}


def core_field_names() -> frozenset[str]:
    """Fields of `CI` in the schema: names a typed attribute cannot take."""
    definition: Any = CI.__strawberry_definition__  # type: ignore[attr-defined]
    return frozenset(field.graphql_name or camel(field.python_name) for field in definition.fields)


def describe(attribute: AttributeDef) -> str:
    """An attribute's description with what the type system cannot say: unit, values, that it is a secret's pointer."""
    parts = [attribute.description.strip()] if attribute.description else []
    if attribute.unit:
        parts.append(f"In {attribute.unit}.")
    if attribute.enum:
        parts.append(f"One of: {', '.join(attribute.enum)}.")
    if attribute.reference:
        parts.append(f"The id of an item of type {attribute.reference}.")
    if attribute.secret:
        parts.append("A digest or the place of a secret, never the secret.")
    return " ".join(parts)


def _item_class(resolved: ResolvedType) -> type[CI]:
    taken = core_field_names()
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__, "__doc__": resolved.description}
    for attribute in resolved.attributes.values():
        scalar = _SCALARS.get(attribute.kind, str)
        python = python_name(attribute.name)
        annotations[python] = _nullable(GenericAlias(list, scalar) if attribute.multiple else scalar)
        namespace[python] = strawberry.field(
            default=None, name=attribute_name(attribute.name, taken), description=describe(attribute) or None
        )
    label = type_name(resolved.name)
    made = types.new_class(label, (CI,), {}, _fill(namespace))
    return strawberry.type(made, name=label, description=resolved.description or None)


def _filter_class(resolved: ResolvedType) -> type:
    taken = core_field_names()
    label = f"{type_name(resolved.name)}Filter"
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__}
    for name in ("id", *CORE_FIELDS):
        annotations[name] = _nullable(TextFilter)
        namespace[name] = UNSET
    annotations["revision"] = _nullable(IntegerFilter)
    namespace["revision"] = UNSET
    for attribute in resolved.attributes.values():
        python = python_name(attribute.name)
        annotations[python] = _nullable(filter_input_of(attribute))
        namespace[python] = strawberry.field(default=UNSET, name=attribute_name(attribute.name, taken))
    made = types.new_class(label, (), {}, _fill(namespace))
    return strawberry.input(made, name=label, description=f"Conditions on {resolved.name} items; all that are given must hold.")


def _nullable(kind: Any) -> Any:
    return kind | None


def _fill(namespace: Mapping[str, Any]) -> Callable[[dict[str, Any]], None]:
    def fill(body: dict[str, Any]) -> None:
        body.update(namespace)

    return fill
