"""Held plans as the graph keeps them: live `Record` nodes of kind `held_plan`, written through the ledger, read here."""

from collections.abc import Collection, Mapping
from pathlib import Path

import orjson

from change_gate.holds import hold_from
from change_gate.verdicts import HeldPlan, HoldNotFound, HoldState
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
MOST = 500


class GraphHoldBook:
    """Reads held plans. Keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, ids: Collection[str]) -> Mapping[str, HeldPlan]:
        """Those of these ids that were ever filed."""
        if not ids:
            return {}
        rows = self._store.read(load(_QUERIES, "read_holds"), ids=list(ids))
        found = [hold_from(orjson.loads(row["body"]), row["revision"]) for row in rows]
        return {one.id: one for one in found}

    def get(self, hold_id: str) -> HeldPlan:
        """One held plan. Raises `HoldNotFound`."""
        found = self.find([hold_id]).get(hold_id)
        if found is None:
            raise HoldNotFound(f"there is no held plan {hold_id[:60]!r}")
        return found

    def page(self, state: HoldState | None, after: str | None, first: int) -> list[HeldPlan]:
        """Held plans in order of filing, at most `first` (500 at most); `after` is the id of the last one seen."""
        opened_at = self.get(after).opened_at if after else ""
        states = [state.value] if state else [one.value for one in HoldState]
        size = max(1, min(first, MOST))
        rows = self._store.read(load(_QUERIES, "list_holds"), states=states, opened_at=opened_at, after=after or "", first=size)
        return [hold_from(orjson.loads(row["body"]), row["revision"]) for row in rows]
