"""Scopes of the sides, coverage by service and type, on both engines."""

import pytest

from baselines.compare import NO_SERVICE, Question
from baselines.errors import BaselineNotFound, BaselineWithdrawn
from baselines.model import WHOLE, Scope, ScopeKind
from baselines.sides import Side
from cmdb.model.actor import Actor, Role
from cmdb.store.bolt import BoltStore
from tests.support.comparing import Comparing
from tests.support.estate import create, relate, relation, server, unrelate, update

MANAGER = Actor("mona", frozenset({Role.CHANGE_MANAGER}))
SHOP = Scope(ScopeKind.SERVICE, service="shop")


@pytest.fixture
def shop(store: BoltStore) -> Comparing:
    """`shop -depends_on-> web -depends_on-> db`, and `wiki -depends_on-> disk -depends_on-> power`, apart from it."""
    made = Comparing(store)
    names = {"shop": "service", "wiki": "service", "web": "server", "db": "server", "disk": "server", "power": "server", "lone": "server"}
    edges = (("shop", "web"), ("web", "db"), ("wiki", "disk"), ("disk", "power"))
    made.write(*(create(server(n, type_name=t)) for n, t in names.items()), *(relate(relation(a, b), fresh=True) for a, b in edges))
    return made


def asked(shop: Comparing, a: tuple[int, Scope], b: tuple[int, Scope]) -> dict[str, str]:
    sides = (Side(seq, "", "", scope) for seq, scope in (a, b))
    return {one.id: one.kind.value for one in shop.room.compare.ask(Question(*sides)).stream()}


def test_a_service_grows_and_shrinks(shop: Comparing) -> None:
    """What a service begins to depend on has entered its scope, unaltered, with all that rests below it."""
    grown = relation("web", "disk")
    two = shop.write(relate(grown), update(server("lone"), name="lonely"), change="C1")
    three = shop.write(unrelate(grown), update(server("power"), owner="ops"))
    below = relation("disk", "power").id
    wiki = relation("wiki", "disk").id
    assert asked(shop, (1, SHOP), (two, SHOP)) == {
        grown.id: "added", "disk": "entered", "power": "entered", below: "entered", wiki: "entered",
    }  # fmt: skip
    assert asked(shop, (two, SHOP), (three, SHOP)) == {
        grown.id: "removed", "disk": "left", "power": "left", below: "left", wiki: "left",
    }  # fmt: skip
    assert asked(shop, (two, SHOP), (1, SHOP)) == {
        grown.id: "removed", "disk": "left", "power": "left", below: "left", wiki: "left",
    }  # fmt: skip
    assert asked(shop, (1, SHOP), (three, SHOP)) == {}


def test_scopes_by_type_and_by_name(shop: Comparing) -> None:
    two = shop.write(
        update(server("web"), owner="x"), update(server("shop", type_name="service"), owner="y"), relate(relation("lone", "db"))
    )
    extra = relation("lone", "db").id
    servers, services = (Scope(ScopeKind.TYPE, types=(name,)) for name in ("host", "service"))
    assert asked(shop, (1, servers), (two, servers)) == {"web": "changed", extra: "added"}
    assert asked(shop, (1, services), (two, services)) == {"shop": "changed"}
    some = Scope(ScopeKind.ITEMS, items=("web", "disk"))
    assert asked(shop, (1, some), (two, some)) == {"web": "changed"}


def test_across_scopes_is_allowed_and_told(shop: Comparing) -> None:
    two = shop.write(update(server("web"), owner="x"), update(server("lone"), owner="y"))
    sides = Side(1, "", "", WHOLE), Side(two, "", "", SHOP)
    answer = shop.room.compare.ask(Question(*sides))
    assert {one.id for one in answer.stream()} == {"web"}  # the narrower scope on both sides
    assert len(answer.notes) == 1
    assert "different scopes" in answer.notes[0]
    wiki = Scope(ScopeKind.SERVICE, service="wiki")
    kinds = asked(shop, (1, SHOP), (two, wiki))
    assert {kinds[one] for one in ("shop", "web", "db")} == {"left"}
    assert {kinds[one] for one in ("wiki", "disk", "power")} == {"entered"}


def test_baselines_are_sides(shop: Comparing) -> None:
    taken = shop.baselines.baselines
    first = taken.take("before", "audit", SHOP, MANAGER).baseline
    shop.write(update(server("web"), owner="x"), update(server("lone"), owner="y"))
    answer = shop.between("before")
    assert (answer.question.a.baseline.id, answer.question.b.scope, answer.question.b.now) == (first.id, SHOP, True)  # type: ignore[union-attr]
    assert [one.id for one in answer.stream()] == ["web"]
    assert answer.question.a.hash == first.hash
    taken.withdraw(first.id, MANAGER, "taken too early")
    with pytest.raises(BaselineWithdrawn):
        shop.between("before")
    assert set(shop.kinds(first.seq)) == {"web", "lone"}
    with pytest.raises(BaselineNotFound):
        shop.between("no such")


def test_coverage_by_service_and_type(shop: Comparing) -> None:
    one = shop.ledger.head().seq
    shop.write(update(server("db"), owner="x"), change="C1")
    shop.write(update(server("web"), owner="x"), update(server("power"), owner="x"), unrelate(relation("disk", "power")))
    shop.write(update(server("lone"), owner="x"))
    answer = shop.between(one)
    totals = answer.totals()
    assert {name: (tally.total, tally.share) for name, tally in totals.types()} == {"server": (4, 0.25), "depends_on": (1, 0.0)}
    rows, complete = answer.services()
    # disk no longer needs power, so on the second side power supports nothing; the relationship itself belongs to wiki, as it was
    assert [(row.name, row.tally.total, row.tally.share) for row in rows] == [("shop", 2, 0.5), ("wiki", 1, 0.0), ("", 2, 0.0)]
    assert complete
    assert set(shop.kinds(one, service="shop")) == {"db", "web"}
    assert set(shop.kinds(one, service="wiki")) == {relation("disk", "power").id}
    assert set(shop.kinds(one, service=NO_SERVICE)) == {"power", "lone"}
    assert shop.between(one, service=NO_SERVICE).totals().all.total == rows[-1].tally.total


def test_what_is_tallied_for_a_service_is_what_is_found_for_it(shop: Comparing) -> None:
    """Also where something new needs the service itself, or its parts, without being part of it."""
    one = shop.ledger.head().seq
    lone, disk = relation("lone", "shop"), relation("disk", "db")
    shop.write(relate(lone), relate(disk), update(server("db"), owner="x"), update(server("shop", type_name="service"), owner="y"))
    shop.write(unrelate(relation("web", "db")), update(server("power"), owner="x"))
    answer = shop.between(one)
    tallied = {row.id: row.tally.total for row in answer.services()[0] if row.id}
    assert tallied == {service: len(shop.kinds(one, service=service)) for service in ("shop", "wiki")}
    assert lone.id not in shop.kinds(one, service="shop")


def test_a_cycle_of_dependence_ends(shop: Comparing) -> None:
    one = shop.write(relate(relation("db", "web")), relate(relation("power", "wiki", "depends_on")))
    shop.write(update(server("db"), owner="x"), update(server("disk"), owner="x"))
    rows, _ = shop.between(one).services()
    assert {row.name: row.tally.total for row in rows} == {"shop": 1, "wiki": 1}
