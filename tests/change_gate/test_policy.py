"""The policy file: what it says, and what is wrong with others."""

from pathlib import Path

import pytest

from change_gate.policy import BadPolicy, load_policy, policy_from
from change_gate.verdicts import HoldKind
from cmdb.model.actor import Role
from cmdb.model.pack import load_pack
from tests.support.road import ENGINEER, MANAGER

MINIMAL = {
    "version": 1,
    "roles": {"create": ["engineer"], "update": ["engineer"], "retire": [], "relate": ["engineer"]},
    "revoke_source": ["change_manager"],
}


def test_the_default_policy_holds_mass_retirement_and_controls_nothing_yet() -> None:
    policy = load_policy()
    assert (policy.loss_share, policy.loss_items) == (0.2, 10)
    assert not policy.controls("server", load_pack())
    assert policy.may_decide(MANAGER, HoldKind.CONTROLLED)
    assert not policy.may_decide(ENGINEER, HoldKind.CONTROLLED)
    assert policy.may_decide(ENGINEER, HoldKind.AMBIGUOUS)


def test_a_short_policy_is_enough() -> None:
    policy = policy_from(MINIMAL)
    assert policy.roles["create"] == {Role.ENGINEER}
    assert not policy.may_decide(MANAGER, HoldKind.AMBIGUOUS)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (None, "policy"),
        ([], "policy"),
        ({**MINIMAL, "version": 2}, "version"),
        ({**MINIMAL, "wishes": 1}, "wishes"),
        ({**MINIMAL, "roles": {"create": ["king"]}}, "roles.create"),
        ({**MINIMAL, "roles": {"create": "engineer"}}, "roles.create"),
        ({**MINIMAL, "under_control": "server"}, "under_control"),
        ({**MINIMAL, "decide": {"whim": []}}, "whim"),
        ({**MINIMAL, "mass_retirement": {"share": 20}}, "share"),
        ({**MINIMAL, "mass_retirement": {"items": -1}}, "items"),
    ],
)
def test_what_is_wrong_is_named(wrong: object, named: str) -> None:
    with pytest.raises(BadPolicy, match=named):
        policy_from(wrong)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match=r"missing\.yaml"):
        load_policy(tmp_path / "missing.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: [")
    with pytest.raises(BadPolicy, match=r"broken\.yaml"):
        load_policy(broken)
