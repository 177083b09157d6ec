"""The retention policy: what may go, and when; and what must stay (issue "purge by policy keeps what baselines and law need").

Rules: nothing goes that no rule names; the first rule that names a type decides; a rule counts the days since a version was replaced (or
its item retired), never since it was made, so that what is live never goes; a hold keeps everything it names, whatever the rules say.

    name: Personal data
    rules:
      - types: [person]
        keep_days: 365
        retired_items: true       # also the last version of retired items, their claims and identifiers
      - types: ["*"]
        keep_days: 3650
    holds:
      - name: Case 4711
        types: [contract]
        items: [01hx...]
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from cmdb.archive.errors import RetentionPolicyInvalid

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """Versions of these types may go `keep_days` days after they were replaced; with `retired_items` also what is left of retired items."""

    types: tuple[str, ...]
    keep_days: int
    retired_items: bool = False

    def names(self, type_name: str) -> bool:
        return type_name in self.types or EVERY in self.types


@dataclass(frozen=True, slots=True)
class Hold:
    """What must stay: items by id with their relationships, and types."""

    name: str
    types: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """A policy as it is in force for one purge."""

    name: str
    rules: tuple[Rule, ...]
    holds: tuple[Hold, ...] = ()
    held_types: frozenset[str] = field(default=frozenset())
    held_items: frozenset[str] = field(default=frozenset())

    def rule_for(self, type_name: str) -> Rule | None:
        """The rule that decides about a type, None where it stays for ever."""
        return next((rule for rule in self.rules if rule.names(type_name)), None)

    def holds_on(self, type_name: str, items: set[str]) -> bool:
        """Whether a hold names the type, or one of the items a version speaks of."""
        return type_name in self.held_types or EVERY in self.held_types or bool(items & self.held_items)

    def body(self) -> dict[str, Any]:
        """Plain JSON, as the purge's record keeps it."""
        return {
            "name": self.name,
            "rules": [{"types": list(one.types), "keep_days": one.keep_days, "retired_items": one.retired_items} for one in self.rules],
            "holds": [{"name": one.name, "types": list(one.types), "items": list(one.items)} for one in self.holds],
        }


def read_policy(text: str, known: Callable[[str], Iterable[str]] | None = None) -> Retention:
    """The policy of a YAML document. `known` gives the types a name stands for (itself and those below it), none for an unknown one.

    Raises `RetentionPolicyInvalid`.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise RetentionPolicyInvalid(f"the policy is no YAML: {problem}") from problem
    return policy_of(document, known)


def policy_of(document: object, known: Callable[[str], Iterable[str]] | None = None) -> Retention:
    """The policy of a parsed document. Raises `RetentionPolicyInvalid`."""
    top = _mapping(document, "the policy", {"name", "rules", "holds"})
    name = top.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RetentionPolicyInvalid("the policy needs a name: it is kept in the ledger as the reason")
    rules = tuple(_rule(one, place, known) for place, one in enumerate(_list(top.get("rules"), "rules"), 1))
    if not rules:
        raise RetentionPolicyInvalid("the policy has no rules, so that nothing could go")
    holds = tuple(_hold(one, place, known) for place, one in enumerate(_list(top.get("holds"), "holds"), 1))
    held_types = frozenset(type_name for one in holds for type_name in one.types)
    return Retention(name.strip(), rules, holds, held_types, frozenset(item for one in holds for item in one.items))


def _rule(document: object, place: int, known: Callable[[str], Iterable[str]] | None) -> Rule:
    where = f"rule {place}"
    one = _mapping(document, where, {"types", "keep_days", "retired_items"})
    days, retired = one.get("keep_days"), one.get("retired_items", False)
    if type(days) is not int or not 1 <= days <= 36_500:
        raise RetentionPolicyInvalid(f"{where}: keep_days is a whole number from 1 to 36,500")
    if type(retired) is not bool:
        raise RetentionPolicyInvalid(f"{where}: retired_items is true or false")
    types = _types(one.get("types"), where, known)
    if not types:
        raise RetentionPolicyInvalid(f'{where} names no types; write "*" for every type')
    return Rule(types, days, retired)


def _hold(document: object, place: int, known: Callable[[str], Iterable[str]] | None) -> Hold:
    where = f"hold {place}"
    one = _mapping(document, where, {"name", "types", "items"})
    if not isinstance(one.get("name"), str):
        raise RetentionPolicyInvalid(f"{where} needs a name: the case or law that asks for it")
    found = Hold(one["name"], _types(one.get("types"), where, known), _names(one.get("items"), f"{where}, items"))
    if not found.types and not found.items:
        raise RetentionPolicyInvalid(f"{where} holds nothing: name types or items")
    return found


def _types(value: object, where: str, known: Callable[[str], Iterable[str]] | None) -> tuple[str, ...]:
    names = _names(value, f"{where}, types")
    if known is None:
        return names
    found: list[str] = []
    for name in names:
        below = [EVERY] if name == EVERY else list(known(name))
        if not below:
            raise RetentionPolicyInvalid(f"{where}: there is no type {name!r}")
        found += below
    return tuple(sorted(set(found)))


def _names(value: object, where: str) -> tuple[str, ...]:
    names = _list(value, where)
    if not all(isinstance(name, str) and name for name in names):
        raise RetentionPolicyInvalid(f"{where} is a list of texts")
    return tuple(names)


def _list(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RetentionPolicyInvalid(f"{where} is a list")
    return value


def _mapping(value: object, where: str, allowed: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RetentionPolicyInvalid(f"{where} is a mapping with {', '.join(sorted(allowed))}")
    unknown = sorted(str(name) for name in value if name not in allowed)
    if unknown:
        raise RetentionPolicyInvalid(f"{where} has no field {unknown[0]!r}; it has {', '.join(sorted(allowed))}")
    return value
