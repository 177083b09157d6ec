"""Verifying the history up to a commit, for whoever holds a claim about that part of it only (requirement 9.1-19)."""

from collections.abc import Callable

from cmdb.ledger.walk import Breach, Broken, Walk, walk_to
from cmdb.store.protocol import Store


def verify_until(store: Store, seq: int, told: Callable[[int], None] | None = None) -> tuple[Walk, Broken | None]:
    """Walk commits 1 to `seq` with all their versions: where the walk ended, and the first thing that does not hold, None where all does.

    `told(n)` is called with the number of versions just checked.
    """
    walk = Walk()
    try:
        walk_to(store, walk, seq, told or (lambda _: None))
    except Breach as breach:
        return walk, breach.broken
    return walk, None
