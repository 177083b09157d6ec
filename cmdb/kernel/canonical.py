"""Canonical JSON and digests: one byte string for one value, on every machine.

Sorted keys, no spaces, UTF-8 (orjson). Numbers: integers as written, floats in the shortest form that round-trips.
NaN and infinities are refused.
"""

import hashlib
import math
from typing import Any

import orjson

from cmdb.kernel.errors import InvalidInput


def canonical_json(value: Any) -> bytes:
    """`value` (dicts with string keys, lists, tuples, str, int, float, bool, None) as canonical JSON bytes.

    Raises `InvalidInput` for anything that has no single JSON form: NaN, lone surrogates, integers beyond 64 bits, other types.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError) as problem:
        raise InvalidInput(f"this value has no canonical JSON form: {problem}") from problem


def digest(data: bytes) -> str:
    """sha256 of `data`, 64 hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()


def is_finite(value: float) -> bool:
    """Whether a float may be stored (orjson would write NaN and infinities as null)."""
    return math.isfinite(value)
