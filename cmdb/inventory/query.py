"""What may be asked of the live graph: `ItemQuery`, its filters and order, and the page that answers it. Pure values."""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from cmdb.kernel.errors import InvalidInput
from cmdb.model.item import ItemState, RelationState

MAX_PAGE = 10_000
"""Largest page, in items. Bigger answers are several pages or an export."""


class BadQuery(InvalidInput):
    """A filter, order or page of a query that has no meaning: an unknown operator, a field name that is none, a page too large."""

    code = "bad-query"
    title = "The query is not valid"


class BadCursor(InvalidInput):
    """A cursor that no page of this order has given out."""

    code = "bad-cursor"
    title = "The cursor is not valid"


class Op(StrEnum):
    """Operators of a filter. Text comparison is exact (case matters); `search` of the query is the one that does not care for case.

    `ne` also finds items without a value. `is_null` takes True or False; a core field counts as null when it is empty. `has`: a
    multi-valued attribute contains the value.
    """

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


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on a core field (also `id`, `type`, `revision`) or a typed attribute. All filters of a query must hold.

    The caller has checked `field` against the type registry and brought `value` to the field's kind.
    """

    field: str
    op: Op | str
    value: Any = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where one of its alternatives holds; each alternative is a group of filters that must all hold."""

    alternatives: tuple[tuple[Filter, ...], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """By a field, then by id. Items without a value come last in both directions, on both engines."""

    field: str = "id"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Live items of `types` (concrete type names; none given: all) for which every filter holds, a page of `first` after cursor `after`.

    `search`: every word of it must occur, whatever its case, in one of `search_fields`.
    """

    types: tuple[str, ...] = ()
    filters: tuple[Filter | AnyOf, ...] = ()
    order: Order = Order()
    after: str | None = None
    first: int = 50
    search: str = ""
    search_fields: tuple[str, ...] = ("name", "description")


@dataclass(frozen=True, slots=True)
class LiveItem:
    """An item as it is now. `seq` is the commit of the live version, `created` the time of the first one."""

    state: ItemState
    hash: str
    seq: int
    created: str

    @property
    def id(self) -> str:
        return self.state.id


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A relationship as it is now, seen from one of its ends: `other` is the item at the other end."""

    state: RelationState
    hash: str
    seq: int
    outgoing: bool
    other: str
    other_type: str
    other_name: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `cursors` has one for each item, `has_next` says whether more follow."""

    items: tuple[LiveItem, ...]
    cursors: tuple[str, ...]
    has_next: bool


def encode_cursor(order: Order, value: Any, item_id: str) -> str:
    """The opaque place after an item with this value of the order's field."""
    return base64.urlsafe_b64encode(orjson.dumps([order.field, order.descending, value, item_id])).decode().rstrip("=")


def decode_cursor(order: Order, cursor: str) -> tuple[Any, str]:
    """The value and id a cursor stands for. Raises `BadCursor`, also for one of another order."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        field, descending, value, item_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error) as problem:
        raise BadCursor("this is no cursor of ours; start without one") from problem
    if (field, descending) != (order.field, order.descending) or not isinstance(item_id, str) or isinstance(value, list | dict):
        raise BadCursor("this cursor belongs to another order; start without one, or ask for the order it came from")
    return value, item_id
