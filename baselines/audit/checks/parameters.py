"""Readers of parameters: each gives the value back in the form the check wants, or raises `BadParameter`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from baselines.audit.checks.base import BadParameter
from cmdb.model.definitions import duration


def names(value: Any) -> tuple[str, ...]:
    """A list of names."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadParameter("must be a list of names")
    return tuple(value)


def one_of(*words: str) -> Callable[[Any], str]:
    """One of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise BadParameter(f"must be one of {', '.join(words)}, not {str(value)[:40]!r}")
        return str(value)

    return read


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadParameter("must be true or false")
    return value


def text(value: Any) -> str:
    """One line."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise BadParameter("must be a text of at most 500 characters")
    return value


def span(value: Any) -> timedelta:
    """A duration such as `7d`."""
    try:
        return duration(str(value))
    except ValueError as problem:
        raise BadParameter(str(problem)) from None


def anything(value: Any) -> Any:
    """Read later, by the check."""
    return value
