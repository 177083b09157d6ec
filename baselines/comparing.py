"""Comparing, put together once, for whoever composes the program or a test of it."""

from collections.abc import Callable
from dataclasses import dataclass

from baselines.compare import Compare
from baselines.profiles import Profiles
from baselines.reverse import Reverse
from baselines.room import BaselineRoom
from baselines.sides import Sides
from change_gate.decide import Decision
from cmdb.identification import GraphIdentifierBook
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.plan import ChangePlan
from cmdb.model.registry import Registry
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store


@dataclass(frozen=True, slots=True)
class CompareRoom:
    """Comparison over a store. Thread-safe."""

    sides: Sides
    profiles: Profiles
    compare: Compare
    reverse: Reverse

    @staticmethod
    def over(
        store: Store,
        ledger: Ledger,
        registry: Callable[[], Registry],
        baselines: BaselineRoom,
        consider: Callable[[ChangePlan], Decision],
    ) -> "CompareRoom":
        """The room beside the baselines'; `consider` is what the gate says of a plan."""
        log = Log(store)
        profiles = Profiles(ledger, RecordBook(store), registry)
        compare = Compare(store, log, baselines.scopes, registry)
        reverse = Reverse(store, log, GraphIdentifierBook(store), registry, consider)
        return CompareRoom(Sides(baselines.points, log), profiles, compare, reverse)
