"""An executor that answers "a list of objects whose selected fields are plain attributes" column by column.

The general executor visits every field of every object: about 5 µs each. Where a selection needs no resolver, arguments or awaiting, the
answer is a table: take each attribute of all objects as a column, check the column's Python types once, and zip the columns into
dictionaries. Whatever is not exactly of that form (a null in a non-null place, a value of another type, a resolver, an unknown class)
gives `None` here and goes the general way as a whole, so both ways give the same data and the same errors.

`Table` is a list that is columns already (`Inventory.columns`): objects are made only if somebody asks for them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
    is_object_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from cmdb_graphql.context import Context

SMALL = 8
"""Lists shorter than this go the general way: nothing to gain."""
_INT32 = 2**31 - 1
_EXACT = 2**53 - 1
_NONE = type(None)

Column = Sequence[Any]


class Table(Sequence[Any]):
    """A list of objects held as columns.

    `classes` names the class of each row, or one class for all; `make(cls, {name: value})` builds the object of a row where one is wanted
    after all. Columns are named by the Python names of the fields they hold.
    """

    def __init__(
        self, length: int, columns: dict[str, Column], classes: type | Sequence[type], make: Callable[[type, dict[str, Any]], Any]
    ) -> None:
        self._length = length
        self._columns = columns
        self._classes = classes
        self._make = make

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._make(self._class_at(index), {name: column[index] for name, column in self._columns.items()})

    def __iter__(self) -> Iterator[Any]:
        return (self[position] for position in range(self._length))

    def classes(self) -> dict[type, list[int] | None]:
        """The rows of each class; None stands for all rows."""
        return {self._classes: None} if isinstance(self._classes, type) else _positions(self._classes)

    def column(self, name: str, rows: list[int] | None) -> Column | None:
        """The values of one field at these rows, None where the table does not hold it."""
        column = self._columns.get(name)
        if column is None or rows is None:
            return column
        return [column[row] for row in rows]

    def _class_at(self, index: int) -> type:
        return self._classes if isinstance(self._classes, type) else self._classes[index]


class FastExecutor(StrawberryGraphQLCoreExecutionContext):
    """The executor of this schema: lists are tried as tables first, and one that goes the general way lets shorter work pass at each of its
    objects."""

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        if type(result) in (list, tuple, Table) and len(result) >= SMALL and not _has_middleware(self):
            table = _Compiler(self).values(return_type.of_type, result, field_details_list)
            if table is not None:
                return table
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def complete_list_item_value(self, *args: Any, **kwargs: Any) -> bool:
        if isinstance(self.context_value, Context):
            self.context_value.stop.come_by()
        return super().complete_list_item_value(*args, **kwargs)


def _has_middleware(executor: FastExecutor) -> bool:
    manager = executor.middleware_manager
    return bool(manager is not None and manager.middlewares)


class _Compiler:
    """Completes columns for one executor. Every method gives None where the general way has to be taken."""

    def __init__(self, executor: FastExecutor) -> None:
        self._executor = executor

    def values(self, kind: GraphQLOutputType, values: Column, details: Any) -> list[Any] | None:
        """A column of values of one GraphQL type, completed."""
        required = isinstance(kind, GraphQLNonNull)
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            return _leaves(inner, values, required)
        if isinstance(values, Table):
            return self._objects(inner, values, details)
        if not required and None in values:
            return self._with_nulls(inner, values, details)
        if isinstance(inner, GraphQLList):
            return self._lists(inner.of_type, values, details)
        return self._objects(inner, values, details)

    def _with_nulls(self, inner: Any, values: Column, details: Any) -> list[Any] | None:
        present = [value for value in values if value is not None]
        done = self.values(GraphQLNonNull(inner), present, details) if present else []
        if done is None:
            return None
        following = iter(done)
        return [None if value is None else next(following) for value in values]

    def _lists(self, inner: GraphQLOutputType, values: Column, details: Any) -> list[Any] | None:
        if not set(map(type, values)) <= {list, tuple}:
            return None
        flat = list(chain.from_iterable(values))
        done = self.values(inner, flat, details) if flat else []
        if done is None:
            return None
        following = iter(done)
        return [list(islice(following, len(value))) for value in values]

    def _objects(self, kind: Any, values: Column, details: Any) -> list[Any] | None:
        if not (is_object_type(kind) or isinstance(kind, GraphQLInterfaceType)):
            return None
        groups = values.classes() if isinstance(values, Table) else _positions([type(value) for value in values])
        if len(groups) == 1:
            (cls,) = groups
            return self._rows(kind, cls, values, None, details)
        out: list[Any] = [None] * len(values)
        for cls, rows in groups.items():
            done = self._rows(kind, cls, values, rows, details)
            if done is None or rows is None:
                return None
            for row, value in zip(rows, done, strict=True):
                out[row] = value
        return out

    def _rows(self, kind: Any, cls: type, values: Column, rows: list[int] | None, details: Any) -> list[Any] | None:
        runtime = self._runtime_type(kind, cls)
        if runtime is None:
            return None
        collected = self._executor.collect_subfields(runtime, details)
        grouped, defer_usages = collected[0], collected[1]
        if defer_usages or not grouped:
            return None
        count = len(values) if rows is None else len(rows)
        columns = []
        for field_details in grouped.values():
            done = self._field(runtime, field_details, values, rows, count)
            if done is None:
                return None
            columns.append(done)
        return _zip(tuple(grouped), columns)

    def _runtime_type(self, kind: Any, cls: type) -> GraphQLObjectType | None:
        definition = cls.__dict__.get("__strawberry_definition__")
        if definition is None:
            return None
        if is_object_type(kind):
            expected: Any = kind.extensions.get("strawberry-definition")
            if expected is None:
                return None
            generic = expected.concrete_of is definition
            return kind if expected is definition or (generic and definition.is_type_of is None) else None
        if definition.is_type_of is not None:
            return None
        found = self._executor.schema.get_type(definition.name)
        if not isinstance(found, GraphQLObjectType) or found.extensions.get("strawberry-definition") is not definition:
            return None
        return found if is_abstract_type(kind) and self._executor.schema.is_sub_type(kind, found) else None

    def _field(self, parent: GraphQLObjectType, details: Any, values: Column, rows: list[int] | None, count: int) -> Column | None:
        name = details[0].node.name.value
        if name == "__typename":
            return [parent.name] * count
        definition = parent.fields.get(name)
        attribute = _plain_attribute(definition)
        if attribute is None or definition is None or definition.args or details[0].node.arguments:
            return None
        column = _take(values, rows, attribute)
        return None if column is None else self.values(definition.type, column, details)


def _plain_attribute(definition: GraphQLField | None) -> str | None:
    """The Python attribute a field reads, None where it has a resolver."""
    field = definition.extensions.get("strawberry-definition") if definition is not None else None
    if field is None or not field.is_basic_field or field.default_resolver is not getattr:
        return None
    return str(field.python_name)


def _take(values: Column, rows: list[int] | None, attribute: str) -> Column | None:
    if isinstance(values, Table):
        return values.column(attribute, rows)
    objects: Iterable[Any] = values if rows is None else [values[row] for row in rows]
    try:
        return list(map(attrgetter(attribute), objects))
    except Exception:
        return None  # the general way meets the same error and reports it with its path


def _leaves(kind: GraphQLScalarType | GraphQLEnumType, values: Column, required: bool) -> list[Any] | None:
    types = set(map(type, values))
    if _NONE in types:
        if required:
            return None
        types.discard(_NONE)
    accepted = _ACCEPTED.get(kind.name)
    if accepted is not None:
        return list(values) if types <= accepted[0] and (accepted[1] is None or accepted[1](values)) else None
    return _by_distinct_value(kind, values)


def _by_distinct_value(kind: GraphQLScalarType | GraphQLEnumType, values: Column) -> list[Any] | None:
    """Enums and scalars of ours: each distinct value is coerced once."""
    try:
        known = {value: kind.coerce_output_value(value) for value in set(values) if value is not None}
    except Exception:
        return None  # unhashable or refused: the general way reports it with its path
    if None in known.values() or len(set(map(type, known))) > 1:
        return None  # 1, 1.0 and True are one dictionary key: not safe to share
    known[None] = None
    return [known[value] for value in values]


def _within(limit: int) -> Callable[[Column], bool]:
    def check(values: Column) -> bool:
        present = [value for value in values if value is not None]
        return not present or (-limit <= min(present) and max(present) <= limit)

    return check


def _finite(values: Column) -> bool:
    return all(value is None or value - value == 0 for value in values)


_ACCEPTED: dict[str, tuple[frozenset[type], Callable[[Column], bool] | None]] = {
    "String": (frozenset({str}), None),
    "ID": (frozenset({str}), None),
    "Boolean": (frozenset({bool}), None),
    "Int": (frozenset({int}), _within(_INT32)),
    "BigInt": (frozenset({int}), _within(_EXACT)),
    "Float": (frozenset({float}), _finite),
    "DateTime": (frozenset({str}), None),
    "Date": (frozenset({str}), None),
}
"""Scalars whose output is the value itself, with the Python types for which that is so and a check of the column."""


def _positions(keys: Iterable[type]) -> dict[type, list[int] | None]:
    found: dict[type, list[int] | None] = {}
    for position, key in enumerate(keys):
        rows = found.get(key)
        if rows is None:
            rows = found[key] = []
        rows.append(position)
    return found


def _zip(names: tuple[str, ...], columns: list[Column]) -> list[dict[str, Any]]:
    """Rows as dictionaries, made without a Python frame for each."""
    return list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
