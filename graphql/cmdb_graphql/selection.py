"""What a field's selection asks for, read from the document: which columns to fetch before any object exists.

Fragments are followed whatever their type condition, and `@skip`/`@include` are not looked at: too much may be named, never too little.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode
from strawberry.types import Info


def asked(info: Info) -> dict[str, list[FieldNode]]:
    """Fields selected below the field being resolved, by name."""
    raw = info._raw_info  # noqa: SLF001 -- the only way to the document's nodes
    return _children(raw.field_nodes, raw.fragments)


def below(info: Info, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
    """Fields selected below these nodes, by name."""
    return _children(nodes, info._raw_info.fragments)  # noqa: SLF001


def _children(nodes: Iterable[FieldNode], fragments: Any) -> dict[str, list[FieldNode]]:
    found: dict[str, list[FieldNode]] = {}
    todo: list[Any] = [node.selection_set for node in nodes]
    seen = set()
    while todo:
        selection_set = todo.pop()
        if selection_set is None:
            continue
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                found.setdefault(selection.name.value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                todo.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                todo.append(fragments[selection.name.value].selection_set)
    return found
