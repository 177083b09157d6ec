"""Time: UTC, ISO 8601 with microseconds and `Z`, so that text order is time order."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """`2026-11-23T10:00:00.000000Z`: fixed width, so that comparing texts compares times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The moment a text of `to_text` (or any ISO 8601 text with an offset) names. Raises `ValueError` for others."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; end it with Z or an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as problem:  # year 1 east of Greenwich, year 9999 west of it
        raise ValueError(f"{text!r} is out of range in UTC") from problem
