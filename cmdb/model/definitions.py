"""Definitions and plain JSON values: what a YAML document says, what the ledger keeps, and the frozen definition between them.

`to_body` and `from_body` are each other's inverse; parts that say nothing are left out, so that a body is short and its digest does not
move when the product learns a new optional part. Shapes are those of `cmdb/model/types/schema.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.errors import InvalidInput
from cmdb.model.types import (
    Area,
    AttributeDef,
    Cardinality,
    ControlLevel,
    Definition,
    IdentificationRule,
    ItemType,
    Kind,
    Lifecycle,
    LifecycleState,
    Need,
    Pair,
    PrecedenceRule,
    Propagation,
    PropagationKind,
    RelationType,
    Strength,
)

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})([mhdw])")
_ATTRIBUTE_FIELDS = tuple(one for one in fields(AttributeDef) if one.name != "name")


def to_body(definition: Definition) -> dict[str, Any]:
    """The definition as plain JSON values, `kind` and `name` first."""
    return _item_body(definition) if isinstance(definition, ItemType) else _relation_body(definition)


def from_body(body: Mapping[str, Any]) -> Definition:
    """The definition a body says. The body must already have the shape of the schema (`pack.parse_documents` checks it).

    Raises `InvalidInput` for a body that is no definition at all.
    """
    try:
        if body["kind"] == "item_type":
            return _item(body)
        if body["kind"] == "relation_type":
            return _relation(body)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput(f"this is no type definition: {problem!r}") from problem
    raise InvalidInput(f"this is no type definition: kind {str(body['kind'])[:60]!r}")


def to_record(definition: Definition) -> dict[str, Any]:
    """The body as the ledger keeps it: attributes and states as lists with their names inside, because canonical JSON sorts keys and the
    order is the author's. `from_body` reads it as well."""
    body = to_body(definition)
    if "attributes" in body:
        body["attributes"] = _listed(body["attributes"])
    if "lifecycle" in body:
        body["lifecycle"] = {**body["lifecycle"], "states": _listed(body["lifecycle"]["states"])}
    return body


def digest_of(definition: Definition) -> str:
    """sha256 over the canonical JSON of the definition: equal exactly where the definitions say the same."""
    return digest(canonical_json(to_record(definition)))


def _listed(named: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **one} for name, one in named.items()]


def _named(parts: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(parts, list):
        return [(one["name"], {name: value for name, value in one.items() if name != "name"}) for one in parts]
    return [(name, one or {}) for name, one in (parts or {}).items()]


def duration(text: str) -> timedelta:
    """`90m`, `36h`, `7d`, `2w`. Raises `ValueError` for others."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:40]!r} is no duration; write a number and m, h, d or w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_text(span: timedelta) -> str:
    """The text `duration` reads as `span`, in whole days, hours or minutes."""
    minutes = int(span.total_seconds()) // 60
    for unit, size in (("d", 1_440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _attribute_body(one: AttributeDef) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for part in _ATTRIBUTE_FIELDS:
        value = getattr(one, part.name)
        if part.name == "kind" or value != part.default:
            body[part.name] = _plain(value)
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _item_body(item: ItemType) -> dict[str, Any]:
    body: dict[str, Any] = {"kind": "item_type", "name": item.name, "description": item.description}
    if item.parent is not None:
        body["parent"] = item.parent
    if item.abstract:
        body["abstract"] = True
    if item.area is not None:
        body["area"] = str(item.area)
    if item.attributes:
        body["attributes"] = {one.name: _attribute_body(one) for one in item.attributes}
    if item.identification:
        body["identification"] = [_rule_body(rule) for rule in item.identification]
    if item.lifecycle is not None:
        states = {one.name: {"description": one.description, "to": list(one.to)} for one in item.lifecycle.states}
        body["lifecycle"] = {"default": item.lifecycle.default, "states": states}
    if item.stale_after is not None:
        body["stale_after"] = duration_text(item.stale_after)
    if item.precedence:
        body["precedence"] = [_precedence_body(rule) for rule in item.precedence]
    if item.controlled:
        body["controlled"] = list(item.controlled)
    if item.control_level is not None:
        body["control_level"] = str(item.control_level)
    return body


def _rule_body(rule: IdentificationRule) -> dict[str, Any]:
    body: dict[str, Any] = {"attributes": list(rule.attributes), "strength": str(rule.strength)}
    if rule.ignore:
        body["ignore"] = list(rule.ignore)
    if not rule.placeholders:
        body["placeholders"] = False
    return body


def _precedence_body(rule: PrecedenceRule) -> dict[str, Any]:
    body: dict[str, Any] = {"fields": list(rule.fields), "sources": list(rule.sources)}
    if rule.yields_after is not None:
        body["yields_after"] = duration_text(rule.yields_after)
    return body


def _relation_body(relation: RelationType) -> dict[str, Any]:
    spread: dict[str, Any] = {"kind": str(relation.propagation.kind)}
    if relation.propagation.kind is not PropagationKind.NONE:
        spread["need"] = str(relation.propagation.need)
    if relation.propagation.need_attribute is not None:
        spread["need_attribute"] = relation.propagation.need_attribute
    body: dict[str, Any] = {
        "kind": "relation_type",
        "name": relation.name,
        "inverse": relation.inverse,
        "description": relation.description,
        "pairs": [[pair.source, pair.target] for pair in relation.pairs],
        "cardinality": str(relation.cardinality),
        "propagation": spread,
    }
    if relation.attributes:
        body["attributes"] = {one.name: _attribute_body(one) for one in relation.attributes}
    if relation.acyclic:
        body["acyclic"] = True
    if relation.controlled:
        body["controlled"] = True
    return body


def _attribute(name: str, body: Mapping[str, Any]) -> AttributeDef:
    parts = dict(body)
    parts["kind"] = Kind(parts["kind"])
    if "enum" in parts:
        parts["enum"] = tuple(parts["enum"])
    return AttributeDef(name=name, **parts)


def _attributes(body: Mapping[str, Any]) -> tuple[AttributeDef, ...]:
    return tuple(_attribute(name, one) for name, one in _named(body.get("attributes")))


def _item(body: Mapping[str, Any]) -> ItemType:
    return ItemType(
        name=body["name"],
        description=body["description"],
        parent=body.get("parent"),
        abstract=body.get("abstract", False),
        area=Area(body["area"]) if "area" in body else None,
        attributes=_attributes(body),
        identification=tuple(_rule(one) for one in body.get("identification", ())),
        lifecycle=_lifecycle(body["lifecycle"]) if "lifecycle" in body else None,
        stale_after=duration(body["stale_after"]) if "stale_after" in body else None,
        precedence=tuple(_precedence(one) for one in body.get("precedence", ())),
        controlled=tuple(body.get("controlled", ())),
        control_level=ControlLevel(body["control_level"]) if "control_level" in body else None,
    )


def _rule(body: Mapping[str, Any]) -> IdentificationRule:
    return IdentificationRule(
        attributes=tuple(body["attributes"]),
        strength=Strength(body.get("strength", "strong")),
        ignore=tuple(body.get("ignore", ())),
        placeholders=body.get("placeholders", True),
    )


def _lifecycle(body: Mapping[str, Any]) -> Lifecycle:
    states = tuple(LifecycleState(name, one.get("description", ""), tuple(one.get("to", ()))) for name, one in _named(body["states"]))
    return Lifecycle(states, body["default"])


def _precedence(body: Mapping[str, Any]) -> PrecedenceRule:
    yields = duration(body["yields_after"]) if "yields_after" in body else None
    return PrecedenceRule(tuple(body["fields"]), tuple(body["sources"]), yields)


def _relation(body: Mapping[str, Any]) -> RelationType:
    spread = body.get("propagation", {"kind": "none"})
    return RelationType(
        name=body["name"],
        inverse=body["inverse"],
        description=body["description"],
        pairs=tuple(Pair(*pair) for pair in body["pairs"]),
        cardinality=Cardinality(body.get("cardinality", "many_to_many")),
        attributes=_attributes(body),
        propagation=Propagation(PropagationKind(spread["kind"]), Need(spread.get("need", "hard")), spread.get("need_attribute")),
        acyclic=body.get("acyclic", False),
        controlled=body.get("controlled", False),
    )
