"""Declared rules as data: what must hold for an item, written as conditions (requirement 9.1-14: compliance with what was laid down).

A condition is one of
    {field: status, op: eq, value: live}                    a core field or typed attribute; ops below
    {relation: covered_by_sla, to: [agreement]}             has such a relationship (`from:` for the other direction, `at_least: 1`)
    {all: [...]}, {any: [...]}, {not: ...}

A value compares as it is; `after` and `before` compare a date or time with the run's now plus a duration (`30d`, `-1w`, `0d`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from baselines.audit.ground import Ground
from cmdb.model.definitions import duration
from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.registry import Registry

Holds = Callable[[ItemState, int, Ground], bool]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: found == value,
    "ne": lambda found, value: found != value,
    "in": lambda found, value: found in value,
    "not_in": lambda found, value: found not in value,
    "has": lambda found, value: isinstance(found, tuple) and value in found,
    "gt": lambda found, value: found > value,
    "gte": lambda found, value: found >= value,
    "lt": lambda found, value: found < value,
    "lte": lambda found, value: found <= value,
}
_SAID = {
    "eq": "is {value}", "ne": "is not {value}", "in": "is one of {value}", "not_in": "is none of {value}", "has": "contains {value}",
    "gt": "is above {value}", "gte": "is at least {value}", "lt": "is below {value}", "lte": "is at most {value}",
    "matches": "matches {value}", "present": "is given", "absent": "is not given",
    "after": "lies after now {value}", "before": "lies before now {value}",
}  # fmt: skip
OPS = tuple(_SAID)


class BadCondition(Exception):
    """A condition that is none; becomes one of the faults of `BadCriteria`."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `fields` are those it looks at; `says` what it asks, in words."""

    holds: Holds
    says: str
    fields: tuple[str, ...] = ()


def compile_condition(body: Any, registry: Registry) -> Condition:
    """The condition a body says. Raises `BadCondition`."""
    if not isinstance(body, Mapping) or not body:
        raise BadCondition("a condition is an object with field, relation, all, any or not")
    if "all" in body or "any" in body:
        return _joined(body, registry)
    if "not" in body:
        inner = compile_condition(body["not"], registry)
        return Condition(lambda item, number, ground: not inner.holds(item, number, ground), f"not ({inner.says})", inner.fields)
    if "relation" in body:
        return _relation(body, registry)
    if "field" in body:
        return _field(body)
    raise BadCondition(f"a condition has field, relation, all, any or not; this one has {', '.join(map(str, body))}")


def _joined(body: Mapping[str, Any], registry: Registry) -> Condition:
    word = "all" if "all" in body else "any"
    parts = body[word]
    if len(body) != 1 or not isinstance(parts, list) or not parts:
        raise BadCondition(f"{word} takes a list of conditions and stands alone")
    inner = [compile_condition(one, registry) for one in parts]
    every = all if word == "all" else any
    said = (" and " if word == "all" else " or ").join(one.says for one in inner)
    fields = tuple(name for one in inner for name in one.fields)
    return Condition(lambda item, number, ground: every(one.holds(item, number, ground) for one in inner), said, fields)


def _relation(body: Mapping[str, Any], registry: Registry) -> Condition:
    name, least = body["relation"], body.get("at_least", 1)
    if name not in registry.relation_types:
        raise BadCondition(f"there is no relationship type {str(name)[:60]!r}")
    if not isinstance(least, int) or least < 1 or set(body) - {"relation", "to", "from", "at_least"} or {"to", "from"} <= set(body):
        raise BadCondition("a relation condition has relation, to or from (a list of types), and at_least (a number)")
    direction = "in" if "from" in body else "out"
    types = body.get("from" if direction == "in" else "to") or []
    for one in types:
        if one not in registry.item_types:
            raise BadCondition(f"there is no item type {str(one)[:60]!r}")

    def holds(_item: ItemState, number: int, ground: Ground) -> bool:
        return bool(ground.related(name, direction, tuple(sorted(ground.concrete(types))) if types else ())[number] >= least)

    word = name if direction == "out" else registry.relation(name).inverse
    return Condition(holds, f"{word} {' or '.join(types) or 'something'}" + (f" ({least} or more)" if least > 1 else ""))


def _field(body: Mapping[str, Any]) -> Condition:
    name, op, value = body["field"], body.get("op", "present"), body.get("value")
    if op not in _SAID:
        raise BadCondition(f"{str(op)[:40]!r} is no operator; use {', '.join(OPS)}")
    if not isinstance(name, str) or set(body) - {"field", "op", "value"}:
        raise BadCondition("a field condition has field, op and value")
    if (op in ("present", "absent")) is ("value" in body):
        raise BadCondition(f"{op} takes {'no' if 'value' in body else 'a'} value")
    if op in ("in", "not_in") and not isinstance(value, list):
        raise BadCondition(f"{op} takes a list")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if op in ("after", "before"):
        sign = "-" if shown.startswith("-") else "+"
        shown = f"{sign} {shown.lstrip('+-')}"
    return Condition(_test(name, op, value), f"{name} {_SAID[op].format(value=shown)}", (name,))


def _test(name: str, op: str, value: Any) -> Holds:
    if op in ("present", "absent"):
        return lambda item, *_: (item.value(name) is not None) is (op == "present")
    if op == "matches":
        try:
            pattern = re.compile(str(value))
        except re.error as problem:
            raise BadCondition(f"{str(value)[:60]!r} is no pattern: {problem}") from None
        return lambda item, *_: (found := item.value(name)) is not None and pattern.fullmatch(str(found)) is not None
    if op in ("after", "before"):
        span = _span(value)
        return lambda item, _, ground: _in_time(item.value(name), ground.now + span, after=op == "after")
    compare = _COMPARE[op]
    return lambda item, *_: _compared(compare, item.value(name), value, without=op in ("ne", "not_in"))


def _compared(compare: Callable[[Any, Any], bool], found: Any, value: Any, *, without: bool) -> bool:
    """Whether a value compares; one that is absent is like nothing, and values of different kinds do not compare."""
    if found is None:
        return without
    try:
        return bool(compare(found, value))
    except TypeError:
        return False


def _span(value: Any) -> timedelta:
    text = str(value)
    try:
        span = duration(text.lstrip("+-"))
    except ValueError as problem:
        raise BadCondition(str(problem)) from None
    return -span if text.startswith("-") else span


def _in_time(found: Any, moment: datetime, *, after: bool) -> bool:
    if not isinstance(found, str):
        return False
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return False
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return at > moment if after else at < moment


def known_fields(registry: Registry, types: Mapping[str, Any] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Core fields and every attribute that one of these types (with those below them) has."""
    names = [one for name in types for one in registry.concrete_of(name)] if types else list(registry.item_types)
    return frozenset(CORE_FIELDS) | {attribute for name in names for attribute in registry.item(name).attributes}
