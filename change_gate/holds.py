"""Held plans: how a proposal becomes a process record, and when it does not. Pure.

Rules: a proposal has one subject (this attribute of that item, this ref of that source, this scope) and one record for it, whose id
follows from the subject, so that the same thing is never filed twice, whoever files it at the same time. The same proposal again leaves an
open or a rejected record alone; another value for the same subject reopens it with the new value. The record's versions in the ledger tell
its life.

What `content` holds, by `action`:
- `update`: item_id, type, attribute, before, after, origin;
- `create`: type, name, observation (as sent) and `related`, the observations whose relationships wait for the item;
- `retire`: item_id, type, name, whole (whether a person asked for it whoever claims it);
- `relate`, `unrelate`: relation (type, source, target), observation (only with this relationship);
- `identify`: observation, and beside it the candidates;
- `withdraw`: items (ids), known (how many the source claims in the scope).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from change_gate.verdicts import Held, HeldPlan, HoldKind, HoldState
from cmdb.identification.screen import observation_body
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.errors import InvalidInput
from cmdb.model.actor import Cause
from cmdb.model.commit import VersionKind
from cmdb.model.item import Value
from cmdb.model.match import Match
from cmdb.model.observation import MANUAL_SOURCE, Observation, ObservedRelation
from cmdb.model.plan import EditKind, ItemEdit, RelationEdit
from cmdb.model.record import RecordEdit
from cmdb.reconciliation import Asked

RECORD_KIND = "held_plan"
_VOLATILE = ("before", "related", "known")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that waits for a person: its subject and what would be done."""

    kind: HoldKind
    subject: str
    content: Mapping[str, Any]
    reasons: tuple[str, ...]
    item_id: str | None = None
    ref: str | None = None
    scope: str = ""
    candidates: tuple[str, ...] = ()
    index: int | None = None  # of the observation it comes from

    @property
    def id(self) -> str:
        """The id of the subject's record."""
        return hold_id(self.kind, self.subject)

    @property
    def digest(self) -> str:
        """Over what is proposed; the same again is the same proposal."""
        lasting = {name: value for name, value in self.content.items() if name not in _VOLATILE}
        return digest(canonical_json([self.kind.value, self.subject, lasting]))


def hold_id(kind: HoldKind, subject: str) -> str:
    """`h` and 25 hexadecimal digits that follow from the subject."""
    return "h" + digest(f"{kind.value}|{subject}".encode())[:25]


@dataclass(slots=True)
class Origin:
    """Where the parts of a held plan come from: observations by item id and by relationship id."""

    source: str
    scope: str
    matches: Mapping[str, Match] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    relations: Sequence[RelationEdit] = ()


def proposals_of(held: Held, origin: Origin) -> list[Proposal]:
    """What a controlled part of a plan proposes, one proposal for each item edit or relationship in it."""
    reasons = tuple(one.reason for one in held.reasons)
    attribute = next((one.attribute for one in held.reasons if one.attribute), None)
    found = [_of_item(edit, reasons, attribute, origin) for edit in held.plan.items]
    return found + [_of_relation(edit, reasons, origin) for edit in held.plan.relations]


def of_ambiguous(source: str, scope: str, match: Match) -> Proposal:
    """What an ambiguous observation proposes: that a person says which item it speaks of."""
    one = match.observation
    content = {"action": "identify", "type": one.type, "observation": observation_body(one), "candidates": list(match.candidates)}
    subject = f"{source}|{one.ref}"
    return Proposal(HoldKind.AMBIGUOUS, subject, content, (match.reason,), None, one.ref, scope, match.candidates, match.index)


def of_loss(held: Held, item_ids: Iterable[str]) -> Proposal:
    """What a mass retirement proposes: that the source's claims on these items end."""
    loss = held.plan.loss
    assert loss is not None  # that is why it was held
    content = {"action": "withdraw", "items": sorted(item_ids), "known": loss.known}
    reasons = tuple(one.reason for one in held.reasons)
    return Proposal(HoldKind.MASS_RETIREMENT, f"{loss.source}|{loss.scope}", content, reasons, scope=loss.scope)


def _of_item(edit: ItemEdit, reasons: tuple[str, ...], attribute: str | None, origin: Origin) -> Proposal:
    state, match = edit.after, origin.matches.get(edit.after.id)
    index = match.index if match else None
    content: dict[str, Any]
    if edit.kind is EditKind.UPDATE and attribute is not None and edit.before is not None:
        before, after = edit.before.value(attribute), state.value(attribute)
        content = {"action": "update", "item_id": state.id, "type": state.type, "attribute": attribute}
        content |= {"before": plain(before), "after": plain(after), "origin": state.origins.get(attribute)}
        return Proposal(HoldKind.CONTROLLED, f"{state.id}|{attribute}", content, reasons, state.id, scope=origin.scope, index=index)
    if edit.kind is EditKind.RETIRE:
        whole = match is not None and origin.source == MANUAL_SOURCE
        content = {"action": "retire", "item_id": state.id, "type": state.type, "name": state.name, "whole": whole}
        return Proposal(HoldKind.CONTROLLED, f"{state.id}|retire", content, reasons, state.id, scope=origin.scope, index=index)
    if match is None:
        raise InvalidInput(f"item {state.id} would be created without an observation")
    one = match.observation
    content = {"action": "create", "type": state.type, "name": state.name, "observation": observation_body(one)}
    content["related"] = _related(state.id, origin)
    item_id = state.id if edit.kind is EditKind.RESTORE else None
    return Proposal(HoldKind.CONTROLLED, f"{origin.source}|{one.ref}", content, reasons, item_id, one.ref, origin.scope, index=index)


def _related(item_id: str, origin: Origin) -> list[dict[str, Any]]:
    """Observations of other items with just the relationships that wait for this one."""
    found = []
    for edit in origin.relations:
        asked = origin.asked.get(edit.after.id)
        if asked is None or asked.position is None or asked.match.item_id == item_id:
            continue
        if item_id in (edit.after.source, edit.after.target):
            one = asked.match.observation
            found.append(observation_body(Observation(one.ref, one.type, relations=(one.relations[asked.position],))))
    return found


def _of_relation(edit: RelationEdit, reasons: tuple[str, ...], origin: Origin) -> Proposal:
    state, asked = edit.after, origin.asked.get(edit.after.id)
    ending = edit.kind is EditKind.RETIRE
    content: dict[str, Any] = {
        "action": "unrelate" if ending else "relate",
        "type": state.type,
        "relation": {"type": state.type, "source": state.source, "target": state.target},
    }
    index = None
    if asked is not None:
        one, (kind, other, outgoing) = asked.match.observation, asked.link
        relation = ObservedRelation(kind, to_id=other, attributes=dict(state.attributes), outgoing=outgoing, gone=ending)
        by_id = one.item_id
        content["observation"] = observation_body(Observation(one.ref, one.type, relations=(relation,), item_id=by_id))
        index = asked.match.index
    return Proposal(HoldKind.CONTROLLED, state.id, content, reasons, scope=origin.scope, index=index)


def plain(value: Value | None) -> Any:
    """A value as plain JSON."""
    return list(value) if isinstance(value, tuple) else value


def is_settled(hold: HeldPlan, proposal: Proposal) -> bool:
    """Whether the record says the same already: it waits, or was turned down."""
    return hold.digest == proposal.digest and hold.state in (HoldState.OPEN, HoldState.REJECTED)


def filed(proposals: Iterable[Proposal], known: Mapping[str, HeldPlan], cause: Cause, now: str) -> list[RecordEdit]:
    """The records to write: none for a proposal that is open or was rejected already."""
    edits: dict[str, RecordEdit] = {}
    for one in proposals:
        before = known.get(one.id)
        if one.id in edits or (before is not None and is_settled(before, one)):
            continue
        plan = HeldPlan(
            one.id,
            one.kind,
            HoldState.OPEN,
            cause.source,
            cause.actor.name,
            one.reasons,
            one.content,
            one.digest,
            now,
            one.item_id,
            one.ref,
            one.scope,
            one.candidates,
            cause.change,
        )
        edits[one.id] = record_of(plan, before.revision if before else 0)
    return list(edits.values())


def record_of(hold: HeldPlan, expected_revision: int) -> RecordEdit:
    """The record that keeps a held plan."""
    body = {name: getattr(hold, name) for name in HeldPlan.__slots__ if name != "revision"}
    body |= {"kind": hold.kind.value, "state": hold.state.value, "reasons": list(hold.reasons), "candidates": list(hold.candidates)}
    indexed: dict[str, str | int | bool] = {"state": hold.state.value, "hold_kind": hold.kind.value, "opened_at": hold.opened_at}
    indexed |= {"source": hold.source, "item_id": hold.item_id or ""}
    return RecordEdit(VersionKind.RECORD, RECORD_KIND, hold.id, body, expected_revision, indexed)


def hold_from(body: Mapping[str, Any], revision: int) -> HeldPlan:
    """The held plan a record's body holds."""
    parts = {name: value for name, value in body.items() if name in HeldPlan.__slots__}
    parts |= {"kind": HoldKind(body["kind"]), "state": HoldState(body["state"]), "revision": revision}
    parts |= {"reasons": tuple(body["reasons"]), "candidates": tuple(body["candidates"])}
    return HeldPlan(**parts)


def observation_from(body: Mapping[str, Any]) -> Observation:
    """The observation an `observation_body` came from."""
    relations = tuple(ObservedRelation(*one) for one in body["relations"])
    listed = tuple(body["complete_relations"])
    return Observation(body["ref"], body["type"], body["fields"], relations, listed, body["item_id"], None, body["gone"])
