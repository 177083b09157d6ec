"""The road's neighbours in memory: identifiers, claims, items, relationships and commits as dictionaries. A second, obvious implementation
of the ports, so that rules can be tried in microseconds and histories compared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from change_gate.holds import hold_from
from change_gate.passage import Gate, Passage
from change_gate.policy import Policy, load_policy
from change_gate.ports import EmptyApprovalBook
from change_gate.results import BatchResult
from change_gate.verdicts import HeldPlan, HoldNotFound
from cmdb.identification import ClaimHead
from cmdb.intake import Intake
from cmdb.ledger.errors import IdentifierTaken, StalePlan
from cmdb.ledger.intake import IntakeRecord
from cmdb.model.actor import Actor
from cmdb.model.commit import Receipt
from cmdb.model.item import ItemState, RelationState
from cmdb.model.observation import MANUAL_SOURCE, Batch
from cmdb.model.pack import load_pack
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind
from cmdb.model.record import RecordEdit
from cmdb.model.registry import Registry
from tests.support.road import SettableClock


@dataclass
class MemoryGraph:
    """Everything the road reads and writes. Counts its reads: a batch's must not grow with its size."""

    live: dict[str, ItemState] = field(default_factory=dict)
    past: dict[str, ItemState] = field(default_factory=dict)
    edges: dict[str, RelationState] = field(default_factory=dict)
    claim: dict[tuple[str, str], ClaimEdit] = field(default_factory=dict)
    strong: dict[str, str] = field(default_factory=dict)
    weak: set[tuple[str, str]] = field(default_factory=set)
    held: dict[str, HeldPlan] = field(default_factory=dict)
    keys: dict[str, IntakeRecord] = field(default_factory=dict)
    stamps: list[str | None] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    seq: int = 0
    reads: int = 0

    # IdentifierBook

    def owners(self, keys: Collection[str]) -> Mapping[str, str]:
        self.reads += 1
        return {key: self.strong[key] for key in keys if key in self.strong}

    def weak_owners(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        self.reads += 1
        found = {key: tuple(sorted(item for one, item in self.weak if one == key)) for key in keys}
        return {key: items for key, items in found.items() if items}

    def carried(self, ids: Collection[str]) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        self.reads += 2
        strong = {one: frozenset(key for key, owner in self.strong.items() if owner == one) for one in ids}
        return strong, {one: frozenset(key for key, item in self.weak if item == one) for one in ids}

    def heads(self, ids: Collection[str], source: str) -> Mapping[str, ClaimHead]:
        self.reads += 1
        found = {one: self.claim.get((one, source)) for one in ids if one in self.live}
        return {item: ClaimHead(one.ref, one.scope, one.digest, one.seen_at) for item, one in found.items() if one}

    def claimants(self, ids: Collection[str]) -> Mapping[str, int]:
        self.reads += 1
        return {one: sum(1 for item, _ in self.claim if item == one) for one in ids}

    def live_types(self, ids: Collection[str]) -> Mapping[str, str]:
        self.reads += 1
        return {one: self.live[one].type for one in ids if one in self.live}

    # World

    def items(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        self.reads += 1
        return {one: self.live[one] for one in ids if one in self.live}

    def retired(self, ids: Collection[str]) -> Mapping[str, ItemState]:
        self.reads += 1
        return {one: self.past[one] for one in ids if one in self.past and one not in self.live}

    def claims(self, ids: Collection[str]) -> Mapping[str, tuple[ClaimEdit, ...]]:
        self.reads += 1
        return {one: tuple(claim for (item, _), claim in sorted(self.claim.items()) if item == one) for one in ids}

    def relations_at(self, ids: Collection[str]) -> Mapping[str, RelationState]:
        self.reads += 2
        return {one.id: one for one in self.edges.values() if one.source in ids or one.target in ids}

    def relations_of_type(self, ids: Collection[str], relation_type: str, *, outgoing: bool) -> tuple[RelationState, ...]:
        self.reads += 1
        return tuple(one for one in self.edges.values() if one.type == relation_type and (one.source if outgoing else one.target) in ids)

    def scope(self, source: str, scope: str) -> Mapping[str, str]:
        self.reads += 1
        return {item: one.ref for (item, who), one in self.claim.items() if who == source and one.scope == scope and one.ref}

    def claimed_by(self, source: str) -> tuple[str, ...]:
        self.reads += 1
        return tuple(sorted(item for item, who in self.claim if who == source))

    # Committer

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        if plan.key in self.keys:
            return Receipt(self.keys[plan.key].seq, None, "", replayed=True)
        self._check(plan)
        self.stamps.append(plan.key)
        self.seq += 0 if plan.is_empty and not records else 1
        revisions = {}
        for claim in plan.claims:
            if claim.withdraw:
                self.claim.pop((claim.item_id, claim.source), None)
            else:
                self.claim[claim.item_id, claim.source] = replace(claim, ended=(), stamp=str(len(self.stamps)))
        for edit in plan.items:
            last = self.past.get(edit.after.id)
            state = replace(edit.after, revision=last.revision + 1 if last else 1)
            revisions[state.id] = state.revision
            self.past[state.id] = state
            if edit.kind is EditKind.RETIRE:
                del self.live[state.id]
                self._bereave(state.id)
            else:
                self.live[state.id] = state
                self._identify(edit.after.id, edit.strong, edit.weak)
        for relation in plan.relations:
            if relation.kind is EditKind.RETIRE:
                del self.edges[relation.after.id]
            else:
                self.edges[relation.after.id] = relation.after
        for record in records:
            self.held[record.id] = hold_from(record.body, record.expected_revision + 1)
        receipt = Receipt(self.seq, "", "", revisions)
        if plan.key:
            self.keys[plan.key] = IntakeRecord(plan.key, plan.body_digest, outcome, self.seq, "")
        return receipt

    def _check(self, plan: ChangePlan) -> None:
        for edit in plan.items:
            present = self.live.get(edit.after.id)
            expected = edit.before.revision if edit.before and edit.kind is not EditKind.RESTORE else 0
            if (present.revision if present else 0) != expected:
                raise StalePlan("moved on", kind="items", stale=[])
        for claim in plan.claims:
            known = self.claim.get((claim.item_id, claim.source))
            if claim.stamp is not None and claim.stamp != (known.stamp if known else ""):
                raise StalePlan("claims moved on", kind="claims", stale=[])
        moving = {key for edit in plan.items if edit.strong is not None for key, owner in self.strong.items() if owner == edit.after.id}
        for edit in plan.items:
            for key in edit.strong or ():
                if self.strong.get(key, edit.after.id) != edit.after.id and key not in moving:
                    raise IdentifierTaken("taken", taken=[{"key": key, "item_id": self.strong[key]}])

    def _identify(self, item_id: str, strong: tuple[str, ...] | None, weak: tuple[str, ...] | None) -> None:
        if strong is not None:
            self.strong = {key: owner for key, owner in self.strong.items() if owner != item_id} | dict.fromkeys(strong, item_id)
        if weak is not None:
            self.weak = {(key, owner) for key, owner in self.weak if owner != item_id} | {(key, item_id) for key in weak}

    def _bereave(self, item_id: str) -> None:
        self.edges = {key: one for key, one in self.edges.items() if item_id not in (one.source, one.target)}
        for at, claim in self.claim.items():
            if any(other == item_id for _, other, _ in claim.relations):
                self.claim[at] = replace(claim, digest=None)

    def intake(self, key: str) -> IntakeRecord | None:
        return self.keys.get(key)

    def touch(self, claim_keys: Sequence[str], seen_at: str) -> int:
        self.touched += claim_keys
        for key in claim_keys:
            item, source = key.rsplit("|", 1)
            self.claim[item, source] = replace(self.claim[item, source], seen_at=seen_at)
        return len(claim_keys)

    # HoldBook

    def find(self, ids: Collection[str]) -> Mapping[str, HeldPlan]:
        return {one: self.held[one] for one in ids if one in self.held}

    def get(self, hold_id: str) -> HeldPlan:
        if hold_id not in self.held:
            raise HoldNotFound("no such hold")
        return self.held[hold_id]


@dataclass
class MemoryRoad:
    """The gate on a graph in memory."""

    graph: MemoryGraph = field(default_factory=MemoryGraph)
    policy: Policy = field(default_factory=load_policy)
    clock: SettableClock = field(default_factory=SettableClock)
    registry: Registry = field(default_factory=load_pack)
    piece: int = 2_000

    @property
    def gate(self) -> Gate:
        graph = self.graph
        return Gate(Intake(graph, graph, lambda: self.registry), graph, graph, self.policy, EmptyApprovalBook(), self.clock, self.piece)

    def submit(self, batch: Batch, actor: Actor) -> BatchResult:
        by_person = actor.is_person and batch.source == MANUAL_SOURCE
        return Passage(self.gate, batch, actor, lambda *_: None, by_person=by_person).run()
