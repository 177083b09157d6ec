"""Search on both engines: one ranking, kept true to the live graph by what was committed since."""

from dataclasses import replace

import pytest

from cmdb.inventory.ranking import weights_of
from cmdb.inventory.search import Finder
from cmdb.ledger.service import Ledger
from cmdb.model.pack import load_pack
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, create, plan, retire, server, update

pytestmark = pytest.mark.engine

WEIGHTS = weights_of(load_pack())
NAMES = {
    "procedure": ["Failing over the payments database", "Payments"],
    "database": ["payments-primary", "old payments", "stock"],
    "redundancy_group": ["Payments database"],
    "service": ["Store Tills", "Hillside Shop", "PaymentsDesk"],
    "sla": ["SLA Store Tills"],
    "server": ["Load balancers", "eshops-1", "zeta"],
}
ITEMS = [server(f"{kind}-{place}", name, kind) for kind, names in NAMES.items() for place, name in enumerate(names)]
"""Ids say nothing of the rank."""


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    ledger = Ledger(store, SteppingClock())
    ledger.commit(plan(*(create(one) for one in ITEMS), create(replace(server("d", "Balancer 7"), description="Before the shop"))))
    return ledger


def names(store: BoltStore, ledger: Ledger, words: str, finder: Finder | None = None, **more: object) -> list[str]:
    found = (finder or Finder(store)).find(words, ledger.head().seq, weights=WEIGHTS, **more)
    assert found.total >= len(found.ids)
    known = {one.id: one.name for one in ITEMS}
    return [known.get(one, one) for one in found.ids]


def test_the_ranking(store: BoltStore, ledger: Ledger) -> None:
    said = {words: names(store, ledger, words) for words in ("payments database", "payment database", "store tills", "shop", "payments")}
    assert said == {
        "payments database": ["Payments database", "payments-primary", "old payments", "Failing over the payments database"],
        "payment database": ["Payments database", "payments-primary", "old payments", "Failing over the payments database"],
        "store tills": ["Store Tills", "SLA Store Tills"],
        "shop": ["Hillside Shop", "eshops-1", "d"],
        "payments": [
            "Payments",
            "Payments database",
            "payments-primary",
            "old payments",
            "Failing over the payments database",
            "PaymentsDesk",
        ],
    }
    assert names(store, ledger, "payments-p") == ["payments-primary"]
    assert names(store, ledger, "datab")[0] == "Payments database"
    assert names(store, ledger, "database", types=("database",)) == ["stock", "old payments", "payments-primary"]
    assert names(store, ledger, "payments", limit=2) == ["Payments", "Payments database"]
    assert names(store, ledger, "%") == names(store, ledger, "payments nowhere") == []


def test_it_keeps_up_with_what_is_committed(store: BoltStore, ledger: Ledger) -> None:
    finder = Finder(store)
    assert names(store, ledger, "zeta", finder) == ["zeta"]
    zeta = next(one for one in ITEMS if one.name == "zeta")
    ledger.commit(plan(update(zeta, name="omega")))
    assert names(store, ledger, "zeta", finder) == []
    assert names(store, ledger, "omega", finder) == ["zeta"]
    stock = next(one for one in ITEMS if one.name == "stock")
    ledger.commit(plan(retire(stock), create(server("new", "stock two"))))
    assert names(store, ledger, "stock", finder) == ["new"]
