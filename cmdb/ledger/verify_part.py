"""Verifying the history alone, without the live graph: for whoever holds a claim about what was written (requirement 9.1-19)."""

from collections.abc import Callable

from cmdb.ledger.log import QUERIES
from cmdb.ledger.walk import Breach, Broken, Walk, end_of_history, walk_to
from cmdb.store.protocol import Store
from cmdb.store.statements import load


def verify_history(store: Store, told: Callable[[int], None] | None = None) -> tuple[Walk, Broken | None]:
    """Walk every commit up to the head with all its versions: where the walk ended, and the first thing that does not hold, None where all
    does. `told(n)` is called with the number of versions just checked.
    """
    walk = Walk()
    try:
        rows = store.read(load(QUERIES, "read_head"))
        walk_to(store, walk, rows[0]["seq"] if rows else 0, told or (lambda _: None))
        rows = store.read(load(QUERIES, "read_head"))
        end_of_history(walk, rows[0]["seq"] if rows else 0)
    except Breach as breach:
        return walk, breach.broken
    return walk, None
