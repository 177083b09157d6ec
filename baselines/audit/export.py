"""The report of a run in the forms it is handed out in, and the digest of those bytes."""

import hashlib
from collections.abc import Iterator, Mapping

import orjson

from baselines.audit.page import html_lines
from baselines.audit.report import Report, csv_lines, report_body

MEDIA_TYPES: Mapping[str, str] = {"html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8"}
"""The forms there are."""


def pieces(report: Report, form: str) -> Iterator[bytes]:
    """The report piece by piece; `form` is one of `MEDIA_TYPES`. The same report gives the same bytes every time."""
    if form == "json":
        yield orjson.dumps(report_body(report), option=orjson.OPT_INDENT_2) + b"\n"
        return
    for line in html_lines(report) if form == "html" else csv_lines(report):
        yield line.encode()


def digest_of(report: Report, form: str) -> str:
    """The sha256 of those bytes, in hexadecimal."""
    found = hashlib.sha256()
    for piece in pieces(report, form):
        found.update(piece)
    return found.hexdigest()
