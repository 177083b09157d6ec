"""Comparisons for machines and for filing: `GET /compare/export`, as NDJSON, CSV, Excel or a printable report (requirement 9.1-21)."""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from baselines.compare import Comparison, Question
from baselines.differences import DifferenceKind
from baselines.export import csv_lines, installation_of, ndjson
from baselines.export_excel import write_excel
from baselines.report import report
from cmdb.kernel.clock import to_text
from cmdb.ledger.signing import SigningKey
from cmdb_app.checkpoints import signing_key
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.rest.streaming import TheStreams, file_name

router = APIRouter(tags=["baselines"])

_FORMATS = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
_POINT = "A baseline's id or name, a commit's number, a time with an offset, or now"


@router.get("/compare/export", responses={200: {"content": {name.partition(";")[0]: {} for name in _FORMATS.values()}}})
def export_comparison(
    services: TheServices,
    streams: TheStreams,
    actor: TheReader,
    start: Annotated[str, Query(alias="from", description=_POINT, max_length=200)],
    end: Annotated[str, Query(alias="to", description=_POINT, max_length=200)] = "now",
    format: Annotated[str, Query(pattern="^(ndjson|csv|xlsx|html)$")] = "ndjson",
    profile: Annotated[str | None, Query(max_length=63, description="A saved profile of comparison")] = None,
    type: Annotated[list[str] | None, Query(description="Item types, each with those below it, and relationship types")] = None,
    service: Annotated[
        str | None, Query(max_length=200, description="Only what belongs to this service, by id or name; none: to no service")
    ] = None,
    kind: Annotated[list[DifferenceKind] | None, Query(description="Kinds of difference")] = None,
    only_unauthorised: Annotated[bool, Query(description="Only what no change, or not every commit, authorised")] = False,
) -> Response:
    """Every difference between two sides, streamed, with the commits and changes behind each. `X-Ledger-Seq` tells both commits."""
    room = services.comparing
    a, b = room.sides.pair(start, end)
    question = Question(a, b, room.profiles.get(profile), tuple(type or ()), service, tuple(kind or ()), only_unauthorised)
    found = room.compare.ask(question)
    name = f"comparison-{file_name(a.label, 'side')}-{file_name(b.label, 'side')}.{format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Ledger-Seq": f"{a.seq}, {b.seq}",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    }
    if format == "xlsx":
        made = to_text(services.clock()), actor.name
        return _workbook(found, headers, installation_of(lambda: signing_key(services.settings)), made)
    pieces = _pieces(found, format, to_text(services.clock()), actor.name, lambda: signing_key(services.settings))
    first = next(pieces)  # what can be refused is refused before the answer begins
    return streams.of(lambda _: chain((first,), pieces), _FORMATS[format], headers)


def _pieces(found: Comparison, format: str, now: str, actor: str, key: Callable[[], SigningKey]) -> Iterator[bytes]:
    if format == "csv":
        return (line.encode() for line in csv_lines(found))
    return report(found, now, actor, key()) if format == "html" else ndjson(found, installation_of(key))


def _workbook(found: Comparison, headers: dict[str, str], installation: str | None, made: tuple[str, str]) -> Response:
    """A workbook is a ZIP file whose table of contents comes last: it is written to a file of its own, which goes when it was sent.
    `made`: when and by whom."""
    handle, name = tempfile.mkstemp(prefix="cmdb-compare-", suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    try:
        digest = write_excel(found, path, installation, *made)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path,
        media_type=_FORMATS["xlsx"],
        headers={**headers, "X-Content-Digest": digest},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
