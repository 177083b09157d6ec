"""The text of a statement that depends on a filter, built here and nowhere else.

Values are always parameters. Field names pass one check and are quoted; labels come from the names of types by the one rule of
`cmdb.model.names`, checked and quoted too. The frames around the conditions are statement files with places such as `/*where*/`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmdb.inventory.query import MAX_PAGE, AnyOf, BadQuery, Filter, ItemQuery, Op, Order, decode_cursor
from cmdb.model.item import CORE_FIELDS
from cmdb.model.names import NAME, edge_of, label_of
from cmdb.store.statements import Statement

ALWAYS = frozenset({"id", "type", "revision", "_seq", "_created", *CORE_FIELDS})
"""Properties no live item is without: core fields are empty text where there is nothing to say."""

_FIELD = re.compile(r"^_?[a-z][a-z0-9_]{0,99}$")
_COMPARE = {
    Op.EQ: "=",
    Op.GT: ">",
    Op.GTE: ">=",
    Op.LT: "<",
    Op.LTE: "<=",
    Op.IN: "IN",
    Op.CONTAINS: "CONTAINS",
    Op.STARTS_WITH: "STARTS WITH",
}


@dataclass(slots=True)
class Conditions:
    """Conditions that must all hold, and their parameters."""

    texts: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def parameter(self, value: Any) -> str:
        """A new parameter of this value, as it is written in the text."""
        name = f"p{len(self.params)}"
        self.params[name] = list(value) if isinstance(value, tuple | set | frozenset) else value
        return f"${name}"

    def where(self, *more: str) -> str:
        """The WHERE clause, with more conditions; empty where there is no condition."""
        texts = [*more, *self.texts]
        return "WHERE " + " AND ".join(texts) if texts else ""

    def rest(self, *more: str) -> str:
        """The conditions as the rest of a WHERE clause."""
        return "".join(f" AND {text}" for text in (*more, *self.texts))


def column(name: str) -> str:
    """`n.<name>`, quoted. Raises `BadQuery` for what cannot be a field's name."""
    if not _FIELD.match(name):
        raise BadQuery(f"{name[:100]!r} is no field; names are lower snake case", field=name[:100])
    return f"n.`{name}`"


def conditions(query: ItemQuery) -> Conditions:
    """Everything that selects items, without the page's place."""
    made = Conditions()
    for one in query.filters:
        made.texts.append(_any_of(made, one) if isinstance(one, AnyOf) else _condition(made, one))
    for word in query.search.lower().split()[:8]:
        wanted = made.parameter(word)
        texts = [f"toLower({column(name)}) CONTAINS {wanted}" for name in query.search_fields]
        made.texts.append("(" + " OR ".join(texts) + ")")
    return made


def _any_of(made: Conditions, one: AnyOf) -> str:
    groups = [" AND ".join(_condition(made, single) for single in group) for group in one.alternatives if group]
    if not groups:
        raise BadQuery("an `any of` needs at least one alternative")
    return "(" + " OR ".join(f"({group})" for group in groups) + ")"


def _condition(made: Conditions, one: Filter) -> str:
    name = column(one.field)
    try:
        op = Op(one.op)
    except ValueError as problem:
        raise BadQuery(f"{one.op!r} is no operator; use one of {', '.join(Op)}", field=one.field) from problem
    if op is Op.IS_NULL:
        return _is_null(name, one)
    if one.value is None:
        raise BadQuery(f"filter {one.field} {op} needs a value; ask for absent ones with is_null", field=one.field)
    if op is Op.IN and not isinstance(one.value, list | tuple | set | frozenset):
        raise BadQuery(f"filter {one.field} in needs a list", field=one.field)
    if one.field == "type" and op in (Op.EQ, Op.IN):
        wanted = [one.value] if op is Op.EQ else list(one.value)
        return _of_types(wanted) if wanted else "false"
    value = made.parameter(one.value)
    if op is Op.NE:
        return f"{name} <> {value}" if one.field in ALWAYS else f"({name} IS NULL OR {name} <> {value})"
    if op is Op.HAS:
        return f"{value} IN {name}"
    return f"{name} {_COMPARE[op]} {value}"


def _is_null(name: str, one: Filter) -> str:
    if one.value not in (True, False):
        raise BadQuery("is_null takes true or false", field=one.field)
    if one.field in ALWAYS:
        return f"{name} {'=' if one.value else '<>'} ''"
    # Not IS NULL: Neo4j 5.26 remembers "is there" in the property's place when two alternatives ask for it, and answers true for its value.
    return f"{'NOT ' if one.value else ''}'{one.field}' IN keys(n)"


def place_after(made: Conditions, order: Order, cursor: str | None) -> None:
    """Add the condition that keeps only what follows the cursor (keyset: the cost of a page does not grow with its number)."""
    if cursor is None:
        return
    value, item_id = decode_cursor(order, cursor)
    beyond_id = f"n.id {'<' if order.field == 'id' and order.descending else '>'} {made.parameter(item_id)}"
    if order.field == "id":
        made.texts.append(beyond_id)
        return
    name = column(order.field)
    if value is None:
        made.texts.append(f"{name} IS NULL AND {beyond_id}")
        return
    given, sign = made.parameter(value), "<" if order.descending else ">"
    if order.field in ALWAYS:  # the first half is what an index can use
        made.texts.append(f"{name} {sign}= {given} AND ({name} {sign} {given} OR {beyond_id})")
    else:
        made.texts.append(f"({name} {sign} {given} OR ({name} = {given} AND {beyond_id}) OR {name} IS NULL)")


def order_by(order: Order) -> str:
    """The ORDER BY clause. Engines differ in where nulls go, so it is said: last."""
    direction = " DESC" if order.descending else ""
    if order.field == "id":
        return f"ORDER BY n.id{direction}"
    name = column(order.field)
    nulls = "" if order.field in ALWAYS else f"{name} IS NULL, "
    return f"ORDER BY {nulls}{name}{direction}, n.id"


def ranged(order: Order) -> list[str]:
    """A condition that always holds and lets Neo4j read its index on names in order instead of sorting. ArcadeDB would only be slower."""
    return ["n.name >= ''"] if order.field == "name" else []


def page_size(query: ItemQuery) -> int:
    """`first`, checked."""
    if not 1 <= query.first <= MAX_PAGE:
        raise BadQuery(f"a page has 1 to {MAX_PAGE} items; {query.first} were asked for", maximum=MAX_PAGE)
    return query.first


def typed(types: Sequence[str]) -> list[str]:
    """The condition that an item is of one of these types; none where any will do."""
    return [_of_types(types)] if types else []


def labels(types: Sequence[str]) -> str:
    """The labels of any of these types: `` `Pod`|`Server` ``; `` `Item` `` for all of them."""
    return "|".join(f"`{_label(name)}`" for name in types) if types else "`Item`"


def _label(type_name: str) -> str:
    if not NAME.match(type_name):
        raise BadQuery(f"{type_name[:100]!r} is no type's name; names are lower snake case")
    return label_of(type_name)


def _of_types(types: Iterable[str]) -> str:
    """A condition on the type. By label: ArcadeDB would take the index on `type`, which is slower than no index."""
    return "(" + " OR ".join(f"n:`{_label(name)}`" for name in types) + ")"


def edges(types: Sequence[str]) -> str:
    """`` :`A`|`B` `` for relationship types, empty for all of them."""
    for name in types:
        if not NAME.match(name):
            raise BadQuery(f"{name[:100]!r} is no relationship type")
    return ":" + "|".join(f"`{edge_of(name)}`" for name in types) if types else ""


def fill(statement: Statement, **texts: str) -> Statement:
    """The statement with its `/*places*/` filled with text of this module."""

    def filled(text: str) -> str:
        for place, content in texts.items():
            text = text.replace(f"/*{place}*/", content)
        return text

    dialects = {engine: filled(text) for engine, text in statement.dialects.items()}
    return replace(statement, text=filled(statement.text), dialects=dialects)


def collected(fields: Iterable[str], absent: str) -> str:
    """`collect(n.a) AS a, ...`; what may be absent is collected as the parameter `absent`, because collect() leaves nulls out."""
    parts = []
    for name in fields:
        value = column(name) if name in ALWAYS else f"coalesce({column(name)}, {absent})"
        parts.append(f"collect({value}) AS `{name}`")
    return ", ".join(parts)
