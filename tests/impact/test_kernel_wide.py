"""The kernel on graphs wide enough that it fetches rows ahead: from the base, from the overlay, and for items that came after the base."""

import random

import pytest

from cmdb.impact.levels import Level
from cmdb.impact.questions import ImpactQuestion
from cmdb.impact.reference import levels
from tests.support.impact_graphs import GROUP, Scene

WAYS = ("needs", "likes", "feeds", "helps", "piece_of")


def grow(made: Scene, rng: random.Random, items: int, relations: int) -> None:
    """More items, a tenth of them groups that need half, and relationships between any two there are."""
    made.step()
    first = len(made.types)
    versions = []
    for number in range(first, first + items):
        if rng.random() < 0.1:
            versions.append(made.item(f"i{number:05d}", GROUP, need_percent=50.0))
        else:
            versions.append(made.item(f"i{number:05d}"))
    ids = sorted(made.reference.items)
    versions += [made.relation(rng.choice(ids), rng.choice(WAYS), rng.choice(ids)) for _ in range(relations)]
    made.commit(*versions)


def prune(made: Scene, rng: random.Random, items: int) -> None:
    """Some items go."""
    made.step()
    made.commit(*(made.item(gone, made.types[gone], retired=True) for gone in rng.sample(sorted(made.reference.items), items)))


def check(made: Scene, rng: random.Random) -> None:
    """Levels, and paths to everything, against the rule, from a few roots at several levels."""
    ids = sorted(made.reference.items)
    for put in ({}, {Level.DOWN: 1}, {Level.DOWN: 3}, {Level.DEGRADED: 2, Level.AT_RISK: 2}):
        roots = {item: level for level, count in put.items() for item in rng.sample(ids, count)}
        answer = made.service.impact(ImpactQuestion(roots))
        expected = levels(made.reference, roots)
        assert answer.levels() == expected
        assert sum(answer.depth_histogram().values()) == len(expected)


@pytest.mark.parametrize("seed", [1, 2])
def test_levels_are_those_of_the_rule_in_base_overlay_and_after_compaction(seed: int) -> None:
    rng = random.Random(seed)
    made = Scene()
    grow(made, rng, 240, 500)
    check(made, rng)  # all in the overlay
    made.index.compact()
    check(made, rng)  # all in the base
    grow(made, rng, 80, 110)
    prune(made, rng, 16)
    check(made, rng)  # rows in turn in the one and the other, items beyond the base
    made.index.compact()
    check(made, rng)


def test_a_bound_cuts_within_a_wide_level_and_the_rest_is_the_frontier() -> None:
    rng = random.Random(4)
    made = Scene()
    grow(made, rng, 240, 1000)
    made.index.compact()
    root = "i00000"
    whole = levels(made.reference, {root: Level.DOWN})
    assert len(whole) > 100, "the graph hangs together"
    for most in (1, 17, 33, 60):
        answer = made.service.impact(ImpactQuestion({root: Level.DOWN}, max_items=most))
        followed = answer.levels()
        assert len(followed) == most
        assert not answer.complete
        assert set(answer.frontier) <= set(whole) - set(followed)
        assert answer.frontier
