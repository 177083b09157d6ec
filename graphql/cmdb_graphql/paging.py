"""Connections: edges with cursors, nodes without, and what a page costs nothing to say (Relay's cursor connections).

Pages are found by key, not by offset: page 1,000 costs what page 1 costs. A cursor is opaque and good for the same order only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry

from cmdb_graphql.errors import PageTooLong
from cmdb_graphql.limits import DEFAULT_PAGE, MAX_PAGE
from cmdb_graphql.scalars import BigInt

T = TypeVar("T")


@strawberry.type(description="Where a page stands.")
class PageInfo:
    """`startCursor` and `endCursor` are null on an empty page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One entry of a page with its cursor.")
class Edge(Generic[T]):
    """What follows this entry is asked for with `after: <cursor>`."""

    cursor: str
    node: T


@strawberry.type(description="One page of a list. `totalCount` and `facets` are computed only when asked for.")
class Connection(Generic[T]):
    """A page."""

    nodes: list[T] = strawberry.field(description="The entries without cursors: the quickest form.")
    page_info: PageInfo
    revision: BigInt = strawberry.field(description="The ledger's sequence number this answer has seen.")
    counter: strawberry.Private[Callable[[], int]]
    cursors: strawberry.Private[Sequence[str]]

    @strawberry.field(description="The entries with their cursors.")
    def edges(self) -> list[Edge[T]]:
        return [Edge(cursor=cursor, node=node) for cursor, node in zip(self.cursors, self.nodes, strict=True)]

    @strawberry.field(description="How many entries there are over all pages.")
    def total_count(self) -> int:
        return self.counter()


def page_size(first: int | None, most: int = MAX_PAGE) -> int:
    """A checked page size; `most` is what this list puts on one page. An empty page is for who only counts. Raises `PageTooLong`."""
    if first is None:
        return min(DEFAULT_PAGE, most)
    if not 0 <= first <= most:
        raise PageTooLong(f"first must be from 0 to {most:,}, not {first:,}; ask for the next page with after", first=first, allowed=most)
    return first


def list_size(first: int | None, most: int) -> int:
    """The same for a list that is worked out as far as it is asked for, one entry at least. Raises `PageTooLong`."""
    if first is None:
        return min(DEFAULT_PAGE, most)
    if not 1 <= first <= most:
        raise PageTooLong(f"first must be from 1 to {most:,}, not {first:,}", first=first, allowed=most)
    return first


def connection(
    cls: Any, nodes: Sequence[Any], cursors: Sequence[str], *, more: bool, after: str | None, revision: int, count: Callable[[], int]
) -> Any:
    """A page whose entries are there, of the connection type `cls`."""
    info = PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    return cls(nodes=nodes, cursors=cursors, page_info=info, revision=BigInt(revision), counter=count)


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of a list that is in memory already."""

    entries: Sequence[Any]
    cursors: Sequence[str]
    more: bool
    after: str | None


def slice_of(entries: Sequence[Any], first: int | None, after: str | None) -> Slice:
    """A page of a short list: the cursor is the position."""
    start = int(after) + 1 if after is not None and after.isdigit() and len(after) < 12 else 0
    size = page_size(first)
    part = entries[start : start + size]
    return Slice(part, [str(start + position) for position in range(len(part))], start + size < len(entries), after)
