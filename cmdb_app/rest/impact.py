"""A whole answer to "what breaks" for other programs, however large (requirements 8.1-04, 9.2-12). Questions with pages are GraphQL's."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from cmdb.impact.levels import Level
from cmdb.impact.questions import ImpactQuestion
from cmdb.ledger.asof import UnknownRevision
from cmdb_app.impact_export.formats import FORMATS, format_named
from cmdb_app.impact_export.roots import ids_of, level_of
from cmdb_app.impact_export.told import Export
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.rest.items import AsOf, moment
from cmdb_app.wiring import Services

router = APIRouter(tags=["impact"])

_MOST_IN_ADDRESS = 200
_LARGEST = 2**53 - 1
"""Numbers beyond it are not the same number to every reader of JSON (RFC 8259, section 6)."""
_FORM = "^(" + "|".join(FORMATS) + ")$"
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": {one.media_type.partition(";")[0]: {} for one in FORMATS.values()}}}

Form = Annotated[str, Query(pattern=_FORM, description="ndjson, csv, graphml or svg")]


class Root(BaseModel):
    """One thing that fails: an id, or a name that only one item has, and the level it is put to."""

    model_config = ConfigDict(extra="forbid")
    item: str = Field(min_length=1, max_length=1_000)
    level: str = "down"


class Question(BaseModel):
    """What if these fail? `max_items` 0 and `max_depth` none: no bound."""

    model_config = ConfigDict(extra="forbid")
    roots: list[Root] = Field(min_length=1, max_length=20_000)
    as_of: str | None = Field(default=None, max_length=200)
    max_items: int = Field(default=0, ge=0, le=_LARGEST)
    max_depth: int | None = Field(default=None, ge=0, le=_LARGEST)
    at_least: int = Field(default=0, ge=0, le=_LARGEST)


@router.get("/impact/export", responses=_CONTENT)
def export_impact(
    services: TheServices,
    _: TheReader,
    root: Annotated[list[str], Query(min_length=1, max_length=_MOST_IN_ADDRESS, description="Ids, or names that only one item has")],
    format: Form = "ndjson",
    level: Annotated[str, Query(max_length=20, description="down, degraded or at_risk")] = "down",
    as_of: AsOf = None,
) -> Response:
    """Everything that is hit if these fail, as a stream. `X-Ledger-Seq` tells the revision, `X-Complete` whether nothing was left out."""
    return _answered(services, Question(roots=[Root(item=one, level=level) for one in root], as_of=as_of), format)


@router.post("/impact/export", responses=_CONTENT)
def export_impact_of(services: TheServices, _: TheReader, question: Question, format: Form = "ndjson") -> Response:
    """The same for many roots with levels of their own, and with bounds."""
    return _answered(services, question, format)


def _answered(services: Services, question: Question, form: str) -> Response:
    seq = moment(services, question.as_of)
    _check_reached(services, question.at_least)
    levels = [level_of(one.level) for one in question.roots]
    found = dict(zip(dict.fromkeys(one.item for one in question.roots), _ids(services, question, seq), strict=True))
    roots: dict[str, Level] = {}
    for one, level in zip(question.roots, levels, strict=True):
        roots[found[one.item]] = max(level, roots.get(found[one.item], Level.OK))
    answer = services.impact.impact(
        ImpactQuestion(roots, max_items=question.max_items, max_depth=question.max_depth, at_least=question.at_least, as_of=seq)
    )
    headers = {
        "X-Ledger-Seq": str(answer.revision),
        "X-Complete": "true" if answer.complete else "false",
        "Content-Disposition": f'attachment; filename="impact-{answer.revision}.{form}"',
        "X-Accel-Buffering": "no",
    }
    written = format_named(form)
    return StreamingResponse(written.write(Export(services, answer, seq)), media_type=written.media_type, headers=headers)


def _check_reached(services: Services, at_least: int) -> None:
    """A commit that is not there yet is refused at once: waiting for it would only hold a thread."""
    if at_least > services.impact.revision and at_least > (head := services.ledger.head().seq):
        raise UnknownRevision(f"the ledger stands at {head}; there is no commit {at_least} yet", head=head)


def _ids(services: Services, question: Question, seq: int | None) -> list[str]:
    return ids_of(services, [one.item for one in question.roots], seq)
