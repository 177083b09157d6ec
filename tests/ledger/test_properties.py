"""Random histories: as-of equals a recorded replay, and the ledger holds whatever came in whatever order (design 6)."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify import verify
from cmdb.model.item import ItemState, RelationState
from cmdb.model.plan import EditKind, ItemEdit, RelationEdit
from cmdb.store.bolt import BoltStore
from tests.support import engines
from tests.support.estate import SteppingClock, plan, relation

pytestmark = [pytest.mark.engine, pytest.mark.slow]

IDS = ("a", "b", "c", "d")
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8)
VALUES = st.one_of(TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
LISTS = st.one_of(st.lists(TEXT, max_size=3), st.lists(st.integers(0, 9), max_size=3)).map(tuple)
ATTRIBUTES = st.dictionaries(st.sampled_from(["os", "cpus", "tags", "note"]), st.one_of(VALUES, LISTS), max_size=3)
STEP = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(IDS), TEXT, ATTRIBUTES),
    st.tuples(st.just("retire"), st.sampled_from(IDS)),
    st.tuples(st.just("relate"), st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from(["depends_on", "runs_on"]), ATTRIBUTES),
    st.tuples(st.just("unrelate"), st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from(["depends_on", "runs_on"])),
)
HISTORY = st.lists(st.lists(STEP, min_size=1, max_size=4), min_size=1, max_size=6)
MODEST = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@dataclass
class Recorded:
    """The obvious model: what is live, what ever was, revisions counted by hand."""

    items: dict[str, ItemState] = field(default_factory=dict)
    relations: dict[str, RelationState] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    past: list[tuple[dict[str, ItemState], dict[str, RelationState]]] = field(default_factory=list)

    def next_revision(self, subject: str) -> int:
        self.revisions[subject] = self.revisions.get(subject, 0) + 1
        return self.revisions[subject]


def edits_of(steps: list[tuple[Any, ...]], recorded: Recorded) -> list[ItemEdit | RelationEdit]:
    """One plan's edits for these steps, each subject once, and the model moved on as they say."""
    edits: list[ItemEdit | RelationEdit] = []
    touched: set[str] = set()
    for step in steps:
        if step[0] in ("put", "retire"):
            edits += _item_edit(step, recorded, touched)
        else:
            edits += _relation_edit(step, recorded, touched)
    return edits


def _item_edit(step: tuple[Any, ...], recorded: Recorded, touched: set[str]) -> list[ItemEdit]:
    id_ = step[1]
    before = recorded.items.get(id_)
    busy = {end for state in recorded.relations.values() if state.id in touched for end in (state.source, state.target)}
    if id_ in touched or (step[0] == "retire" and (before is None or id_ in busy)):
        return []
    touched.add(id_)
    known = id_ in recorded.revisions
    revision = recorded.next_revision(id_)
    if step[0] == "retire":
        assert before is not None
        del recorded.items[id_]
        for state in [one for one in recorded.relations.values() if id_ in (one.source, one.target)]:
            del recorded.relations[state.id]
            recorded.next_revision(state.id)
            touched.add(state.id)
        return [ItemEdit(EditKind.RETIRE, before, replace(before, retired=True))]
    after = ItemState(id_, "server", step[2], "live", attributes=step[3], origins={"name": "t"}, revision=revision)
    recorded.items[id_] = after
    kind = EditKind.UPDATE if before else EditKind.RESTORE if known else EditKind.CREATE
    return [ItemEdit(kind, before, after)]


def _relation_edit(step: tuple[Any, ...], recorded: Recorded, touched: set[str]) -> list[RelationEdit]:
    source, target, type_name = step[1:4]
    state = relation(source, target, type_name)
    before = recorded.relations.get(state.id)
    if state.id in touched or source not in recorded.items or target not in recorded.items:
        return []
    if step[0] == "unrelate":
        if before is None:
            return []
        touched.add(state.id)
        del recorded.relations[state.id]
        recorded.next_revision(state.id)
        return [RelationEdit(EditKind.RETIRE, before, replace(before, retired=True))]
    touched.add(state.id)
    fresh = before is None and state.id not in recorded.revisions
    after = replace(state, attributes=step[4], revision=recorded.next_revision(state.id))
    recorded.relations[state.id] = after
    return [RelationEdit(EditKind.UPDATE if before else EditKind.CREATE, before, after, fresh)]


def holds(store: BoltStore, commits: int) -> bool:
    """Whether the ledger holds; one that was never begun says so instead."""
    if commits:
        return verify(store).problem is None
    with pytest.raises(LedgerEmpty):
        verify(store)
    return True


@MODEST
@given(history=HISTORY)
def test_as_of_equals_the_replay_and_the_ledger_holds(store: BoltStore, history: list[list[tuple[Any, ...]]]) -> None:
    engines.wipe(store)
    ledger, recorded = Ledger(store, SteppingClock()), Recorded()
    recorded.past.append(({}, {}))
    for steps in history:
        edits = edits_of(steps, recorded)
        if not edits:
            continue
        receipt = ledger.commit(plan(*edits))
        assert receipt.seq == len(recorded.past)
        recorded.past.append((dict(recorded.items), dict(recorded.relations)))
    past = History(store)
    for seq, (items, relations) in enumerate(recorded.past):
        assert {one.state.id: one.state for one in past.items(seq)} == items
        found = {one.state.id: one.state for rows in past.relations_of(IDS, seq).values() for one in rows}
        assert found == relations
    live = Inventory(store)
    assert {id_: one.state for id_, one in live.items(IDS).items()} == recorded.items
    assert {row.state.id: row.state for rows in live.relations_of(IDS).values() for row in rows} == recorded.relations
    assert sum(commit.versions for commit in Log(store).after(0)) == sum(recorded.revisions.values())
    assert holds(store, len(recorded.past) - 1)


@MODEST
@given(history=HISTORY, pick=st.integers(0, 10_000))
def test_any_altered_version_is_named(store: BoltStore, history: list[list[tuple[Any, ...]]], pick: int) -> None:
    from cmdb.store.statements import Statement

    engines.wipe(store)
    ledger, recorded = Ledger(store, SteppingClock()), Recorded()
    for steps in history:
        if edits := edits_of(steps, recorded):
            ledger.commit(plan(*edits))
    versions = Log(store).versions(0, 100)
    if not versions:
        return
    chosen = versions[pick % len(versions)]
    label = "ItemVersion" if chosen.kind == "item" else "RelationVersion"
    text = f"MATCH (v:{label} {{key: $key}}) SET v.body = replace(v.body, '{chosen.subject_id}', 'evil')"
    store.write(lambda tx: tx.run(Statement("tamper", "write", (), (), text), key=chosen.key))
    broken = verify(store).broken
    assert broken is not None
    assert (broken.kind, broken.id, broken.seq) == (chosen.kind, chosen.subject_id, chosen.seq)


@MODEST
@given(history=HISTORY)
def test_a_plan_made_before_the_last_change_is_stale(store: BoltStore, history: list[list[tuple[Any, ...]]]) -> None:
    engines.wipe(store)
    ledger, recorded = Ledger(store, SteppingClock()), Recorded()
    for steps in history:
        before = dict(recorded.items)
        edits = edits_of(steps, recorded)
        if not edits:
            continue
        ledger.commit(plan(*edits))
        moved = [edit.before for edit in edits if isinstance(edit, ItemEdit) and edit.before is not None]
        assert all(before[one.id] == one for one in moved)
        for one in moved:
            with pytest.raises(StalePlan):
                ledger.commit(plan(ItemEdit(EditKind.UPDATE, one, replace(one, name="late"))))
    assert holds(store, ledger.head().seq)
