"""Lists as of a commit answer as the live list did then: filters, search, order, pages, cursors, counts, facets, on both engines."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cmdb.inventory.query import AnyOf, BadCursor, BadQuery, Filter, ItemQuery, Op, Order
from cmdb.inventory.service import Inventory
from cmdb.ledger.service import Ledger
from cmdb.past.inventory import PastInventory
from cmdb.store.bolt import BoltStore
from tests.support import engines
from tests.support.estate import SteppingClock, create, plan, restore, retire, server, update

pytestmark = pytest.mark.engine

NAMES = ("alpha", "Alpha 2", "beta", "Émile", "emile", "straße", 'quo"te', "back\\slash", "ж", "10", "9", "line\nbreak", "")
TEXTS = st.sampled_from((*NAMES, "a", "e", "nothing"))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": TEXTS, "owner": st.sampled_from(("", "ann", "Bob", "böse")), "os": st.sampled_from(("linux", "Linux", "bsd")),
    "cpu_count": st.integers(0, 4), "load": st.sampled_from((0.0, 0.5, 2.0, 2.5)), "virtual": st.booleans(),
    "type": st.sampled_from(("server", "database", "printer")), "id": st.sampled_from(("i00", "i05", "i17")), "revision": st.integers(1, 3),
}  # fmt: skip
TEXT_FIELDS = ("name", "owner", "os", "type", "id")
ORDERS = st.builds(Order, st.sampled_from((*FIELDS, "description")), st.booleans())


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """A filter that the GraphQL layer would let through: values of the field's kind, operators that suit it."""
    if draw(st.integers(0, 5)) == 0:
        return Filter("tags", *draw(st.sampled_from([(Op.HAS, "x"), (Op.HAS, 'q"'), (Op.IS_NULL, True), (Op.IS_NULL, False)])))
    name = draw(st.sampled_from(sorted(FIELDS)))
    ops = [Op.EQ, Op.NE, Op.IN, Op.IS_NULL] + [Op.GT, Op.GTE, Op.LT, Op.LTE] * (name != "virtual")
    op = draw(st.sampled_from(ops + [Op.CONTAINS, Op.STARTS_WITH] * (name in TEXT_FIELDS)))
    if op is Op.IS_NULL:
        return Filter(name, op, draw(st.booleans()))
    return Filter(name, op, draw(st.lists(FIELDS[name], max_size=3)) if op is Op.IN else draw(FIELDS[name]))


GROUPS = st.lists(st.lists(filters(), min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple)
ANY_OF = st.builds(AnyOf, GROUPS)
QUERIES = st.builds(
    ItemQuery,
    types=st.sampled_from(((), ("server",), ("database", "server"), ("printer",))),
    filters=st.lists(filters() | ANY_OF, max_size=2).map(tuple),
    order=ORDERS,
    first=st.integers(1, 7),
    search=st.sampled_from(("", "", "a", "ALPHA 2", "émile", 'e"t', "ss")),
)


def item(number: int, name: str, turn: int) -> Any:
    """One of the estate's items: half of the fields are there, and another half each turn."""
    attributes: dict[str, Any] = {}
    if (number + turn) % 2:
        attributes |= {"os": ("linux", "Linux", "bsd")[(number + turn) % 3], "virtual": number % 4 == 1}
        attributes["tags"] = ("x", "y") if number % 3 else ('q"',)
    if (number + turn) % 3:
        attributes |= {"cpu_count": (number + turn) % 5, "load": ((number * 7 + turn) % 6) / 2}
    state = server(f"i{number:02d}", name or "-", "server" if number % 3 else "database", **attributes)
    return replace(state, owner=("", "ann", "Bob", "böse")[(number + turn) % 4], description=NAMES[(number + 5 * turn) % len(NAMES)])


def history(store: BoltStore) -> Iterator[int]:
    """Items created, half of them changed twice, some retired, one restored: gives each commit when it has been made."""
    ledger = Ledger(store, SteppingClock())
    states = [item(number, NAMES[number % len(NAMES)], 0) for number in range(24)]
    yield ledger.commit(plan(*map(create, states))).seq or 0
    for turn in (1, 2):
        before = [replace(one, revision=turn) for one in states[::2]]
        after = [replace(item(n, NAMES[(n + turn) % len(NAMES)], turn), revision=turn) for n in range(0, 24, 2)]
        yield ledger.commit(plan(*(replace(update(old), after=new) for old, new in zip(before, after, strict=True)))).seq or 0
        states[::2] = after
    yield ledger.commit(plan(*(retire(replace(states[n], revision=1)) for n in (1, 3, 5)))).seq or 0
    yield ledger.commit(plan(restore(None, replace(states[3], name="back")))).seq or 0


def shown(page: Any) -> tuple[Any, ...]:
    """What both kinds of page say."""
    return [one.state for one in page.items], page.cursors, page.has_next


def answers(source: Any, query: ItemQuery, *seq: int) -> list[Any]:
    """Two pages, the count and a facet; `seq` goes with each question of the past."""
    first = source.page(query, *seq)
    after = replace(query, after=first.cursors[-1]) if first.cursors else query
    facet = source.facets(query, "os", *seq)
    return [shown(first), shown(source.page(after, *seq)), source.count(query, *seq), facet, list(facet)]


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking on an engine takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=st.lists(QUERIES, min_size=8, max_size=8))
def test_a_list_of_then_is_the_list_that_was_answered_then(store: BoltStore, asked: list[ItemQuery]) -> None:
    """Recorded at each commit, asked again at the end."""
    engines.wipe(store)
    live, past = Inventory(store), PastInventory(store)
    recorded = {seq: [answers(live, query) for query in asked] for seq in history(store)}
    assert list(recorded) == [1, 2, 3, 4, 5]
    for seq, then in recorded.items():
        for query, answer in zip(asked, then, strict=True):
            assert answers(past, query, seq) == answer, (seq, query)


def test_long_lists_and_short_ones_give_the_same_pages(arcadedb_store: BoltStore) -> None:
    *_, last = history(arcadedb_store)
    kept, heaped = PastInventory(arcadedb_store), PastInventory(arcadedb_store, longest=5)
    for order in (Order("name"), Order("os", True), Order("id", True), Order("load")):
        pages = [walked(source, ItemQuery(order=order, first=4), last) for source in (kept, heaped)]
        assert pages[0] == pages[1]
        assert sorted(pages[0]) == sorted(one.state.id for one in kept.all(ItemQuery(), last))
    assert len(pages[0]) == 22


def test_few_orders_are_kept_and_none_of_a_long_query(arcadedb_store: BoltStore) -> None:
    *_, last = history(arcadedb_store)
    past = PastInventory(arcadedb_store, most=3)
    for name in (*NAMES[:6], "nobody", "nobody else"):
        past.page(ItemQuery(filters=(Filter("name", Op.EQ, name),), order=Order("name")), last)
    assert past.kept == 3
    long = ItemQuery(filters=(Filter("name", Op.IN, ["alpha", *(f"name {number}" for number in range(1_000))]),), order=Order("name"))
    fresh = PastInventory(arcadedb_store)
    assert [one.state.name for one in fresh.page(long, last).items] == [one.state.name for one in fresh.all(long, last)] != []
    assert fresh.kept == 0


def walked(source: PastInventory, query: ItemQuery, seq: int) -> list[str]:
    """Ids page by page."""
    ids: list[str] = []
    while True:
        page = source.page(query, seq)
        ids += [one.state.id for one in page.items]
        if not page.has_next:
            return ids
        query = replace(query, after=page.cursors[-1])


def test_before_the_first_commit_there_is_nothing(arcadedb_store: BoltStore) -> None:
    past = PastInventory(arcadedb_store)
    assert past.page(ItemQuery(order=Order("name")), 0).items == ()
    assert (past.count(ItemQuery(), 0), past.facets(ItemQuery(), "os", 0)) == (0, {})


@pytest.mark.parametrize(
    "query",
    [
        ItemQuery(filters=(Filter("name", "like", "x"),)),
        ItemQuery(filters=(Filter("Nämé", Op.EQ, "x"),)),
        ItemQuery(filters=(Filter("name", Op.EQ),)),
        ItemQuery(filters=(Filter("_created", Op.EQ, "x"),)),
        ItemQuery(order=Order("no such")),
        ItemQuery(first=0),
        ItemQuery(filters=(AnyOf(()),)),
    ],
)
def test_what_the_live_list_refuses_is_refused(arcadedb_store: BoltStore, query: ItemQuery) -> None:
    for _ in history(arcadedb_store):
        break
    with pytest.raises(BadQuery):
        PastInventory(arcadedb_store).page(query, 1)


def test_a_cursor_of_another_order_is_refused(arcadedb_store: BoltStore) -> None:
    for _ in history(arcadedb_store):
        break
    past = PastInventory(arcadedb_store)
    by_name = past.page(ItemQuery(order=Order("name"), first=2), 1)
    with pytest.raises(BadCursor):
        past.page(ItemQuery(after=by_name.cursors[0]), 1)
