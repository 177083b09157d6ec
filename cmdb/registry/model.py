"""Values of the registry room: what is stored, what an application changes, what does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.model.commit import Receipt
from cmdb.model.registry import Registry
from cmdb.model.types import Definition

DefinitionKey = tuple[str, str]
"""`("item_type" | "relation_type", name)`."""

REGISTRY_ID = "type_registry"
"""The record that every change of types moves: two changes at once cannot both pass, and one small read tells whether anything moved."""


def record_id(key: DefinitionKey) -> str:
    """The id of the record that holds a definition: `item_type:server`."""
    return f"{key[0]}:{key[1]}"


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """One definition as the ledger holds it. `pack_digest` is the digest of the default pack's definition it came from, None for one that
    an administrator made; where it differs from the definition's own digest, an administrator altered it."""

    definition: Definition
    revision: int
    pack_digest: str | None = None


@dataclass(frozen=True, slots=True)
class StoredTypes:
    """Everything stored of types. `revision` is that of the registry record, 0 before the first seed; `pack_digest` the pack seeded last;
    `removed` names pack definitions an administrator took out."""

    definitions: Mapping[DefinitionKey, StoredDefinition] = field(default_factory=dict)
    revision: int = 0
    pack_digest: str = ""
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveTypes:
    """What is in force: the stored definitions and the registry they make."""

    stored: StoredTypes
    registry: Registry


class Action(StrEnum):
    """What an application does to a definition."""

    CREATED = "created"
    ALTERED = "altered"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class TypeChange:
    """One definition that changes. `paths` are the parts that differ, such as `attributes.cpu_count.maximum`."""

    kind: str
    name: str
    action: Action
    paths: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """The change as plain JSON."""
        return {"kind": self.kind, "name": self.name, "action": str(self.action), "paths": list(self.paths)}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One live item or relationship that the new definitions would not let in. `subject` is `item` or `relation`; `name` the item's name,
    or both ends of the relationship."""

    subject: str
    id: str
    type: str
    name: str
    attribute: str
    code: str
    rule: str
    message: str

    def body(self) -> dict[str, str]:
        """The misfit as plain JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class TypesApplied:
    """What an application did, or (`dry_run`) would do.

    `misfits` are the first hundred of `misfit_count`; `checked` counts the items and relationships looked at. `kept` names pack definitions
    left as an administrator made them. `receipt` is None where nothing was written.
    """

    changes: tuple[TypeChange, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    misfit_count: int = 0
    checked: int = 0
    kept: tuple[str, ...] = ()
    receipt: Receipt | None = None
    dry_run: bool = False

    @property
    def fits(self) -> bool:
        """Whether everything live fits."""
        return self.misfit_count == 0

    def body(self) -> dict[str, Any]:
        """The answer as plain JSON."""
        return {
            "changes": [one.body() for one in self.changes],
            "misfits": [one.body() for one in self.misfits],
            "misfit_count": self.misfit_count,
            "checked": self.checked,
            "kept": list(self.kept),
            "seq": self.receipt.seq if self.receipt else None,
            "dry_run": self.dry_run,
        }
