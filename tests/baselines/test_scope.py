"""What is in a scope as of a commit, on both engines, and that a saved query finds in history what the list finds in the live graph."""

from dataclasses import replace
from typing import Any

import pytest

from baselines.errors import ScopeTooLarge
from baselines.model import Scope, ScopeKind
from baselines.saved_query import SavedQuery
from baselines.scope import Members, Scopes
from cmdb.inventory.service import Inventory
from cmdb.ledger.asof import History
from cmdb.model.types import ItemType, RelationType
from cmdb.store.bolt import BoltStore
from tests.support.baseline_room import WHOLE, Shop
from tests.support.estate import create, relate, relation, retire, server, unrelate, update

pytestmark = pytest.mark.engine


@pytest.fixture
def shop(store: BoltStore) -> Shop:
    return Shop(store)


def ids(shop: Shop, scope: Scope, seq: int | None = None) -> set[str]:
    found = shop.room.scopes.members(scope, seq or shop.ledger.head().seq).ids
    assert found is not None
    return set(found)


SERVICE = Scope(ScopeKind.SERVICE, service="shop")


def test_a_service_with_all_it_depends_on_at_each_commit(shop: Shop) -> None:
    first = shop.ledger.head().seq
    assert ids(shop, SERVICE) == {"shop", "web", "pair", "n1", "n2", "db"}  # not what describes it, nor who needs it
    lone = relation("db", "lone", "runs_on")
    second = shop.write(relate(lone), unrelate(shop.links["web", "pair"]))
    assert ids(shop, SERVICE) == {"shop", "web", "db", "lone"}
    shop.write(retire(shop.states["shop"]))
    assert ids(shop, SERVICE) == set()
    assert ids(shop, SERVICE, second) == {"shop", "web", "db", "lone"}
    assert ids(shop, SERVICE, first) == {"shop", "web", "pair", "n1", "n2", "db"}


def test_a_cycle_of_dependencies_ends(shop: Shop) -> None:
    shop.write(relate(relation("db", "shop")))
    assert ids(shop, SERVICE) == {"shop", "web", "pair", "n1", "n2", "db"}


def test_a_closure_that_is_too_large_is_refused_not_cut(shop: Shop) -> None:
    scopes = Scopes(shop.store, History(shop.store), lambda: shop.registry, most=5)
    with pytest.raises(ScopeTooLarge) as refusal:
        scopes.members(SERVICE, shop.ledger.head().seq)
    assert refusal.value.fields["limit"] == 5


def test_types_stand_for_those_below_them(shop: Shop) -> None:
    members = shop.room.scopes.members(Scope(ScopeKind.TYPE, types=("host",)), shop.ledger.head().seq)
    assert ("n1", "server") in members
    assert ("x", "virtual_machine") in members
    assert ("shop", "service") not in members
    assert members.touches(("web", "application"), ("n1", "server"))
    assert not members.touches(("web", "application"), ("db", "database"))
    assert ("anything", "at_all") in shop.room.scopes.members(WHOLE, 1)
    assert ("anything", "at_all") not in Members(1)


def test_a_release_and_what_it_put_live(shop: Shop) -> None:
    scope = Scope(ScopeKind.RELEASE, release="r1")
    first = shop.ledger.head().seq
    shop.write(unrelate(shop.links["db", "r1"]))
    assert ids(shop, scope, first) == {"r1", "web", "db"}
    assert ids(shop, scope) == {"r1", "web"}


def test_definitions_of_then_decide(shop: Shop) -> None:
    """A type moved below another, and a relationship that carries no failure any more, do not alter what was in scope."""
    first = shop.write_types(*shop.registry.definitions())
    assert "db" in ids(shop, SERVICE)
    link, lone = shop.registry.relation("depends_on"), shop.registry.item("server").definition
    assert isinstance(link, RelationType)
    assert isinstance(lone, ItemType)
    none = replace(
        link, propagation=replace(link.propagation, kind=shop.registry.relation("documented_by").propagation.kind, need_attribute=None)
    )
    later = shop.write_types(none, replace(lone, parent="configuration_item"))
    hosts = Scope(ScopeKind.TYPE, types=("host",))
    assert ids(shop, SERVICE, first) == {"shop", "web", "pair", "n1", "n2", "db"}
    assert ids(shop, SERVICE, later) == {"shop"}
    assert ("n1", "server") in shop.room.scopes.members(hosts, first)
    assert ("n1", "server") not in shop.room.scopes.members(hosts, later)


CONDITIONS: list[tuple[str, str, Any]] = [
    ("name", "eq", "Alpha"), ("name", "ne", "Alpha"), ("name", "in", ["Alpha", "beta"]), ("name", "contains", "a"),
    ("name", "starts_with", "b"), ("name", "gt", "b"), ("name", "lte", "beta"), ("owner", "is_null", True), ("owner", "is_null", False),
    ("owner", "eq", "ops"), ("owner", "ne", "ops"), ("cpu_count", "eq", 4), ("cpu_count", "ne", 4), ("cpu_count", "gte", 4),
    ("cpu_count", "lt", 8), ("cpu_count", "in", [2, 8]), ("cpu_count", "is_null", True), ("cpu_count", "is_null", False),
    ("tags", "has", "red"), ("tags", "is_null", True), ("type", "eq", "server"), ("id", "in", ["s1", "s4"]), ("revision", "gt", 1),
    ("type", "ne", "server"), ("description", "contains", "Ä"),
]  # fmt: skip


def test_a_saved_query_finds_in_history_what_the_list_finds(shop: Shop) -> None:
    servers = [
        replace(server("s1", "Alpha", cpu_count=2, tags=("red", "blue")), owner="ops", description="front DOOR"),
        replace(server("s2", "beta", cpu_count=4, tags=("red",)), owner="dev"),
        replace(server("s3", "Gamma", cpu_count=8), description="Ärger"),
        server("s4", "ALPHA"),
    ]
    shop.write(*map(create, servers))
    shop.write(update(servers[1], location="cellar"))
    queries = [{"filter": [{"field": field, "op": op, "value": value}]} for field, op, value in CONDITIONS]
    queries += [{"types": ["host"], **one} for one in queries[::3]]
    queries += [{"search": "alpha"}, {"search": "front door"}, {"search": "a", "types": ["server", "service"]}, {"types": ["host"]}]
    queries += [{"types": ["server"], "any_of": [one["filter"] for one in queries[a : a + 2]]} for a in range(0, len(CONDITIONS) - 1, 4)]
    inventory = Inventory(shop.store)
    for body in queries:
        query = SavedQuery.of(body).checked(shop.registry)
        assert SavedQuery.of(query.body()) == query
        concrete = sorted({name for one in query.types for name in shop.registry.concrete_of(one)})
        listed = {one.id for one in inventory.page(query.items(concrete, first=100)).items}
        assert ids(shop, Scope(ScopeKind.QUERY, query=query.body())) == listed, body


def test_a_query_answers_as_of_its_commit(shop: Shop) -> None:
    scope = Scope(ScopeKind.QUERY, query={"types": ["server"], "filter": [{"field": "name", "op": "starts_with", "value": "n"}]})
    first = shop.ledger.head().seq
    shop.write(update(shop.states["n1"], name="x1"), update(shop.states["lone"], name="n3"))
    shop.write(retire(shop.states["n2"]))
    assert ids(shop, scope, first) == {"n1", "n2"}
    assert ids(shop, scope) == {"lone"}
