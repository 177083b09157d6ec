"""Whole stores compared: every node with its labels and properties, every relationship."""

from typing import Any

from cmdb.archive.sections import LEFT_OUT
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement

_NODES = Statement("all_nodes", "read", (), ("labels", "properties"), "MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties")
_EDGES = Statement(
    "all_edges", "read", (), ("source", "target", "type", "properties"),
    "MATCH (a)-[x]->(b) RETURN a.id AS source, b.id AS target, type(x) AS type, properties(x) AS properties",
)  # fmt: skip


def everything(store: BoltStore) -> dict[str, list[Any]]:
    """All that a backup stands for, in a form that two engines' stores can be compared by."""
    found: dict[str, list[Any]] = {}
    for row in store.read(_NODES):
        labels = sorted(row["labels"])
        if LEFT_OUT.isdisjoint(labels) and not (labels == ["Intake"] and row["properties"].get("seq") is None):
            properties = {name: value for name, value in row["properties"].items() if value is not None and name != "writer"}
            found.setdefault(":".join(labels), []).append(properties)
    found["relationships"] = [dict(row) for row in store.read(_EDGES)]
    return {name: sorted(rows, key=lambda row: repr(sorted(row.items()))) for name, rows in sorted(found.items())}
