"""What GraphQL requests and responses look like on the wire: shared by HTTP and WebSocket."""

from collections.abc import Mapping
from typing import Any

import orjson

from cmdb_graphql import runner
from cmdb_graphql.errors import BatchingOff, NotAcceptable, QueryInvalid

JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
STREAM_TYPE = "text/event-stream"
_MEMBERS = {"query": str, "operationName": str, "variables": dict, "extensions": dict}


def read(found: Any, *, read_only: bool) -> runner.Request:
    """The request of a decoded body. Raises `BatchingOff`, `QueryInvalid`."""
    if isinstance(found, list):
        raise BatchingOff("send one operation in one request")
    if not isinstance(found, dict):
        raise QueryInvalid("the body is to be an object with a member query")
    for name, kind in _MEMBERS.items():
        if found.get(name) is not None and not isinstance(found[name], kind):
            raise QueryInvalid(f"{name} has the wrong kind: {type(found[name]).__name__}", member=name)
    if not found.get("query"):
        raise QueryInvalid("the request has no query", member="query")
    return runner.Request(found["query"], found.get("variables") or {}, found.get("operationName") or None, read_only)


def negotiated(accept: str) -> str:
    """The media type to answer with. Raises `NotAcceptable`."""
    if not accept.strip():
        return JSON_TYPE
    weighed: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept.split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            weighed.append((-float(quality), position, name))
        except ValueError:
            continue
    for weight, _, name in sorted(weighed):
        if weight == 0:
            continue
        if name in (GRAPHQL_TYPE, JSON_TYPE, STREAM_TYPE):
            return name
        if name in ("*/*", "application/*"):
            return JSON_TYPE
    raise NotAcceptable(f"answers come as {GRAPHQL_TYPE}, {JSON_TYPE} or {STREAM_TYPE}")


def decode(text: bytes) -> Any:
    """JSON as Python values. Raises `QueryInvalid`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise QueryInvalid(f"this is not JSON: {problem}") from None


def dump(body: Mapping[str, Any]) -> bytes:
    """A response as JSON."""
    return orjson.dumps(body, default=_other, option=orjson.OPT_NON_STR_KEYS)


def _other(value: Any) -> Any:
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(type(value).__name__)
