"""The type registry: every definition together, inheritance resolved, immutable.

A registry exists only if all its definitions hold; otherwise `BadDefinitions` names every fault at once, with path, type and rule. Changing
types makes a new registry (`with_definitions`), so that whoever holds one sees one consistent set.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar, cast

from cmdb.kernel.errors import CmdbError
from cmdb.model import registry_rules
from cmdb.model.registry_rules import DefinitionFault
from cmdb.model.types import (
    REDUNDANCY_GROUP,
    Area,
    AttributeDef,
    ControlLevel,
    Definition,
    IdentificationRule,
    ItemType,
    Lifecycle,
    PrecedenceRule,
    RelationType,
)

T = TypeVar("T")
TRUST_ANYONE = PrecedenceRule(("*",), ("*",))


class BadDefinitions(CmdbError):
    """Definitions that cannot be a registry together. `faults` lists every one: type, path, rule and message."""

    code = "bad-type-definitions"
    status = 400
    title = "The type definitions do not hold"

    def __init__(self, faults: Iterable[DefinitionFault]) -> None:
        self.faults = tuple(faults)
        shown = "; ".join(fault.message for fault in self.faults[:5])
        more = f" ... and {len(self.faults) - 5} more" if len(self.faults) > 5 else ""
        super().__init__(f"{shown}{more}", faults=[fault.as_dict() for fault in self.faults])


class UnknownType(CmdbError):
    """No item type or relationship type has this name."""

    code = "unknown-type"
    status = 400
    title = "There is no such type"


@dataclass(frozen=True, slots=True)
class ResolvedType:
    """An item type with what it inherits. `ancestors` runs from the parent to the root; attributes keep the root's first."""

    name: str
    description: str
    abstract: bool
    area: Area
    ancestors: tuple[str, ...]
    attributes: Mapping[str, AttributeDef]
    identification: tuple[IdentificationRule, ...]
    lifecycle: Lifecycle
    stale_after: timedelta | None
    precedence: tuple[PrecedenceRule, ...]
    controlled: frozenset[str]
    control_level: ControlLevel
    definition: ItemType

    @property
    def default_status(self) -> str:
        """The status of an item whose sources say nothing about it."""
        return self.lifecycle.default

    @property
    def parent(self) -> str | None:
        return self.definition.parent

    def precedence_of(self, field_name: str) -> PrecedenceRule:
        """The rule for one field: the first that names it, else the first for `*`, else every source alike (the newest claim wins)."""
        fallback = None
        for rule in self.precedence:
            if field_name in rule.fields:
                return rule
            if fallback is None and "*" in rule.fields:
                fallback = rule
        return fallback or TRUST_ANYONE


@dataclass(frozen=True)
class Registry:
    """All item types and relationship types. Made by `Registry.of`; look-ups are dictionary look-ups."""

    item_types: Mapping[str, ResolvedType]
    relation_types: Mapping[str, RelationType]
    _concrete: Mapping[str, tuple[str, ...]]
    _derived: dict[Callable[["Registry"], Any], Any] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(definitions: Iterable[Definition]) -> "Registry":
        """A registry of these definitions. Raises `BadDefinitions` with all faults."""
        every = tuple(definitions)
        faults = registry_rules.faults_of(every)
        if faults:
            raise BadDefinitions(faults)
        items = {one.name: one for one in every if isinstance(one, ItemType)}
        relations = {one.name: one for one in every if isinstance(one, RelationType)}
        resolved = {name: _resolve(name, items) for name in sorted(items)}
        return Registry(resolved, dict(sorted(relations.items())), _concrete_names(resolved))

    def item(self, name: str) -> ResolvedType:
        """The item type of this name, inherited parts merged. Raises `UnknownType`."""
        try:
            return self.item_types[name]
        except (KeyError, TypeError):
            raise UnknownType(f"there is no item type {_short(name)}{_meant(name, self.item_types)}", name=_plain(name)) from None

    def relation(self, name: str) -> RelationType:
        """The relationship type of this name. Raises `UnknownType`."""
        try:
            return self.relation_types[name]
        except (KeyError, TypeError):
            raise UnknownType(
                f"there is no relationship type {_short(name)}{_meant(name, self.relation_types)}", name=_plain(name)
            ) from None

    def concrete_of(self, name: str) -> tuple[str, ...]:
        """The type itself and those below it, as far as they are not abstract, sorted. Raises `UnknownType`."""
        self.item(name)
        return self._concrete[name]

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether a type is `ancestor` or below it; False for unknown names."""
        found = self.item_types.get(name)
        return found is not None and (name == ancestor or ancestor in found.ancestors)

    def carriers(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Relationship types over which failure reaches the source from the target, and those over which it reaches the target, by name."""
        ends = {name: one.propagation.affected_end for name, one in sorted(self.relation_types.items())}
        return tuple(n for n, end in ends.items() if end == "source"), tuple(n for n, end in ends.items() if end == "target")

    def breaking(self) -> frozenset[str]:
        """Concrete types whose failure can reach other items, by what relationships their items may have."""
        return self.derived(_breaking)

    def is_group(self, name: str) -> bool:
        """Whether items of this type are redundancy groups (design 7)."""
        return self.is_a(name, REDUNDANCY_GROUP)

    def children_of(self, name: str) -> tuple[str, ...]:
        """Types whose parent this is, sorted."""
        return tuple(one.name for one in self.item_types.values() if one.parent == name)

    def pair_allowed(self, relation: str, source_type: str, target_type: str) -> bool:
        """Whether `source_type -relation-> target_type` may be; False for unknown names and abstract types. Two look-ups."""
        return target_type in self.targets_of(relation, source_type)

    def targets_of(self, relation: str, source_type: str) -> frozenset[str]:
        """Concrete types this relationship may lead to from an item of `source_type`; empty for unknown and abstract ones."""
        return self.derived(_targets).get(relation, {}).get(source_type, frozenset())

    def relations_from(self, source_type: str) -> tuple[RelationType, ...]:
        """Relationship types an item of this type may be the source of."""
        return tuple(one for one in self.relation_types.values() if self.targets_of(one.name, source_type))

    def relations_to(self, target_type: str) -> tuple[RelationType, ...]:
        """Relationship types an item of this type may be the target of."""
        sources = self.derived(_targets)
        return tuple(one for one in self.relation_types.values() if any(target_type in to for to in sources[one.name].values()))

    def definitions(self) -> tuple[Definition, ...]:
        """Every definition as written, item types first, by name."""
        return (*(one.definition for one in self.item_types.values()), *self.relation_types.values())

    def with_definitions(self, definitions: Iterable[Definition], without: Iterable[tuple[str, str]] = ()) -> "Registry":
        """A new registry with these definitions added or put in the place of those of the same name; `without` names definitions to drop,
        as `("item_type" | "relation_type", name)`. Raises `BadDefinitions` with all faults."""
        merged: dict[tuple[str, str], Definition] = {kind_and_name(one): one for one in self.definitions()}
        given = tuple(definitions)
        faults = registry_rules.duplicates(given)
        for gone in without:
            merged.pop(gone, None)
        merged.update({kind_and_name(one): one for one in given})
        if faults:
            raise BadDefinitions(faults)
        return Registry.of(merged.values())

    def derived(self, build: Callable[["Registry"], T]) -> T:
        """What `build` makes of this registry, made once and kept with it (compiled validators, generated schemas). `build` must be
        pure."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return cast(T, self._derived[build])


def kind_and_name(definition: Definition) -> tuple[str, str]:
    """`("item_type", "server")`: what names a definition."""
    return ("item_type" if isinstance(definition, ItemType) else "relation_type", definition.name)


def _resolve(name: str, items: Mapping[str, ItemType]) -> ResolvedType:
    line = registry_rules.line_of(name, items)  # itself first, root last
    own = items[name]
    attributes: dict[str, AttributeDef] = {}
    for one in reversed(line):
        attributes.update({attribute.name: attribute for attribute in one.attributes})
    rules: dict[tuple[tuple[str, ...], str], IdentificationRule] = {}
    for one in line:
        for rule in one.identification:
            rules.setdefault((rule.attributes, rule.strength), replace(rule, declared_by=one.name))
    return ResolvedType(
        name=name,
        description=own.description,
        abstract=own.abstract,
        area=next((one.area for one in line if one.area), Area.OTHER),
        ancestors=tuple(one.name for one in line[1:]),
        attributes=attributes,
        identification=tuple(sorted(rules.values(), key=lambda rule: rule.strength)),  # strong before weak; stable
        lifecycle=next((one.lifecycle for one in line if one.lifecycle), registry_rules.PLAIN_LIFECYCLE),
        stale_after=next((one.stale_after for one in line if one.stale_after), None),
        precedence=tuple(rule for one in line for rule in one.precedence),
        controlled=frozenset(name for one in line for name in one.controlled),
        control_level=next((one.control_level for one in line if one.control_level), ControlLevel.RECORDED),
        definition=own,
    )


def _concrete_names(resolved: Mapping[str, ResolvedType]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {name: [] for name in resolved}
    for name, one in resolved.items():
        if not one.abstract:
            for above in (name, *one.ancestors):
                found[above].append(name)
    return {name: tuple(names) for name, names in found.items()}


def _breaking(registry: Registry) -> frozenset[str]:
    targets = registry.derived(_targets)
    to_source, to_target = registry.carriers()
    needed = (kind for name in to_source for kinds in targets[name].values() for kind in kinds)
    passing = (kind for name in to_target for kind in targets[name])
    return frozenset((*needed, *passing))


def _targets(registry: Registry) -> dict[str, dict[str, frozenset[str]]]:
    """Relationship type -> source type -> target types. Sources that may lead to the same share one set, so that it stays small."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    shared: dict[frozenset[str], frozenset[str]] = {}
    for relation in registry.relation_types.values():
        named: dict[str, set[str]] = {}
        for pair in relation.pairs:
            for source in registry.concrete_of(pair.source):
                named.setdefault(source, set()).add(pair.target)
        found[relation.name] = {}
        for source, names in named.items():
            key = frozenset(names)
            if key not in shared:
                shared[key] = frozenset(target for name in names for target in registry.concrete_of(name))
            found[relation.name][source] = shared[key]
    return found


def _plain(name: object) -> str:
    return name[:100] if isinstance(name, str) else type(name).__name__


def _short(name: object) -> str:
    return repr(_plain(name))


def _meant(name: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[:100], list(known), n=1) if isinstance(name, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""
