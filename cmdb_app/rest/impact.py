"""A whole answer to "what breaks" for other programs, however large (requirements 8.1-04, 9.2-12). Questions with pages are GraphQL's."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from cmdb.impact.levels import Level
from cmdb.impact.limits import MAX_SECONDS
from cmdb.impact.questions import ImpactQuestion, WhatIf
from cmdb.kernel.errors import InvalidInput
from cmdb_app.impact_export.formats import FORMATS, format_named
from cmdb_app.impact_export.roots import check_reached, ids_of, level_of
from cmdb_app.impact_export.told import Export
from cmdb_app.impact_export.what_if import resolved
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.rest.items import AsOf, moment
from cmdb_app.rest.streaming import Streams, TheStreams
from cmdb_app.rest.what_if import WhatIfBody
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
    """What if these fail? `max_items` 0, `max_depth` and `seconds` none: no bound. With `what_if` the answer is of the graph as it
    would be; then roots may be left out."""

    model_config = ConfigDict(extra="forbid")
    roots: list[Root] = Field(default_factory=list, max_length=20_000)
    what_if: WhatIfBody | None = None
    as_of: str | None = Field(default=None, max_length=200)
    max_items: int = Field(default=0, ge=0, le=_LARGEST)
    max_depth: int | None = Field(default=None, ge=0, le=_LARGEST)
    seconds: float | None = Field(default=None, ge=0, le=MAX_SECONDS)
    at_least: int = Field(default=0, ge=0, le=_LARGEST)


@router.get("/impact/export", responses=_CONTENT)
def export_impact(
    services: TheServices,
    streams: TheStreams,
    _: TheReader,
    root: Annotated[list[str], Query(min_length=1, max_length=_MOST_IN_ADDRESS, description="Ids, or names that only one item has")],
    format: Form = "ndjson",
    level: Annotated[str, Query(max_length=20, description="down, degraded or at_risk")] = "down",
    as_of: AsOf = None,
    seconds: Annotated[float | None, Query(ge=0, le=MAX_SECONDS, description="Take no longer; the answer says what it left out")] = None,
) -> Response:
    """Everything that is hit if these fail, as a stream. `X-Ledger-Seq` tells the revision, `X-Complete` whether nothing was left out."""
    return _answered(services, streams, Question(roots=[Root(item=one, level=level) for one in root], as_of=as_of, seconds=seconds), format)


@router.post("/impact/export", responses=_CONTENT)
def export_impact_of(services: TheServices, streams: TheStreams, _: TheReader, question: Question, format: Form = "ndjson") -> Response:
    """The same for many roots with levels of their own, with bounds, and of the graph as it would be (`what_if`)."""
    return _answered(services, streams, question, format)


def _answered(services: Services, streams: Streams, question: Question, form: str) -> Response:
    seq = moment(services, question.as_of)
    check_reached(services, question.at_least)
    if not question.roots and question.what_if is None:
        raise InvalidInput("say what fails (roots), or what to try (what_if)")
    what_if = question.what_if.core() if question.what_if is not None else WhatIf()
    levels = [level_of(one.level) for one in question.roots]
    new = {one.id for one in what_if.add_items}  # they are there only in the graph as it would be
    named = list(dict.fromkeys(one.item for one in question.roots if one.item not in new))
    found = dict(zip(named, ids_of(services, named, seq), strict=True)) | {one: one for one in new}
    roots: dict[str, Level] = {}
    for one, level in zip(question.roots, levels, strict=True):
        roots[found[one.item]] = max(level, roots.get(found[one.item], Level.OK))
    answer = services.impact.impact(
        ImpactQuestion(
            roots,
            resolved(services, what_if, seq) if what_if.size else None,
            max_items=question.max_items,
            max_depth=question.max_depth,
            seconds=question.seconds,
            at_least=question.at_least,
            as_of=seq,
        )
    )
    headers = {
        "X-Ledger-Seq": str(answer.revision),
        "X-Complete": "true" if answer.complete else "false",
        "Content-Disposition": f'attachment; filename="impact-{answer.revision}.{form}"',
        "X-Accel-Buffering": "no",
    }
    written = format_named(form)
    return streams.of(lambda give_way: written.write(Export(services, answer, seq, give_way)), written.media_type, headers)
