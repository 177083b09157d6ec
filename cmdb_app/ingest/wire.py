"""The wire form of a batch (`POST /observations`, `cmdb import`, background jobs).

JSON: `{"source": ..., "scope": ..., "complete": ..., ..., "observations": [{...}, ...]}`. NDJSON: the same object without `observations` on
the first line (the header), then one observation on each line. A header that says `complete` must say `count` as well: a body cut off
between two lines would otherwise read as "everything else is gone". Members are those of `cmdb.model.observation`; unknown ones are
refused, because a misspelt `complete` must not be lost silently.

Faults of the whole body are raised. A single observation that is not well formed (in NDJSON also: a line that is no JSON, but for the last,
where a body cut off would end) becomes a failed outcome; the others go on, but then the batch no longer counts as complete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmdb.identification.errors import BadBatch, BatchTooLarge
from cmdb.kernel.canonical import canonical_json
from cmdb.kernel.errors import InvalidInput
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.model.outcome import Outcome, OutcomeStatus, Problem
from cmdb_app.ingest.strict_json import DuplicateJsonName, JsonTooDeep, MalformedJson, holds_nul, read_json

_BATCH = {
    "source": str,
    "scope": str,
    "complete": bool,
    "observed_at": str,
    "atomic": bool,
    "dry_run": bool,
    "reason": str,
    "change": str,
    "key": str,
}
_OBSERVATION = {
    "ref": str,
    "type": str,
    "fields": dict,
    "relations": list,
    "complete_relations": list,
    "item_id": str,
    "expected_revision": int,
    "gone": bool,
}
_RELATION = {"type": str, "to": str, "to_id": str, "attributes": dict, "outgoing": bool, "gone": bool}
_OPTIONAL = {"observed_at", "change", "key", "item_id", "expected_revision", "to", "to_id"}
_KINDS = {str: "text", bool: "true or false", int: "a whole number", dict: "an object", list: "a list"}
_LONGEST = 1_000  # characters of a ref, type, scope, key ...: identifiers, not content


class TruncatedBatch(InvalidInput):
    """Fewer observations came than the header announced, or a complete batch does not say how many there are."""

    code = "truncated-batch"
    title = "The batch is not whole"


class AtomicBatchRefused(InvalidInput):
    """The batch was to land as a whole or not at all, and some of its observations are not well formed. Nothing landed."""

    code = "atomic-batch-refused"
    status = 422
    title = "Nothing of this atomic batch landed"


class _Misshapen(Exception):
    """One observation cannot be read."""


@dataclass(frozen=True, slots=True)
class WireBatch:
    """A batch as it came: what could be read, which positions these have in the body, and the outcomes of the others."""

    batch: Batch
    positions: tuple[int, ...]
    failed: tuple[Outcome, ...]

    @property
    def size(self) -> int:
        return len(self.positions) + len(self.failed)

    def check_atomic(self) -> None:
        """Raises `AtomicBatchRefused` where the batch lands as a whole or not at all, and some of it cannot be read."""
        if self.batch.atomic and self.failed:
            told = [outcome.body() for outcome in self.failed[:1000]]
            raise AtomicBatchRefused(f"{len(self.failed)} observations are not well formed; nothing landed", outcomes=told)


def parse_json(data: bytes, limit: int) -> WireBatch:
    """A batch sent as one JSON object. Raises `MalformedJson` and its siblings, `BadBatch`, `BatchTooLarge`."""
    if not data.strip():
        raise MalformedJson("the body is empty")
    whole = read_json(data)
    if not isinstance(whole, dict):
        raise BadBatch("the body is a JSON object with `source` and `observations`")
    observations = whole.pop("observations", None)
    if not isinstance(observations, list):
        raise BadBatch("`observations` is a list", member="observations")
    count = whole.pop("count", None)
    return _assemble(whole, observations, count, limit)


def parse_ndjson(data: bytes, limit: int) -> WireBatch:
    """A batch sent as lines. Raises as `parse_json`, and `TruncatedBatch`; messages name the line."""
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), start=1) if line.strip()]
    if not lines:
        raise MalformedJson("the body is empty")
    header = read_json(lines[0][1], line=lines[0][0])
    if not isinstance(header, dict) or "observations" in header:
        raise BadBatch("the first line is the header: an object with `source`, without `observations`", line=1)
    if len(lines) - 1 > limit:
        raise BatchTooLarge(f"{len(lines) - 1} observations; at most {limit} in one request", limit=limit)
    count = header.pop("count", None)
    if header.get("complete") is True and count is None:
        raise TruncatedBatch("a complete batch in NDJSON says in its header how many observations follow (`count`)", member="count")
    last = lines[-1][0]
    return _assemble(header, [_line(line, number, cut_off=number == last) for number, line in lines[1:]], count, limit)


def _line(line: bytes, number: int, cut_off: bool) -> Any:
    """The value of a line, or the fault that makes it fail. The last line may be where a body was cut off: that one raises."""
    try:
        return read_json(line, line=number)
    except MalformedJson as problem:
        if cut_off:
            raise
        return problem
    except (DuplicateJsonName, JsonTooDeep) as problem:
        return problem


def observation_body(observation: Observation) -> dict[str, Any]:
    """An observation in its wire form, empty members left out."""
    found: dict[str, Any] = {"ref": observation.ref, "type": observation.type}
    if observation.fields:
        found["fields"] = dict(observation.fields)
    if observation.relations:
        found["relations"] = [_relation_body(relation) for relation in observation.relations]
    for name in ("complete_relations", "item_id", "expected_revision", "gone"):
        value = getattr(observation, name)
        if value not in ((), None, False):
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def header_body(batch: Batch) -> dict[str, Any]:
    """The members of a batch but its observations, empty ones left out."""
    return {name: value for name in _BATCH if (value := getattr(batch, name)) not in ("", None, False)}


def read_observations(bodies: Iterable[Any]) -> tuple[Observation, ...]:
    """Observations from wire forms that were accepted before. Raises `BadBatch` for one that is not well formed."""
    try:
        return tuple(_observation(body) for body in bodies)
    except _Misshapen as problem:
        raise BadBatch(str(problem)) from None


def read_header(body: Mapping[str, Any]) -> Batch:
    """A batch without observations from its header."""
    try:
        _check_members(body, _BATCH, {"source"})
    except _Misshapen as problem:
        raise BadBatch(str(problem)) from None
    given = {name: value for name, value in body.items() if value is not None}
    return Batch(observations=(), **given)


def _assemble(header: dict[str, Any], bodies: list[Any], count: Any, limit: int) -> WireBatch:
    batch = read_header(header)
    if len(bodies) > limit:
        raise BatchTooLarge(f"{len(bodies)} observations; at most {limit} in one request", limit=limit)
    if count is not None and count != len(bodies):
        raise TruncatedBatch(f"the header announces {count!r} observations and {len(bodies)} came; send the whole batch again")
    good, positions, failed = [], [], []
    for index, body in enumerate(bodies):
        if isinstance(body, InvalidInput):
            failed.append(Outcome("", OutcomeStatus.FAILED, problems=(Problem(body.code, body.detail),), index=index))
            continue
        try:
            good.append(_observation(body))
            positions.append(index)
        except _Misshapen as problem:
            ref = body.get("ref") if isinstance(body, dict) else None
            shown = ref[:200] if isinstance(ref, str) else ""
            failed.append(Outcome(shown, OutcomeStatus.FAILED, problems=(Problem("bad-observation", str(problem)),), index=index))
    complete = batch.complete and not failed
    return WireBatch(replace(batch, observations=tuple(good), complete=complete), tuple(positions), tuple(failed))


def _observation(body: Any) -> Observation:
    if not isinstance(body, dict):
        raise _Misshapen("an observation is an object")
    _check_members(body, _OBSERVATION, {"ref", "type"})
    try:
        text = canonical_json(body)
    except InvalidInput as problem:
        raise _Misshapen(problem.detail) from None
    if rb"\u0000" in text and holds_nul(body):
        raise _Misshapen("text with the character U+0000 is not accepted")
    given = {name: value for name, value in body.items() if value is not None}
    names = given.get("complete_relations", [])
    if not all(isinstance(name, str) for name in names):
        raise _Misshapen("`complete_relations` lists names of relationship types")
    given["complete_relations"] = tuple(names)
    given["fields"] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.get("fields", {}).items()}
    given["relations"] = tuple(_relation(relation) for relation in given.get("relations", []))
    return Observation(**given)


def _relation(body: Any) -> ObservedRelation:
    if not isinstance(body, dict):
        raise _Misshapen("a relation is an object")
    _check_members(body, _RELATION, {"type"})
    given = {name: value for name, value in body.items() if value is not None}
    if ("to" in given) == ("to_id" in given):
        raise _Misshapen("a relation names its other end by `to` (a ref) or by `to_id` (an item's id), one of them")
    given["attributes"] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.get("attributes", {}).items()}
    return ObservedRelation(**given)


def _relation_body(relation: ObservedRelation) -> dict[str, Any]:
    found: dict[str, Any] = {"type": relation.type}
    if relation.to is not None:
        found["to"] = relation.to
    if relation.to_id is not None:
        found["to_id"] = relation.to_id
    if relation.attributes:
        found["attributes"] = dict(relation.attributes)
    if not relation.outgoing:
        found["outgoing"] = False
    if relation.gone:
        found["gone"] = True
    return found


def _check_members(body: Mapping[str, Any], members: Mapping[str, type], required: set[str]) -> None:
    for name, value in body.items():
        kind = members.get(name)
        if kind is None:
            raise _Misshapen(f"there is no member {name[:80]!r} here; known are {', '.join(members)}")
        if value is None and name in _OPTIONAL:
            continue
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _Misshapen(f"`{name}` is {_KINDS[kind]}")
        if isinstance(value, str) and (len(value) > _LONGEST or "\x00" in value):
            raise _Misshapen(f"`{name}` has more than {_LONGEST} characters or holds U+0000")
    missing = [name for name in sorted(required) if not body.get(name)]
    if missing:
        raise _Misshapen(f"`{missing[0]}` is missing or empty")
