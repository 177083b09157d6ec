"""Process records and type definitions: the second kind of commit (design 6). Versioned, hashed, logged; they never touch an item."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import orjson

from cmdb.ledger.checks import QUERIES, newest
from cmdb.ledger.errors import LedgerBroken, StalePlan
from cmdb.ledger.prepare import Row, record_version
from cmdb.ledger.writes import close_versions, create_versions
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.protocol import Transaction
from cmdb.store.statements import load

LABELS = {VersionKind.RECORD: "RecordVersion", VersionKind.TYPE: "TypeVersion"}


def write_records(tx: Transaction, edits: Sequence[RecordEdit], seq: int) -> dict[VersionKind, list[Row]]:
    """Write the records live and their versions; the version rows by kind. Raises `StalePlan`."""
    made: dict[VersionKind, list[Row]] = {}
    groups: defaultdict[VersionKind, list[RecordEdit]] = defaultdict(list)
    for edit in edits:
        groups[edit.version_kind].append(edit)
    for kind, group in groups.items():
        past = newest(tx, LABELS[kind], [edit.id for edit in group])
        _check(group, {id_: row["revision"] for id_, row in past.items() if not row["retired"]})
        versions = [record_version(edit, past[edit.id]["revision"] + 1 if edit.id in past else 1) for edit in group]
        _write_live(tx, group, versions, seq)
        create_versions(tx, load(QUERIES, "create_record_versions").named(label=LABELS[kind]), versions, seq)
        close_versions(tx, LABELS[kind], [f"{id_}@{row['seq']}" for id_, row in past.items()], seq)
        made[kind] = versions
    return made


def _check(edits: Sequence[RecordEdit], live: Mapping[str, int]) -> None:
    stale = [
        {"id": edit.id, "expected": edit.expected_revision, "found": live.get(edit.id, 0)}
        for edit in edits
        if live.get(edit.id, 0) != edit.expected_revision
    ]
    if stale:
        raise StalePlan(
            f"{len(stale)} records have changed in the meantime (first: {stale[0]['id']}, at revision {stale[0]['found']}, expected "
            f"{stale[0]['expected']}); read them again and repeat the edit",
            kind="records",
            stale=stale[:100],
        )


def _write_live(tx: Transaction, edits: Sequence[RecordEdit], versions: Sequence[Row], seq: int) -> None:
    new: list[Row] = []
    changed: list[Row] = []
    gone: list[str] = []
    for edit, version in zip(edits, versions, strict=True):
        if edit.retired:
            gone.append(edit.id)
        else:
            (changed if edit.expected_revision else new).append(record_properties(edit, version, seq))
    if gone:
        tx.run(load(QUERIES, "remove_records"), ids=gone)
    if new:
        tx.run(load(QUERIES, "create_records"), rows=new)
    if changed:
        done = tx.run(load(QUERIES, "update_records"), rows=changed)
        if done[0]["done"] != len(changed):
            raise LedgerBroken("a record that the ledger holds as live is not in the graph; run `cmdb verify`")


def record_properties(edit: RecordEdit, version: Row, seq: int) -> Row:
    """The live node: indexed properties for look-ups, the body as JSON text, and bookkeeping."""
    return {
        **(edit.indexed or {}),
        "id": edit.id,
        "kind": edit.kind,
        "revision": version["revision"],
        "body": orjson.dumps(dict(edit.body), option=orjson.OPT_SORT_KEYS).decode(),
        "_hash": version["hash"],
        "_seq": seq,
    }
