"""The level of control (requirement 9.1-13)."""

import pytest

from cmdb.model.control import GRADES, LEVELS, control_of
from cmdb.model.pack import load_pack
from cmdb.model.types import ControlLevel

PACK = load_pack()


@pytest.mark.parametrize(
    ("type_name", "services", "own", "risk", "level"),
    [
        ("person", (), None, None, "recorded"),
        ("server", (), None, None, "managed"),
        ("server", ("low",), None, None, "managed"),
        ("server", ("high", "low"), None, None, "controlled"),
        ("server", ("critical",), None, None, "strict"),
        ("server", (), "critical", None, "strict"),
        ("server", (), None, "high", "controlled"),
        ("server", ("high",), None, "high", "strict"),
        ("server", (), "high", "high", "strict"),
        ("server", ("medium",), None, "medium", "managed"),
        ("master_copy", ("low",), "low", "low", "strict"),
        ("server", ("no such word",), "?", "?", "managed"),
    ],
)
def test_levels(type_name: str, services: tuple[str, ...], own: str | None, risk: str | None, level: str) -> None:
    assert control_of(PACK.item(type_name), services, criticality=own, risk=risk).level == level


def test_the_reason_is_told() -> None:
    found = control_of(PACK.item("server"), ["critical"], risk="low")
    assert found.reasons == ("service criticality critical",)
    assert found.needs_approval
    assert not control_of(PACK.item("server")).needs_approval


def test_more_risk_never_means_less_control() -> None:
    for one in PACK.item_types.values():
        for served in GRADES:
            levels = [LEVELS.index(control_of(one, [served], risk=risk).level) for risk in GRADES]
            assert levels == sorted(levels)
            assert LEVELS[levels[0]] in LEVELS[LEVELS.index(one.control_level) :]


def test_there_are_four_levels() -> None:
    assert tuple(ControlLevel) == LEVELS
