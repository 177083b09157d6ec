"""The audit room on a real store: a door, a clock that is moved by hand, a library whose looks are given, short ways to say things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from baselines.audit.model import Deficiency, Finding, Run
from baselines.audit.planning import Plan
from baselines.audit.room import AuditRoom
from baselines.library.model import Looked, Outcome, Reference
from baselines.library.service import Library
from baselines.model import WHOLE, Scope
from baselines.schedule import Schedules
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Observation
from cmdb.store.protocol import Store
from tests.support.road import Road, agent

AUDITOR = Actor("una", frozenset({Role.AUDITOR}))
ADMINISTRATOR = Actor("root", frozenset({Role.ADMINISTRATOR}))


@dataclass
class Shelf:
    """A library whose looks are given by location; what is not given is as it should be."""

    outcomes: dict[str, Looked] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look(self, reference: Reference) -> Looked:
        self.asked.append(reference.location)
        return self.outcomes.get(reference.location, Looked(Outcome.OK, "as laid down", reference.digest, 3))


class Auditing:
    """Everything an audit needs."""

    def __init__(self, store: Store, road: Road | None = None) -> None:
        self.road = road or Road(store)
        self.clock = self.road.clock
        self.shelf = Shelf()
        registry = lambda: self.road.registry  # noqa: E731
        library = Library(store, self.road.ledger, self.road.inventory, registry, self.shelf.look, self.clock)
        self.room = AuditRoom.over(store, self.road.ledger, registry, library, self.clock)
        self.schedules = Schedules(store, self.road.ledger, self.clock, self.room.runners())

    def say(self, *observations: Observation, source: str = "net", **how: Any) -> dict[str, str]:
        """Item ids by ref."""
        from tests.support.road import batch

        result = self.road.door.submit(batch(source, *observations, **how), agent(source))
        assert not result.failed, result.failed
        return {one.ref: one.item_id or "" for one in result.outcomes}

    def plan(self, *checks: Any, name: str = "audit", scope: Scope = WHOLE, actor: Actor = AUDITOR, **how: Any) -> str:
        """The id of a planned audit."""
        return self.room.plan(Plan(name, scope, criteria=list(checks), **how), actor, self.schedules).id

    def run(self, audit: str, actor: Actor = AUDITOR) -> Run:
        """A run, carried out."""
        return self.room.running.carry_out(self.room.running.request(audit, actor).id)

    def found(self, *checks: Any, **how: Any) -> dict[str, str]:
        """What one run of these checks finds: item name -> sentence."""
        run = self.run(self.plan(*checks, **how))
        assert not run.problem
        assert [one.problem for one in run.checks if one.problem] == []
        return {one.name: one.what for one in self.findings(run)}

    def findings(self, run: Run) -> list[Finding]:
        """All findings of a run."""
        return list(self.room.book.findings(run))

    def deficiencies(self, audit: str) -> dict[str, Deficiency]:
        """The deficiencies of an audit by the name of their item."""
        return {one.item_name: one for one in self.room.follow_up.of_audit(audit, pending=False)}


def own(id_: str, kind: str, parameters: Mapping[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    """A check of one's own."""
    return {"id": id_, "kind": kind, "title": id_, "parameters": dict(parameters or {}), **how}


def counts(run: Run, *names: str) -> Sequence[int]:
    """Some of a run's counts."""
    return [run.counts[name] for name in names]
