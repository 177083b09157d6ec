"""The parts of this room put together once, for whoever composes the program or a test of it."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from baselines.audit.follow_up import FollowUp
from baselines.audit.ground import CopySeen
from baselines.audit.model import Audit
from baselines.audit.planning import Plan, Planning
from baselines.audit.repository import AuditBook
from baselines.audit.running import Running
from baselines.audit.scheduled import AuditRunner, LibraryRunner, schedule_name
from baselines.library.service import Library
from baselines.points import Points
from baselines.repository import BaselineBook
from baselines.schedule import ScheduleNotFound, Schedules
from baselines.scope import Scopes
from baselines.scope_check import ScopeCheck
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import Clock
from cmdb.ledger.asof import History
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store


@dataclass(frozen=True, slots=True)
class AuditRoom:
    """Audits over a store. Thread-safe. `book` reads, `planning`, `running` and `follow_up` write."""

    book: AuditBook
    planning: Planning
    running: Running
    follow_up: FollowUp
    library: Library

    def runners(self) -> tuple[AuditRunner, LibraryRunner]:
        """What can be scheduled here."""
        return AuditRunner(self.book, self.running), LibraryRunner(self.library)

    def plan(self, wanted: Plan, actor: Actor, schedules: Schedules) -> Audit:
        """Plan an audit and, where it has a frequency, its runs. Raises what `Planning.plan` and `Schedules.create` do."""
        audit = self.planning.plan(wanted, actor)
        if audit.frequency:
            schedules.create(schedule_name(audit), AuditRunner.name, audit.frequency, {"audit": audit.id}, actor)
        return audit

    def close(self, id_or_name: str, actor: Actor, reason: str, schedules: Schedules) -> Audit:
        """Close an audit and end its schedule."""
        audit = self.planning.close(id_or_name, actor, reason)
        with suppress(ScheduleNotFound):
            schedules.remove(schedule_name(audit), actor)
        return audit

    @staticmethod
    def over(store: Store, ledger: Ledger, registry: Callable[[], Registry], library: Library, clock: Clock) -> "AuditRoom":
        """The room over a store whose ledger this is; `registry` gives the types as they are now."""
        book, inventory, history = AuditBook(store, ledger), Inventory(store), History(store)
        scopes, points = Scopes(store, history, registry), Points(history, BaselineBook(store).named)
        planning = Planning(book, ledger, inventory, scopes, ScopeCheck(scopes, history, inventory, registry), points, registry, clock)
        running = Running(store, ledger, book, planning, scopes, registry, _copies(library), clock)
        return AuditRoom(book, planning, running, FollowUp(book, planning.parties, registry, clock), library)


def _copies(library: Library) -> Callable[[Collection[str], int], Mapping[str, CopySeen]]:
    def seen(item_ids: Collection[str], seq: int) -> Mapping[str, CopySeen]:
        found = library.as_of(item_ids, seq)
        return {id_: CopySeen(str(one.outcome), one.checked_at, one.failing_since, one.detail) for id_, one in found.items()}

    return seen
