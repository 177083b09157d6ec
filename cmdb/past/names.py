"""What items are or were called."""

from collections.abc import Sequence

from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History


def names_at(inventory: Inventory, history: History, ids: Sequence[str], seq: int | None) -> dict[str, str]:
    """The names of those of these items that are live now, or were at commit `seq`, by id."""
    if seq is None:
        return inventory.names(ids)
    return {key: past.state.name for key, past in history.items_by_id(ids, seq).items()}
