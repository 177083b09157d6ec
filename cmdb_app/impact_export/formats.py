"""The forms of a whole answer: NDJSON (a head line, then an item a line), CSV (RFC 4180), GraphML, SVG. All but the picture are streams."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import orjson

from cmdb.kernel.errors import InvalidInput
from cmdb_app.impact_export.picture import svg
from cmdb_app.impact_export.told import Export
from cmdb_app.rest.items import cell

_COLUMNS = ("id", "type", "name", "level", "root", "depth", "because", "relation")
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """One form: its media type and how it is written."""

    media_type: str
    write: Callable[[Export], Iterator[bytes]]


def ndjson(export: Export) -> Iterator[bytes]:
    """The head (revision, completeness, roots, counts), then every item, the nearest first."""
    yield orjson.dumps(export.head(), option=orjson.OPT_APPEND_NEWLINE)
    yield from _pieces(orjson.dumps(item.body(), option=orjson.OPT_APPEND_NEWLINE) for item in export.items())


def comma_separated(export: Export) -> Iterator[bytes]:
    """A header line, then every item."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for item in export.items():
        body = item.body()
        writer.writerow([cell(body[name]) for name in _COLUMNS])
        if buffer.tell() > _PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def graphml(export: Export) -> Iterator[bytes]:
    """Items as nodes and the relationships along which trouble passes as edges, from provider to dependent
    (http://graphml.graphdrawing.org/primer/graphml-primer.html)."""
    yield from _pieces(part.encode() for part in _graphml(export))


def _graphml(export: Export) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name, what, kind in (
        ("name", "node", "string"),
        ("type", "node", "string"),
        ("level", "node", "string"),
        ("root", "node", "boolean"),
        ("depth", "node", "int"),
        ("relation", "edge", "string"),
        ("need", "edge", "string"),
    ):
        yield f'<key id="{name}" for="{what}" attr.name="{name}" attr.type="{kind}"/>\n'
    head = export.head()
    yield f'<graph id="revision-{head["revision"]}" edgedefault="directed">\n'
    if not head["complete"]:
        yield f"<desc>not complete: {_text(str(head['reason']))}</desc>\n"
    for item in export.items():
        root = "true" if item.root else "false"
        yield (
            f'<node id={quoteattr(item.id)}><data key="name">{_text(item.name)}</data><data key="type">{_text(item.type)}</data>'
            f'<data key="level">{item.level}</data><data key="root">{root}</data><data key="depth">{item.depth}</data></node>\n'
        )
    for provider, dependent, relation, need in export.links():
        ends = f"source={quoteattr(provider)} target={quoteattr(dependent)}"
        yield f'<edge {ends}><data key="relation">{_text(relation)}</data><data key="need">{need}</data></edge>\n'
    yield "</graph>\n</graphml>\n"


def drawn(export: Export) -> Iterator[bytes]:
    """The picture of the pages: layers by distance, siblings folded above ten."""
    yield svg(export).encode()


FORMATS: Mapping[str, Format] = {
    "ndjson": Format("application/x-ndjson", ndjson),
    "csv": Format("text/csv; charset=utf-8", comma_separated),
    "graphml": Format("application/graphml+xml", graphml),
    "svg": Format("image/svg+xml", drawn),
}


def format_named(name: str) -> Format:
    """The form of this name. Raises `InvalidInput`."""
    if name not in FORMATS:
        raise InvalidInput(f"{name[:40]!r} is no form of an export; take one of {', '.join(FORMATS)}")
    return FORMATS[name]


def _text(words: str) -> str:
    """Text XML 1.0 can hold: control characters it forbids become blanks."""
    return escape("".join(sign if sign >= " " or sign in "\t\n\r" else " " for sign in words))


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
