"""Filters: what a typed filter, a generic one and an order become for the inventory.

Fields may be named as in the registry (`cpu_count`) or as in the schema (`cpuCount`). A field that none of the asked types has is
refused, and so is a value of another kind: a comparison that can never hold is a mistake of the caller's, not an empty answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from cmdb.inventory.query import AnyOf, Filter, Op, Order
from cmdb.model.item import CORE_FIELDS
from cmdb.model.registry import Registry
from cmdb.model.types import AttributeDef, Kind
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.names import camel
from cmdb_graphql.scalars import JSON, BigInt


@strawberry.input(description="Conditions on a text; all that are given must hold. Comparison is exact; search does not care for case.")
class TextFilter:
    """`ne` also finds items without a value."""

    eq: str | None = UNSET
    ne: str | None = UNSET
    in_: list[str] | None = strawberry.field(default=UNSET, name="in")
    contains: str | None = UNSET
    starts_with: str | None = UNSET
    gt: str | None = UNSET
    gte: str | None = UNSET
    lt: str | None = UNSET
    lte: str | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Conditions on a whole number; all that are given must hold.")
class IntegerFilter:
    """`ne` also finds items without a value."""

    eq: BigInt | None = UNSET
    ne: BigInt | None = UNSET
    in_: list[BigInt] | None = strawberry.field(default=UNSET, name="in")
    gt: BigInt | None = UNSET
    gte: BigInt | None = UNSET
    lt: BigInt | None = UNSET
    lte: BigInt | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Conditions on a number; all that are given must hold.")
class NumberFilter:
    """`ne` also finds items without a value."""

    eq: float | None = UNSET
    ne: float | None = UNSET
    in_: list[float] | None = strawberry.field(default=UNSET, name="in")
    gt: float | None = UNSET
    gte: float | None = UNSET
    lt: float | None = UNSET
    lte: float | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Conditions on yes or no.")
class BooleanFilter:
    """`ne` also finds items without a value."""

    eq: bool | None = UNSET
    ne: bool | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Conditions on a list of texts.")
class TextListFilter:
    """`has`: the list contains the value."""

    has: str | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Conditions on a list of numbers.")
class NumberListFilter:
    """`has`: the list contains the value."""

    has: float | None = UNSET
    is_null: bool | None = UNSET


@strawberry.enum(description="How a filter compares.")
class Operator(Enum):
    """`NE` also finds items without a value; `IS_NULL` takes true or false; `HAS` is for lists."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IS_NULL = "is_null"
    HAS = "has"


@strawberry.input(description="One condition on a field of any type.")
class FieldFilter:
    """`field` is a core field or a typed attribute of one of the asked types."""

    field: str
    op: Operator = Operator.EQ
    value: JSON | None = None


@strawberry.input(name="Order", description="By a field, then by id. Items without a value come last.")
class OrderInput:
    """`field` as in `FieldFilter`."""

    field: str = "name"
    descending: bool = False


@strawberry.input(
    one_of=True,
    name="AsOf",
    description="A moment of the past: the state after commit seq, after the last commit up to time, or at a baseline (its id or name).",
)
class AsOfInput:
    """Exactly one of the three. A baseline that was withdrawn is refused."""

    seq: BigInt | None = UNSET
    time: str | None = UNSET
    baseline: strawberry.ID | None = UNSET


CORE_KINDS: Mapping[str, Kind] = {
    "id": Kind.STRING,
    "type": Kind.STRING,
    **dict.fromkeys(CORE_FIELDS, Kind.STRING),
    "revision": Kind.INTEGER,
}
_TEXT_OPS = frozenset({Op.CONTAINS, Op.STARTS_WITH})


class Fields:
    """The fields that items of some types may be asked by."""

    def __init__(self, registry: Registry, types: Iterable[str]) -> None:
        self._kinds: dict[str, tuple[Kind, bool]] = {name: (kind, False) for name, kind in CORE_KINDS.items()}
        for name in types:
            for attribute in registry.item(name).attributes.values():
                self._kinds[attribute.name] = (attribute.kind, attribute.multiple)
        self._by_schema_name = {camel(name): name for name in self._kinds}

    def named(self, name: str) -> str:
        """The registry's name of a field. Raises `BadArgument` for one the asked types do not have."""
        found = name if name in self._kinds else self._by_schema_name.get(name)
        if found is None:
            raise BadArgument(f"no field {name[:80]!r} on the types that were asked; types lists the attributes of each", field=name[:80])
        return found

    def filter(self, field_name: str, op: str, value: Any) -> Filter:
        """A checked condition."""
        name = self.named(field_name)
        kind, multiple = self._kinds[name]
        operator = Op(op)
        if operator is Op.IS_NULL:
            if not isinstance(value, bool):
                raise BadArgument(f"isNull on {name} takes true or false", field=name)
            return Filter(name, operator, value)
        if multiple is not (operator is Op.HAS):
            raise BadArgument(
                f"{name} holds {'several values: ask with has or isNull' if multiple else 'one value: has is for lists'}", field=name, op=op
            )
        values = value if operator is Op.IN and isinstance(value, list | tuple) else [value]
        if operator is Op.IN and (not isinstance(value, list | tuple) or len(values) > 1_000):
            raise BadArgument(f"in on {name} takes a list of at most 1,000 values", field=name)
        if operator in _TEXT_OPS and kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN):
            raise BadArgument(f"{name} is no text", field=name, op=op)
        if not all(_fits(kind, one) for one in values):
            raise BadArgument(f"{name} is of kind {kind}; {str(value)[:80]!r} is not", field=name, kind=str(kind))
        return Filter(name, operator, value)


def order_of(known: Fields, order: OrderInput | None) -> Order:
    """The order for the inventory."""
    return Order(known.named(order.field), order.descending) if order is not None else Order("name")


def generic(known: Fields, given: Iterable[FieldFilter] | None, any_of: Iterable[list[FieldFilter]] | None) -> tuple[Filter | AnyOf, ...]:
    """Conditions from the generic form; `any_of` holds where all conditions of one of its groups hold."""
    found: list[Filter | AnyOf] = [known.filter(one.field, one.op.value, one.value) for one in given or ()]
    groups = tuple(tuple(known.filter(one.field, one.op.value, one.value) for one in group) for group in any_of or () if group)
    return (*found, AnyOf(groups)) if groups else tuple(found)


def typed(known: Fields, given: Any, any_of: Iterable[Any] | None) -> tuple[Filter | AnyOf, ...]:
    """Conditions from a generated filter input, one member for each field; `any_of` holds where one of its filters holds."""
    found: list[Filter | AnyOf] = list(_members(known, given))
    groups = tuple(group for one in any_of or () if (group := tuple(_members(known, one))))
    return (*found, AnyOf(groups)) if groups else tuple(found)


def _members(known: Fields, given: Any) -> Iterable[Filter]:
    if given is None:
        return
    for member in fields(given):
        conditions = _set(getattr(given, member.name), None)
        if conditions is None:
            continue
        name = member.name.removeprefix("a_") if member.name.startswith("a_") else member.name
        for condition in fields(conditions):
            value = _set(getattr(conditions, condition.name), None)
            if value is not None:
                yield known.filter(name, condition.name.removesuffix("_"), value)


def filter_input_of(attribute: AttributeDef) -> type:
    """The input type whose conditions suit an attribute."""
    number = attribute.kind in (Kind.INTEGER, Kind.NUMBER)
    if attribute.multiple:
        return NumberListFilter if number else TextListFilter
    if attribute.kind is Kind.INTEGER:
        return IntegerFilter
    if attribute.kind is Kind.NUMBER:
        return NumberFilter
    return BooleanFilter if attribute.kind is Kind.BOOLEAN else TextFilter


def _fits(kind: Kind, value: Any) -> bool:
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _set(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None or value is UNSET else value
