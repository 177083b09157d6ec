"""Items for machines: one with its `ETag`, and whole lists as a stream (requirements 9.1-01, 9.1-14), now or as of a moment (9.1-05).

`as_of` is a point: a commit's number, a time (ISO 8601 with an offset), or a baseline's id or name. What is answered as of a commit is,
byte for byte, what was answered when that commit was the newest; `X-Ledger-Seq` tells which it is.
"""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Response

from cmdb.inventory.query import ItemQuery, LiveItem
from cmdb.kernel.errors import NotFound
from cmdb.model.item import CORE_FIELDS
from cmdb.model.registry import Registry
from cmdb.registry.asof import registry_at
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.rest.streaming import TheStreams
from cmdb_app.wiring import Core

router = APIRouter(tags=["items"])

_PAGE = 1_000
_FORMATS = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


AsOf = Annotated[
    str | None, Query(max_length=200, description="A point of the past: a commit's number, a time, or a baseline's id or name; none: now")
]


class ItemNotFound(NotFound):
    """No live item has this id, or had it at the moment asked."""

    code = "item-not-found"
    title = "There is no such item"


@router.get("/items/export", responses={200: {"content": {"application/x-ndjson": {}, "text/csv": {}}}})
def export_items(
    services: TheServices,
    streams: TheStreams,
    _: TheReader,
    format: Annotated[str, Query(pattern="^(ndjson|csv)$")] = "ndjson",
    type: Annotated[list[str] | None, Query(description="Types, each with those below it; none: all")] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    as_of: AsOf = None,
) -> Response:
    """All items (of the types, with what is below them) as a stream, by id, live now or at the moment asked, by the types of then.
    `X-Ledger-Seq` tells that commit, or the one a list of the present began at."""
    seq = moment(services, as_of)
    registry = services.registry.current() if seq is None else registry_at(services.store, seq)
    names = tuple(sorted({name for one in type or () for name in registry.concrete_of(one)}))
    query = ItemQuery(types=names, first=_PAGE, search=search)
    headers = {
        "X-Ledger-Seq": str(services.ledger.head().seq if seq is None else seq),
        "Content-Disposition": f'attachment; filename="items.{format}"',
        "X-Accel-Buffering": "no",
    }
    found = pages(services, query) if seq is None else pages_at(services, query, seq)
    pieces = csv_lines(found, columns_of(registry, names)) if format == "csv" else json_lines(found)
    return streams.of(lambda _: pieces, _FORMATS[format], headers)


@router.get("/items/{item_id}", responses={304: {"description": "Unchanged"}})
def get_item(
    item_id: str, services: TheServices, _: TheReader, as_of: AsOf = None, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One item, live now or at the moment asked. Its `ETag` names its revision."""
    seq = moment(services, as_of)
    item = services.inventory.item(item_id) if seq is None else item_at(services, item_id, seq)
    if item is None:
        then = "is no live item" if seq is None else f"was no live item at commit {seq} with the id"
        raise ItemNotFound(f"there {then} {item_id[:40]!r}")
    headers = {"ETag": f'"{item.state.id}.{item.state.revision}"'} | ({"X-Ledger-Seq": str(seq)} if seq is not None else {})
    if if_none_match is not None and headers["ETag"] in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(orjson.dumps(item_body(item)), media_type="application/json", headers=headers)


def moment(services: TheServices, as_of: str | None) -> int | None:
    """The commit a point stands for, None for now. Raises `UnknownRevision`, `BaselineNotFound`, `BaselineWithdrawn`."""
    return None if as_of is None else services.baselines.points.resolve(as_of).seq


def item_at(core: Core, item_id: str, seq: int) -> LiveItem | None:
    """The item as it was live after a commit."""
    past = core.history.item(item_id, seq)
    return LiveItem(past.state, past.hash, past.seq, core.history.born([item_id])[item_id]) if past is not None else None


def item_body(item: LiveItem) -> dict[str, Any]:
    """Plain JSON of an item as it is or was live."""
    body = item.state.body()
    body.pop("retired", None)
    body["attributes"] = dict(sorted(body["attributes"].items()))  # engines give properties in an order of their own
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


def pages_at(core: Core, query: ItemQuery, seq: int) -> Iterator[tuple[LiveItem, ...]]:
    """The same of a past moment."""
    found = core.past.all(query, seq)
    while part := list(islice(found, query.first)):
        created = core.history.born(past.state.id for past in part)
        yield tuple(LiveItem(past.state, past.hash, past.seq, created[past.state.id]) for past in part)


def json_lines(found: Iterator[tuple[LiveItem, ...]]) -> Iterator[bytes]:
    """One item for each line."""
    for items in found:
        yield b"".join(orjson.dumps(item_body(item), option=orjson.OPT_APPEND_NEWLINE) for item in items)


def columns_of(registry: Registry, types: tuple[str, ...]) -> list[str]:
    """The columns of a table of these types: fixed ones first, then every attribute by name."""
    chosen = types or tuple(registry.item_types)
    attributes = sorted({name for one in chosen for name in registry.item(one).attributes})
    return ["id", "type", "revision", *CORE_FIELDS, *attributes]


def csv_lines(found: Iterator[tuple[LiveItem, ...]], columns: list[str]) -> Iterator[str]:
    """A header line, then one line for each item (RFC 4180). Several values are joined by `; `."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for items in found:
        for item in items:
            state = item.state
            fixed = {"id": state.id, "type": state.type, "revision": state.revision}
            writer.writerow([cell(fixed[name] if name in fixed else state.value(name)) for name in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    if buffer.getvalue():
        yield buffer.getvalue()


def cell(value: Any) -> Any:
    """A value in a table: several joined by `; `, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "; ".join(str(cell(one)) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    # A spreadsheet runs a text that begins like a formula; a leading apostrophe keeps it a text (OWASP: CSV injection).
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value
