"""Items for machines: one with its `ETag`, and whole lists as a stream (requirements 9.1-01, 9.1-14)."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from cmdb.inventory.query import ItemQuery, LiveItem
from cmdb.kernel.errors import NotFound
from cmdb.model.item import CORE_FIELDS
from cmdb.model.registry import Registry
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.wiring import Core

router = APIRouter(tags=["items"])

_PAGE = 1_000
_FORMATS = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


class ItemNotFound(NotFound):
    """No live item has this id."""

    code = "item-not-found"
    title = "There is no such item"


@router.get("/items/export", responses={200: {"content": {"application/x-ndjson": {}, "text/csv": {}}}})
def export_items(
    services: TheServices,
    _: TheReader,
    format: Annotated[str, Query(pattern="^(ndjson|csv)$")] = "ndjson",
    type: Annotated[list[str] | None, Query(description="Types, each with those below it; none: all")] = None,
    search: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """All live items (of the types, with what is below them) as a stream, by id. `X-Ledger-Seq` tells the commit it began at."""
    registry = services.registry.current()
    names = tuple(sorted({name for one in type or () for name in registry.concrete_of(one)}))
    query = ItemQuery(types=names, first=_PAGE, search=search)
    headers = {
        "X-Ledger-Seq": str(services.ledger.head().seq),
        "Content-Disposition": f'attachment; filename="items.{format}"',
        "X-Accel-Buffering": "no",
    }
    pieces = csv_lines(services, query, columns_of(registry, names)) if format == "csv" else json_lines(services, query)
    return StreamingResponse(pieces, media_type=_FORMATS[format], headers=headers)


@router.get("/items/{item_id}", responses={304: {"description": "Unchanged"}})
def get_item(item_id: str, services: TheServices, _: TheReader, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """One live item. Its `ETag` names its revision."""
    item = services.inventory.item(item_id)
    if item is None:
        raise ItemNotFound(f"there is no live item {item_id[:40]!r}")
    tag = f'"{item.state.id}.{item.state.revision}"'
    if if_none_match is not None and tag in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(orjson.dumps(item_body(item)), media_type="application/json", headers={"ETag": tag})


def item_body(item: LiveItem) -> dict[str, Any]:
    """Plain JSON of a live item."""
    body = item.state.body()
    body.pop("retired", None)
    return {**body, "created": item.created, "seq": item.seq}


def pages(core: Core, query: ItemQuery) -> Iterator[tuple[LiveItem, ...]]:
    """Page after page, by id; each is one read, so that an export neither holds the graph nor the memory."""
    after: str | None = None
    while True:
        page = core.inventory.page(ItemQuery(types=query.types, first=query.first, search=query.search, after=after))
        if page.items:
            yield page.items
        if not page.has_next:
            return
        after = page.cursors[-1]


def json_lines(core: Core, query: ItemQuery) -> Iterator[bytes]:
    """One item for each line."""
    for items in pages(core, query):
        yield b"".join(orjson.dumps(item_body(item), option=orjson.OPT_APPEND_NEWLINE) for item in items)


def columns_of(registry: Registry, types: tuple[str, ...]) -> list[str]:
    """The columns of a table of these types: fixed ones first, then every attribute by name."""
    chosen = types or tuple(registry.item_types)
    attributes = sorted({name for one in chosen for name in registry.item(one).attributes})
    return ["id", "type", "revision", *CORE_FIELDS, *attributes]


def csv_lines(core: Core, query: ItemQuery, columns: list[str]) -> Iterator[str]:
    """A header line, then one line for each item (RFC 4180). Several values are joined by `; `."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for items in pages(core, query):
        for item in items:
            state = item.state
            fixed = {"id": state.id, "type": state.type, "revision": state.revision}
            writer.writerow([_cell(fixed[name] if name in fixed else state.value(name)) for name in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    if buffer.getvalue():
        yield buffer.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "; ".join(str(_cell(one)) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    # A spreadsheet runs a text that begins like a formula; a leading apostrophe keeps it a text (OWASP: CSV injection).
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value
