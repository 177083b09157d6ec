"""A batch as the server takes it (`POST /observations`, NDJSON): a header line, then one observation a line. Pure.

The header of a batch says how many observations follow, so that a body cut off between two lines is refused, not read as "the rest is
gone".
"""

from typing import Any

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.model.observation import Batch, Observation, ObservedRelation

CONTENT_TYPE = "application/x-ndjson"


def encode(batch: Batch) -> bytes:
    """The body for a batch. Equal batches give equal bytes."""
    header: dict[str, Any] = {"source": batch.source, "count": len(batch.observations)}
    for name in ("scope", "complete", "observed_at", "atomic", "dry_run", "reason", "change"):
        value = getattr(batch, name)
        if value not in ("", None, False):
            header[name] = value
    return b"\n".join([canonical_json(header), *(canonical_json(_observation(one)) for one in batch.observations), b""])


def content_digest(batch: Batch) -> str:
    """sha256 over what the batch says; not over when it was seen."""
    said = [batch.source, batch.scope, batch.complete, [_observation(one) for one in batch.observations]]
    return digest(canonical_json(said))


def idempotency_key(batch: Batch, window: int) -> str:
    """The key under which a batch is sent: the same for a repetition of the same content within one time window, another in the next, so
    that "seen again" is told to the server once in each window."""
    return f"{batch.source}-{window}-{content_digest(batch)[:40]}"


def _observation(one: Observation) -> dict[str, Any]:
    found: dict[str, Any] = {"ref": one.ref, "type": one.type}
    if one.fields:
        found["fields"] = {name: list(value) if isinstance(value, tuple) else value for name, value in one.fields.items()}
    if one.relations:
        found["relations"] = [_relation(relation) for relation in one.relations]
    if one.complete_relations:
        found["complete_relations"] = list(one.complete_relations)
    for name in ("item_id", "expected_revision"):
        if getattr(one, name) is not None:
            found[name] = getattr(one, name)
    if one.gone:
        found["gone"] = True
    return found


def _relation(relation: ObservedRelation) -> dict[str, Any]:
    found: dict[str, Any] = {"type": relation.type}
    for name in ("to", "to_id"):
        if getattr(relation, name) is not None:
            found[name] = getattr(relation, name)
    if relation.attributes:
        found["attributes"] = {name: list(value) if isinstance(value, tuple) else value for name, value in relation.attributes.items()}
    if not relation.outgoing:
        found["outgoing"] = False
    if relation.gone:
        found["gone"] = True
    return found
