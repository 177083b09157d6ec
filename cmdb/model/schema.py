"""The JSON Schema of a definition document: what editors complete by and what `pack` checks before anything else.

Generated from the same enumerations the product uses; the committed copy is `cmdb/model/types/schema.json` (`tools/gen_types_reference.py`
writes it, a test holds it current).
"""

from enum import StrEnum
from typing import Any

from cmdb.model.types import Area, Cardinality, ControlLevel, Kind, Need, PropagationKind, Strength

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", "maxLength": 60}
_WORDS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}}
_DURATION = {"type": "string", "pattern": "^[0-9]{1,6}[mhdw]$", "description": "A number and m, h, d or w: 36h, 7d"}


def definition_schema() -> dict[str, Any]:
    """The schema of one document (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CMDB type definition",
        "description": "One CI type or relationship type. Files may hold several documents, separated by ---.",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": ["item_type", "relation_type"]}},
        "allOf": [_if_kind("item_type"), _if_kind("relation_type")],
        "$defs": {"item_type": _item_type(), "relation_type": _relation_type(), "attributes": _attributes()},
    }


def _if_kind(kind: str) -> dict[str, Any]:
    said = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
    return {"if": said, "then": {"$ref": f"#/$defs/{kind}"}}


def _item_type() -> dict[str, Any]:
    return _object(
        ["kind", "name", "description"],
        kind={"const": "item_type"},
        name=_NAME,
        description=_text("What the type is, and what it is not"),
        parent={**_NAME, "description": "The type whose attributes, rules and lifecycle this one inherits"},
        abstract={"type": "boolean", "description": "No item is of this type itself, only of types below it"},
        area=_one_of(Area, "Where it belongs; inherited"),
        attributes={"$ref": "#/$defs/attributes"},
        identification={"type": "array", "items": _rule(), "description": "Asked in order, strong ones first, before the parent's"},
        lifecycle=_lifecycle(),
        stale_after={**_DURATION, "description": "An item no source has confirmed for so long is stale"},
        precedence={"type": "array", "items": _precedence(), "description": "Who is believed about what; asked before the parent's"},
        controlled={**_WORDS, "description": "Fields that change only under an approved change"},
        control_level=_one_of(ControlLevel, "The least control; service criticality and risk raise it"),
    )


def _relation_type() -> dict[str, Any]:
    spread = _object(
        ["kind"],
        kind=_one_of(PropagationKind, "Whom a failure reaches, read from source to target"),
        need=_one_of(Need, "hard passes the level on, soft one level better"),
        need_attribute={**_NAME, "description": "The attribute of the relationship that overrides need"},
    )
    return _object(
        ["kind", "name", "inverse", "description", "pairs"],
        kind={"const": "relation_type"},
        name=_NAME,
        inverse={**_NAME, "description": "Its name read from target to source"},
        description=_text("What it means that source -name-> target"),
        pairs={
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "items": _NAME, "minItems": 2, "maxItems": 2},
            "description": "[source type, target type]; types below them are allowed as well",
        },
        cardinality=_one_of(Cardinality, "Read from source to target"),
        attributes={"$ref": "#/$defs/attributes"},
        propagation=spread,
        acyclic={"type": "boolean", "description": "A cycle of this type is a fault"},
        controlled={"type": "boolean", "description": "Adding or removing one needs an approved change where an end is under control"},
    )


def _attributes() -> dict[str, Any]:
    number = {"type": "number"}
    attribute = _object(
        ["kind"],
        kind=_one_of(Kind, "What values it takes"),
        description=_text("What it says"),
        required={"type": "boolean"},
        recommended={"type": "boolean", "description": "Counts for completeness, never refuses"},
        multiple={"type": "boolean", "description": "A list of values"},
        enum={"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "string", "minLength": 1, "maxLength": 200}},
        pattern={"type": "string", "maxLength": 500, "format": "regex", "description": "The whole value must match"},
        minimum=number,
        maximum=number,
        max_length={"type": "integer", "minimum": 1, "maximum": 1_000_000},
        max_items={"type": "integer", "minimum": 1, "maximum": 100_000},
        reference={**_NAME, "description": "The type of the item it points to"},
        secret={"type": "boolean", "description": "Holds a digest or a pointer to the secret, never the secret"},
        unit={"type": "string", "maxLength": 40},
    )
    return {"type": "object", "propertyNames": _NAME, "maxProperties": 300, "additionalProperties": attribute}


def _rule() -> dict[str, Any]:
    return _object(
        ["attributes"],
        attributes={**_WORDS, "minItems": 1, "maxItems": 6},
        strength=_one_of(Strength, "strong is the item, weak is a hint"),
        ignore={**_WORDS, "description": "Values that say nothing, without case"},
        placeholders={"type": "boolean", "description": "false where values such as default or 1 are honest"},
    )


def _lifecycle() -> dict[str, Any]:
    state = {
        "oneOf": [_object([], description=_text("What it means"), to={**_WORDS, "description": "Where it may move"}), {"type": "null"}]
    }
    states = {"type": "object", "minProperties": 1, "maxProperties": 40, "propertyNames": _NAME, "additionalProperties": state}
    return _object(["default", "states"], default=_NAME, states=states)


def _precedence() -> dict[str, Any]:
    return _object(["fields", "sources"], fields={**_WORDS, "minItems": 1}, sources={**_WORDS, "minItems": 1}, yields_after=_DURATION)


def _object(needed: list[str], /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


def _one_of(values: type[StrEnum], description: str) -> dict[str, Any]:
    return {"enum": [str(value) for value in values], "description": description}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "maxLength": 4_000, "description": description}
