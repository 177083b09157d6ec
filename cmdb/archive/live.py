"""The live graph as it follows from newest versions: nodes and relationships with their native properties, as the ledger writes them."""

from collections.abc import Iterator
from typing import Any

import orjson

from cmdb.archive.shapes import check_scalars
from cmdb.model.commit import VersionKind
from cmdb.model.item import ItemState, RelationState
from cmdb.model.names import edge_of, label_of
from cmdb.model.native import item_properties, relation_attributes

Row = dict[str, Any]


def live_node(kind: VersionKind, text: str, seq: int, hash_: str, born: str) -> Iterator[tuple[str, Row]]:
    """The live node of a newest version; relationships have none."""
    if kind is VersionKind.RELATION:
        return
    body = orjson.loads(text)
    if kind is VersionKind.ITEM:
        state = ItemState.from_body(body)
        yield f"Item:{label_of(state.type)}", {**item_properties(state, hash_), "_seq": seq, "_created": born}
        return
    yield (
        "Record",
        {
            **body["indexed"],
            "id": body["id"],
            "kind": body["kind"],
            "revision": body["revision"],
            "body": orjson.dumps(body["body"], option=orjson.OPT_SORT_KEYS).decode(),
            "_hash": hash_,
            "_seq": seq,
        },
    )


def live_edge(text: str, seq: int, hash_: str) -> Row:
    """The live relationship of a newest version."""
    state = RelationState.from_body(orjson.loads(text))
    properties = {
        **relation_attributes(state),
        "id": state.id,
        "type": state.type,
        "revision": state.revision,
        "_sources": list(state.sources),
        "_hash": hash_,
        "_seq": seq,
    }
    return {"source": state.source, "target": state.target, "properties": properties}


def check_live(kind: VersionKind, type_name: str, text: str) -> None:
    """Raises where no live node or relationship could be made of a version's body."""
    if kind is VersionKind.RELATION:
        edge_of(type_name)
        check_scalars(live_edge(text, 0, "")["properties"])
    for _, row in live_node(kind, text, 0, "", ""):
        check_scalars(row)
