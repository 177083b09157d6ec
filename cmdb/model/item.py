"""The state of an item and of a relationship, as one version holds it (requirements 9.1-02, 9.1-03, 9.1-05).

`version` is the configuration item's own version (a release, a firmware, a tag); `revision` counts the record's versions in the CMDB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...]  # multi-valued attributes are tuples; absent and null are both "no key"

CORE_FIELDS = ("name", "status", "version", "location", "description", "owner")
"""Fields every item has beside its typed attributes. Sources may claim them like attributes; `version` .. `owner` may be empty."""

RESERVED_NAMES = frozenset({"id", "type", "revision", *CORE_FIELDS, "source", "target", "labels", "key", "seq", "hash"})
"""Names no typed attribute may take, because the live node has them as properties. Names that begin with `_` are reserved as well."""


@dataclass(frozen=True, slots=True)
class ItemState:
    """What one version of an item says. Immutable; `attributes` and `origins` are never altered after construction.

    `origins` names the source of each field that has a value (core fields and attributes alike).
    """

    id: str
    type: str
    name: str
    status: str
    version: str = ""
    location: str = ""
    description: str = ""
    owner: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1
    retired: bool = False

    def body(self) -> dict[str, Any]:
        """The content that is hashed and kept: plain JSON values."""
        return {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "status": self.status,
            "version": self.version,
            "location": self.location,
            "description": self.description,
            "owner": self.owner,
            "attributes": dict(self.attributes),
            "origins": dict(self.origins),
            "revision": self.revision,
            "retired": self.retired,
        }

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> "ItemState":
        """The state a `body()` came from; lists become tuples."""
        attributes = {name: tuple(value) if isinstance(value, list) else value for name, value in body["attributes"].items()}
        return ItemState(**{**body, "attributes": attributes})

    def value(self, name: str) -> Value | None:
        """The value of a core field or typed attribute, None where it has none."""
        if name in CORE_FIELDS:
            return getattr(self, name) or None
        return self.attributes.get(name)


@dataclass(frozen=True, slots=True)
class RelationState:
    """What one version of a relationship says: `source -type-> target`. `sources` are those who claim it, sorted."""

    id: str
    type: str
    source: str
    target: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    revision: int = 1
    retired: bool = False

    def body(self) -> dict[str, Any]:
        """The content that is hashed and kept: plain JSON values."""
        return {
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "target": self.target,
            "attributes": dict(self.attributes),
            "sources": list(self.sources),
            "revision": self.revision,
            "retired": self.retired,
        }

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> "RelationState":
        """The state a `body()` came from."""
        attributes = {name: tuple(value) if isinstance(value, list) else value for name, value in body["attributes"].items()}
        return RelationState(**{**body, "attributes": attributes, "sources": tuple(body["sources"])})
