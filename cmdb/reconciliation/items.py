"""From claims to the next version of an item. Pure.

Rules: a source's new claim is its old one with what it now says put over it (absent is not null: a field it does not send stays); a field
sent as null is withdrawn. The item's values follow from the claims of all sources. An item that no source asserts any more is retired with
all its relationships; an edit by hand of what others found asserts nothing, so it does not keep alive what is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cmdb.identification.keys import is_ref, keys_of
from cmdb.model.item import CORE_FIELDS, ItemState, Value
from cmdb.model.match import DECIDED, Match, Verdict
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.outcome import Problem
from cmdb.model.plan import ClaimEdit, EditKind, ItemEdit
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.validation import check_transition, missing_fields
from cmdb.reconciliation.errors import Outranked, RevisionMismatch, UnknownItem
from cmdb.reconciliation.model import Draft, Known, Setting
from cmdb.reconciliation.precedence import HISTORY_SOURCE, effective

DEFAULT_ORIGIN = "default"
"""Origin of a name or status nobody claims."""
_CORE = frozenset(CORE_FIELDS)
_OPTIONAL_CORE = ("version", "location", "description", "owner")


def plan_item(setting: Setting, known: Known, draft: Draft, match: Match) -> None:
    """Plan the edit of one observation's item and the claim behind it."""
    item_id = match.item_id
    assert item_id is not None  # identification gives every new or matched observation its item
    before = known.items.get(item_id)
    problem = _refusal(known, match, before)
    if problem is not None:
        draft.fail(match.index, problem)
        return
    claims = known.claims.get(item_id, ()) if before is not None else ()
    if match.observation.gone:
        withdraw(setting, known, draft, item_id, whole=setting.source == MANUAL_SOURCE)
        return
    past = known.retired.get(item_id)
    mine = next((one for one in claims if one.source == setting.source), None)
    left = next((one for one in known.claims.get(item_id, ()) if one.source == setting.source), None)  # even of a retired item
    claim = _claim(setting, match, mine, left.stamp if left else "")
    others = [one for one in claims if one.source != setting.source]
    by_hand = setting.source == MANUAL_SOURCE and match.rule == "item_id"
    if past is not None and by_hand and before is None:
        history = {name: value for name in past.origins if (value := past.value(name)) is not None}
        brought_back = ClaimEdit(item_id, HISTORY_SOURCE, "", item_id, history, seen_at=setting.seen_at)
        others.append(brought_back)
        draft.claims[item_id, HISTORY_SOURCE] = brought_back
    resolved = setting.registry.item(before.type if before else past.type if past else match.observation.type)
    edit, problem = _edit(setting, resolved, before, past, [*others, claim], item_id, match)
    if problem is not None:
        draft.claims.pop((item_id, HISTORY_SOURCE), None)
        draft.fail(match.index, problem)
        return
    if setting.source == MANUAL_SOURCE and others:
        _tell_outranked(draft, match, edit.after if edit is not None else before)
    move_ref(setting, known, draft, match)
    draft.claims[item_id, setting.source] = claim
    known.types[item_id] = resolved.name
    if edit is not None:
        draft.items[item_id] = edit
        if edit.kind is EditKind.CREATE:
            draft.created.add(item_id)


def _tell_outranked(draft: Draft, match: Match, state: ItemState | None) -> None:
    """A person whose word does not show is told who is believed instead."""
    for name in match.fields if state is not None else ():
        origin = state.origins.get(name) if state is not None else None
        if origin not in (None, MANUAL_SOURCE):
            message = f"{match.observation.type}.{name}: the type believes source {origin!r} before people; what you said is kept beside it"
            draft.warn(match.index, Problem(Outranked.code, message, name, rule="precedence"))


def withdraw(setting: Setting, known: Known, draft: Draft, item_id: str, *, whole: bool = False) -> None:
    """Take this source's claim off an item, or (`whole`) retire it whoever claims it. What nobody asserts any more is retired."""
    before = known.items.get(item_id)
    if before is None:
        return
    claims = known.claims.get(item_id, ())
    left = [one for one in claims if one.source != setting.source]
    if whole or not any(one.ref for one in left):
        draft.items[item_id] = ItemEdit(EditKind.RETIRE, before, replace(before, retired=True, revision=before.revision + 1))
        for one in claims:
            draft.claims[item_id, one.source] = replace(one, withdraw=True)
        known.types.pop(item_id, None)
        return
    for one in claims:
        if one.source == setting.source:
            draft.claims[item_id, one.source] = replace(one, withdraw=True)
    recompute(setting, draft, before, left)


def recompute(setting: Setting, draft: Draft, before: ItemState, claims: Sequence[ClaimEdit]) -> None:
    """Plan what these claims make of a live item, whatever it says now. Fields whose claim is gone go, required ones stay as they are."""
    resolved = setting.registry.item(before.type)
    values, origins = effective(resolved, claims, before.origins, setting.now)
    for name, attribute in resolved.attributes.items():
        if attribute.required and name not in values and name in before.attributes:
            values[name], origins[name] = before.attributes[name], before.origins.get(name, DEFAULT_ORIGIN)
    after = state_of(resolved, before.id, values, origins, before.name, before.revision + 1)
    strong = weak = None
    if before.id in setting.strong_of:
        strong, weak = _keys(setting, resolved, before.id, {**after.attributes, "name": after.name}, claims)
    if strong is not None or weak is not None or not same(before, after):
        draft.items[before.id] = ItemEdit(EditKind.UPDATE, before, after, strong, weak)


def state_of(
    resolved: ResolvedType, item_id: str, values: Mapping[str, Value], origins: dict[str, str], fallback: str, revision: int
) -> ItemState:
    """The state these values make; `fallback` is the name where none is claimed. Adds the origins of defaults to `origins`."""
    for name in ("name", "status"):
        if name not in values:
            origins[name] = DEFAULT_ORIGIN
    own = resolved.attributes
    return ItemState(
        item_id,
        resolved.name,
        str(values.get("name", fallback)),
        str(values.get("status", resolved.default_status)),
        str(values.get("version", "")),
        str(values.get("location", "")),
        str(values.get("description", "")),
        str(values.get("owner", "")),
        {name: value for name, value in values.items() if name in own},
        {name: source for name, source in origins.items() if name in own or name in _CORE},
        revision,
    )


def same(one: ItemState, other: ItemState) -> bool:
    """Whether two states say the same (revisions aside)."""
    return (
        one.attributes == other.attributes
        and one.origins == other.origins
        and one.name == other.name
        and one.status == other.status
        and all(getattr(one, name) == getattr(other, name) for name in _OPTIONAL_CORE)
        and one.retired == other.retired
    )


def _refusal(known: Known, match: Match, before: ItemState | None) -> Problem | None:
    one, item_id = match.observation, match.item_id
    if one.item_id is not None and before is None and item_id not in known.retired:
        return Problem(UnknownItem.code, f"there is no item {one.item_id[:100]!r}", attribute="item_id")
    present = before.revision if before else 0
    if one.expected_revision is not None and one.expected_revision != present:
        state = f"is at revision {present}" if before else "is not live"
        message = f"item {item_id} {state}, the edit was made from revision {one.expected_revision}; read it again"
        return Problem(RevisionMismatch.code, message, attribute="expected_revision", value=str(one.expected_revision))
    return None


def _claim(setting: Setting, match: Match, mine: ClaimEdit | None, stamp: str | None) -> ClaimEdit:
    """The source's claim with what it says now put over what it said; `stamp` is that of the claim it replaces."""
    fields = match.fields
    if mine is not None:
        fields = {**mine.fields, **fields}
        for name in match.withdrawn:
            fields.pop(name, None)
    by_hand = setting.source == MANUAL_SOURCE and match.rule == "item_id"
    ref = (mine.ref if mine else "") if by_hand else match.observation.ref
    relations = mine.relations if mine else ()
    scope = mine.scope if by_hand and mine else setting.scope
    return ClaimEdit(match.item_id or "", setting.source, scope, ref, fields, relations, None, setting.seen_at, stamp=stamp)


def _edit(
    setting: Setting,
    resolved: ResolvedType,
    before: ItemState | None,
    past: ItemState | None,
    claims: Sequence[ClaimEdit],
    item_id: str,
    match: Match,
) -> tuple[ItemEdit | None, Problem | None]:
    values, origins = effective(resolved, claims, before.origins if before else {}, setting.now)
    fallback = before.name if before else past.name if past else match.observation.ref
    last = before or past
    after = state_of(resolved, item_id, values, origins, fallback, last.revision + 1 if last else 1)
    problem = _unfit(setting.registry, resolved, before, after)
    if problem is not None:
        return None, problem
    if match.verdict is Verdict.NEW:
        return ItemEdit(EditKind.CREATE, None, after, match.strong, match.weak), None
    strong, weak = _keys(setting, resolved, item_id, values, claims, match)
    if before is None:
        return ItemEdit(EditKind.RESTORE, past, after, strong, weak), None
    if strong is None and weak is None and same(before, after):
        return None, None
    return ItemEdit(EditKind.UPDATE, before, after, strong, weak), None


def _unfit(registry: Registry, resolved: ResolvedType, before: ItemState | None, after: ItemState) -> Problem | None:
    """What keeps the item from standing as it would: required fields without a value, a step its lifecycle does not know."""
    fault = None
    if before is not None and before.status != after.status:
        fault = check_transition(registry, resolved.name, before.status, after.status)
    if fault is None:
        lacking = missing_fields(registry, resolved.name, {**after.attributes, "name": after.name})
        fault = lacking[0] if lacking else None
    return Problem(str(fault.code), fault.message, fault.attribute, fault.value, fault.rule) if fault else None


def _keys(
    setting: Setting,
    resolved: ResolvedType,
    item_id: str,
    values: Mapping[str, Value],
    claims: Sequence[ClaimEdit],
    match: Match | None = None,
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The identifier keys after the edit, None where they stay.

    References stay for ever. The others are those of the values and of each source's own claim: a source is recognised by what it says
    itself, even where another is believed.
    """
    strong, weak = (set(keys) for keys in keys_of(resolved, values))
    if len(claims) > 1:
        for claim in claims:
            more, more_weak = keys_of(resolved, claim.fields)
            strong.update(more)
            weak.update(more_weak)
    present, present_weak = setting.strong_of.get(item_id, frozenset()), setting.weak_of.get(item_id, frozenset())
    strong.update(key for key in (*present, *(match.strong if match else ())) if is_ref(key))
    moved = match.strong[0] if match and ref_owner(setting, match) else None
    wanted = {key for key in strong if key == moved or setting.foreign.get(key, item_id) == item_id}
    return (
        tuple(sorted(wanted)) if wanted != present else None,
        tuple(sorted(weak)) if weak != present_weak else None,
    )


def ref_owner(setting: Setting, match: Match) -> str | None:
    """Another item that holds the ref of an observation about which a person decided otherwise."""
    decided = match.rule == DECIDED or (match.rule == "item_id" and setting.source != MANUAL_SOURCE)
    if not decided or not match.strong or not is_ref(match.strong[0]):
        return None
    owner = setting.foreign.get(match.strong[0])
    return owner if owner != match.item_id else None


def move_ref(setting: Setting, known: Known, draft: Draft, match: Match) -> None:
    """A person decided that a source's ref names another item than it did: the ref leaves the one that held it."""
    owner = ref_owner(setting, match)
    before = known.items.get(owner) if owner is not None else None
    if owner is None or before is None or owner in draft.items:
        return
    left = setting.strong_of.get(owner, frozenset()) - {match.strong[0]}
    draft.items[owner] = ItemEdit(EditKind.UPDATE, before, replace(before, revision=before.revision + 1), tuple(sorted(left)))


def seen_at(observed_at: datetime | None, now: datetime) -> datetime:
    """When the source looked: never in the future, however its clock stands."""
    return min(observed_at, now) if observed_at else now
