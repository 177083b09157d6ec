"""What only the transaction can know: whether the plan still fits, and the earlier lives of what comes back.

The rules (design 2 "Plan, then act"): every item and relationship a plan alters must be live at the revision the plan saw; what comes
back continues its own revisions; a retired item takes its relationships with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cmdb.ledger.chain import OPEN
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.prepare import Prepared, Row, item_version, relation_row, relation_version
from cmdb.model.item import RelationState
from cmdb.model.native import item_properties, relation_state
from cmdb.store.protocol import Transaction
from cmdb.store.statements import load

QUERIES = Path(__file__).parent / "queries"


@dataclass(slots=True)
class Fitted:
    """A prepared plan, completed by what the transaction found."""

    new_items: list[Row] = field(default_factory=list)  # properties of nodes to create, `_created` set
    changed_items: list[Row] = field(default_factory=list)
    gone_items: list[str] = field(default_factory=list)
    new_relations: list[Row] = field(default_factory=list)
    changed_relations: list[Row] = field(default_factory=list)
    gone_relations: list[Row] = field(default_factory=list)
    item_versions: list[Row] = field(default_factory=list)
    relation_versions: list[Row] = field(default_factory=list)
    replaced: dict[str, list[str]] = field(default_factory=dict)  # label of version -> keys of versions that end now
    bereft: list[tuple[str, str]] = field(default_factory=list)  # (neighbour, retired item): claims to look at again


def fit(tx: Transaction, ready: Prepared, now: str) -> Fitted:
    """Complete `ready`. Raises `StalePlan` naming everything that has moved."""
    fitted = Fitted(
        item_versions=list(ready.item_versions), relation_versions=list(ready.relation_versions), new_relations=list(ready.related)
    )
    _fit_items(tx, ready, fitted, now)
    _fit_relations(tx, ready, fitted)
    return fitted


def _fit_items(tx: Transaction, ready: Prepared, fitted: Fitted, now: str) -> None:
    for _, row in ready.created:
        row["_created"] = now
        fitted.new_items.append(row)
    if ready.expected_items:
        live = {row["id"]: row for row in tx.run(load(QUERIES, "read_live_items"), ids=list(ready.expected_items))}
        _compare(ready.expected_items, {id_: row["revision"] for id_, row in live.items()}, "items")
        fitted.replaced["ItemVersion"] = [f"{id_}@{row['seq']}" for id_, row in live.items()]
        for edit, row in ready.updated:
            row["_created"] = live[edit.after.id]["created"]
            fitted.changed_items.append(row)
        fitted.gone_items = [edit.after.id for edit in ready.retired]
    if ready.restored:
        _restore_items(tx, ready, fitted, now)


def _restore_items(tx: Transaction, ready: Prepared, fitted: Fitted, now: str) -> None:
    ids = [edit.after.id for edit in ready.restored]
    past = newest(tx, "ItemVersion", ids)
    expected, found = {}, {}
    for edit in ready.restored:
        id_ = edit.after.id
        last = past.get(id_)
        if last is not None and not last["retired"]:
            expected[id_], found[id_] = 0, last["revision"]
        elif edit.before is not None:
            expected[id_], found[id_] = edit.before.revision, last["revision"] if last else 0
    _compare(expected, found, "items")
    births = {row["id"]: row["time"] for row in tx.run(load(QUERIES, "read_birth"), ids=ids)}
    for edit in ready.restored:
        id_ = edit.after.id
        last = past.get(id_)
        state = replace(edit.after, revision=last["revision"] + 1 if last else 1, retired=False)
        version = item_version(state)
        fitted.item_versions.append(version)
        fitted.new_items.append({**item_properties(state, version["hash"]), "_created": births.get(id_, now)})
        if last:
            fitted.replaced.setdefault("ItemVersion", []).append(f"{id_}@{last['seq']}")


def _fit_relations(tx: Transaction, ready: Prepared, fitted: Fitted) -> None:
    retired = {state.id: state for state in ready.relations_retired}
    expected = dict(ready.expected_relations)
    if ready.retired:
        for state in _relations_of(tx, [edit.after.id for edit in ready.retired], fitted):
            if state.id not in expected:
                expected[state.id] = state.revision
                retired[state.id] = replace(state, revision=state.revision + 1, retired=True)
    asked = [*expected, *(state.id for state in ready.rerelated)]
    past = newest(tx, "RelationVersion", asked) if asked else {}
    _compare(expected, {id_: row["revision"] for id_, row in past.items() if not row["retired"]}, "relationships")
    _compare(
        {state.id: 0 for state in ready.rerelated},
        {state.id: past[state.id]["revision"] for state in ready.rerelated if state.id in past and not past[state.id]["retired"]},
        "relationships",
    )
    for state in ready.rerelated:
        last = past.get(state.id)
        state = replace(state, revision=last["revision"] + 1 if last else 1, retired=False)
        version = relation_version(state)
        fitted.relation_versions.append(version)
        fitted.new_relations.append(relation_row(state, version["hash"]))
    for state in retired.values():
        version = relation_version(state)
        fitted.relation_versions.append(version)
        fitted.gone_relations.append({"type": state.type, "source": state.source, "target": state.target})
    for state in ready.relations_updated:
        fitted.changed_relations.append(relation_row(state, ""))
    _take_hashes(ready, fitted)
    if past:
        fitted.replaced["RelationVersion"] = [f"{id_}@{row['seq']}" for id_, row in past.items()]


def _take_hashes(ready: Prepared, fitted: Fitted) -> None:
    if ready.relations_updated:
        hashes = {version["id"]: version["hash"] for version in ready.relation_versions}
        for row in fitted.changed_relations:
            row["hash"] = hashes[row["id"]]


def _relations_of(tx: Transaction, ids: Sequence[str], fitted: Fitted) -> list[RelationState]:
    found: dict[str, RelationState] = {}
    going = set(ids)
    for row in tx.run(load(QUERIES, "read_relations_at"), ids=list(ids)):
        source, target = row["source"], row["target"]
        state = relation_state(source, target, row["properties"])
        found[state.id] = state
        fitted.bereft += [(other, item) for item, other in ((source, target), (target, source)) if item in going and other not in going]
    fitted.bereft = sorted(set(fitted.bereft))
    return list(found.values())


def newest(tx: Transaction, label: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The newest version of each subject: id -> revision, seq, retired."""
    statement = load(QUERIES, "read_newest_versions").named(label=label)
    return {row["id"]: row for row in tx.run(statement, ids=list(ids), open=OPEN)}


def _compare(expected: dict[str, int], found: dict[str, int], what: str) -> None:
    stale = [
        {"id": id_, "expected": revision, "found": found.get(id_, 0)} for id_, revision in expected.items() if found.get(id_, 0) != revision
    ]
    if stale:
        raise StalePlan(
            f"{len(stale)} {what} have changed since the plan was made (first: {stale[0]['id']}, at revision {stale[0]['found']}, "
            f"expected {stale[0]['expected']}); read them again and repeat the edit",
            kind=what,
            stale=stale[:100],
        )
