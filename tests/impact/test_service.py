"""Questions and answers on small graphs one can check by eye, and what is refused."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.causes import CauseKind
from cmdb.impact.index import IndexBehind
from cmdb.impact.levels import Level, Pass, needed_members
from cmdb.impact.questions import (
    MAX_PAGE,
    MAX_ROOTS,
    AffectedQuery,
    BadWhatIf,
    ChangedItem,
    ImpactQuestion,
    NewItem,
    RelationRef,
    RetiredRoot,
    TooMuchAsked,
    UnknownRoot,
    WhatIf,
)
from cmdb.impact.rows import GroupNeed
from cmdb.kernel.errors import InvalidInput
from cmdb.kernel.stop import OutOfTime, Stop
from tests.support.impact_graphs import GROUP, Scene, scene

D, G, R, OK = Level.DOWN, Level.DEGRADED, Level.AT_RISK, Level.OK

SHOP = """
checkout needs payment
checkout likes recommender
payment needs pool
a piece_of pool
b piece_of pool
c piece_of pool
a needs rack1
b needs rack1
c needs rack2
rack1 needs feed
rack2 needs feed
"""
TYPES = {
    "checkout": "service",
    "payment": "application",
    "recommender": "application",
    "rack1": "rack",
    "rack2": "rack",
    "feed": "power_feed",
}


@pytest.fixture
def shop() -> Scene:
    return scene(SHOP, groups={"pool": {"need_count": 2}}, types=TYPES)


def hit(made: Scene, *roots: str, **more: object) -> dict[str, Level]:
    return made.service.impact(replace(ImpactQuestion.down(*roots), **more)).levels()


def test_direction_if_db_fails_web_is_affected_and_not_the_reverse() -> None:
    """The direction fixture, kept for ever (design 7): web -depends_on-> db."""
    made = scene("web depends_on db")
    assert hit(made, "db") == {"db": D, "web": D}
    assert hit(made, "web") == {"web": D}
    assert [one.id for one in made.service.dependencies("web").items] == ["db"]
    assert made.service.dependencies("db").items == ()
    assert made.service.paths("db", "web").length == 1
    assert made.service.paths("web", "db").length is None


def test_provider_of_and_part_of_point_the_other_way() -> None:
    assert hit(scene("feed feeds rack"), "feed") == {"feed": D, "rack": D}
    assert hit(scene("feed feeds rack"), "rack") == {"rack": D}
    assert hit(scene("disk piece_of server"), "disk") == {"disk": D, "server": D}
    assert hit(scene("disk piece_of server"), "server") == {"server": D}
    assert hit(scene("page mentions server"), "server") == {"server": D}


def test_levels_of_a_pool_that_needs_two_of_three(shop: Scene) -> None:
    assert hit(shop, "c") == {"c": D, "pool": R, "payment": R, "checkout": R}
    assert hit(shop, "rack1") == {"rack1": D, "a": D, "b": D, "pool": D, "payment": D, "checkout": D}
    answer = shop.service.impact(ImpactQuestion({"a": G, "b": G}))
    assert answer.levels() == {"a": G, "b": G, "pool": G, "payment": G, "checkout": G}
    assert hit(shop, "recommender") == {"recommender": D, "checkout": G}


def test_counts_leave_the_roots_out_and_services_come_worst_first(shop: Scene) -> None:
    answer = shop.service.impact(ImpactQuestion.down("rack1"))
    assert answer.counts == {D: 5, G: 0, R: 0}
    assert {count.name: (count.down, count.total) for count in answer.by_type()} == {
        "server": (2, 2), GROUP: (1, 1), "application": (1, 1), "service": (1, 1),
    }  # fmt: skip
    assert [(one.id, one.level) for one in shop.service.services(answer)] == [("checkout", D)]
    every = [one.id for one in answer.of_types(frozenset({"server", "application"}))]
    assert [one.id for one in answer.of_types(frozenset({"server", "application"}), 2)] == every[:2]
    assert len(every) > 2
    assert answer.complete
    assert answer.reason is None
    assert answer.revision == 1


def test_why_tells_the_path_and_how_the_group_stands(shop: Scene) -> None:
    why = shop.service.impact(ImpactQuestion.down("rack1")).why("checkout")
    assert [step.item.id for step in why.steps][0::2] == ["rack1", "pool", "checkout"]
    assert [step.how for step in why.steps] == [None, Pass.HARD, Pass.MEMBER, Pass.HARD, Pass.HARD]
    group = why.steps[2].group
    assert group is not None
    assert (group.members, group.needed, group.up, group.good, group.failed_total) == (3, 2, 1, 1, 2)
    assert {one.id for one in group.failed} == {"a", "b"}
    assert shop.service.impact(ImpactQuestion.down("c")).why("rack1").steps == ()
    assert shop.service.impact(ImpactQuestion.down("c")).why("nobody").steps == ()


def test_pages_follow_each_other_without_gap_and_filters_hold(shop: Scene) -> None:
    answer = shop.service.impact(ImpactQuestion.down("feed"))
    query, seen = AffectedQuery(first=3), []
    while True:
        page = answer.page(query)
        assert page.total == 8
        seen += [one.id for one in page.items]
        if page.cursor is None:
            break
        query = replace(query, after=page.cursor)
    assert seen == sorted(seen)
    assert len(seen) == 8
    assert answer.page(AffectedQuery(types=frozenset({"rack"}))).total == 2
    assert answer.page(AffectedQuery(levels=frozenset({R}))).total == 0
    assert answer.page(AffectedQuery(roots=True)).total == 9
    with pytest.raises(InvalidInput):
        answer.page(AffectedQuery(after="3:nobody"))
    counted = answer.page(AffectedQuery(first=0))
    assert (counted.items, counted.total, counted.cursor) == ((), 8, None), "who only counts asks for an empty page"
    for first in (-1, MAX_PAGE + 1):
        with pytest.raises(TooMuchAsked):
            answer.page(AffectedQuery(first=first))


def test_what_one_tries_out_nobody_else_sees() -> None:
    """Two what-ifs and the ledger add items at the same time: each under the same number, none with another's type."""
    made = Scene().step()
    made.commit(made.item("a", "server"))
    (one, _), (other, _) = made.index.fork(), made.index.fork()
    mine = one.add_item("mine", "rack")
    yours = other.add_item("yours", "application")
    made.step().commit(made.item("theirs", "service"))
    late, _ = made.index.fork()
    late.add_item("late", "rack")
    made.step().commit(made.item("latest", "application"))
    other.describe(yours, type="rack")
    view = made.index.view()
    assert [view.type_name(view.find(name)) for name in ("a", "theirs", "latest")] == ["server", "service", "application"]
    assert (one.type_name(mine), other.type_name(yours)) == ("rack", "rack")
    assert late.type_name(late.find("late")) == "rack"


def test_owners_locations_and_criticality_are_counted_and_follow_changes() -> None:
    made = Scene().step()
    made.commit(
        made.item("db", owner="dba", location="north"), made.item("web", owner="shop", location="north", criticality="high"),
        made.item("app", owner="shop"), made.relation("web", "needs", "db"), made.relation("app", "likes", "db"),
    )  # fmt: skip
    answer = made.service.impact(ImpactQuestion.down("db"))
    assert [(c.name, c.down, c.degraded) for c in answer.by_owner()] == [("shop", 1, 1)]
    assert [(c.name, c.total) for c in answer.by_location()] == [("north", 1), (None, 1)], "who has none is counted too"
    assert [(c.name, c.total) for c in answer.by_criticality()] == [("high", 1), (None, 1)]
    for rows in (answer.by_type(), answer.by_owner(), answer.by_location(), answer.by_criticality()):
        assert sum(row.total for row in rows) == answer.total
    made.step().commit(made.item("app", owner="ops", location="south"))
    after = made.service.impact(ImpactQuestion.down("db"))
    assert {c.name for c in after.by_owner()} == {"shop", "ops"}
    assert [(c.name, c.total) for c in answer.by_owner()] == [("shop", 2)], "an answer stands at its revision"
    assert made.service.location_loss("north").levels() == {"db": D, "web": D, "app": G}
    with pytest.raises(UnknownRoot):
        made.service.location_loss("nowhere")


def test_a_limit_makes_the_answer_incomplete_and_names_the_frontier(shop: Scene) -> None:
    answer = shop.service.impact(ImpactQuestion({"feed": D}, max_items=2))
    assert not answer.complete
    assert answer.reason is not None
    assert "max_items" in answer.reason
    assert len(answer.levels()) == 2
    assert answer.frontier
    assert not set(answer.frontier) & set(answer.levels())
    assert shop.service.impact(ImpactQuestion({"feed": D}, max_items=100)).complete


def test_no_roots_and_ok_roots_do_nothing(shop: Scene) -> None:
    assert shop.service.impact(ImpactQuestion({})).levels() == {}
    answer = shop.service.impact(ImpactQuestion({"feed": OK}))
    assert (answer.levels(), answer.total, answer.depth_histogram()) == ({}, 0, {})


def test_unknown_and_retired_roots_are_refused_by_name(shop: Scene) -> None:
    with pytest.raises(UnknownRoot) as unknown:
        hit(shop, "nobody", "a")
    assert unknown.value.fields["ids"] == ["nobody"]
    shop.step().commit(shop.item("c", retired=True))
    with pytest.raises(RetiredRoot):
        hit(shop, "c")
    for odd in ("", "x" * 10_000, "a\0", "ü" * 40):
        with pytest.raises(UnknownRoot):
            hit(shop, odd)


def test_too_many_roots_are_refused_at_once(shop: Scene) -> None:
    with pytest.raises(TooMuchAsked):
        shop.service.impact(ImpactQuestion({f"i{n}": D for n in range(MAX_ROOTS + 1)}))
    with pytest.raises(TooMuchAsked):
        shop.service.impact(ImpactQuestion({"a": D}, max_items=-1))
    with pytest.raises(TooMuchAsked):
        shop.service.common_causes({})


def test_what_if_another_member_joins_or_one_leaves(shop: Scene) -> None:
    more = WhatIf(add_items=(NewItem("d", "server"),), add_relations=(RelationRef("member_of", "d", "pool"),))
    assert hit(shop, "rack1", what_if=more) == {"rack1": D, "a": D, "b": D, "pool": R, "payment": R, "checkout": R}
    fewer = WhatIf(remove_relations=(RelationRef("piece_of", "a", "pool"), RelationRef("piece_of", "b", "pool")))
    assert shop.service.impact(ImpactQuestion({}, what_if=fewer)).levels() == {"pool": D, "payment": D, "checkout": D}
    gone = WhatIf(remove_items=("rack2",))
    assert shop.service.impact(ImpactQuestion({}, what_if=gone)).levels() == {"rack2": D, "c": D, "pool": R, "payment": R, "checkout": R}
    relaxed = WhatIf(group_needs={"pool": GroupNeed(count=1)})
    assert hit(shop, "rack1", what_if=relaxed) == {"rack1": D, "a": D, "b": D, "pool": R, "payment": R, "checkout": R}
    assert hit(shop, "rack1")["pool"] == D, "nothing was written"


@pytest.mark.parametrize(
    "what_if",
    [
        WhatIf(add_items=(NewItem("a", "server"),)),
        WhatIf(add_items=(NewItem("n", "no_such_type"),)),
        WhatIf(add_items=(NewItem("n", "host"),)),  # abstract
        WhatIf(remove_items=("nobody",)),
        WhatIf(remove_relations=(RelationRef("needs", "a", "c"),)),
        WhatIf(add_relations=(RelationRef("mentions", "a", "c"),)),
        WhatIf(add_relations=(RelationRef("no_such_type", "a", "c"),)),
        WhatIf(add_relations=(RelationRef("runs_on", "a", "c"),)),  # a server may not
        WhatIf(group_needs={"a": GroupNeed(count=1)}),
    ],
)
def test_what_if_changes_that_cannot_be_are_refused(shop: Scene, what_if: WhatIf) -> None:
    with pytest.raises(BadWhatIf):
        shop.service.impact(ImpactQuestion({}, what_if=what_if))


def test_at_least_a_revision_waits_and_gives_up(shop: Scene) -> None:
    with pytest.raises(IndexBehind):
        shop.service.impact(ImpactQuestion({"a": D}, at_least=2, wait=0.05))
    later = threading.Timer(0.1, lambda: shop.step().commit(shop.item("new")))
    later.start()
    assert shop.service.impact(ImpactQuestion({"a": D}, at_least=2, wait=10)).revision == 2
    later.join()


def test_the_same_versions_handed_in_twice_change_nothing(shop: Scene) -> None:
    shop.step()
    versions = [shop.item("d"), shop.relation("d", "piece_of", "pool")]
    shop.commit(*versions)
    before = shop.index.view()
    assert shop.index.apply(versions) == 2
    assert shop.index.view() is before
    assert shop.index.apply([]) == 2


def test_compaction_is_wanted_after_many_changes_and_changes_no_answer(shop: Scene) -> None:
    assert not shop.index.wants_compaction()
    for number in range(1200):
        shop.step().commit(shop.item(f"x{number}"), shop.relation(f"x{number}", "needs", "feed"))
    assert shop.index.wants_compaction()
    before = hit(shop, "feed")
    shop.index.compact()
    assert not shop.index.wants_compaction()
    assert hit(shop, "feed") == before
    assert len(before) == 1209


def test_questions_and_changes_from_many_threads(shop: Scene) -> None:
    """Each answer is one a whole commit left behind: x and y always come and go together."""
    wrong, done = [], threading.Event()

    def ask() -> None:
        while not done.is_set():
            found = {name for name in hit(shop, "feed") if name in ("x", "y")}
            if len(found) == 1:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(150):
        shop.step()
        gone = bool(turn % 2)
        versions = [shop.item(name, retired=gone) for name in ("x", "y")]
        shop.commit(*versions, *([] if gone else [shop.relation(name, "needs", "feed") for name in ("x", "y")]))
        if turn % 50 == 49:
            shop.index.compact()
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("members", "count", "percent", "k"),
    [
        (4, None, None, 1),
        (4, 2, None, 2),
        (4, None, 50, 2),
        (3, None, 50, 2),
        (3, 1, 100, 3),
        (3, 9, None, 3),
        (0, 1, None, 0),
        (5, None, 0, 0),
    ],
)
def test_needed_members(members: int, count: int | None, percent: float | None, k: int) -> None:
    assert needed_members(members, count, percent) == k


def test_common_cause_of_two_unwell_servers_is_their_rack(shop: Scene) -> None:
    answer = shop.service.common_causes({"a": D, "b": D})
    assert [cause.ids for cause in answer.causes] == [("rack1",), ("feed",)]
    assert (answer.causes[0].explained, answer.causes[0].others) == (2, 4)
    both = shop.service.common_causes({"rack1": D, "rack2": D, "recommender": D})
    assert both.causes[0].ids == ("feed", "recommender")


def test_members_of_a_group_are_a_common_cause_together() -> None:
    """x and y each need a member of their own, and db needs the pool of both: no single item explains all three."""
    made = scene("x needs a\ny needs b\na piece_of pool\nb piece_of pool\ndb needs pool", groups={"pool": {"need_count": 1}})
    found = made.service.common_causes({"x": D, "y": D, "db": D})
    assert (found.causes[0].ids, found.causes[0].explained, found.causes[0].kind) == (("a", "b"), 3, CauseKind.GROUP)
    assert {one.kind for one in found.causes[1:]} == {CauseKind.SINGLE}
    assert found.complete
    unrelated = scene("x needs a\ny needs b").service.common_causes({"x": D, "y": D}).causes[0]
    assert (set(unrelated.ids), unrelated.kind) == ({"x", "y"}, CauseKind.GREEDY)


def test_whatever_is_over_before_it_begins_says_so(shop: Scene) -> None:
    over = Stop(0.0)
    causes = shop.service.common_causes({"a": D, "b": D}, stop=over)
    assert (causes.causes, causes.tried, causes.complete) == ((), 0, False)
    points = shop.service.single_points_of_failure("checkout", stop=over)
    assert (points.items, points.looked_at, points.complete) == ((), 0, False)
    gone = Stop()
    narrower = gone.within(50)
    gone.abandon()
    assert narrower.over
    for ask in (
        lambda: shop.service.impact(ImpactQuestion.down("a"), gone),
        lambda: shop.service.paths("feed", "checkout", stop=over),
        lambda: shop.service.compare(ImpactQuestion.down("a"), over),
    ):
        with pytest.raises(OutOfTime):
            ask()


def test_what_if_an_item_changes(shop: Scene) -> None:
    def tried(*roots: str, **what_if: Any) -> ImpactAnswer:
        return shop.service.impact(replace(ImpactQuestion.down(*roots), what_if=WhatIf(**what_if)))

    worn = tried(change_items=(ChangedItem("rack1", level=G),))
    assert worn.levels() == {"rack1": G, "a": G, "b": G, "pool": G, "payment": G, "checkout": G}
    moved = tried("rack1", change_items=(ChangedItem("a", {"owner": "night shift", "location": None, "type": "server"}),))
    assert [(one.name, one.total) for one in moved.by_owner()] == [("night shift", 1), (None, 4)]
    assert "night shift" not in shop.service.view().words.owners, "a word that was only tried is not kept"
    softer = tried("feed", change_relations=(RelationRef("needs", "rack1", "feed", {"need": "soft"}),))
    assert (softer.level("rack1"), softer.level("a"), softer.level("rack2")) == (G, G, D)
    for wrong in (
        {"change_items": (ChangedItem("nobody", level=D),)},
        {"change_items": (ChangedItem("a"),)},
        {"change_items": (ChangedItem("a", {"colour": "red"}),)},
        {"change_items": (ChangedItem("a", {"type": "nonsense"}),)},
        {"change_items": (ChangedItem("a", {"type": GROUP}),)},
        {"change_items": (ChangedItem("a", {"owner": "x" * 1_001}),)},
        {"change_relations": (RelationRef("needs", "rack1", "rack2", {"need": "soft"}),)},
        {"add_relations": (RelationRef("needs", "a", "a"),)},
        {"group_needs": {"pool": GroupNeed(percent=150)}},
        {"group_needs": {"pool": GroupNeed(percent=float("nan"))}},
        {"group_needs": {"pool": GroupNeed(count=10**22)}},
        {"add_items": (NewItem("new", GROUP, GroupNeed(count=-1)),)},
    ):
        with pytest.raises(BadWhatIf):
            tried("feed", **wrong)


def test_single_points_of_failure_count_redundancy(shop: Scene) -> None:
    points = {one.id: one.behind_redundancy for one in shop.service.single_points_of_failure("checkout").items}
    assert points == {"payment": False, "rack1": True, "feed": True}
