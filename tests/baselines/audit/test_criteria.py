"""Criteria as data: the default ones hold, one's own are checked, every fault is named."""

from pathlib import Path
from typing import Any

import pytest

from baselines.audit.criteria import default_criteria, read_criteria, read_criteria_file
from baselines.audit.errors import BadCriteria
from baselines.audit.kinds import KINDS
from baselines.audit.model import CheckKind, CheckSpec, Severity
from cmdb.model.pack import load_pack

REGISTRY = load_pack()


def test_the_default_criteria_hold_and_use_every_kind() -> None:
    found = read_criteria(None, REGISTRY)
    assert {one.kind for one in found} == set(CheckKind) == set(KINDS)
    assert all(one.requirement and one.action and one.title for one in found)
    assert [CheckSpec.from_body(one.body()) for one in found] == list(default_criteria())


def test_a_default_one_may_be_altered_and_own_ones_stand_beside() -> None:
    stale, own = read_criteria(
        [
            {"id": "staleness", "severity": "major", "parameters": {"after": "30d"}},
            {"id": "mine", "kind": "completeness", "title": "t", "parameters": {"names": ["owner"]}},
        ],
        REGISTRY,
    )
    assert (stale.severity, dict(stale.parameters), stale.title) == (
        Severity.MAJOR,
        {"after": "30d"},
        "Items were seen within the limit of their type",
    )
    assert (own.severity, own.most) == (Severity.MINOR, 1_000)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (["nonsense"], "there is no default check 'nonsense'"),
        ([7], "is no check"),
        ([{"id": "X!"}], "id in lower snake case"),
        ([{"id": "staleness", "colour": 1}], "'colour' is no part of a check"),
        ([{"id": "staleness", "severity": "awful"}], "no severity; use major, minor, note"),
        ([{"id": "staleness", "due_days": -1}], "due_days is a whole number"),
        ([{"id": "staleness", "parameters": {"after": "soon"}}], "is no duration"),
        ([{"id": "staleness", "parameters": {"before": "1d"}}], "'before' is no parameter of stale; it has types, after, otherwise"),
        ([{"id": "ownership", "parameters": {"types": ["spaceship"]}}], "there is no item type 'spaceship'"),
        ([{"id": "ownership", "parameters": {"names": ["flavour"]}}], "none of the types has a field 'flavour'"),
        (["ownership", "ownership"], "is given twice"),
        ([{"id": "x", "kind": "rule", "title": "t"}], "rule needs must"),
        ([{"id": "x", "kind": "rule", "title": "t", "parameters": {"must": {"field": "owner", "op": "like"}}}], "'like' is no operator"),
        ([{"id": "x", "kind": "rule", "title": "t", "parameters": {"must": {"relation": "loves"}}}], "no relationship type 'loves'"),
        (
            [{"id": "x", "kind": "rule", "title": "t", "parameters": {"must": {"field": "name", "op": "matches", "value": "("}}}],
            "is no pattern",
        ),
        ([{"id": "x", "kind": "rule", "title": "t", "parameters": {"must": {"all": []}}}], "all takes a list"),
        ([{"id": "x", "kind": "moon", "title": "t"}], "no kind; use"),
        ([{"id": "x", "kind": "stale"}], "a check needs a title"),
    ],
)
def test_what_does_not_hold_is_named(checks: list[Any], said: str) -> None:
    with pytest.raises(BadCriteria, match=r".*") as refused:
        read_criteria(checks, REGISTRY)
    assert said in refused.value.detail


def test_files(tmp_path: Path) -> None:
    good, bad, none = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "none.yaml"
    good.write_text("checks: [ownership, {id: staleness, due_days: 5}]")
    bad.write_text("checks: [")
    none.write_text("[]")
    assert [one.id for one in read_criteria(read_criteria_file(good), REGISTRY)] == ["ownership", "staleness"]
    for path in (bad, none, tmp_path / "gone.yaml"):
        with pytest.raises(BadCriteria):
            read_criteria_file(path)
