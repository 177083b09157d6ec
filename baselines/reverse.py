"""The way back (design 8): the edits that would bring the present to how it was at one side, as a `ChangePlan` for the road.

Nothing is written here. The plan is made against what is live now, so a commit refuses it once anything it touches has moved on; the gate
says of it what it says of every plan. What discovery still sees will be seen again: a plan that undoes what is so in the world lasts until
the next scan, which is as it should be.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from baselines.compare import Comparison
from baselines.differences import Difference, DifferenceKind, Subject
from baselines.touched import Touched
from change_gate.decide import Decision
from cmdb.identification.keys import is_ref, keys_of, rules_about
from cmdb.identification.port import IdentifierBook
from cmdb.kernel.errors import CmdbError, InvalidInput
from cmdb.ledger.log import Log
from cmdb.model.actor import Cause
from cmdb.model.item import CORE_FIELDS, ItemState, RelationState
from cmdb.model.plan import ChangePlan, EditKind, ItemEdit, RelationEdit
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

MOST_EDITS = 50_000


class ReverseTooLarge(CmdbError):
    """More differs than one plan may carry; `limit` says how many edits it may."""

    code = "reverse-too-large"
    status = 422
    title = "Too much differs for one plan"


class NotThePresent(InvalidInput):
    """A way back starts from now."""

    code = "reverse-not-from-now"
    title = "A way back starts from the present"


@dataclass(frozen=True, slots=True)
class WayBack:
    """The plan, and what it cannot bring back, one sentence each."""

    plan: ChangePlan
    left_out: tuple[str, ...] = ()


class Reverse:
    """Makes ways back. Thread-safe; writes nothing. `consider` is what the gate says of a plan."""

    def __init__(
        self,
        store: Store,
        log: Log,
        identifiers: IdentifierBook,
        registry: Callable[[], Registry],
        consider: Callable[[ChangePlan], Decision],
    ) -> None:
        self._store = store
        self._log = log
        self._identifiers = identifiers
        self._registry = registry
        self._consider = consider

    def way(self, comparison: Comparison, cause: Cause) -> WayBack:
        """The edits that lead from now, the comparison's first side, to its second. Raises `NotThePresent`, `ReverseTooLarge`."""
        start = comparison.question.a
        if not start.now:
            raise NotThePresent("compare now with the side you want back: a plan can only alter what is live")
        found: list[Difference] = []
        for one in comparison.stream():
            if one.kind not in (DifferenceKind.ENTERED, DifferenceKind.LEFT):
                found.append(one)
            if len(found) > MOST_EDITS:
                raise ReverseTooLarge(f"more than {MOST_EDITS:,} edits; narrow it with types, a service or a profile", limit=MOST_EDITS)
        items = [edit for one in found if one.subject is Subject.ITEM for edit in self._item(one)]
        relations = [_relation(one) for one in found if one.subject is Subject.RELATION]
        return self._complete(items, relations, cause, start.seq)

    def gate(self, way: WayBack) -> Decision:
        """What the gate would say; nothing is held or written."""
        return self._consider(way.plan)

    def _complete(self, items: list[ItemEdit], relations: list[RelationEdit], cause: Cause, seq: int) -> WayBack:
        items = self._with_keys(items)
        touched = Touched(self._store, self._log)
        going = {edit.after.id for edit in items if edit.kind is EditKind.RETIRE}
        coming = {edit.after.id for edit in items if edit.kind is EditKind.RESTORE}
        ends = {end for edit in relations for end in (edit.after.source, edit.after.target)}
        live = {id_ for id_, stood in touched.states(Subject.ITEM, ends, seq).items() if stood.live is not None}
        there = (live - going) | coming
        kept: list[RelationEdit] = []
        missing: list[RelationEdit] = []
        for edit in relations:
            holds = edit.kind is EditKind.RETIRE or {edit.after.source, edit.after.target} <= there
            (kept if holds else missing).append(edit)
        controlled = {name for name, one in self._registry().relation_types.items() if one.controlled}
        severed = tuple(
            edit.before
            for edit in kept
            if edit.before is not None and edit.kind is EditKind.RETIRE and edit.after.type in controlled
            and {edit.after.source, edit.after.target} & going
        )  # fmt: skip
        plan = ChangePlan(
            cause, tuple(items), tuple(kept), base_seq=seq, types=touched.types(ends | going | coming), severed=severed
        )  # fmt: skip
        left_out = tuple(f"{e.after.source} {e.after.type} {e.after.target}: an end of it is not live and not in scope" for e in missing)
        return WayBack(plan, left_out)

    def _item(self, one: Difference) -> Iterable[ItemEdit]:
        now, then = one.before, one.after
        if one.kind is DifferenceKind.RETYPED or then is None:
            assert isinstance(now, ItemState)
            yield ItemEdit(EditKind.RETIRE, now, replace(now, retired=True))
        if one.kind is DifferenceKind.RETYPED or now is None:
            assert isinstance(then, ItemState)
            yield ItemEdit(EditKind.RESTORE, None, then)
        elif then is not None:
            assert isinstance(now, ItemState)
            assert isinstance(then, ItemState)
            yield ItemEdit(EditKind.UPDATE, now, _toward(now, then, one.fields))

    def _with_keys(self, items: list[ItemEdit]) -> list[ItemEdit]:
        """Identifiers that rest on fields which change are made anew; a source's own references stay with the item."""
        registry = self._registry()
        moved = [edit for edit in items if edit.kind is EditKind.UPDATE and self._identifies(edit, registry)]
        if not moved:
            return items
        strong, weak = self._identifiers.carried([edit.after.id for edit in moved])
        keyed: dict[str, ItemEdit] = {}
        for edit in moved:
            state = edit.after
            new_strong, new_weak = keys_of(registry.item(state.type), {**state.attributes, "name": state.name})
            keep = {key for key in strong.get(state.id, frozenset()) if is_ref(key)}
            others = {key for key in weak.get(state.id, frozenset()) if is_ref(key)}
            keyed[state.id] = replace(edit, strong=tuple(sorted(keep.union(new_strong))), weak=tuple(sorted(others.union(new_weak))))
        return [keyed.get(edit.after.id, edit) for edit in items]

    def _identifies(self, edit: ItemEdit, registry: Registry) -> bool:
        known = registry.item_types.get(edit.after.type)
        return known is not None and bool(rules_about(known, edit.changed_fields()))


def _toward(now: ItemState, then: ItemState, fields: Iterable[str]) -> ItemState:
    """`now` with these fields, and who said them, as they were then; what a profile leaves out stays."""
    attributes, origins = dict(now.attributes), dict(now.origins)
    core: dict[str, Any] = {}
    for name in fields:
        if name in CORE_FIELDS:
            core[name] = getattr(then, name)
        elif name in then.attributes:
            attributes[name] = then.attributes[name]
        else:
            attributes.pop(name, None)
        origins.pop(name, None)
        if name in then.origins:
            origins[name] = then.origins[name]
    return replace(now, attributes=attributes, origins=origins, **core)


def _relation(one: Difference) -> RelationEdit:
    now, then = one.before, one.after
    if then is None:
        assert isinstance(now, RelationState)
        return RelationEdit(EditKind.RETIRE, now, replace(now, retired=True))
    assert isinstance(then, RelationState)
    if now is None:
        return RelationEdit(EditKind.RESTORE, None, then)
    assert isinstance(now, RelationState)
    return RelationEdit(EditKind.UPDATE, now, replace(then, revision=now.revision))


def way_body(way: WayBack, decision: Decision | None = None) -> dict[str, Any]:
    """A way back as plain JSON: every edit with what it expects and what it leaves; with the gate's word, if it was asked."""
    plan = way.plan
    found: dict[str, Any] = {
        "cause": {"actor": plan.cause.actor.name, "source": plan.cause.source, "reason": plan.cause.reason, "change": plan.cause.change},
        "baseSeq": plan.base_seq,
        "items": [_edit_body(edit) for edit in plan.items],
        "relationships": [_edit_body(edit) for edit in plan.relations],
        "leftOut": list(way.left_out),
    }
    if decision is not None:
        found["gate"] = gate_body(decision)
    return found


def gate_body(decision: Decision) -> dict[str, Any]:
    """What the gate would say, as plain JSON."""
    cleared = decision.cleared.plan
    reasons = ((held.kind.value, one) for held in decision.held for one in held.reasons)
    return {
        "cleared": {"items": len(cleared.items), "relationships": len(cleared.relations)},
        "held": [{"kind": kind, "subject": one.subject_id, "reason": one.reason} for kind, one in reasons],
        "refused": {subject: problem.message for subject, problem in decision.refused.problems.items()},
    }


def _edit_body(edit: ItemEdit | RelationEdit) -> dict[str, Any]:
    found: dict[str, Any] = {
        "edit": edit.kind.value,
        "expectedRevision": edit.expected_revision,
        "before": None if edit.before is None else edit.before.body(),
        "after": edit.after.body(),
    }
    if isinstance(edit, ItemEdit):
        found["fields"] = list(edit.changed_fields()) if edit.kind is EditKind.UPDATE else []
    return found
