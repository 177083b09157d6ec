"""What a field's selection asks for, read from the document: which columns to fetch before any object exists.

Fragments are followed whatever their type condition, and `@skip`/`@include` are not looked at: too much may be named, never too little.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, OperationDefinitionNode
from strawberry.types import Info


def asked(info: Info) -> dict[str, list[FieldNode]]:
    """Fields selected below the field being resolved, by name."""
    raw = info._raw_info
    return _children(raw.field_nodes, raw.fragments)


def below(info: Info, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
    """Fields selected below these nodes, by name."""
    return _children(nodes, info._raw_info.fragments)


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
    """Names of the fields an operation starts from."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return list(_children([operation], fragments))


def _children(nodes: Iterable[FieldNode | OperationDefinitionNode], fragments: Any) -> dict[str, list[FieldNode]]:
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
