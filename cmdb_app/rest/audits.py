"""The report of an audit's run, to be filed: `GET /audits/{audit}/runs/{run}/report` (requirements 4.5.4.1-06, 9.1-16)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from baselines.audit.errors import AuditNotFound
from baselines.audit.export import MEDIA_TYPES, digest_of, pieces
from baselines.audit.report import report_of
from baselines.audit.repository import AuditBook, run_id
from cmdb_app.audits import open_audits
from cmdb_app.rest.callers import TheReader, TheServices
from cmdb_app.rest.streaming import TheStreams, file_name

router = APIRouter(tags=["audits"])

_NEWEST = "newest"
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": {one.partition(";")[0]: {} for one in MEDIA_TYPES.values()}}}


@router.get("/audits/{audit}/runs/{run}/report", responses=_CONTENT)
def export_report(
    services: TheServices,
    streams: TheStreams,
    _: TheReader,
    audit: Annotated[str, Path(max_length=200, description="An audit's id or name")],
    run: Annotated[str, Path(max_length=80, description="A run's id or its number, or `newest`")],
    format: Annotated[str, Query(pattern=f"^({'|'.join(MEDIA_TYPES)})$", description="html (for paper and screen), json or csv")] = "html",
) -> Response:
    """What a run found, with how far each deficiency has come by now, streamed. `X-Ledger-Seq` tells the commit the run looked at,
    `X-Findings-Digest` the digest of what it found (the same in every report of the run), `X-Content-Digest` the sha256 of these bytes."""
    book = open_audits(services).book
    found = report_of(book, _run(book, audit, run), services.clock, services.ledger.head().seq)
    name = file_name(found.audit.name, "audit")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-run-{found.run.number}.{format}"',
        "X-Ledger-Seq": str(found.run.seq),
        "X-Findings-Digest": found.run.digest,
        "X-Content-Digest": digest_of(found, format),
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    }
    return streams.of(lambda _: pieces(found, format), MEDIA_TYPES[format], headers)


def _run(book: AuditBook, audit_name: str, wanted: str) -> str:
    """The id of a run of this audit. Raises `AuditNotFound`."""
    audit = book.audit(audit_name)
    if wanted == _NEWEST:
        if audit.last_run is None:
            raise AuditNotFound(f"audit {audit.name!r} has not been run yet", audit=audit.id)
        return audit.last_run
    found = book.run(run_id(audit.id, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 6 else wanted)
    if found.audit != audit.id:
        raise AuditNotFound(f"audit {audit.name!r} has no run {wanted[:80]!r}", audit=audit.id)
    return found.id
