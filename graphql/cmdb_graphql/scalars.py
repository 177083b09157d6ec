"""Scalars of the schema. Values are what the store holds: texts and numbers; nothing is parsed on the way out.

`BigInt` is for the registry's 64-bit integers: a JSON number up to 2^53 - 1 either way, which every client reads exactly, a decimal text
beyond.
"""

from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

__all__ = ["JSON", "BigInt", "Date", "DateTime", "scalar_map"]

BigInt = NewType("BigInt", int)
DateTime = NewType("DateTime", str)
Date = NewType("Date", str)

EXACT = 2**53 - 1
_LONG = 2**63


def _write_integer(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError(f"BigInt cannot represent {str(value)[:80]!r}")
    return value if -EXACT <= value <= EXACT else str(value)


def _read_integer(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = int(value)
        except ValueError:
            raise GraphQLError(f"BigInt cannot represent {value!r}") from None
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONG <= value < _LONG:
        raise GraphQLError(f"BigInt takes whole numbers of 64 bits, not {str(value)[:80]!r}")
    return value


def _read_integer_literal(node: ValueNode, _variables: Any = None) -> int:
    if isinstance(node, IntValueNode | StringValueNode):
        return _read_integer(node.value)
    raise GraphQLError("BigInt takes whole numbers", node)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"expected a text, got {str(value)[:80]!r}")
    return value


def scalar_map() -> dict[object, ScalarDefinition]:
    """The scalars for `StrawberryConfig(scalar_map=...)`."""
    return {
        BigInt: strawberry.scalar(
            name="BigInt",
            description="A whole number of 64 bits: a JSON number within ±(2^53 - 1), a decimal text beyond. Both are taken as input.",
            serialize=_write_integer,
            parse_value=_read_integer,
            parse_literal=_read_integer_literal,
        ),
        DateTime: strawberry.scalar(
            name="DateTime",
            description="A moment in UTC, ISO 8601 with microseconds: 2026-11-23T10:00:00.000000Z. Order of texts is order of time.",
            specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
            serialize=_text,
            parse_value=_text,
        ),
        Date: strawberry.scalar(name="Date", description="A day, ISO 8601: 2026-11-23.", serialize=_text, parse_value=_text),
    }
