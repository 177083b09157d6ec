"""What benchmarks share: a ratio is told only as far as its baseline is worth something."""

import pytest

from benchmarks.harness import Bench, in_turn


@pytest.mark.parametrize(("value", "holds"), [(1.0, True), (1.1, True), (1.2, False), (0.8, True), (0.5, False)])
def test_a_ratio_below_its_floor_does_not_hold_either(value: float, holds: bool) -> None:
    assert Bench("x").ratio("a", value, 1.0, "s", limit=1.1, floor=0.8).holds is holds
    assert Bench("x").ratio("a", value, 1.0, "s", limit=1.1).holds is (value <= 1.1)


@pytest.mark.parametrize(
    ("seconds", "holds"), [({10: 1.0, 100: 1.2, 1000: 1.1}, True), ({10: 1.0, 1000: 2.0}, False), ({10: 2.0, 1000: 1.0}, False)]
)
def test_flat_is_the_slowest_against_the_quickest(seconds: dict[int, float], holds: bool) -> None:
    row = Bench("x").flat("a", seconds, limit=1.3)
    assert row.holds is holds
    assert row.ratio == max(seconds.values()) / min(seconds.values())


def test_sides_are_asked_in_turn_and_first_rounds_do_not_count() -> None:
    asked: list[str] = []
    took = in_turn({"a": lambda: asked.append("a"), "b": lambda: asked.append("b")}, rounds=3, calls=2)
    assert took.keys() == {"a", "b"}
    assert "".join(asked) == "bbaaaabbbbaaaabbbbaa"
