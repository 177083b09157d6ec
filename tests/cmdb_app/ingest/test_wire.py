"""The wire form of a batch: both forms give the same batch; what is not well formed is refused as a whole or per observation."""

import json
from typing import Any

import pytest

from cmdb.identification.errors import BadBatch, BatchTooLarge
from cmdb.kernel.errors import CmdbError
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb_app.ingest.strict_json import MalformedJson
from cmdb_app.ingest.wire import (
    AtomicBatchRefused,
    TruncatedBatch,
    header_body,
    observation_body,
    parse_json,
    parse_ndjson,
    read_header,
    read_observations,
)
from discovery.agent.wire import encode

BATCH = Batch(
    source="scan",
    scope="site-1",
    complete=True,
    reason="nightly",
    observations=(
        Observation("a", "server", {"name": "web", "ip_addresses": ("10.0.0.1", "10.0.0.2"), "serial_number": None}),
        Observation(
            "b",
            "application",
            {"name": "shop"},
            relations=(
                ObservedRelation("runs_on", to="a", attributes={"port": 80}),
                ObservedRelation("depends_on", to_id="x1", outgoing=False),
                ObservedRelation("depends_on", to="c", gone=True),
            ),
            complete_relations=("runs_on",),
        ),
        Observation("c", "server", gone=True),
        Observation("d", "server", {"name": "n"}, item_id="i1", expected_revision=3),
    ),
)


def as_json(batch: Batch, **more: Any) -> bytes:
    """A batch as one JSON object."""
    return json.dumps({**header_body(batch), "observations": [observation_body(one) for one in batch.observations], **more}).encode()


def test_both_forms_give_the_batch_that_was_sent() -> None:
    assert parse_json(as_json(BATCH), 10).batch == BATCH
    assert parse_ndjson(encode(BATCH), 10).batch == BATCH  # as our own agent writes it


def test_a_batch_kept_in_pieces_comes_back_whole() -> None:
    kept = json.loads(json.dumps([observation_body(one) for one in BATCH.observations]))
    assert read_observations(kept) == BATCH.observations
    assert read_header(header_body(BATCH)).scope == BATCH.scope


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", MalformedJson),
        (b"[]", BadBatch),
        (b"{}", BadBatch),
        (b'{"source": "s"}', BadBatch),
        (b'{"observations": []}', BadBatch),
        (b'{"source": "", "observations": []}', BadBatch),
        (b'{"source": 3, "observations": []}', BadBatch),
        (b'{"source": "s", "observations": {}}', BadBatch),
        (b'{"source": "s", "complet": true, "observations": []}', BadBatch),
        (b'{"source": "s", "complete": "yes", "observations": []}', BadBatch),
        (b'{"source": "a\\u0000b", "observations": []}', BadBatch),
        (b'{"source": "s", "count": 2, "observations": []}', TruncatedBatch),
        (json.dumps({"source": "s" * 2000, "observations": []}).encode(), BadBatch),
        (json.dumps({"source": "s", "observations": [{"ref": "r", "type": "t"}] * 11}).encode(), BatchTooLarge),
    ],
)
def test_a_wrong_batch_is_refused_whole(body: bytes, error: type[CmdbError]) -> None:
    with pytest.raises(error):
        parse_json(body, 10)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", MalformedJson),
        (b"\n\n", MalformedJson),
        (b'{"source": "s"}\n{"ref": "a", "ty', MalformedJson),
        (b'{"source": "s", "complete": true}\n', TruncatedBatch),
        (b'{"source": "s", "complete": true, "count": 2}\n{"ref": "a", "type": "t"}\n', TruncatedBatch),
        (b'{"source": "s", "observations": []}\n', BadBatch),
        (b'"s"\n', BadBatch),
        (b'{"source": "s"}\n' + b'{"ref": "r", "type": "t"}\n' * 11, BatchTooLarge),
    ],
)
def test_wrong_lines_are_refused_whole(body: bytes, error: type[CmdbError]) -> None:
    with pytest.raises(error):
        parse_ndjson(body, 10)


@pytest.mark.parametrize(
    "observation",
    [
        3,
        {},
        {"ref": "a"},
        {"ref": "", "type": "t"},
        {"ref": "a", "type": "t", "feilds": {}},
        {"ref": "a", "type": "t", "fields": []},
        {"ref": "a", "type": "t", "fields": {"name": "a\x00b"}},
        {"ref": "a", "type": "t", "fields": {"a\x00b": 1}},
        {"ref": "a", "type": "t", "fields": {"name": "\ud800"}},
        {"ref": "a", "type": "t", "fields": {"n": 2**64}},
        {"ref": "a", "type": "t", "expected_revision": True},
        {"ref": "a", "type": "t", "complete_relations": [1]},
        {"ref": "a", "type": "t", "relations": [{"type": "x"}]},
        {"ref": "a", "type": "t", "relations": [{"type": "x", "to": "b", "to_id": "c"}]},
        {"ref": "a", "type": "t", "relations": [{"to": "b"}]},
        {"ref": "a", "type": "t", "relations": ["b"]},
        {"ref": "a" * 1001, "type": "t"},
    ],
)
def test_a_wrong_observation_fails_alone_and_the_scope_is_no_longer_complete(observation: Any) -> None:
    good = {"ref": "g", "type": "server"}
    body = json.dumps({"source": "s", "complete": True, "observations": [good, observation, good]}).encode()
    wire = parse_json(body, 10)
    assert wire.positions == (0, 2)
    assert [(one.index, one.status, one.problems[0].code) for one in wire.failed] == [(1, "failed", "bad-observation")]
    assert not wire.batch.complete  # what could not be read must not be taken as gone
    assert wire.size == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"ref": "a", "ty', "malformed-json"),
        (b"\xff", "malformed-json"),
        (b'{"ref": "a", "ref": "b", "type": "t"}', "duplicate-json-name"),
        (b"[" * 40 + b"]" * 40, "json-too-deep"),
    ],
)
def test_a_line_that_is_no_json_fails_alone(line: bytes, code: str) -> None:
    good = b'{"ref": "g", "type": "t"}'
    wire = parse_ndjson(b"\n".join([b'{"source": "s", "complete": true, "count": 3}', good, line, good]), 10)
    assert (wire.positions, wire.size, wire.batch.complete) == ((0, 2), 3, False)
    (failed,) = wire.failed
    assert failed.index == 1
    assert failed.problems[0].code == code
    assert "line 3" in failed.problems[0].message


def test_an_atomic_batch_with_an_observation_that_cannot_be_read_is_refused() -> None:
    observations = [{"ref": "g", "type": "t"}, {"ref": "a"}]
    wire = parse_json(json.dumps({"source": "s", "atomic": True, "observations": observations}).encode(), 10)
    with pytest.raises(AtomicBatchRefused, match="1 observations"):
        wire.check_atomic()
    parse_json(json.dumps({"source": "s", "observations": observations}).encode(), 10).check_atomic()
