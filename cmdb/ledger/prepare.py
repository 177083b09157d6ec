"""A plan made ready to be written, before any lock is taken: bodies, hashes and rows. The transaction fills in what only it can know.

Everything that does not depend on the ledger's head is done here, because all writers wait for the one who holds it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.errors import TypeIsFixed
from cmdb.model.item import ItemState, RelationState
from cmdb.model.native import item_properties, relation_attributes
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind, ItemEdit, RelationEdit
from cmdb.model.record import RecordEdit

Row = dict[str, Any]


@dataclass(slots=True)
class Prepared:
    """Rows by what happens to them. `expected_*` maps a subject to the revision that must be live."""

    created: list[tuple[ItemEdit, Row]] = field(default_factory=list)
    updated: list[tuple[ItemEdit, Row]] = field(default_factory=list)
    restored: list[ItemEdit] = field(default_factory=list)
    retired: list[ItemEdit] = field(default_factory=list)
    related: list[Row] = field(default_factory=list)  # rows of new relationships whose source item is new as well
    rerelated: list[RelationState] = field(default_factory=list)  # new ones that may have had an earlier life
    relations_updated: list[RelationState] = field(default_factory=list)
    relations_retired: list[RelationState] = field(default_factory=list)
    expected_items: dict[str, int] = field(default_factory=dict)
    expected_relations: dict[str, int] = field(default_factory=dict)
    item_versions: list[Row] = field(default_factory=list)
    relation_versions: list[Row] = field(default_factory=list)
    records: tuple[RecordEdit, ...] = ()


def prepare(plan: ChangePlan, records: Sequence[RecordEdit]) -> Prepared:
    """Sort the plan's edits and hash what can be hashed now. Raises `InvalidInput` for a subject that is edited twice, `TypeIsFixed`."""
    ready = Prepared(records=tuple(records))
    _once("item", (edit.after.id for edit in plan.items), len(plan.items))
    _once("relationship", (edit.after.id for edit in plan.relations), len(plan.relations))
    _once("record", (edit.id for edit in records), len(records))
    for edit in plan.items:
        _prepare_item(ready, edit)
    for relation in plan.relations:
        _prepare_relation(ready, relation)
    return ready


def _once(what: str, ids: Iterable[str], count: int) -> None:
    seen = set(ids)
    if len(seen) != count:
        raise InvalidInput(f"a plan may edit each {what} once; this one edits {count - len(seen)} of them again")


def _prepare_item(ready: Prepared, edit: ItemEdit) -> None:
    before = edit.before
    if edit.kind is EditKind.CREATE:
        state = edit.after if edit.after.revision == 1 else replace(edit.after, revision=1)
        version = item_version(state)
        ready.item_versions.append(version)
        ready.created.append((edit, item_properties(state, version["hash"])))
    elif edit.kind is EditKind.RESTORE or before is None:
        ready.restored.append(edit)
    else:
        if before.type != edit.after.type:
            raise TypeIsFixed(
                f"item {before.id} is a {before.type}; retire it and create a {edit.after.type} in its place", item_id=before.id
            )
        ready.expected_items[before.id] = before.revision
        state = replace(edit.after, revision=before.revision + 1, retired=edit.kind is EditKind.RETIRE)
        version = item_version(state)
        ready.item_versions.append(version)
        if state.retired:
            ready.retired.append(edit)
        else:
            ready.updated.append((edit, item_properties(state, version["hash"])))


def _prepare_relation(ready: Prepared, edit: RelationEdit) -> None:
    before, after = edit.before, edit.after
    if before is not None and not before.retired:
        ready.expected_relations[before.id] = before.revision
        state = replace(after, revision=before.revision + 1, retired=edit.kind is EditKind.RETIRE)
        (ready.relations_retired if state.retired else ready.relations_updated).append(state)
        if not state.retired:
            ready.relation_versions.append(relation_version(state))
    elif edit.fresh:
        state = after if after.revision == 1 else replace(after, revision=1)
        version = relation_version(state)
        ready.relation_versions.append(version)
        ready.related.append(relation_row(state, version["hash"]))
    else:
        ready.rerelated.append(after)


def item_version(state: ItemState) -> Row:
    """The version row of an item's state; key, `seq` and `until` come from the statement."""
    body = canonical_json(state.body())
    return {
        "id": state.id,
        "type": state.type,
        "revision": state.revision,
        "retired": state.retired,
        "hash": digest(body),
        "body": body.decode(),
    }


def relation_version(state: RelationState) -> Row:
    """The version row of a relationship's state."""
    body = canonical_json(state.body())
    return {
        "id": state.id,
        "type": state.type,
        "source": state.source,
        "target": state.target,
        "revision": state.revision,
        "retired": state.retired,
        "hash": digest(body),
        "body": body.decode(),
    }


def relation_row(state: RelationState, content_hash: str) -> Row:
    """The row from which a live relationship is written."""
    row: Row = {
        "id": state.id,
        "type": state.type,
        "source": state.source,
        "target": state.target,
        "revision": state.revision,
        "sources": list(state.sources),
        "hash": content_hash,
    }
    if state.attributes:
        row["attributes"] = relation_attributes(state)
    return row


def record_version(edit: RecordEdit, revision: int) -> Row:
    """The version row of a record. Its hash covers the indexed properties too, because look-ups believe them."""
    body = canonical_json(
        {
            "id": edit.id,
            "kind": edit.kind,
            "revision": revision,
            "retired": edit.retired,
            "indexed": dict(edit.indexed or {}),
            "body": dict(edit.body),
        }
    )
    return {
        "id": edit.id,
        "type": edit.kind,
        "revision": revision,
        "retired": edit.retired,
        "hash": digest(body),
        "body": body.decode(),
    }


def claim_row(claim: ClaimEdit, stamp: str) -> Row:
    """The claim's node; `stamp` names the write."""
    return {
        "key": claim_key(claim.item_id, claim.source),
        "item_id": claim.item_id,
        "source": claim.source,
        "scope": claim.scope,
        "ref": claim.ref,
        "fields": canonical_json(dict(claim.fields)).decode(),
        "relations": canonical_json(claim.relations).decode(),
        "digest": claim.digest,
        "seen_at": claim.seen_at,
        "stamp": stamp,
    }


def claim_key(item_id: str, source: str) -> str:
    """The key of what one source says of one item."""
    return f"{item_id}|{source}"


def by_type(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows grouped by their type: labels and relationship types cannot be parameters."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["type"]].append(row)
    return groups
