"""Comparison over a test's store, with a ledger whose clock steps."""

from dataclasses import dataclass, field
from typing import Any

from baselines.compare import Comparison, Question
from baselines.comparing import CompareRoom
from baselines.room import BaselineRoom
from change_gate.decide import Decision, decide
from change_gate.policy import Policy, load_policy
from change_gate.ports import EmptyApprovalBook
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.pack import load_pack
from cmdb.model.plan import ChangePlan, ItemEdit, RelationEdit
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store
from tests.support.estate import SteppingClock, plan

ENGINEER = Actor("erin", frozenset({Role.ENGINEER}))


def because(reason: str, change: str | None = None, source: str = "test") -> Cause:
    """A cause by an engineer."""
    return Cause(ENGINEER, source, reason, change)


def between(room: CompareRoom, a: Any, b: Any = None, profile: str | None = None, **wanted: Any) -> Comparison:
    """Compare two points of `room` through a saved profile. `wanted` are further members of `Question`."""
    first, second = room.sides.pair(a, b)
    return room.compare.ask(Question(first, second, room.profiles.get(profile), **wanted))


@dataclass
class Comparing:
    """A ledger and everything that compares."""

    store: Store
    registry: Registry = field(default_factory=load_pack)
    policy: Policy = field(default_factory=load_policy)

    def __post_init__(self) -> None:
        clock = SteppingClock()
        self.ledger = Ledger(self.store, clock)
        self.baselines = BaselineRoom.over(self.store, self.ledger, lambda: self.registry, clock)
        self.room = CompareRoom.over(self.store, self.ledger, lambda: self.registry, self.baselines, self.consider)

    def consider(self, wanted: ChangePlan) -> Decision:
        """What the gate says."""
        return decide(wanted, self.policy, EmptyApprovalBook(), self.registry)

    def write(self, *edits: ItemEdit | RelationEdit, change: str | None = None, reason: str = "because") -> int:
        """One commit of these edits; its number."""
        seq = self.ledger.commit(plan(*edits, cause=because(reason, change))).seq
        assert seq is not None
        return seq

    def between(self, a: Any, b: Any = None, profile: str | None = None, **wanted: Any) -> Comparison:
        """Compare two points."""
        return between(self.room, a, b, profile, **wanted)

    def kinds(self, a: Any, b: Any = None, **wanted: Any) -> dict[str, str]:
        """Id of what differs -> how."""
        return {one.id: one.kind.value for one in self.between(a, b, **wanted).stream()}
