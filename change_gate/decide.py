"""The gate's decision (design 2, requirements 9.1-10, 9.1-13, 9.2): a plan is split into what is cleared, held and refused. Pure.

Rules, in order:
1. a plan that takes too much of a source's scope is held as a whole;
2. an edit whose actor has none of the roles for it is refused;
3. of types under control: an item of level `controlled` or `strict` comes and goes, a controlled attribute changes, and a controlled
relationship at a controlled item begins or ends only where an approved change covers it; otherwise exactly that part is held and the rest
goes on;
4. relationships and claims that need what was held or refused go with it, and the claims they come from are looked at again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from change_gate.policy import Policy
from change_gate.ports import ApprovalBook
from change_gate.verdicts import Cleared, Held, HoldKind, Reasoned, Refused, RoleMissing
from cmdb.identification.keys import is_ref, keys_of, rule_of, rules_about
from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.outcome import Problem
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind, ItemEdit, RelationEdit
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import ControlLevel

_FIRM = (ControlLevel.CONTROLLED, ControlLevel.STRICT)


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a plan. The cleared plan, the held ones and the refused items together are the whole of it."""

    cleared: Cleared
    held: tuple[Held, ...] = ()
    refused: Refused = field(default_factory=Refused)


def decide(plan: ChangePlan, policy: Policy, approvals: ApprovalBook, registry: Registry) -> Decision:
    """Split a plan by the policy. Linear in the plan; a plan nothing holds is handed on as it is."""
    if plan.loss is not None and policy.too_much(plan.loss):
        loss = plan.loss
        share = round(100 * loss.lost / loss.known)
        reason = f"{loss.lost} of {loss.known} items ({share} %) of {loss.source!r} in {loss.scope!r} would lose their claim at once"
        nothing = replace(plan, items=(), relations=(), claims=())
        return Decision(Cleared(nothing), (Held(HoldKind.MASS_RETIREMENT, plan, (Reasoned(loss.scope, reason),)),))
    return _Split(plan, policy, approvals, registry).decision()


class _Split:
    """One plan being split."""

    def __init__(self, plan: ChangePlan, policy: Policy, approvals: ApprovalBook, registry: Registry) -> None:
        self._plan = plan
        self._policy = policy
        self._approvals = approvals
        self._registry = registry
        self._held: list[Held] = []
        self._refused: dict[str, Problem] = {}
        self._absent: set[str] = set()  # items that would have come with the plan and do not
        self._kept: set[str] = set()  # items that stay although the plan would retire them
        self._reopened: set[str] = set()  # items whose claims must be looked at again
        self._dropped: set[tuple[str, str, str]] = set()  # relationships that do not change: type, source, target
        self._may_relate_at: dict[str, bool] = {}
        self._severed: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)  # by item: relationship type, other end
        for one in plan.severed:
            self._severed[one.source].append((one.type, one.target))
            self._severed[one.target].append((one.type, one.source))

    def decision(self) -> Decision:
        items = tuple(edit for one in self._plan.items if (edit := self._item(one)) is not None)
        relations = tuple(one for one in self._plan.relations if self._relation(one))
        if not (self._held or self._refused):
            return Decision(Cleared(self._plan))
        claims = tuple(claim for one in self._plan.claims if (claim := self._claim(one)) is not None)
        cleared = replace(self._plan, items=items, relations=relations, claims=claims)
        return Decision(Cleared(cleared), tuple(self._held), Refused(self._refused))

    def _item(self, edit: ItemEdit) -> ItemEdit | None:
        state, actor = edit.after, self._plan.cause.actor
        if not self._policy.may(actor, edit.kind, state.type, self._registry):
            message = f"{actor.name} may not {edit.kind.value} items of type {state.type}: needs another role"
            self._refused[state.id] = Problem(RoleMissing.code, message, rule="roles")
            self._out(edit)
            return None
        severs = self._severs(edit)
        if severs and not self._covered(state.id, state.type, None):
            self._hold(ChangePlan(self._plan.cause, items=(edit,)), Reasoned(state.id, severs))
            self._out(edit)
            return None
        if not self._policy.controls(state.type, self._registry):
            return edit
        resolved = self._registry.item(state.type)
        if edit.kind is EditKind.UPDATE:
            return self._update(edit, resolved)
        if resolved.control_level not in _FIRM or self._covered(state.id, state.type, None):
            return edit
        reason = f"{state.type} is under change control ({resolved.control_level.value}); no approved change covers its {_noun(edit.kind)}"
        self._hold(ChangePlan(self._plan.cause, items=(edit,)), Reasoned(state.id, reason))
        self._out(edit)
        return None

    def _severs(self, edit: ItemEdit) -> str:
        """Why a retirement ends a controlled relationship at another item that is under control; empty where it ends none."""
        if edit.kind is not EditKind.RETIRE:
            return ""
        for kind, other in self._severed.get(edit.after.id, ()):
            type_name = self._plan.types.get(other)
            if type_name is None or not self._policy.controls(type_name, self._registry):
                continue
            if self._registry.item(type_name).control_level in _FIRM and not self._covered(other, type_name, None):
                return f"its {kind} at {type_name} {other} is controlled; no approved change covers that it should end"
        return ""

    def _out(self, edit: ItemEdit) -> None:
        if edit.kind in (EditKind.CREATE, EditKind.RESTORE):
            self._absent.add(edit.after.id)
        elif edit.kind is EditKind.RETIRE:
            self._kept.add(edit.after.id)
        self._reopened.add(edit.after.id)

    def _update(self, edit: ItemEdit, resolved: ResolvedType) -> ItemEdit | None:
        before, after = edit.before, edit.after
        assert before is not None  # an update has something to update
        held = [name for name in edit.changed_fields() if name in resolved.controlled and not self._covered(after.id, after.type, name)]
        if not held:
            return edit
        for name in held:
            part = ItemEdit(EditKind.UPDATE, before, _with(before, {name: after}))
            old, new = before.value(name), after.value(name)
            reason = f"{resolved.name}.{name} is controlled; no approved change covers {old!r} -> {new!r}"
            self._hold(ChangePlan(self._plan.cause, items=(part,)), Reasoned(after.id, reason, name))
        self._reopened.add(after.id)
        left = replace(_with(after, dict.fromkeys(held, before)), revision=after.revision)
        strong, weak = _keys_without(edit, resolved, left, held)
        unchanged = replace(left, revision=before.revision) == before
        return None if unchanged and strong is None and weak is None else ItemEdit(EditKind.UPDATE, before, left, strong, weak)

    def _relation(self, edit: RelationEdit) -> bool:
        state = edit.after
        if state.source in self._absent or state.target in self._absent:
            self._dropped.add((state.type, state.source, state.target))
            return False
        if not self._allowed(edit) or not self._unheld(edit):
            self._dropped.add((state.type, state.source, state.target))
            self._reopened.update((state.source, state.target))
            return False
        return True

    def _allowed(self, edit: RelationEdit) -> bool:
        actor, type_name = self._plan.cause.actor, self._plan.types.get(edit.after.source, "")
        may = self._may_relate_at.get(type_name)
        if may is None:
            may = self._may_relate_at[type_name] = self._policy.may_do(actor, "relate", type_name, self._registry)
        if not may:
            message = f"{actor.name} may not relate items of type {type_name or 'unknown'}: needs another role"
            self._refused[edit.after.id] = Problem(RoleMissing.code, message, rule="roles")
        return may

    def _unheld(self, edit: RelationEdit) -> bool:
        kind = self._registry.relation_types.get(edit.after.type)
        if kind is None or not kind.controlled or edit.kind is EditKind.UPDATE:
            return True
        for end in (edit.after.source, edit.after.target):
            type_name = self._plan.types.get(end)
            if type_name is None or not self._policy.controls(type_name, self._registry):
                continue
            if self._registry.item(type_name).control_level in _FIRM and not self._covered(end, type_name, None):
                verb = "end" if edit.kind is EditKind.RETIRE else "begin"
                reason = f"{kind.name} at {type_name} {end} is controlled; no approved change covers that it should {verb}"
                self._hold(ChangePlan(self._plan.cause, relations=(edit,)), Reasoned(edit.after.id, reason))
                return False
        return True

    def _claim(self, claim: ClaimEdit) -> ClaimEdit | None:
        """Claims on what is not there go; claims of what stays stay, relationships that may not end among them; the others lose what was
        dropped and are looked at again."""
        if claim.item_id in self._absent or (claim.withdraw and claim.item_id in self._kept):
            return None
        lost = [link for link in claim.relations if self._is_dropped(claim.item_id, link)] if self._dropped else []
        stays = tuple(link for link in claim.ended if self._is_dropped(claim.item_id, link))
        if stays and claim.withdraw:
            return replace(claim, withdraw=False, ref="", fields={}, relations=stays, digest=None)
        if stays:
            return replace(claim, relations=(*(link for link in claim.relations if link not in lost), *stays), digest=None)
        if lost:
            return replace(claim, relations=tuple(link for link in claim.relations if link not in lost), digest=None)
        return replace(claim, digest=None) if claim.item_id in self._reopened and not claim.withdraw else claim

    def _is_dropped(self, item_id: str, link: tuple[str, str, bool]) -> bool:
        kind, other, outgoing = link
        return (kind, item_id, other) in self._dropped if outgoing else (kind, other, item_id) in self._dropped

    def _covered(self, item_id: str, type_name: str, attribute: str | None) -> bool:
        return self._approvals.covers(self._plan.cause, item_id, type_name, attribute)

    def _hold(self, part: ChangePlan, reason: Reasoned) -> None:
        self._held.append(Held(HoldKind.CONTROLLED, part, (reason,)))


def _noun(kind: EditKind) -> str:
    return {EditKind.CREATE: "creation", EditKind.RESTORE: "return", EditKind.RETIRE: "retirement"}.get(kind, "change")


def _with(state: ItemState, taken: Mapping[str, ItemState]) -> ItemState:
    """`state` with each named field, its origin included, as the other state has it."""
    attributes, origins = dict(state.attributes), dict(state.origins)
    core: dict[str, str] = {}
    for name, other in taken.items():
        if name in CORE_FIELDS:
            core[name] = getattr(other, name)
        elif name in other.attributes:
            attributes[name] = other.attributes[name]
        else:
            attributes.pop(name, None)
        if name in other.origins:
            origins[name] = other.origins[name]
        else:
            origins.pop(name, None)
    return replace(state, attributes=attributes, origins=origins, **core)  # type: ignore[arg-type]


def _keys_without(
    edit: ItemEdit, resolved: ResolvedType, left: ItemState, held: list[str]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The identifier keys of what is left: rules that rest on a held field keep the value the item has."""
    about = rules_about(resolved, held)
    if not about or (edit.strong is None and edit.weak is None):
        return edit.strong, edit.weak
    strong, weak = keys_of(resolved, {**left.attributes, "name": left.name})
    kept_strong = None if edit.strong is None else _swap(edit.strong, strong, about)
    kept_weak = None if edit.weak is None else _swap(edit.weak, weak, about)
    return kept_strong, kept_weak


def _swap(keys: tuple[str, ...], present: tuple[str, ...], about: frozenset[str]) -> tuple[str, ...]:
    kept = {key for key in keys if is_ref(key) or rule_of(key) not in about}
    return tuple(sorted(kept.union(key for key in present if rule_of(key) in about)))
