"""What an `ItemQuery` means, over states instead of columns: for history, where a state is one text that no engine can compare by field.

The rules are those of `filters`, which says the same to the engines; engine tests hold the two together. In short: texts compare by code
point (decision 0012), numbers with numbers, yes and no with their like, nothing across; a comparison with what is not there never holds,
but `ne` does; a core field is never absent, only empty; an order puts what is absent last, both ways round, and equal values by id.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cmdb.inventory.filters import ALWAYS, column, conditions
from cmdb.inventory.query import AnyOf, BadQuery, Filter, ItemQuery, Op, Order, decode_cursor
from cmdb.kernel.canonical import canonical_json
from cmdb.model.item import CORE_FIELDS, ItemState

Predicate = Callable[[ItemState], bool]
Key = Any
"""A place in an order: anything that compares with its like."""

_FIXED = ("id", "type", "revision")
_LISTS = (list, tuple, set, frozenset)


def matches(query: ItemQuery) -> Predicate:
    """Whether a state is selected, its type among them. Raises `BadQuery` for what `filters` refuses."""
    conditions(query)
    types = frozenset(query.types)
    tests = [_any_of(one) if isinstance(one, AnyOf) else _test(one) for one in query.filters]
    words = query.search.lower().split()[:8]
    for name in query.search_fields:
        known(name)

    def holds(state: ItemState) -> bool:
        return (
            (not types or state.type in types)
            and all(test(state) for test in tests)
            and (not words or _found(words, state, query.search_fields))
        )

    return holds


def value_of(state: ItemState, name: str) -> Any:
    """The value of any field as the engines see it: core fields may be empty, attributes absent (None)."""
    if name in _FIXED or name in CORE_FIELDS:
        return getattr(state, name)
    return state.attributes.get(name)


def known(name: str) -> str:
    """The name, if it can be a field of a state. Raises `BadQuery`."""
    column(name)
    if name.startswith("_"):
        raise BadQuery(f"{name[:100]} is known of the present only", field=name[:100])
    return name


def place_of(order: Order) -> Callable[[ItemState], Key]:
    """The key by which states stand in this order."""
    name, make = known(order.field), _maker(order)
    return lambda state: make(value_of(state, name), state.id)


def place_after(order: Order, cursor: str | None) -> Key | None:
    """The key of a cursor: its page has what lies beyond. None for the first page. Raises `BadCursor`."""
    if cursor is None:
        return None
    value, item_id = decode_cursor(order, cursor)
    return _maker(order)(item_id if order.field == "id" else value, item_id)


def _maker(order: Order) -> Callable[[Any, str], Key]:
    if order.field == "id":
        return (lambda _, item_id: _Falling(item_id)) if order.descending else (lambda _, item_id: item_id)

    def key(value: Any, item_id: str) -> Key:
        if value is None:
            return (True, (), item_id)
        kind = _kinded(value)
        return (False, _Falling(kind) if order.descending else kind, item_id)

    return key


def hints(query: ItemQuery) -> tuple[list[str], list[str]]:
    """Texts that the canonical body of every match contains, and words its lower case contains: cheap for an engine to look for, so that
    little that does not match is sent. What matches is still decided by `matches`."""
    parts = [part for one in query.filters if isinstance(one, Filter) for part in _parts(one)]
    return parts, [word for word in query.search.lower().split()[:8] if word.isascii() and word.isalnum()]


def _parts(one: Filter) -> Iterable[str]:
    name, op, value = canonical_json(one.field).decode(), Op(one.op), one.value
    if op is Op.IN and isinstance(value, _LISTS) and len(value) == 1:
        op, value = Op.EQ, next(iter(value))
    if op is Op.EQ and isinstance(value, str | bool):
        yield f"{name}:{_json(value)}"
    elif op is Op.STARTS_WITH and isinstance(value, str):
        yield f"{name}:{_json(value)[:-1]}"
    elif op is Op.CONTAINS and isinstance(value, str):
        yield _json(value)[1:-1]
    elif op is Op.HAS and isinstance(value, str):
        yield _json(value)


def _json(value: Any) -> str:
    return canonical_json(value).decode()


def _found(words: Sequence[str], state: ItemState, fields: Sequence[str]) -> bool:
    texts = [value.lower() for name in fields if isinstance(value := value_of(state, name), str)]
    return all(any(word in text for text in texts) for word in words)


def _any_of(one: AnyOf) -> Predicate:
    groups = [[_test(single) for single in group] for group in one.alternatives if group]
    return lambda state: any(all(test(state) for test in group) for group in groups)


def _test(one: Filter) -> Predicate:
    name, op, asked = known(one.field), Op(one.op), one.value
    if op is Op.IS_NULL:
        if name in ALWAYS:
            return lambda state: (value_of(state, name) == "") is asked
        return lambda state: (value_of(state, name) is None) is asked
    if op is Op.NE:
        return lambda state: not _same(value_of(state, name), asked)
    compare = _COMPARE[op]
    return lambda state: (value := value_of(state, name)) is not None and compare(value, asked)


def _same(found: Any, asked: Any) -> bool:
    """Equal and of one kind: the engines do not take true for 1."""
    if isinstance(found, tuple) and isinstance(asked, list | tuple):
        return len(found) == len(asked) and all(_same(one, other) for one, other in zip(found, asked, strict=True))
    return isinstance(found, bool) is isinstance(asked, bool) and bool(found == asked)


def _ordered(found: Any, asked: Any) -> bool:
    """Whether two values have an order: two texts, two numbers, or yes and no."""
    if isinstance(found, bool) or isinstance(asked, bool):
        return isinstance(found, bool) and isinstance(asked, bool)
    return any(isinstance(found, kind) and isinstance(asked, kind) for kind in (str, int | float))


_COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: _same,
    Op.IN: lambda found, asked: any(_same(found, one) for one in asked),
    Op.HAS: lambda found, asked: isinstance(found, tuple) and any(_same(one, asked) for one in found),
    Op.CONTAINS: lambda found, asked: isinstance(found, str) and isinstance(asked, str) and asked in found,
    Op.STARTS_WITH: lambda found, asked: isinstance(found, str) and isinstance(asked, str) and found.startswith(asked),
    Op.GT: lambda found, asked: _ordered(found, asked) and found > asked,
    Op.GTE: lambda found, asked: _ordered(found, asked) and found >= asked,
    Op.LT: lambda found, asked: _ordered(found, asked) and found < asked,
    Op.LTE: lambda found, asked: _ordered(found, asked) and found <= asked,
}


def _kinded(value: Any) -> Any:
    """A value with its kind before it, so that values of different kinds have an order too: lists, texts, yes and no, numbers."""
    if isinstance(value, list | tuple):
        return (0, tuple(_kinded(one) for one in value))
    if isinstance(value, str):
        return (1, value)
    return (2, value) if isinstance(value, bool) else (3, value)


class _Falling:
    """A key that stands where its opposite would."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(self.key == other.key)

    def __lt__(self, other: "_Falling") -> bool:
        return bool(other.key < self.key)

    def __gt__(self, other: "_Falling") -> bool:
        return bool(other.key > self.key)

    __hash__ = None  # type: ignore[assignment]
