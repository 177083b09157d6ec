"""Lists as tables: the same data and the same errors as the general executor, or the general executor itself."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from cmdb_graphql.fastpath import FastExecutor, Table
from cmdb_graphql.scalars import JSON, BigInt, DateTime, scalar_map


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.type
class Tag:
    key: str
    weight: float


@strawberry.interface
class Thing:
    id: strawberry.ID
    name: str
    size: int | None
    note: str | None
    big: BigInt
    when: DateTime | None
    colour: Colour | None
    words: list[str]
    tags: list[Tag]
    first_tag: Tag | None
    data: JSON | None

    @strawberry.field
    def loud(self) -> str:
        return self.name.upper()


@strawberry.type
class Box(Thing):
    lid: bool = False


@strawberry.type
class Bag(Thing):
    handles: int = 2


@dataclass
class Rows:
    """What the root gives; set by each test."""

    things: Any = ()


@strawberry.type
class Query:
    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing]:
        return info.context.things

    @strawberry.field
    def maybe(self, info: strawberry.Info) -> list[Thing | None]:
        return info.context.things

    @strawberry.field
    def boxes(self, info: strawberry.Info) -> list[Box] | None:
        return info.context.things


def schema(executor: Any) -> strawberry.Schema:
    return strawberry.Schema(Query, types=[Box, Bag], execution_context_class=executor, config=StrawberryConfig(scalar_map=scalar_map()))


FAST = schema(FastExecutor)
GENERAL = schema(None)


def thing(cls: type, n: int, **values: Any) -> Any:
    made = {
        "id": str(n),
        "name": f"thing {n}",
        "size": n if n % 3 else None,
        "note": None,
        "big": n * 10**6,
        "when": "2026-11-23T10:00:00.000000Z",
        "colour": Colour.RED if n % 2 else None,
        "words": ["a", "b"][: n % 3],
        "tags": [Tag(key=str(k), weight=k / 2) for k in range(n % 4)],
        "first_tag": Tag(key="x", weight=1.5) if n % 2 else None,
        "data": {"n": n},
    }
    return cls(**(made | values))


def things(count: int = 30, **values: Any) -> list[Any]:
    return [thing(Box if n % 3 else Bag, n, **values) for n in range(count)]


def answers(query: str, rows: Any, variables: dict[str, Any] | None = None) -> tuple[Any, Any]:
    """Data and errors from both executors."""
    out = []
    for one in (FAST, GENERAL):
        result = asyncio.run(one.execute(query, variables, context_value=Rows(rows)))
        out.append((result.data, sorted(str(error) for error in result.errors or ())))
    return out[0], out[1]


QUERIES = [
    "{ things { id name size note big when colour } }",
    "{ things { __typename id: name name: id } }",
    "{ things { ...f ... on Box { lid } ... on Bag { handles id } } } fragment f on Thing { name size }",
    "query($yes: Boolean = true) { things { id @include(if: $yes) name @skip(if: $yes) size } }",
    "{ things { words tags { key weight __typename } firstTag { key } } }",
    "{ things { data } }",
    "{ maybe { id tags { key } } }",
    "{ things { id loud } }",
    "{ a: things { id } b: things { name } }",
    "{ things { id id name name } }",
]


@pytest.mark.parametrize("query", QUERIES)
def test_both_ways_give_the_same(query: str) -> None:
    fast, general = answers(query, things())
    assert fast == general
    assert fast[0] is not None
    assert fast[1] == []


@pytest.mark.parametrize(
    "damage",
    [
        {"name": None},  # null where none may be
        {"name": 7},  # another kind, which String writes as text
        {"size": 2**40},  # beyond Int
        {"size": "many"},
        {"big": 2**60},  # beyond what a JSON number holds exactly
        {"big": True},
        {"when": 5},
        {"colour": "purple"},
        {"words": ["a", None]},
        {"words": "ab"},
        {"words": None},
        {"tags": [Tag(key="a", weight=float("nan"))]},
        {"first_tag": "no tag"},
        {"id": 12},
    ],
)
@pytest.mark.parametrize("query", QUERIES[:7])
def test_what_is_not_plain_gives_the_same_errors(query: str, damage: dict[str, Any]) -> None:
    rows = things()
    rows[11] = thing(Box, 11, **damage)
    fast, general = answers(query, rows)
    assert repr(fast) == repr(general)


@pytest.mark.parametrize("rows", [[*things(20), None], [*things(20), "no thing"], things(3), [], tuple(things(20)), None, 5])
@pytest.mark.parametrize("query", ["{ things { id name } }", "{ maybe { id name } }", "{ boxes { id lid } }"])
def test_odd_lists(query: str, rows: Any) -> None:
    fast, general = answers(query, rows)
    assert fast == general


def test_a_missing_attribute_gives_the_same_error() -> None:
    rows = things()
    del rows[4].__dict__["note"]
    del rows[5].__dict__["name"]
    fast, general = answers("{ things { id note name } }", rows)
    assert fast == general
    assert fast[1]


def table(count: int, made: list[str] | None = None) -> Table:
    rows = things(count)

    def make(cls: type, values: dict[str, Any]) -> Any:
        if made is not None:
            made.append(values["id"])
        return thing(cls, int(values["id"]), **values)

    columns = {name: [getattr(row, name) for row in rows] for name in ("id", "name", "size", "note")}
    return Table(count, columns, [type(row) for row in rows], make)


def test_a_table_answers_without_making_an_object() -> None:
    made: list[str] = []
    result = asyncio.run(FAST.execute("{ things { __typename id size } }", context_value=Rows(table(50, made))))
    expected = asyncio.run(GENERAL.execute("{ things { __typename id size } }", context_value=Rows(things(50))))
    assert result.data == expected.data
    assert made == []


@pytest.mark.parametrize("query", ["{ things { id loud } }", "{ things { id name ... on Bag { handles } } }", "{ boxes { id } }"])
def test_a_table_falls_back_to_objects(query: str) -> None:
    fast = asyncio.run(FAST.execute(query, context_value=Rows(table(40))))
    general = asyncio.run(GENERAL.execute(query, context_value=Rows(things(40))))
    assert (fast.data, str(fast.errors)) == (general.data, str(general.errors))


def test_a_table_is_a_sequence() -> None:
    found = table(10)
    assert (len(found), found[0].id, found[-1].id, [one.id for one in found[2:4]]) == (10, "0", "9", ["2", "3"])
    with pytest.raises(IndexError):
        found[10]


def test_an_object_of_a_foreign_class_is_not_taken_for_ours() -> None:
    @dataclass
    class Stray:
        id: str = "1"
        name: str = "stray"

    fast, general = answers("{ boxes { id name } }", [Stray() for _ in range(20)])
    assert fast == general
    assert fast[1]
