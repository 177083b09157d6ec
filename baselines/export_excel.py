"""A comparison as an Excel workbook, written row by row in constant memory: a summary first, then the differences.

Cells are texts, whatever they look like: nothing in them is ever run as a formula. What does not fit a sheet continues on the next.
"""

from pathlib import Path
from typing import Any

from baselines.compare import Comparison
from baselines.coverage import Tally
from baselines.differences import AUTHORISATION_MEANS
from baselines.export import COLUMNS, Content, rows_of
from baselines.report import standing
from baselines.report_rows import moment

ROWS = 1_000_000
"""Rows of one sheet; Excel ends at 1,048,576."""
_LONGEST = 32_000  # characters of a cell; Excel ends at 32,767
_WIDTHS = (8, 8, 10, 10, 22, 32, 40, 30, 12, 24, 24, 20, 34, 34, 22, 18, 12, 28, 16, 16, 40)

_STATES = ("under a change", "partly", "unauthorised", "share under a change")


def write_excel(comparison: Comparison, path: Path, installation: str | None = None, made_at: str = "", made_by: str = "") -> str:
    """Write the workbook to `path` and give the content digest. `installation` is the public key that tells where it comes from; `made_at`
    (a time as the ledger writes it) and `made_by` are said in the summary, where they are given."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "none": book.add_format({"bg_color": "#FBE3E1"}),
            "partly": book.add_format({"bg_color": "#FDF1D7"}),
            "share": book.add_format({"num_format": "0.0 %"}),
        }
        summary = _Sheet(book.add_worksheet("Summary"), formats)
        summary.sheet.set_column(0, 0, 34)
        summary.sheet.set_column(1, 8, 18)
        made = f"{moment(made_at)} by {made_by}" if made_at else ""
        _summary(summary, comparison, made)
        content = Content(comparison)
        _differences(book, formats, content, comparison)
        summary.row(["Note", AUTHORISATION_MEANS])
        summary.row(["Content digest (sha256)", content.digest])
        if installation:
            summary.row(["Installation (its public key)", installation])
    finally:
        book.close()
    return content.digest


class _Sheet:
    """A worksheet that is written from the top down."""

    def __init__(self, sheet: Any, formats: dict[str, Any]) -> None:
        self.sheet = sheet
        self.formats = formats
        self.at = 0

    def row(self, cells: list[Any], style: str | None = None) -> None:
        """Write a row; numbers as numbers, shares as shares, the rest as texts."""
        form = self.formats.get(style or "")
        for column, cell in enumerate(cells):
            if isinstance(cell, float):
                self.sheet.write_number(self.at, column, cell, self.formats["share"])
            elif isinstance(cell, int):
                self.sheet.write_number(self.at, column, cell, form)
            elif cell not in (None, ""):
                self.sheet.write_string(self.at, column, _fitting(str(cell)), form)
            elif form is not None:
                self.sheet.write_blank(self.at, column, None, form)
        self.at += 1


def _summary(sheet: _Sheet, comparison: Comparison, made: str) -> None:
    question = comparison.question
    sides = (question.a, question.b)
    sheet.row(["Comparison of configuration baselines"], "title")
    if made:
        sheet.row(["Made on", made])
    sheet.row([])
    sheet.row(["", "First side", "Second side"], "head")
    for title, name in (("Side", "label"), ("Commit", "seq"), ("Time", "time"), ("Chain hash", "hash"), ("Scope", "scope")):
        sheet.row([title, *(getattr(side, name) if name != "scope" else str(side.scope) for side in sides)])
    if any(side.baseline for side in sides):
        sheet.row(["Purpose", *(side.baseline.purpose if side.baseline else "" for side in sides)])
        sheet.row(["Standing", *(standing(side) for side in sides)])
        seals = [side.baseline.seal if side.baseline else None for side in sides]
        sheet.row(["Seal (Merkle root)", *(seal.digest if seal else "" for seal in seals)])
    sheet.row(["Profile", question.profile.name, question.profile.description])
    if question.service is not None:
        sheet.row(["Only the service", comparison.service_name, question.service])
    for note in comparison.notes:
        sheet.row(["Note", note])
    sheet.row([])
    totals = comparison.totals()
    sheet.row(["Differences", "total", *_STATES], "head")
    for title, tally in (("All", totals.all), ("Items", totals.items), ("Relationships", totals.relations)):
        sheet.row(_tally(title, tally))
    sheet.row([])
    sheet.row(["By service", "total", *_STATES], "head")
    services, complete = comparison.services()
    for row in services:
        sheet.row(_tally(row.name or "(supports no service)", row.tally))
    if not complete:
        sheet.row(["Note", "Not every item could be followed up to its services: there are too many."])
    sheet.row([])
    sheet.row(["By type", "total", *_STATES], "head")
    for name, tally in totals.types():
        sheet.row(_tally(name, tally))
    sheet.row([])


def _fitting(text: str) -> str:
    """A text as a cell can hold it; what does not fit is told, never left out silently."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]} [{len(text) - _LONGEST:,} characters more; they are in the NDJSON export]"


def _tally(title: str, tally: Tally) -> list[Any]:
    return [title, tally.total, tally.authorised, tally.partly, tally.none, tally.share]


def _differences(book: Any, formats: dict[str, Any], content: Content, comparison: Comparison) -> None:
    sheet, number = None, 0
    for one in content.differences():
        for row in rows_of(comparison, one):
            if sheet is None or sheet.at > ROWS:
                number += 1
                sheet = _table(book, formats, number)
            sheet.row(row, one.authorisation.value)
    if sheet is None:
        _table(book, formats, 1)


def _table(book: Any, formats: dict[str, Any], number: int) -> _Sheet:
    made = book.add_worksheet("Differences" if number == 1 else f"Differences {number}")
    for column, width in enumerate(_WIDTHS):
        made.set_column(column, column, width)
    made.freeze_panes(1, 0)
    made.autofilter(0, 0, ROWS, len(COLUMNS) - 1)
    sheet = _Sheet(made, formats)
    sheet.row(list(COLUMNS), "head")
    return sheet
