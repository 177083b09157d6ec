"""How a state lies in the live graph as native properties, and how it is read back. Pure; one place: writing, reading, verifying agree.

An item's core fields and attributes are properties under their own names; what is bookkeeping begins with `_`. `_origins` is JSON text,
because a property cannot hold a map.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from cmdb.kernel.canonical import canonical_json
from cmdb.model.item import ItemState, RelationState

ITEM_CORE = ("id", "type", "name", "status", "version", "location", "description", "owner", "revision")
RELATION_CORE = ("id", "type", "revision")
_ITEM_CORE = frozenset(ITEM_CORE)
_RELATION_CORE = frozenset(RELATION_CORE)


def item_properties(state: ItemState, content_hash: str) -> dict[str, Any]:
    """The live node's properties, without `_seq` and `_created`, which only the commit knows."""
    properties: dict[str, Any] = {
        "id": state.id,
        "type": state.type,
        "name": state.name,
        "status": state.status,
        "version": state.version,
        "location": state.location,
        "description": state.description,
        "owner": state.owner,
        "revision": state.revision,
        "_origins": canonical_json(dict(state.origins)).decode(),
        "_hash": content_hash,
    }
    for name, value in state.attributes.items():
        properties[name] = list(value) if isinstance(value, tuple) else value
    return properties


def item_state(properties: Mapping[str, Any]) -> ItemState:
    """The state a live node's properties hold. Raises `KeyError` or `ValueError` where they cannot be a node the ledger wrote."""
    attributes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in properties.items()
        if name not in _ITEM_CORE and not name.startswith("_")
    }
    return ItemState(
        properties["id"],
        properties["type"],
        properties["name"],
        properties["status"],
        properties["version"],
        properties["location"],
        properties["description"],
        properties["owner"],
        attributes,
        orjson.loads(properties["_origins"]),
        properties["revision"],
    )


def relation_attributes(state: RelationState) -> dict[str, Any]:
    """A relationship's typed attributes as native properties."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in state.attributes.items()}


def relation_state(source: str, target: str, properties: Mapping[str, Any]) -> RelationState:
    """The state a live relationship's properties hold, given the ids of its ends."""
    attributes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in properties.items()
        if name not in _RELATION_CORE and not name.startswith("_")
    }
    return RelationState(
        properties["id"], properties["type"], source, target, attributes, tuple(properties["_sources"]), properties["revision"]
    )
