"""What can be said of an observation without looking into the store: is it well formed, what is its digest. Pure.

Faults are per observation: the good ones of a batch land. Rules: a `ref` is 1 to 500 characters of plain text, unique in its batch (the
first of two is taken); the type exists and is concrete; everything has one canonical JSON form.
"""

import re
from collections.abc import Mapping
from typing import Any

from cmdb.identification.errors import BadBatch, BadReference, BatchTooLarge, DuplicateReference
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.errors import InvalidInput
from cmdb.model.definitions import to_body
from cmdb.model.observation import Batch, Observation
from cmdb.model.outcome import Problem
from cmdb.model.problems import Code
from cmdb.model.registry import Registry, UnknownType

MAX_OBSERVATIONS = 200_000
MAX_REF = 500
MAX_KEY = 300  # a caller's own 200 characters behind the caller's name
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def check_batch(batch: Batch) -> None:
    """Refuse what makes the whole batch unusable. Raises `BadBatch`, `BatchTooLarge`."""
    if not isinstance(batch.source, str) or not _SOURCE.fullmatch(batch.source):
        raise BadBatch("a source is named by 1 to 100 letters, digits and . _ : / @ -, beginning with a letter or digit", member="source")
    for member, text, longest in (("scope", batch.scope, MAX_REF), ("key", batch.key or "", MAX_KEY), ("reason", batch.reason, 2_000)):
        if not isinstance(text, str) or len(text) > longest or _UNPRINTABLE.search(text.replace("\n", "")):
            raise BadBatch(f"{member} must be at most {longest} characters of plain text", member=member)
    if len(batch.observations) > MAX_OBSERVATIONS:
        raise BatchTooLarge(f"{len(batch.observations)} observations; one batch carries at most {MAX_OBSERVATIONS}", limit=MAX_OBSERVATIONS)


def observation_digest(observation: Observation, type_digest: str) -> str:
    """sha256 over all the source said of the item, and over the type's definition: a changed type makes every observation worth looking at
    again.

    Raises `InvalidInput` where it has no canonical form.
    """
    return digest(
        canonical_json([type_digest, observation.type, observation.fields, _relations(observation), observation.complete_relations])
    )


def body_digest(batch: Batch) -> str:
    """sha256 over the whole request, for the idempotency key."""
    head = [batch.source, batch.scope, batch.complete, batch.atomic, batch.change]
    return digest(canonical_json([head, [_part_digest(one) for one in batch.observations]]))


def _part_digest(one: Observation) -> str:
    try:
        return digest(canonical_json(observation_body(one)))
    except (InvalidInput, TypeError, ValueError, AttributeError):  # it will be refused; its digest need only be its own
        return digest(repr(one).encode("utf-8", "backslashreplace"))


def observation_body(one: Observation) -> dict[str, Any]:
    """An observation as plain JSON (held plans keep it)."""
    return {
        "ref": one.ref,
        "type": one.type,
        "fields": dict(one.fields),
        "relations": _relations(one),
        "complete_relations": list(one.complete_relations),
        "item_id": one.item_id,
        "expected_revision": one.expected_revision,
        "gone": one.gone,
    }


def type_digests(registry: Registry) -> Mapping[str, str]:
    """A digest for each item type over everything that decides how its observations are taken. Use with `registry.derived`."""
    own = {name: to_body(one.definition) for name, one in registry.item_types.items()}
    relations = digest(canonical_json([to_body(one) for one in registry.relation_types.values()]))
    return {
        name: digest(canonical_json([relations, *(own[each] for each in (name, *one.ancestors))]))
        for name, one in registry.item_types.items()
    }


def may_age(registry: Registry) -> frozenset[str]:
    """Item types one of whose precedence rules knows an age: where several sources speak of such an item, an unchanged observation may
    still change who is believed. Use with `registry.derived`."""
    return frozenset(name for name, one in registry.item_types.items() if any(rule.yields_after is not None for rule in one.precedence))


def problems_of(registry: Registry, observation: Observation, seen: Mapping[str, int]) -> tuple[Problem, ...]:
    """What is wrong with an observation's form; empty when nothing is. `seen` are the refs before it in the batch."""
    ref = observation.ref
    if not isinstance(ref, str) or not ref or len(ref) > MAX_REF or _UNPRINTABLE.search(ref):
        return (
            Problem(BadReference.code, f"a ref is 1 to {MAX_REF} characters of plain text without control characters", attribute="ref"),
        )
    if ref in seen:
        return (Problem(DuplicateReference.code, f"ref {ref!r} is observation {seen[ref]} of this batch already; only that one was taken"),)
    try:
        resolved = registry.item(observation.type)
    except UnknownType as unknown:
        return (Problem(UnknownType.code, unknown.detail, attribute="type"),)
    if resolved.abstract:
        below = ", ".join(registry.concrete_of(resolved.name)[:8])
        return (Problem(str(Code.ABSTRACT_TYPE), f"no item can be of type {resolved.name!r}; use one of {below}", attribute="type"),)
    return ()


def digest_or_problem(observation: Observation, type_digest: str) -> tuple[str, tuple[Problem, ...]]:
    """The observation's digest, or why it has none."""
    try:
        return observation_digest(observation, type_digest), ()
    except (InvalidInput, AttributeError, TypeError) as bad:
        return "", (Problem(InvalidInput.code, f"the observation of {observation.ref!r} is not valid: {bad}"[:500]),)


def _relations(observation: Observation) -> list[list[Any]]:
    return [[one.type, one.to, one.to_id, one.attributes, one.outgoing, one.gone] for one in observation.relations]
