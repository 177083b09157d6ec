"""The parts of this room put together once, for whoever composes the program or a test of it."""

from collections.abc import Callable
from dataclasses import dataclass

from baselines.points import Points
from baselines.repository import BaselineBook
from baselines.scheduled import BaselineRunner
from baselines.scope import Scopes
from baselines.scope_check import ScopeCheck
from baselines.seal import Seals
from baselines.take import Baselines
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import Clock
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store


@dataclass(frozen=True, slots=True)
class BaselineRoom:
    """Baselines over a store. Thread-safe."""

    book: BaselineBook
    points: Points
    scopes: Scopes
    baselines: Baselines
    seals: Seals
    runner: BaselineRunner

    @staticmethod
    def over(store: Store, ledger: Ledger, registry: Callable[[], Registry], clock: Clock) -> "BaselineRoom":
        """The room over a store whose ledger this is; `registry` gives the types as they are now."""
        book, history = BaselineBook(store), History(store, clock)
        points, scopes = Points(history, book.named), Scopes(store, history, registry)
        check = ScopeCheck(scopes, history, Inventory(store), registry)
        log = Log(store)
        baselines = Baselines(ledger, log, book, points, check, clock)
        seals = Seals(store, ledger, log, book, scopes, clock)
        return BaselineRoom(book, points, scopes, baselines, seals, BaselineRunner(baselines, book, check, ledger))
