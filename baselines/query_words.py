"""What a saved query asks, in words for people."""

from collections.abc import Mapping
from typing import Any

_OPERATORS: Mapping[str, str] = {
    "eq": "is", "ne": "is not", "in": "is one of", "contains": "contains", "starts_with": "starts with", "gt": ">", "gte": ">=", "lt": "<",
    "lte": "<=", "has": "has",
}  # fmt: skip


def query_words(body: Mapping[str, Any]) -> str:
    """What a saved query asks: `items of host where environment is production and (owner is empty or criticality is one of high, low)`."""
    parts = [_condition(one) for one in body.get("filter") or ()]
    groups = [" and ".join(_condition(one) for one in group) for group in body.get("any_of") or () if group]
    if groups:
        parts.append(f"({' or '.join(groups)})" if len(groups) > 1 else groups[0])
    if search := body.get("search"):
        parts.append(f"{search!r} is in the name or description")
    types = ", ".join(body.get("types") or ()) or "any type"
    return f"items of {types}{' where ' if parts else ''}{' and '.join(parts)}"


def _condition(one: Mapping[str, Any]) -> str:
    operator, value = str(one.get("op", "eq")).lower(), one.get("value")
    if operator == "is_null":
        return f"{one.get('field')} is {'' if value else 'not '}empty"
    said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"{one.get('field')} {_OPERATORS.get(operator, operator)} {said}"
