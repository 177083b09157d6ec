"""Comparing two sides, on both engines: each kind of difference, commits and authorisation, pages, filters, what is refused."""

from dataclasses import replace

import pytest

from baselines.compare import BadCursor
from baselines.differences import Authorisation, DifferenceKind, Subject, ValueChange
from cmdb.ledger.asof import UnknownRevision
from cmdb.ledger.purged import VersionPurged
from cmdb.model.registry import UnknownType
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from tests.support.comparing import Comparing
from tests.support.estate import at, create, relate, relation, restore, retire, rework, server, unrelate, update


@pytest.fixture
def shop(store: BoltStore) -> Comparing:
    return Comparing(store)


def test_every_kind_of_difference_is_told_as_such(shop: Comparing) -> None:
    web, db, old, moody = server("web", os="deb12", ports=(80, 443)), server("db", cpu_count=4), server("old"), server("moody", os="a")
    edge, loose = relation("web", "db", need="hard"), relation("web", "old")
    first = shop.write(*map(create, (web, db, old, moody)), relate(edge, fresh=True), relate(loose, fresh=True), change="C1")
    shop.write(update(web, attributes={"os": "deb13", "ports": (8080, 80)}), update(db, name="db-main"), change="C2")
    shop.write(unrelate(loose), rework(edge, need="soft"), retire(old), create(server("new")))
    shop.write(update(moody, attributes={"os": "b"}))
    second = shop.write(update(at(replace(moody, attributes={"os": "b"}), 2), attributes={"os": "a"}))

    found = {one.id: one for one in shop.between(first, second).stream()}
    assert {id_: one.kind.value for id_, one in found.items()} == {
        "web": "changed", "db": "renamed", "old": "removed", "new": "added", edge.id: "changed", loose.id: "removed",
    }  # fmt: skip  # moody came back to what it was: no difference
    changes = {one.name: one for one in found["web"].attributes()}
    assert (changes["os"].before, changes["os"].after, changes["os"].kind) == ("deb12", "deb13", ValueChange.CHANGED)
    assert (changes["ports"].added, changes["ports"].removed) == ((8080,), (443,))
    assert [(one.name, one.before, one.after) for one in found["db"].attributes()] == [("name", "db", "db-main")]
    assert {one.name: (one.kind, one.after) for one in found["new"].attributes()} == {
        "name": (ValueChange.ADDED, "new"), "status": (ValueChange.ADDED, "live"),
    }  # fmt: skip
    assert found["old"].before is not None
    assert found["old"].after is None
    assert (found[edge.id].name, found[edge.id].subject) == ("web depends_on db-main", Subject.RELATION)
    assert [(one.name, one.before, one.after) for one in found[edge.id].attributes()] == [("need", "hard", "soft")]
    assert found[loose.id].name == "web depends_on old"


def test_backwards_is_the_mirror_image(shop: Comparing) -> None:
    web, old = server("web", os="a"), server("old")
    first = shop.write(create(web), create(old))
    second = shop.write(update(web, attributes={"os": "b"}), retire(old), create(server("new")))
    assert shop.kinds(first, second) == {"web": "changed", "old": "removed", "new": "added"}
    assert shop.kinds(second, first) == {"web": "changed", "old": "restored", "new": "removed"}
    back = {one.id: one for one in shop.between(second, first).stream()}
    assert [(one.before, one.after) for one in back["web"].attributes()] == [("b", "a")]
    assert shop.kinds(first, first) == {}


def test_what_was_retired_and_is_there_again_is_restored(shop: Comparing) -> None:
    web = server("web")
    shop.write(create(web))
    gone = shop.write(retire(web))
    shop.write(restore(at(web, 2), web))
    assert shop.kinds(gone) == {"web": "restored"}
    assert shop.kinds(1) == {}
    assert shop.kinds(0) == {"web": "added"}


def test_a_type_change_is_one_difference(shop: Comparing) -> None:
    metal = server("m1", "app7", serial_number="SN-1", vendor="Acme")
    virtual = server("v1", "app7", "virtual_machine", serial_number="SN-1", vendor="Acme")
    first = shop.write(create(metal), create(server("s1", "unrelated")))
    shop.write(retire(metal), change="C9")
    last = shop.write(create(virtual), create(server("x", "bystander", "kubernetes_service")), change="C9")
    found = {one.id: one for one in shop.between(first, last).stream()}
    assert {id_: one.kind for id_, one in found.items()} == {"v1": DifferenceKind.RETYPED, "x": DifferenceKind.ADDED}
    assert (found["v1"].former_id, found["v1"].type) == ("m1", "virtual_machine")
    assert "type" in found["v1"].fields
    assert [one.seq for one in found["v1"].commits] == [2, 3]
    assert found["v1"].authorisation is Authorisation.AUTHORISED
    back = {one.id: one for one in shop.between(last, first).stream()}
    assert (back["m1"].kind, back["m1"].former_id) == (DifferenceKind.RETYPED, "v1")


def test_each_difference_names_the_commits_that_made_it_and_their_change(shop: Comparing) -> None:
    a, b, c = (server(name, os="1", boot_time="2026-01-01T00:00:00.000000Z") for name in "abc")
    first = shop.write(*map(create, (a, b, c)))
    shop.write(update(a, attributes={"os": "2"}), update(b, attributes={"os": "2"}), change="C1", reason="upgrade")
    shop.write(update(at(replace(b, attributes={"os": "2"}), 2), attributes={"os": "3"}), reason="by hand")
    shop.write(update(c, attributes={"os": "9"}))
    found = {one.id: one for one in shop.between(first).stream()}
    assert {id_: one.authorisation.value for id_, one in found.items()} == {"a": "authorised", "b": "partly", "c": "none"}
    assert [(one.seq, one.actor, one.reason, one.change) for one in found["b"].commits] == [
        (2, "erin", "upgrade", "C1"), (3, "erin", "by hand", None),
    ]  # fmt: skip
    assert found["a"].changes == ("C1",)
    totals = shop.between(first).totals()
    assert (totals.all.total, totals.all.authorised, totals.all.partly, totals.all.none) == (3, 1, 1, 1)
    assert totals.all.share == pytest.approx(1 / 3)
    assert set(shop.kinds(first, only_unauthorised=True)) == {"b", "c"}


def test_noise_needs_no_authorisation(shop: Comparing) -> None:
    """Under `significant` a restart is no difference, nor does its commit stain what a change did to the same item."""
    early, late = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.000000Z"
    a, b = server("a", os="1", boot_time=early), server("b", boot_time=early)
    first = shop.write(create(a), create(b))
    shop.write(update(a, attributes={"os": "2", "boot_time": early}), change="C1")
    shop.write(update(at(replace(a, attributes={"os": "2"}), 2), attributes={"os": "2", "boot_time": late}), update(b, attributes={}))
    assert shop.kinds(first) == {"a": "changed", "b": "changed"}
    found = list(shop.between(first, None, "significant").stream())
    assert [(one.id, one.fields, one.authorisation.value) for one in found] == [("a", ("os",), "authorised")]


def test_pages_are_the_stream_cut_and_cursors_stay_good(shop: Comparing) -> None:
    first = shop.ledger.head().seq
    for start in range(0, 30, 10):
        names = [f"s{n:02}" for n in range(start, start + 10)]
        edges = [relate(relation(one, names[0]), fresh=True) for one in names[1:4]]
        shop.write(*(create(server(one)) for one in names), *edges)
    whole = list(shop.between(first, 3).stream())
    assert len(whole) == 39
    cut, after = [], None
    while True:
        page = shop.between(first, 3).page(7, after)
        cut += page.differences
        shop.write(create(server(f"later{len(cut)}")))  # what comes later does not move the pages of two fixed sides
        if not page.more:
            break
        after = page.differences[-1].cursor
    assert cut == whole
    assert [one.cursor for one in shop.between(first, 3).stream(whole[20].cursor)] == [one.cursor for one in whole[21:]]


def test_filters(shop: Comparing) -> None:
    edge = relation("a", "b")
    shop.write(create(server("a")), create(server("b", type_name="virtual_machine")), relate(edge, fresh=True))
    shop.write(update(server("a"), name="aa"))
    assert set(shop.kinds(0, types=("host",))) == {"a", "b"}
    assert set(shop.kinds(0, types=("server", "depends_on"))) == {"a", edge.id}
    assert set(shop.kinds(1, kinds=(DifferenceKind.ADDED,))) == set()
    assert set(shop.kinds(1, kinds=(DifferenceKind.RENAMED,))) == {"a"}
    with pytest.raises(UnknownType):
        shop.between(0, types=("sevrer",))


def test_what_is_no_side_and_no_cursor(shop: Comparing) -> None:
    shop.write(create(server("a")))
    with pytest.raises(UnknownRevision):
        shop.between(99)
    for cursor in ("", "x", "1", "1.q.a", "1.i.", "-1.i.a", "99999999999999999999.i.a"):
        with pytest.raises(BadCursor):
            shop.between(0).page(5, cursor)
    assert shop.between(0).page(5, "1.i.zzz").differences == ()


def test_what_was_purged_between_counts_and_a_purged_side_is_refused(shop: Comparing) -> None:
    """A version without its body may have altered anything: its commit counts. Where a side itself is gone, nothing is made up."""
    a = server("a", os="1")
    first = shop.write(create(a))
    second = shop.write(update(a, attributes={"os": "1", "boot_time": "2026-01-01T00:00:00.000000Z"}), reason="seen")
    shop.write(update(at(a, 2), attributes={"os": "2"}), change="C1")
    (whole,) = shop.between(first, None, "significant").stream()
    assert [one.seq for one in whole.commits] == [3]
    purge = Statement("purge", "write", ("key",), (), "MATCH (v:ItemVersion {key: $key}) SET v.body = '', v.purged = 9")
    shop.store.write(lambda tx: tx.run(purge, key=f"a@{second}"))
    (left,) = shop.between(first, None, "significant").stream()
    assert ([one.seq for one in left.commits], left.fields, left.authorisation.value) == ([2, 3], ("os",), "partly")
    with pytest.raises(VersionPurged):
        shop.between(second).page()
