"""What may be wrong with a value that somebody sent: stable codes, each with a page in `docs/errors/`, and the problem that carries one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Codes of field and relationship problems."""

    UNKNOWN_TYPE = "unknown-type"
    ABSTRACT_TYPE = "abstract-type"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    WRONG_KIND = "wrong-kind"
    BAD_FORMAT = "bad-format"
    TOO_LONG = "too-long"
    TOO_MANY_VALUES = "too-many-values"
    NOT_IN_ENUM = "not-in-enum"
    UNKNOWN_STATUS = "unknown-status"
    STATUS_MOVE = "status-move"
    OUT_OF_RANGE = "out-of-range"
    BAD_PATTERN = "bad-pattern"
    BAD_CHARACTERS = "bad-characters"
    REQUIRED_MISSING = "required-missing"
    SECRET_IN_CLEAR = "secret-in-clear"  # noqa: S105
    UNKNOWN_RELATION_TYPE = "unknown-relation-type"
    RELATION_PAIR = "relation-pair"
    CARDINALITY = "cardinality"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault: where (`type`, `attribute`), what (`value`, shortened; empty where it must not be repeated), which `rule`, and a sentence
    that says all of it."""

    code: str
    type: str
    attribute: str
    value: str
    rule: str
    message: str

    def body(self) -> dict[str, Any]:
        """The problem as plain JSON."""
        parts = {"type": self.type, "attribute": self.attribute, "value": self.value, "rule": self.rule}
        return {"code": str(self.code), **parts, "message": self.message}


SHOWN = 80


def shorten(value: object) -> str:
    """A value for a message: at most `SHOWN` characters, everything unprintable escaped, big containers not walked."""
    if isinstance(value, (str, bytes)):
        return ascii_safe(repr(value[:SHOWN])) + (f" ... ({len(value):,} characters)" if len(value) > SHOWN else "")
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"a {type(value).__name__} of {len(value):,}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a number of {value.bit_length():,} bits"
    try:
        return ascii_safe(repr(value)[:SHOWN])
    except Exception:  # a foreign object may do anything when it is asked for its text
        return type(value).__name__


def ascii_safe(text: str) -> str:
    """Lone surrogates escaped, so that the text can be encoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def problem(code: Code, type_name: str, attribute: str, value: object, rule: str, *, shown: bool = True) -> FieldProblem:
    """A problem whose message reads `server.cpu_count: 'eight' must be a whole number [wrong-kind]`."""
    said = shorten(value) if shown else ""
    where = f"{type_name}.{attribute}" if attribute else type_name
    return FieldProblem(code, type_name, attribute, said, rule, f"{where}: {said or 'the value'} {rule} [{code}]")
