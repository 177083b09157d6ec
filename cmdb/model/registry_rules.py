"""What definitions must keep to, each rule a small generator of faults. `faults_of` runs them all, so that one look shows everything wrong.

Rules that need a sound line of inheritance are skipped for a type whose line is broken: its break is the fault to mend first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cmdb.model.item import CORE_FIELDS, RESERVED_NAMES
from cmdb.model.names import NAME, label_of
from cmdb.model.types import AttributeDef, Definition, ItemType, Kind, Lifecycle, LifecycleState, PropagationKind, RelationType

PLAIN_LIFECYCLE = Lifecycle((LifecycleState("live", "In use"),), "live")
MAX_NAME = 60
MAX_DEFINITIONS = 2_000
RESERVED_LABELS = frozenset(
    {
        *(
            "Item",
            "Record",
            "ItemVersion",
            "RelationVersion",
            "TypeVersion",
            "RecordVersion",
            "Commit",
            "LedgerHead",
            "Claim",
            "Identifier",
        ),
        *(
            "WeakIdentifier",
            "Intake",
            "User",
            "Token",
            "Job",
            "JobChunk",
            "Migration",
            "MigrationLock",
            "Checkpoint",
            "Baseline",
            "Node",
            "V",
            "E",
        ),
    }
)
"""Labels the store uses itself: a type of this label would mix its items with bookkeeping."""
_TEXT_KINDS = frozenset({Kind.STRING, Kind.TEXT, Kind.URL, Kind.EMAIL, Kind.VERSION, Kind.HOSTNAME})
_NUMBER_KINDS = frozenset({Kind.INTEGER, Kind.NUMBER})
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*(?:[+*]|\{\d*,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d*,\})")
RELATION_RESERVED = frozenset({"id", "type", "revision", "source", "target", "sources", "seq", "hash", "key"})


@dataclass(frozen=True, slots=True)
class DefinitionFault:
    """One thing wrong with a definition: which type, where in it (`attributes.cpu.enum`), which rule, and a sentence that says it all."""

    type: str
    path: str
    rule: str
    message: str
    file: str = ""

    def as_dict(self) -> dict[str, str]:
        """The fault as plain JSON."""
        return {"type": self.type, "path": self.path, "rule": self.rule, "message": self.message, "file": self.file}


def fault(name: str, path: str, rule: str, text: str) -> DefinitionFault:
    """A fault whose message begins with the place."""
    where = f"{name}.{path}" if path else name
    return DefinitionFault(name, path, rule, f"{where}: {text} [{rule}]")


def line_of(name: str, items: Mapping[str, ItemType]) -> list[ItemType]:
    """The type, its parent, and so on to the root. Only for sound lines."""
    line = [items[name]]
    while line[-1].parent is not None:
        line.append(items[line[-1].parent])
    return line


def faults_of(definitions: Iterable[Definition]) -> tuple[DefinitionFault, ...]:
    """Every fault of these definitions taken together, in order of type."""
    every = tuple(definitions)
    if len(every) > MAX_DEFINITIONS:
        return (fault("the registry", "", "too-many", f"{len(every):,} definitions; at most {MAX_DEFINITIONS:,} make a registry"),)
    items = {one.name: one for one in every if isinstance(one, ItemType)}
    relations = {one.name: one for one in every if isinstance(one, RelationType)}
    found = [*duplicates(every), *_label_clashes(items)]
    sound = set(items)
    for name in items:
        broken = list(_inheritance(name, items))
        found += broken
        if broken:
            sound.discard(name)
    for name, item in items.items():
        found += _item_rules(item)
        if name in sound:
            found += _line_rules(item, items)
    for relation in relations.values():
        found += _relation_rules(relation, items)
    return tuple(sorted(set(found), key=lambda one: (one.type, one.path, one.rule, one.message)))


def duplicates(definitions: Iterable[Definition]) -> list[DefinitionFault]:
    """Names defined more than once in one set."""
    counts = Counter((isinstance(one, ItemType), one.name) for one in definitions)
    return [
        fault(name, "name", "defined-twice", f"is defined {n} times; one definition must stay") for (_, name), n in counts.items() if n > 1
    ]


def _label_clashes(items: Mapping[str, ItemType]) -> Iterator[DefinitionFault]:
    seen: dict[str, str] = {}
    for name in items:
        label = label_of(name)
        if label in RESERVED_LABELS:
            yield fault(name, "name", "reserved-name", f"its label {label} is used by the store itself; choose another name")
        if label in seen:
            yield fault(name, "name", "label-clash", f"has the same label, {label}, as {seen[label]}; choose another name")
        seen[label] = name


def _inheritance(name: str, items: Mapping[str, ItemType]) -> Iterator[DefinitionFault]:
    seen = [name]
    at = items[name].parent
    while at is not None:
        if at in seen:
            yield fault(name, "parent", "inheritance-cycle", f"inherits from itself: {' -> '.join([*seen, at])}")
            return
        if at not in items:
            owner = seen[-1]
            text = (
                f"the parent {at!r} is not defined"
                if owner == name
                else f"its ancestor {owner} has the parent {at!r}, which is not defined"
            )
            yield fault(name, "parent", "unknown-parent", text)
            return
        seen.append(at)
        at = items[at].parent


def _name_rule(owner: str, path: str, name: str) -> Iterator[DefinitionFault]:
    if not NAME.match(name) or len(name) > MAX_NAME:
        yield fault(owner, path, "bad-name", f"{name[:80]!r} is no name: lower_snake_case of at most {MAX_NAME} characters, a letter first")


def _item_rules(item: ItemType) -> Iterator[DefinitionFault]:
    yield from _name_rule(item.name, "name", item.name)
    if not item.description.strip():
        yield fault(item.name, "description", "description-missing", "must say what the type is (requirement 9.1-01)")
    yield from _attribute_rules(item.name, item.attributes, RESERVED_NAMES)
    if item.lifecycle:
        yield from _lifecycle_rules(item.name, item.lifecycle)
    for n, rule in enumerate(item.precedence):
        if len(set(rule.sources)) != len(rule.sources) or not rule.sources:
            yield fault(item.name, f"precedence.{n}.sources", "bad-precedence", "sources must be named, each once")


def _attribute_rules(owner: str, attributes: Iterable[AttributeDef], reserved: frozenset[str]) -> Iterator[DefinitionFault]:
    names = Counter(one.name for one in attributes)
    for name, n in names.items():
        if n > 1:
            yield fault(owner, f"attributes.{name}", "attribute-twice", f"is defined {n} times")
    for one in attributes:
        path = f"attributes.{one.name}"
        yield from _name_rule(owner, path, one.name)
        if one.name in reserved:
            yield fault(owner, path, "reserved-name", f"{one.name!r} is a field every item has; choose another name")
        yield from _kind_rules(owner, path, one)


def _kind_rules(owner: str, path: str, one: AttributeDef) -> Iterator[DefinitionFault]:
    if (one.kind is Kind.ENUM) != bool(one.enum):
        yield fault(owner, f"{path}.enum", "enum-values", "an enum names its values, and no other kind has any")
    if len(set(one.enum)) != len(one.enum):
        yield fault(owner, f"{path}.enum", "enum-values", "names a value twice")
    if (one.kind is Kind.REFERENCE) != (one.reference is not None):
        yield fault(owner, f"{path}.reference", "reference-type", "a reference names the type it points to, and no other kind does")
    if one.pattern is not None:
        if one.kind not in _TEXT_KINDS:
            yield fault(owner, f"{path}.pattern", "rule-of-other-kind", f"a {one.kind} has no pattern")
        try:
            re.compile(one.pattern)
        except re.error as problem:
            yield fault(owner, f"{path}.pattern", "bad-pattern", f"is no regular expression: {problem}")
        if _NESTED_REPEAT.search(one.pattern):
            text = "repeats a repetition, as in (a+)+; such a pattern can take for ever on a hostile value"
            yield fault(owner, f"{path}.pattern", "slow-pattern", text)
    if one.max_length is not None and (one.kind not in _TEXT_KINDS or not 1 <= one.max_length <= 1_000_000):
        yield fault(owner, f"{path}.max_length", "rule-of-other-kind", "only text kinds have one, from 1 to 1,000,000")
    if (one.minimum is not None or one.maximum is not None) and one.kind not in _NUMBER_KINDS:
        yield fault(owner, f"{path}.minimum", "rule-of-other-kind", f"a {one.kind} has neither minimum nor maximum")
    if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
        yield fault(owner, f"{path}.minimum", "empty-range", f"{one.minimum} is above the maximum {one.maximum}")
    if one.secret and (one.kind is not Kind.STRING or one.multiple):
        yield fault(owner, f"{path}.secret", "rule-of-other-kind", "only a single string may be secret")
    if not 1 <= one.max_items <= 100_000:
        yield fault(owner, f"{path}.max_items", "rule-of-other-kind", "must be from 1 to 100,000")


def _lifecycle_rules(owner: str, lifecycle: Lifecycle) -> Iterator[DefinitionFault]:
    names = lifecycle.names
    if len(set(names)) != len(names) or not names:
        yield fault(owner, "lifecycle.states", "bad-lifecycle", "needs states, each named once")
    if lifecycle.default not in names:
        yield fault(owner, "lifecycle.default", "bad-lifecycle", f"{lifecycle.default!r} is none of its states: {', '.join(names)}")
    for state in lifecycle.states:
        yield from _name_rule(owner, f"lifecycle.states.{state.name}", state.name)
        for to in state.to:
            if to not in names:
                yield fault(
                    owner, f"lifecycle.states.{state.name}.to", "bad-lifecycle", f"{to!r} is none of its states: {', '.join(names)}"
                )


def _line_rules(item: ItemType, items: Mapping[str, ItemType]) -> Iterator[DefinitionFault]:
    inherited: dict[str, tuple[str, AttributeDef]] = {}
    for above in reversed(line_of(item.name, items)[1:]):
        inherited.update({one.name: (above.name, one) for one in above.attributes})
    for one in item.attributes:
        if one.name in inherited:
            above_name, above_one = inherited[one.name]
            if (one.kind, one.multiple, one.secret) != (above_one.kind, above_one.multiple, above_one.secret):
                text = f"{above_name} defines it with another kind, multiplicity or secrecy; a child may only narrow it"
                yield fault(item.name, f"attributes.{one.name}", "incompatible-override", text)
        if one.reference is not None and one.reference not in items:
            yield fault(item.name, f"attributes.{one.name}.reference", "unknown-type", f"the type {one.reference!r} is not defined")
    known = {*CORE_FIELDS, *inherited, *(one.name for one in item.attributes)}
    for n, rule in enumerate(item.identification):
        if not rule.attributes:
            yield fault(item.name, f"identification.{n}", "unknown-field", "names no field")
        yield from _known_fields(item.name, f"identification.{n}.attributes", rule.attributes, known)
    for n, order in enumerate(item.precedence):
        yield from _known_fields(item.name, f"precedence.{n}.fields", order.fields, known | {"*"})
    yield from _known_fields(item.name, "controlled", item.controlled, known)


def _known_fields(owner: str, path: str, names: Iterable[str], known: set[str]) -> Iterator[DefinitionFault]:
    for name in names:
        if name not in known:
            yield fault(owner, path, "unknown-field", f"{name!r} is neither a core field nor an attribute of the type")


def _relation_rules(relation: RelationType, items: Mapping[str, ItemType]) -> Iterator[DefinitionFault]:
    yield from _name_rule(relation.name, "name", relation.name)
    yield from _name_rule(relation.name, "inverse", relation.inverse)
    if not relation.description.strip():
        yield fault(relation.name, "description", "description-missing", "must say what the relationship means")
    if not relation.pairs:
        yield fault(relation.name, "pairs", "pairs-missing", "must name the pairs of types it may connect")
    for n, pair in enumerate(relation.pairs):
        for end, name in (("source", pair.source), ("target", pair.target)):
            if name not in items:
                yield fault(relation.name, f"pairs.{n}.{end}", "unknown-type", f"the type {name!r} is not defined")
    yield from _attribute_rules(relation.name, relation.attributes, RELATION_RESERVED)
    spread = relation.propagation
    if spread.need_attribute is not None:
        chosen = relation.attribute(spread.need_attribute)
        if chosen is None or chosen.kind is not Kind.ENUM or chosen.multiple or not set(chosen.enum) <= {"hard", "soft"}:
            text = f"{spread.need_attribute!r} must be a single enum attribute of the relationship with the values hard and soft"
            yield fault(relation.name, "propagation.need_attribute", "bad-propagation", text)
        if spread.kind is PropagationKind.NONE:
            yield fault(relation.name, "propagation.need_attribute", "bad-propagation", "a relationship that passes nothing on has no need")
