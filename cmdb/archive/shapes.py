"""The shape of rows that no chain of hashes covers, looked at before anything is written (issue "an altered backup").

Rules: a node has scalar properties, or lists of scalars of one kind, that every engine takes; it has the key of its section, which no other
row of the section has; what belongs to an item names one that the history knows.
"""

from collections.abc import Mapping
from typing import Any

from cmdb.archive.sections import ALL, Section
from cmdb.ledger.walk import Last

_SECTIONS = {section.label: section for section in ALL}
_LEAST, _MOST = -(2**63), 2**63 - 1


class NodeRows:
    """Holds the rows of one section against the rules. Raises `ValueError`."""

    def __init__(self, label: str, items: Mapping[str, Last]) -> None:
        self._section: Section = _SECTIONS[label]
        self._items = items
        self._seen = set[str]()

    def take(self, properties: Mapping[str, Any]) -> None:
        """One row."""
        check_scalars(properties)
        key = properties.get(self._section.key)
        if not isinstance(key, str) or not key:
            raise ValueError(f"it has no {self._section.key}")
        if key in self._seen:
            raise ValueError(f"there are two with the {self._section.key} {key!r}")
        self._seen.add(key)
        if self._section.of_items and properties.get("item_id") not in self._items:
            raise ValueError(f"it belongs to {properties.get('item_id')!r}, of which the history knows nothing")


def check_scalars(properties: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a value that an engine does not take as a property."""
    for name, value in properties.items():
        if isinstance(value, list):
            if len({float if type(one) is int else type(one) for one in value}) > 1 or not all(_is_scalar(one) for one in value):
                raise ValueError(f"{name} is a list of other things than values of one kind")
        elif value is not None and not _is_scalar(value):
            raise ValueError(f"{name} is not a value an engine could keep")


def _is_scalar(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return _LEAST <= value <= _MOST
    return isinstance(value, str | bool | float)
