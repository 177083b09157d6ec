"""`POST /observations`: where agents send what they saw (design 9). `GET /jobs/{id}`: how a batch taken up in the background stands.

The answer is 200 where every observation landed, was unchanged or waits for a person (held); 207 where some failed, or landed without a
relationship that was refused, each with its problems (the good ones have landed); 422 where `atomic` was asked and something failed, so
that nothing landed. With `Prefer: respond-async` the batch is kept and answered 202 with the address of its job.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import orjson
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response

from change_gate.results import BatchResult
from cmdb.identification.errors import BadBatch
from cmdb.model.actor import Actor, Role
from cmdb.model.outcome import OutcomeStatus
from cmdb.reconciliation.errors import UnknownReference
from cmdb_app.ingest.answer import merge
from cmdb_app.ingest.wire import WireBatch, parse_json, parse_ndjson
from cmdb_app.rest.callers import TheCaller, TheServices, need
from cmdb_app.rest.problems import UnsupportedMedia
from cmdb_app.wiring import Services

router = APIRouter(tags=["ingest"])

JSON, NDJSON = ("application/json",), ("application/x-ndjson", "application/ndjson", "application/jsonl")
_SENDERS = (Role.AGENT, Role.ENGINEER, Role.CHANGE_MANAGER)
_DOC = {
    "requestBody": {
        "required": True,
        "description": "A batch as one JSON object, or as NDJSON with the header on its first line. See docs/rest.md.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Batch"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "/observations",
    openapi_extra=_DOC,
    responses={200: {"description": "Everything landed"}, 202: {"description": "Taken up as a job"}, 207: {"description": "Some failed"}},
)
async def post_observations(
    request: Request,
    services: TheServices,
    actor: TheCaller,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    prefer: Annotated[str, Header()] = "",
    dry_run: Annotated[bool, Query()] = False,
    outcomes: Annotated[str, Query(pattern="^(all|notable)$")] = "all",
) -> Response:
    """Take a batch through the road. Each observation gets an outcome; the good ones land (unless `atomic`)."""
    need(actor, *_SENDERS)
    parse = _parser_of(request)
    body = await _read(request)
    wire = await to_thread.run_sync(parse, body, services.settings.batch_limit)
    del body
    wire = _with_options(wire, actor, idempotency_key, dry_run)
    wire.check_atomic()
    if "respond-async" in prefer and not wire.batch.dry_run:
        job = await to_thread.run_sync(services.jobs.file, wire, actor)
        headers = {"Location": f"/jobs/{job.id}", "Preference-Applied": "respond-async"}
        return Response(orjson.dumps(job.body()), status_code=202, media_type="application/json", headers=headers)
    return await to_thread.run_sync(_submit, services, wire, actor, outcomes == "notable", request.app.state.metrics.observations)


@router.get("/jobs/{job_id}")
def get_job(job_id: str, services: TheServices, actor: TheCaller) -> Response:
    """How a job stands. Who filed it may ask, and everybody who may read."""
    job = services.jobs.find(job_id)
    if actor.name != job.actor.name:
        need(actor, *(set(Role) - {Role.AGENT}))
    headers = {} if job.finished else {"Retry-After": "1"}
    return Response(orjson.dumps(job.body()), media_type="application/json", headers=headers)


def _parser_of(request: Request) -> Callable[[bytes, int], WireBatch]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("send the body as it is; compressed bodies are not read here")
    if kind in JSON:
        return parse_json
    if kind in NDJSON:
        return parse_ndjson
    raise UnsupportedMedia(f"{kind[:80] or 'no content type'} is not read here; send {JSON[0]} or {NDJSON[0]}")


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
    return bytes(body)


def _with_options(wire: WireBatch, actor: Actor, key: str | None, dry_run: bool) -> WireBatch:
    batch = wire.batch
    if key and batch.key and key != batch.key:
        raise BadBatch("the header Idempotency-Key and the batch's own `key` differ", member="key")
    given = key or batch.key
    scoped = f"{actor.name}|{given}" if given else None  # callers cannot meet each other's keys
    return replace(wire, batch=replace(batch, key=scoped, dry_run=batch.dry_run or dry_run))


def _submit(services: Services, wire: WireBatch, actor: Actor, notable: bool, count: Callable[[dict[str, int]], None]) -> Response:
    result = merge(services.door.submit(wire.batch, actor), wire.positions, wire.failed)
    services.nudge()
    if not result.dry_run and not result.replayed:
        count(dict(result.counts))
    status = 200
    if result.failed:
        status = 422 if wire.batch.atomic else 207
    elif any(problem.relation is not None and problem.code != UnknownReference.code for one in result.outcomes for problem in one.problems):
        status = 207  # items landed without a relationship they named; one whose other end is not there yet is only early
    return Response(orjson.dumps(_body(result, wire, notable)), status_code=status, media_type="application/json")


def _body(result: BatchResult, wire: WireBatch, notable: bool) -> dict[str, object]:
    body = result.body()
    if notable:
        quiet = (OutcomeStatus.CREATED, OutcomeStatus.UPDATED, OutcomeStatus.UNCHANGED)
        told = [outcome.body() for outcome in result.outcomes if outcome.problems or outcome.status not in quiet]
        body = {**body, "outcomes": told, "outcomes_left_out": len(result.outcomes) - len(told)}
    body["complete"] = wire.batch.complete
    return body


def openapi_schemas() -> dict[str, object]:
    """The schemas of what is read by hand here."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    relation = {"type": text, "to": text, "to_id": text, "attributes": {"type": "object"}, "outgoing": flag, "gone": flag}
    observation = {
        "ref": {"type": "string", "description": "The source's own stable key of the thing"},
        "type": text,
        "fields": {"type": "object", "description": "Core fields and typed attributes by name; null withdraws"},
        "relations": {"type": "array", "items": {"$ref": "#/components/schemas/ObservedRelation"}},
        "complete_relations": {"type": "array", "items": text},
        "item_id": text,
        "expected_revision": {"type": "integer"},
        "gone": flag,
    }
    batch = {
        "source": text,
        "scope": text,
        "complete": {"type": "boolean", "description": "All of the source in this scope is here; what is missing is gone"},
        "count": {"type": "integer", "description": "How many observations follow; required in NDJSON when complete"},
        "observed_at": {"type": "string", "format": "date-time"},
        "atomic": flag,
        "dry_run": flag,
        "reason": text,
        "change": text,
        "key": text,
        "observations": {"type": "array", "items": {"$ref": "#/components/schemas/Observation"}},
    }
    return {
        "ObservedRelation": {"type": "object", "required": ["type"], "properties": relation, "additionalProperties": False},
        "Observation": {"type": "object", "required": ["ref", "type"], "properties": observation, "additionalProperties": False},
        "Batch": {"type": "object", "required": ["source", "observations"], "properties": batch, "additionalProperties": False},
    }
