"""What checks stand on: the estate at one commit, the registry of that commit, the run's "now"."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from baselines.audit.estate import Estate
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.ledger.verify import Verification
from cmdb.model.registry import Registry
from cmdb.store.protocol import Store

Progress = Callable[[int, int, str], None]
"""`(done, total, phase)`."""


@dataclass(frozen=True, slots=True)
class CopySeen:
    """How the newest check of a master copy ended: `outcome` as the library says it, when, and since when it fails."""

    outcome: str
    checked_at: str
    failing_since: str
    detail: str


Copies = Callable[[Collection[str], int], Mapping[str, CopySeen]]
"""The newest results for these items as of a commit."""


@dataclass(slots=True)
class Ground:
    """Everything a check may ask. `since`: the commit after which differences count; `proof` walks the ledger."""

    store: Store
    history: History
    log: Log
    registry: Registry
    estate: Estate
    now: datetime
    since: int
    copies: Copies
    proof: Callable[[], Verification]
    was_in_scope: Callable[[str, str], bool]  # whether an item (id, type) that is gone belonged to the scope where the differences begin
    _counts: dict[tuple[str, str, tuple[str, ...]], NDArray[np.int32]] = field(default_factory=dict)

    def related(self, relation: str, direction: str, types: tuple[str, ...]) -> NDArray[np.int32]:
        """By item number: how many relationships of this type it has as their source (`out`) or target (`in`), to items of `types`."""
        key = (relation, direction, types)
        if key not in self._counts:
            self._counts[key] = self.estate.degree(relation, direction, types)
        return self._counts[key]

    def concrete(self, names: Collection[str]) -> frozenset[str]:
        """These types with those below them; none given: all. Names the registry of that commit did not know are passed over."""
        known = [name for name in names if name in self.registry.item_types]
        if not names:
            return frozenset(self.registry.concrete_of("configuration_item")) | frozenset(self.registry.item_types)
        return frozenset(one for name in known for one in self.registry.concrete_of(name))
