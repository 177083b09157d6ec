"""A saved query as data: types and conditions as the list of items takes them, kept with a baseline and answered as of its commit.

    {"types": ["server"], "filter": [{"field": "status", "op": "eq", "value": "in_service"}], "any_of": [[...], [...]], "search": "web"}

The conditions mean what they mean in the list (`cmdb.inventory.query.Op`); they are compared here because history has no columns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from baselines.errors import BadScope
from cmdb.inventory.query import AnyOf, Filter, ItemQuery, Op
from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.registry import Registry

_PARTS = frozenset({"types", "filter", "any_of", "search"})
_MOST_CONDITIONS = 50
_FIXED = ("id", "type", "revision")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """Which items: of these types (none: of all), for which every condition holds and in whose name or description every word occurs."""

    types: tuple[str, ...] = ()
    filters: tuple[Filter | AnyOf, ...] = ()
    search: str = ""

    @staticmethod
    def of(body: Mapping[str, Any]) -> "SavedQuery":
        """The query a body says. Raises `BadScope`."""
        unknown = sorted(set(body) - _PARTS)
        if unknown:
            raise BadScope(f"a saved query has the parts {', '.join(sorted(_PARTS))}; not {unknown[0][:60]!r}", part=unknown[0][:60])
        types, search = body.get("types") or (), body.get("search") or ""
        if not isinstance(types, list | tuple) or not all(isinstance(one, str) for one in types) or not isinstance(search, str):
            raise BadScope("a saved query's types are a list of names and its search a text")
        filters: list[Filter | AnyOf] = list(_group(body.get("filter") or []))
        groups = tuple(_group(group) for group in _listed(body.get("any_of") or [], "any_of") if group)
        return SavedQuery(tuple(types), (*filters, AnyOf(groups)) if groups else tuple(filters), search)

    def body(self) -> dict[str, Any]:
        """Plain JSON that `of` reads as this query."""
        found: dict[str, Any] = {"types": list(self.types), "search": self.search}
        found["filter"] = [_condition_body(one) for one in self.filters if isinstance(one, Filter)]
        found["any_of"] = [
            [_condition_body(one) for one in group] for some in self.filters if isinstance(some, AnyOf) for group in some.alternatives
        ]
        return {name: value for name, value in found.items() if value}

    def checked(self, registry: Registry) -> "SavedQuery":
        """The query itself, if its types are known and each field is one of an asked type. Raises `UnknownType`, `BadScope`."""
        known = {*_FIXED, *CORE_FIELDS}
        for name in {one for asked in self.types for one in registry.concrete_of(asked)} or registry.item_types:
            known.update(registry.item(name).attributes)
        for one in _every(self.filters):
            if one.field not in known:
                raise BadScope(f"no asked type has a field {one.field[:80]!r}", field=one.field[:80])
        return self

    def live(self, registry: Registry, first: int = 1) -> ItemQuery:
        """The same question for the live graph."""
        concrete = tuple(sorted({name for one in self.types for name in registry.concrete_of(one)}))
        return ItemQuery(types=concrete, filters=self.filters, search=self.search, first=first)

    def matches(self, item: ItemState) -> bool:
        """Whether an item of the asked types is found."""
        texts = (item.name.lower(), item.description.lower())
        words = self.search.lower().split()[:8]
        return all(_holds(one, item) for one in self.filters) and all(any(word in text for text in texts) for word in words)


def _group(given: Any) -> tuple[Filter, ...]:
    return tuple(_condition(one) for one in _listed(given, "filter"))


def _listed(given: Any, part: str) -> list[Any]:
    if not isinstance(given, list | tuple) or len(given) > _MOST_CONDITIONS:
        raise BadScope(f"{part} of a saved query is a list of at most {_MOST_CONDITIONS} entries", part=part)
    return list(given)


def _condition(given: Any) -> Filter:
    if not isinstance(given, Mapping) or not isinstance(given.get("field"), str) or set(given) - {"field", "op", "value"}:
        raise BadScope('a condition is {"field": NAME, "op": OPERATOR, "value": VALUE}')
    try:
        op = Op(str(given.get("op", "eq")).lower())
    except ValueError as problem:
        raise BadScope(f"{given['op']!r} is no operator; use one of {', '.join(Op)}") from problem
    value = given.get("value")
    if op is Op.IN and not isinstance(value, list | tuple):
        raise BadScope(f"in on {given['field'][:80]} takes a list of values")
    if op is Op.IS_NULL and not isinstance(value, bool):
        raise BadScope(f"is_null on {given['field'][:80]} takes true or false")
    if value is None:
        raise BadScope(f"the condition on {given['field'][:80]} needs a value; ask for absent ones with is_null")
    return Filter(given["field"], op, tuple(value) if isinstance(value, list) else value)


def _condition_body(one: Filter) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {"field": one.field, "op": Op(one.op).value, "value": value}


def _every(filters: tuple[Filter | AnyOf, ...]) -> list[Filter]:
    found: list[Filter] = []
    for one in filters:
        found.extend([one] if isinstance(one, Filter) else [single for group in one.alternatives for single in group])
    return found


def _holds(one: Filter | AnyOf, item: ItemState) -> bool:
    if isinstance(one, AnyOf):
        return any(all(_holds(single, item) for single in group) for group in one.alternatives)
    value = getattr(item, one.field) if one.field in _FIXED else item.value(one.field)
    op = Op(one.op)
    if op is Op.IS_NULL:
        return (value is None) is one.value
    if op is Op.NE:
        return not _same(value, one.value)
    return value is not None and _COMPARE[op](value, one.value)


def _same(found: Any, asked: Any) -> bool:
    """Equal and of one kind: the engines do not take true for 1."""
    return found == asked and isinstance(found, bool) is isinstance(asked, bool)


def _ordered(found: Any, asked: Any) -> bool:
    """Whether two values have an order: two texts, or two numbers."""
    if isinstance(found, str) and isinstance(asked, str):
        return True
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in (found, asked))


_COMPARE: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: _same,
    Op.IN: lambda found, asked: any(_same(found, one) for one in asked),
    Op.HAS: lambda found, asked: isinstance(found, tuple) and any(_same(one, asked) for one in found),
    Op.CONTAINS: lambda found, asked: isinstance(found, str) and str(asked) in found,
    Op.STARTS_WITH: lambda found, asked: isinstance(found, str) and found.startswith(str(asked)),
    Op.GT: lambda found, asked: _ordered(found, asked) and found > asked,
    Op.GTE: lambda found, asked: _ordered(found, asked) and found >= asked,
    Op.LT: lambda found, asked: _ordered(found, asked) and found < asked,
    Op.LTE: lambda found, asked: _ordered(found, asked) and found <= asked,
}
