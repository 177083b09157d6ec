"""Lists of items: one page, as objects or, where only plain fields are asked, as columns that never become objects (see `fastpath`)."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
from strawberry.types import Info

from cmdb.inventory.query import ItemQuery
from cmdb_graphql.context import ColumnPage, Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.fastpath import Table
from cmdb_graphql.filters import Fields
from cmdb_graphql.generate import columns_of
from cmdb_graphql.items import CI, Unregistered, blank, classes_of, object_of
from cmdb_graphql.paging import Edge, PageInfo
from cmdb_graphql.scalars import BigInt
from cmdb_graphql.selection import asked, below

_EMPTY_IS_ABSENT = frozenset({"version", "location", "description", "owner"})
_PAGE_FIELDS = frozenset({"nodes", "edges", "pageInfo"})


@strawberry.type(description="How many of the listed items have a value.")
class FacetValue:
    """`value` is null for items without one."""

    value: str | None
    count: int


@strawberry.type(description="The most frequent values of one field over the whole list, not the page.")
class Facet:
    """Values by falling count."""

    field: str
    values: list[FacetValue]


@strawberry.type
class ItemListing:
    """What every list of items has beside its entries."""

    page_info: PageInfo
    revision: BigInt = strawberry.field(description="The ledger's sequence number this answer has seen.")
    cursors: strawberry.Private[Sequence[str]]
    counter: strawberry.Private[Callable[[], int]]
    faceter: strawberry.Private[Callable[[str, int], Facet]]

    @strawberry.field(description="How many items there are over all pages.")
    def total_count(self) -> int:
        return self.counter()

    @strawberry.field(description="Counts by value, for a few fields.")
    def facets(self, fields: list[str], limit: int = 20) -> list[Facet]:
        if len(fields) > 10 or not 1 <= limit <= 200:
            raise BadArgument("facets takes at most 10 fields and a limit from 1 to 200", fields=len(fields), limit=limit)
        return [self.faceter(name, limit) for name in fields]


@strawberry.type(name="CIConnection", description="One page of items of any types. totalCount and facets are computed only when asked for.")
class CIConnection(ItemListing):
    """A page."""

    nodes: list[CI] = strawberry.field(description="The items without cursors: the quickest form.")

    @strawberry.field(description="The items with their cursors.")
    def edges(self) -> list[Edge[CI]]:
        return [Edge(cursor=cursor, node=one) for cursor, one in zip(self.cursors, self.nodes, strict=True)]


def listing_class(node: Any, label: str) -> type[ItemListing]:
    """The connection type over `node`: `<label>Connection`."""

    def edges(self: Any) -> Any:
        return [Edge(cursor=cursor, node=one) for cursor, one in zip(self.cursors, self.nodes, strict=True)]

    edges.__annotations__["return"] = list[Edge[node]]
    namespace = {
        "__annotations__": {"nodes": list[node]},
        "__module__": __name__,
        "nodes": strawberry.field(description="The items without cursors: the quickest form."),
        "edges": strawberry.field(edges, description="The items with their cursors."),
    }
    made = types.new_class(f"{label}Connection", (ItemListing,), {}, lambda body: body.update(namespace))
    description = "One page of items. totalCount and facets are computed only when asked for."
    return strawberry.type(made, name=f"{label}Connection", description=description)


def live(info: Info, cls: Any, query: ItemQuery) -> Any:
    """A page of live items of the connection type `cls`. Only what is selected is read."""
    context: Context = info.context
    reads = context.rooms.reads
    revision = context.revision()  # before the page: the page is at least as new as it says
    wanted = asked(info)
    nodes: Any = []
    cursors: Sequence[str] = ()
    page = PageInfo(has_next_page=False, has_previous_page=query.after is not None, start_cursor=None, end_cursor=None)
    if query.first and not _PAGE_FIELDS.isdisjoint(wanted):
        columns = _plain(info, context, wanted)
        if columns is not None:
            found = reads.columns(query, [stored for _, stored in columns.values()])
            nodes = _table(context, found, dict(columns.values()))
            page.has_next_page, page.start_cursor, page.end_cursor = found.more, found.start_cursor, found.end_cursor
        else:
            seen = reads.page(query)
            nodes, cursors = [object_of(context, one) for one in seen.items], seen.cursors
            page.has_next_page = seen.more
            page.start_cursor, page.end_cursor = (cursors[0], cursors[-1]) if cursors else (None, None)
    return cls(
        nodes=nodes,
        cursors=cursors,
        page_info=page,
        revision=BigInt(revision),
        counter=lambda: reads.count(query),
        faceter=lambda name, limit: _facet(context, query, name, limit),
    )


def past(info: Info, cls: Any, query: ItemQuery, seq: int) -> Any:
    """A page of the items that were live after commit `seq`, by the same filters, search and order as live ones."""
    context: Context = info.context
    reads = context.rooms.reads
    page = PageInfo(has_next_page=False, has_previous_page=query.after is not None, start_cursor=None, end_cursor=None)
    nodes: list[Any] = []
    cursors: Sequence[str] = ()
    if query.first and not _PAGE_FIELDS.isdisjoint(asked(info)):
        seen = reads.page(query, seq)
        nodes, cursors = [object_of(context, one) for one in seen.items], seen.cursors
        page.has_next_page = seen.more
        page.start_cursor, page.end_cursor = (cursors[0], cursors[-1]) if cursors else (None, None)
    return cls(
        nodes=nodes,
        cursors=cursors,
        page_info=page,
        revision=BigInt(seq),
        counter=lambda: reads.count(query, seq),
        faceter=lambda name, limit: _facet(context, query, name, limit, seq),
    )


def _plain(info: Info, context: Context, wanted: Mapping[str, Any]) -> dict[str, tuple[str, str]] | None:
    """The columns that answer the selection, None where it takes more than columns."""
    if "nodes" not in wanted or "edges" in wanted:
        return None
    known = context.types.derived(columns_of)
    names = set(below(info, wanted["nodes"])) - {"__typename"}
    if not names <= known.keys():
        return None
    return {name: known[name] for name in sorted(names | {"id", "type"})}


def _table(context: Context, found: ColumnPage, stored: Mapping[str, str]) -> Table:
    columns: dict[str, Sequence[Any]] = {}
    for python, name in stored.items():
        column = found.columns[name]
        columns[python] = [value or None for value in column] if name in _EMPTY_IS_ABSENT else column
    classes = classes_of(context.types)
    of_rows: list[type] = [classes.get(name, Unregistered) for name in found.columns["type"]]
    only = set(of_rows)
    return Table(found.length, columns, only.pop() if len(only) == 1 else of_rows, _made)


def _made(cls: type[CI], values: dict[str, Any]) -> CI:
    made = blank(cls)
    made.__dict__.update(values, retired=False, as_of=None)
    found: CI = made
    return found


def _facet(context: Context, query: ItemQuery, name: str, limit: int, seq: int | None = None) -> Facet:
    field = Fields(context.types, query.types or concrete(context)).named(name)
    counted = context.rooms.reads.facet(query, field, limit, seq)
    return Facet(field=field, values=[FacetValue(value=_text(value), count=count) for value, count in counted])


def concrete(context: Context) -> tuple[str, ...]:
    """Every concrete item type."""
    return tuple(name for name, one in context.types.item_types.items() if not one.abstract)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
