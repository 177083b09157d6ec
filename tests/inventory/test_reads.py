"""Reads of the live graph on both engines: filters, order with nulls, keyset pages, counts, columns, relationships, claims."""

from typing import Any

import pytest

from cmdb.inventory.query import AnyOf, BadCursor, BadQuery, Filter, ItemQuery, Op, Order
from cmdb.inventory.service import Inventory
from cmdb.ledger.service import Ledger
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, claim, create, plan, relate, relation, server

pytestmark = pytest.mark.engine

A = server("a", "Alpha", os="linux", cpus=4, load=0.5, tags=("prod", "web"), on=True)
B = server("b", "beta", os="bsd", cpus=16, tags=("test",), on=False)
C = server("c", "gamma 100%", cpus=8)
D = server("d", "delta", "database", os="linux")
E = server("e", "Ünï 'quoted' \\ \U0001f600", "database", cpus=2)
LINKS = (relation("a", "d", port=1), relation("b", "d"), relation("a", "b", "runs_on"))


@pytest.fixture
def inventory(store: BoltStore) -> Inventory:
    edits = [create(state) for state in (A, B, C, D, E)]
    Ledger(store, SteppingClock()).commit(
        plan(*edits, *(relate(link, True) for link in LINKS), claim("a", "z"), claim("a", "agent"), claim("b"))
    )
    return Inventory(store)


def found(inventory: Inventory, *filters: Filter | AnyOf, **query: Any) -> list[str]:
    return [item.id for item in inventory.page(ItemQuery(filters=filters, **query)).items]


@pytest.mark.parametrize(
    ("field", "op", "value", "ids"),
    [
        ("name", "eq", "beta", "b"),
        ("name", "ne", "beta", "acde"),
        ("os", "eq", "linux", "ad"),
        ("os", "ne", "linux", "bce"),
        ("os", "in", ("bsd", "plan9"), "b"),
        ("name", "contains", "ta", "bd"),
        ("name", "contains", "%", "c"),
        ("name", "contains", "'quoted' \\", "e"),
        ("name", "starts_with", "Al", "a"),
        ("name", "starts_with", "al", ""),
        ("name", "contains", "\U0001f600", "e"),
        ("cpus", "gt", 8, "b"),
        ("cpus", "gte", 8, "bc"),
        ("cpus", "lt", 8, "ae"),
        ("cpus", "lte", 8, "ace"),
        ("load", "gt", 0.1, "a"),
        ("on", "eq", False, "b"),
        ("cpus", "is_null", True, "d"),
        ("cpus", "is_null", False, "abce"),
        ("owner", "is_null", True, "abcde"),
        ("name", "is_null", True, ""),
        ("tags", "has", "prod", "a"),
        ("type", "eq", "database", "de"),
        ("id", "in", ("a", "e", "nobody"), "ae"),
        ("revision", "eq", 1, "abcde"),
        ("_seq", "gt", 1, ""),
        ("never_used", "eq", "x", ""),
    ],
)  # fmt: skip
def test_filters(inventory: Inventory, field: str, op: str, value: Any, ids: str) -> None:
    query = ItemQuery(filters=(Filter(field, op, value),))
    assert [item.id for item in inventory.page(query).items] == list(ids)
    assert inventory.count(query) == len(ids)


def test_filters_are_combined(inventory: Inventory) -> None:
    assert found(inventory, Filter("os", Op.EQ, "linux"), Filter("type", Op.EQ, "server")) == ["a"]
    either = AnyOf(((Filter("os", Op.EQ, "bsd"),), (Filter("cpus", Op.LT, 5), Filter("type", Op.EQ, "database"))))
    assert found(inventory, either) == ["b", "e"]
    assert found(inventory, either, types=("server",)) == ["b"]


def test_types_and_search(inventory: Inventory) -> None:
    assert found(inventory, types=("database",)) == ["d", "e"]
    assert found(inventory, types=("database", "server"), first=3) == ["a", "b", "c"]
    assert found(inventory, types=("printer",)) == []
    assert found(inventory, search="ALPHA") == ["a"]
    assert found(inventory, search="100% gam") == ["c"]
    assert found(inventory, search="gam nothing") == []
    assert found(inventory, search="linux", search_fields=("name", "os")) == ["a", "d"]
    assert inventory.count(ItemQuery(types=("server",))) == 3
    assert inventory.count(ItemQuery(types=("database", "server"))) == 5
    assert inventory.count(ItemQuery()) == 5


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (Order(), "abcde"),
        (Order("id", descending=True), "edcba"),
        (Order("cpus"), "eacbd"),
        (Order("cpus", descending=True), "bcaed"),
        (Order("os"), "badce"),
        (Order("os", descending=True), "adbce"),
        (Order("type"), "deabc"),
        (Order("name"), "abdce"),
        (Order("on"), "bacde"),
    ],
)
def test_order_and_pages_are_the_same_on_both_engines(inventory: Inventory, order: Order, ids: str) -> None:
    assert found(inventory, order=order) == list(ids)
    for size in (1, 2, 4):
        pages, after, more = [], None, True
        while more:
            page = inventory.page(ItemQuery(order=order, first=size, after=after))
            pages += [item.id for item in page.items]
            after, more = page.cursors[-1], page.has_next
            assert len(page.items) == size or not more
        assert pages == list(ids)


def test_facets_and_columns(inventory: Inventory) -> None:
    assert inventory.facets(ItemQuery(), "os") == {"linux": 2, None: 2, "bsd": 1}
    assert inventory.facets(ItemQuery(types=("server",)), "type") == {"server": 3}
    assert list(inventory.facets(ItemQuery(), "type", limit=1)) == ["server"]
    columns = inventory.columns(ItemQuery(order=Order("cpus", descending=True)), ["id", "cpus", "tags", "_seq", "owner"])
    assert columns == {
        "id": ["b", "c", "a", "e", "d"],
        "cpus": [16, 8, 4, 2, None],
        "tags": [["test"], None, ["prod", "web"], None, None],
        "_seq": [1] * 5,
        "owner": [""] * 5,
    }
    assert inventory.columns(ItemQuery(types=("printer",)), ["id", "cpus"]) == {"id": [], "cpus": []}
    assert inventory.columns(ItemQuery(first=2, after=inventory.page(ItemQuery(first=2)).cursors[-1]), ["id"]) == {"id": ["c", "d"]}


def test_relationships_of_many_items(inventory: Inventory) -> None:
    rows = inventory.relations_of(["a", "b", "d", "nobody"])
    assert {id_: sorted((row.state.type, row.outgoing, row.other) for row in found) for id_, found in rows.items()} == {
        "a": [("depends_on", True, "d"), ("runs_on", True, "b")],
        "b": [("depends_on", True, "d"), ("runs_on", False, "a")],
        "d": [("depends_on", False, "a"), ("depends_on", False, "b")],
        "nobody": [],
    }
    one = inventory.relations_of(["d"], "in", ["depends_on"])["d"]
    assert [row.state for row in one if row.other == "a"] == [LINKS[0]]
    assert [(row.other_type, row.other_name, row.seq) for row in one if row.other == "a"] == [("server", "Alpha", 1)]
    assert inventory.relations_of(["d"], "out") == {"d": []}
    assert sorted(row.other for row in inventory.relations_of(["a"], "out", ["runs_on", "depends_on"])["a"]) == ["b", "d"]
    assert [row.other for row in inventory.relations_of(["a"], "out", ["runs_on"])["a"]] == ["b"]


def test_claims_come_by_source(inventory: Inventory) -> None:
    claims = inventory.claims_of(["a", "c"])
    assert [one.source for one in claims["a"]] == ["agent", "z"]
    assert claims["c"] == []


def test_items_by_id(inventory: Inventory) -> None:
    items = inventory.items(["e", "a", "a", "nobody"])
    assert {id_: item.state for id_, item in items.items()} == {"a": A, "e": E}


def test_names_by_id(inventory: Inventory) -> None:
    assert inventory.names(["e", "a", "a", "nobody"]) == {"a": A.name, "e": E.name}
    assert inventory.names([]) == {}


@pytest.mark.parametrize(
    "query",
    [
        ItemQuery(filters=(Filter("name`) DETACH DELETE n //", "eq", 1),)),
        ItemQuery(filters=(Filter("Name", "eq", 1),)),
        ItemQuery(filters=(Filter("name", "like", 1),)),
        ItemQuery(filters=(Filter("name", "eq", None),)),
        ItemQuery(filters=(Filter("name", "in", "abc"),)),
        ItemQuery(filters=(Filter("name", "is_null", "x"),)),
        ItemQuery(filters=(AnyOf(()),)),
        ItemQuery(order=Order("n.id; x")),
        ItemQuery(first=0),
        ItemQuery(first=10_001),
        ItemQuery(search="x", search_fields=("a b",)),
    ],
)
def test_queries_without_meaning_are_refused(inventory: Inventory, query: ItemQuery) -> None:
    with pytest.raises(BadQuery):
        inventory.page(query)


def test_cursors_of_others_are_refused(inventory: Inventory) -> None:
    by_name = inventory.page(ItemQuery(order=Order("name"), first=1)).cursors[0]
    for wrong in (by_name, "", "?", "bm90IGpzb24", "W10"):
        with pytest.raises(BadCursor):
            inventory.page(ItemQuery(after=wrong))
    with pytest.raises(BadQuery):
        inventory.relations_of(["a"], "out", ["x`]-() //"])
