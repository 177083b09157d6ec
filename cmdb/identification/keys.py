"""Identifier keys: the text by which an item is found again (requirement 9.1-07). Pure.

A key is `<rule>|<values>`, where the rule is named after the type that declares it, so that a rule of `host` finds a `server` and a
`virtual_machine` alike. A source's own reference is a strong identifier too: `ref|<source>|<root of the type>|<ref>`.
"""

from collections.abc import Callable, Iterable, Mapping

from cmdb.kernel.canonical import digest
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import IdentificationRule, Strength

LONGEST = 300
"""Values longer than this many characters are kept as their sha256, so that index entries stay small."""

Keys = tuple[tuple[str, ...], tuple[str, ...]]


def ref_key(source: str, root: str, ref: str) -> str:
    """The identifier key of a source's own reference; `root` is the topmost ancestor of the item's type."""
    return f"ref|{source}|{root}|{ref}" if len(ref) <= LONGEST else f"ref|{source}|{root}|sha256:{digest(ref.encode())}"


def root_of(resolved: ResolvedType) -> str:
    """The topmost ancestor of a type, or the type itself."""
    return resolved.ancestors[-1] if resolved.ancestors else resolved.name


def target_roots(registry: Registry) -> tuple[str, ...]:
    """Every root of the registry: where a reference to something outside the batch may lead, since it names no type."""
    return tuple(sorted({root_of(one) for one in registry.item_types.values()}))


def rule_of(key: str) -> str:
    """The rule a key belongs to: two different keys of one rule on one item contradict each other."""
    return key.split("|", 1)[0]


def keys_of(resolved: ResolvedType, fields: Mapping[str, object]) -> Keys:
    """Strong and weak keys that these fields carry, in the order of the type's rules; placeholders say nothing."""
    strong: list[str] = []
    weak: list[str] = []
    for rule in resolved.identification:
        key = key_of(rule, fields)
        if key is not None:
            (strong if rule.strength is Strength.STRONG else weak).append(key)
    return tuple(strong), tuple(weak)


def key_of(rule: IdentificationRule, fields: Mapping[str, object]) -> str | None:
    """The key of one rule, None where a field is absent or a placeholder."""
    for name in rule.attributes:
        if name not in fields:
            return None
    values = rule.values(fields)
    if values is None:
        return None
    text = "|".join(values)
    return f"{rule.key}|{text}" if len(text) <= LONGEST else f"{rule.key}|sha256:{digest(text.encode())}"


def rules_about(resolved: ResolvedType, names: Iterable[str]) -> frozenset[str]:
    """The rules of a type that rest on one of these fields."""
    about = set(names)
    return frozenset(rule.key for rule in resolved.identification if about.intersection(rule.attributes))


def is_ref(key: str) -> bool:
    """Whether a key is a source's own reference: those stay with an item whatever its fields become."""
    return key.startswith("ref|")


def strong_keys(registry: Registry) -> Callable[[str, Mapping[str, object]], tuple[str, ...]]:
    """The strong keys that fields of an item of a type carry, under the rules now in force; none for a type that is not known."""

    def keys(type_name: str, fields: Mapping[str, object]) -> tuple[str, ...]:
        resolved = registry.item_types.get(type_name)
        return keys_of(resolved, fields)[0] if resolved is not None else ()

    return keys
