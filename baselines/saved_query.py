"""A saved query as data: types and conditions as the list of items takes them, kept with a baseline and answered as of its commit.

    {"types": ["server"], "filter": [{"field": "status", "op": "eq", "value": "in_service"}], "any_of": [[...], [...]], "search": "web"}

The conditions mean what they mean in the list (`cmdb.inventory.query.Op`), now and as of any commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baselines.errors import BadScope
from cmdb.inventory.query import AnyOf, Filter, ItemQuery, Op
from cmdb.model.item import CORE_FIELDS
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

    def items(self, types: Sequence[str], first: int = 1) -> ItemQuery:
        """The question for a list of items; `types` are the concrete types its own stand for."""
        return ItemQuery(types=tuple(types), filters=self.filters, search=self.search, first=first)


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
