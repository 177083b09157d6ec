"""Reading values of unknown shape: a manifest may hold anything anywhere, so each reader answers an empty value instead of failing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Sequence[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list; everything else in it is passed over."""
    return (entry for entry in sequence(value) if isinstance(entry, Mapping))


def text(value: Any) -> str:
    """A text or a number as text (YAML reads `1.10` and `8080` as numbers) without white space around it, else empty. Booleans are not
    texts, nor is what has several lines or characters that cannot be printed: no name, image or address has."""
    if isinstance(value, str):
        found = value.strip()
        return found if found.isprintable() else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def labels(value: Any) -> dict[str, str]:
    """The entries of a mapping whose keys and values are texts (values may be empty)."""
    return {
        key: text(entry) for key, entry in mapping(value).items() if isinstance(key, str) and text(key) and (text(entry) or entry == "")
    }


def whole(value: Any) -> int | None:
    """A non-negative 32 bit integer, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def below(value: Any, *path: str) -> Any:
    """What stands below `value` at `path`, None where a step is missing."""
    for step in path:
        value = mapping(value).get(step)
    return value
