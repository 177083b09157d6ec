"""The write statements of one commit: few, each over many rows (findings: a statement per type and kind of row, not per row)."""

from collections.abc import Sequence
from typing import Any

from cmdb.ledger.chain import OPEN
from cmdb.ledger.checks import QUERIES, Fitted
from cmdb.ledger.errors import LedgerBroken, StalePlan
from cmdb.ledger.prepare import Row, by_type
from cmdb.model.names import edge_of, label_of
from cmdb.store.protocol import Transaction
from cmdb.store.statements import Statement, load


def write_graph(tx: Transaction, fitted: Fitted, seq: int) -> None:
    """The live graph's items and relationships. What goes, goes first, so that what takes its place meets no remains."""
    _remove(tx, fitted)
    for row in fitted.new_items:
        row["_seq"] = seq
    for row in fitted.changed_items:
        row["_seq"] = seq
    for type_name, rows in by_type(fitted.new_items).items():
        tx.run(load(QUERIES, "create_items").named(label=f"Item:{label_of(type_name)}"), rows=rows)
    if fitted.changed_items:
        done = tx.run(load(QUERIES, "update_items"), rows=fitted.changed_items)
        _all(done, len(fitted.changed_items), "items")
    for type_name, rows in by_type(fitted.new_relations).items():
        _create_relations(tx, type_name, rows, seq)
    for type_name, rows in by_type(fitted.changed_relations).items():
        rows = [row if "attributes" in row else {**row, "attributes": {}} for row in rows]
        done = tx.run(load(QUERIES, "update_relations").named(edge=edge_of(type_name)), rows=rows, type=type_name, seq=seq)
        _all(done, len(rows), "relationships")


def _remove(tx: Transaction, fitted: Fitted) -> None:
    for type_name, rows in by_type(fitted.gone_relations).items():
        done = tx.run(load(QUERIES, "remove_relations").named(edge=edge_of(type_name)), rows=rows)
        _all(done, len(rows), "relationships")
    if fitted.gone_items:
        tx.run(load(QUERIES, "remove_items"), ids=fitted.gone_items)


def _create_relations(tx: Transaction, type_name: str, rows: list[Row], seq: int) -> None:
    edge = edge_of(type_name)
    with_attributes = [row for row in rows if "attributes" in row]
    plain = [row for row in rows if "attributes" not in row] if with_attributes else rows
    for name, part in (("create_relations", plain), ("create_relations_with_attributes", with_attributes)):
        if part:
            done = tx.run(load(QUERIES, name).named(edge=edge), rows=part, type=type_name, seq=seq)
            if done[0]["done"] != len(part):
                raise _missing_ends(tx, part)


def _missing_ends(tx: Transaction, rows: Sequence[Row]) -> StalePlan:
    ids = sorted({row[end] for row in rows for end in ("source", "target")})
    live = {row["id"] for row in tx.run(load(QUERIES, "read_live_items"), ids=ids)}
    missing = [id_ for id_ in ids if id_ not in live]
    return StalePlan(
        f"{len(missing)} items at the end of new relationships are not live (first: {missing[0] if missing else '?'}); "
        "read them again and repeat the edit",
        kind="items",
        stale=[{"id": id_, "expected": 1, "found": 0} for id_ in missing[:100]],
    )


def _all(done: list[dict[str, Any]], expected: int, what: str) -> None:
    if done[0]["done"] != expected:
        raise LedgerBroken(f"{expected - done[0]['done']} {what} that the ledger holds as live are not in the graph; run `cmdb verify`")


def write_versions(tx: Transaction, fitted: Fitted, seq: int) -> None:
    """The new versions, and the end of those they replace."""
    for name, rows in (("create_item_versions", fitted.item_versions), ("create_relation_versions", fitted.relation_versions)):
        create_versions(tx, load(QUERIES, name), rows, seq)
    for label, keys in fitted.replaced.items():
        close_versions(tx, label, keys, seq)


def create_versions(tx: Transaction, statement: Statement, rows: Sequence[Row], seq: int) -> None:
    """Write version rows."""
    if rows:
        tx.run(statement, rows=rows, at=f"@{seq}", seq=seq, open=OPEN)


def close_versions(tx: Transaction, label: str, keys: Sequence[str], seq: int) -> None:
    """Say of the versions with these keys that a version of `seq` replaced them."""
    if keys:
        done = tx.run(load(QUERIES, "close_versions").named(label=label), keys=keys, seq=seq)
        _all(done, len(keys), "versions")
