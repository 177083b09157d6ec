"""Identifiers as nodes: a strong key belongs to one item, whoever writes first (requirement 9.1-07). A uniqueness constraint holds it.

Keys stay after retirement, so that what comes back is the same item. A set of keys that an edit gives replaces the item's former set.
"""

from collections.abc import Sequence

from cmdb.ledger.checks import QUERIES
from cmdb.ledger.errors import IdentifierTaken
from cmdb.model.plan import ItemEdit
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import load

_STRONG, _WEAK = "Identifier", "WeakIdentifier"


def write_identifiers(tx: Transaction, new: Sequence[ItemEdit], known: Sequence[ItemEdit]) -> None:
    """The keys of new items are created without a look; those of known items are compared with what is there."""
    for label, field in ((_STRONG, "strong"), (_WEAK, "weak")):
        added = [{"key": key, "item_id": edit.after.id} for edit in new for key in getattr(edit, field) or ()]
        given = {edit.after.id: frozenset(getattr(edit, field)) for edit in known if getattr(edit, field) is not None}
        removed: list[tuple[str, str]] = []
        if given:
            rows = tx.run(load(QUERIES, "read_identifiers").named(label=label), ids=list(given))
            present = {(row["item_id"], row["key"]) for row in rows}
            wanted = {(item, key) for item, keys in given.items() for key in keys}
            removed = sorted(present - wanted)
            added += [{"key": key, "item_id": item} for item, key in sorted(wanted - present)]
        _write(tx, label, added, removed)


def _write(tx: Transaction, label: str, added: list[dict[str, str]], removed: list[tuple[str, str]]) -> None:
    leaving = {key for _, key in removed}
    if (
        label == _STRONG and leaving
    ):  # a key that passes from one item to another keeps its node: no engine need delete and create it at once
        moved = [row for row in added if row["key"] in leaving]
        if moved:
            tx.run(load(QUERIES, "move_identifiers"), rows=moved)
            kept = {row["key"] for row in moved}
            added = [row for row in added if row["key"] not in kept]
            removed = [pair for pair in removed if pair[1] not in kept]
    if removed:
        tx.run(load(QUERIES, "remove_identifiers").named(label=label), rows=[{"item_id": item, "key": key} for item, key in removed])
    if added:
        tx.run(load(QUERIES, "create_identifiers").named(label=label), rows=added)


def taken(store: Store, edits: Sequence[ItemEdit]) -> IdentifierTaken | None:
    """Which strong keys of a refused plan belong to other items; None where that is not why it was refused."""
    owners: dict[str, str] = {}
    for edit in edits:
        for key in edit.strong or ():
            if owners.setdefault(key, edit.after.id) != edit.after.id:
                return _refusal([{"key": key, "item_id": owners[key]}])
    rows = store.read(load(QUERIES, "read_identifier_owners"), keys=list(owners)) if owners else []
    found = [{"key": row["key"], "item_id": row["item_id"]} for row in rows if row["item_id"] != owners[row["key"]]]
    return _refusal(found) if found else None


def _refusal(found: list[dict[str, str]]) -> IdentifierTaken:
    first = found[0]
    return IdentifierTaken(
        f"identifier {first['key']} belongs to item {first['item_id']} ({len(found)} such in all); identify the batch again",
        taken=found[:100],
    )
