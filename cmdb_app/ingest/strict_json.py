"""JSON as RFC 8259 has it and no looser: UTF-8, no duplicate names, no NaN, no numbers out of range, bounded depth.

Parsers disagree about which of two equal names counts; an agent whose body depends on that is broken, and guessing would write the wrong
value. (RFC 8259, section 4: names SHOULD be unique; I-JSON, RFC 7493, section 2.3: MUST.)
"""

import json
import math
from typing import Any, NoReturn

from cmdb.kernel.errors import InvalidInput

MAX_DEPTH = 16


class MalformedJson(InvalidInput):
    """The body is empty, cut off, not UTF-8, or no JSON. `line` and `column` where the reader stopped."""

    code = "malformed-json"
    title = "This is not JSON"


class DuplicateJsonName(InvalidInput):
    """One object has the same name twice."""

    code = "duplicate-json-name"
    title = "A name occurs twice in one JSON object"


class JsonTooDeep(InvalidInput):
    """Objects and lists are nested deeper than anything we accept."""

    code = "json-too-deep"
    title = "The JSON is nested too deeply"


def read_json(data: bytes, line: int | None = None) -> Any:
    """The value of `data`. `line` is the line of the whole body that `data` is, for the message."""
    where = {} if line is None else {"line": line}
    said = "" if line is None else f"line {line}: "
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise JsonTooDeep(f"{said}nested deeper than {MAX_DEPTH} levels", **where) from None
    except UnicodeDecodeError as problem:
        raise MalformedJson(f"{said}the body is not UTF-8: byte {problem.start} is {data[problem.start]:#04x}", **where) from None
    except json.JSONDecodeError as problem:
        place = where or {"line": problem.lineno, "column": problem.colno}
        ends = f" (the {'body' if line is None else 'line'} seems to be cut off)" if problem.pos >= len(problem.doc.rstrip()) else ""
        raise MalformedJson(f"{said}{problem.msg} at column {problem.colno}{ends}", **place) from None
    except ValueError as problem:  # more digits than Python turns into a number
        raise MalformedJson(f"{said}{problem}", **where) from None
    except DuplicateJsonName as problem:
        raise DuplicateJsonName(f"{said}{problem.detail}", **where) from None
    if _deeper_than(value, MAX_DEPTH):
        raise JsonTooDeep(f"{said}nested deeper than {MAX_DEPTH} levels", **where)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateJsonName(f"the name {twice[:80]!r} occurs twice in one object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large for a number")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for node in level if isinstance(node, dict | list) for child in (node.values() if isinstance(node, dict) else node)]
        if not level:
            return False
    return any(isinstance(node, dict | list) for node in level)


def holds_nul(value: Any) -> bool:
    """Whether any text in a JSON value, names included, holds U+0000, which neither engine keeps reliably."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in name or holds_nul(child) for name, child in value.items())
    return isinstance(value, list) and any(holds_nul(child) for child in value)
