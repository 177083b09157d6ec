"""The retention policy: read strictly, because what it lets go does not come back."""

import pytest

from cmdb.archive.errors import RetentionPolicyInvalid
from cmdb.archive.retention import policy_of, read_policy

GOOD = """
name: Personal data
rules:
  - {types: [person], keep_days: 365, retired_items: true}
  - {types: ["*"], keep_days: 3650}
holds:
  - {name: Case 4711, types: [contract], items: [x1]}
"""


def known(name: str) -> list[str]:
    return {"person": ["person", "contractor"], "contract": ["contract"]}.get(name, [])


def test_a_policy_is_read_and_written_again() -> None:
    policy = read_policy(GOOD, known)
    assert [rule.types for rule in policy.rules] == [("contractor", "person"), ("*",)]
    assert policy.rule_for("contractor") is policy.rules[0]
    assert policy.rule_for("server") is policy.rules[1]
    assert policy_of(policy.body()) == policy
    assert policy.holds_on("contract", set())
    assert policy.holds_on("server", {"x1", "x2"})
    assert not policy.holds_on("server", {"x2"})


def test_what_no_rule_names_stays() -> None:
    assert read_policy("name: n\nrules: [{types: [person], keep_days: 1}]").rule_for("server") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is a mapping"), ("- 1", "is a mapping"), ("a: [", "no YAML"), ("name: x", "no rules"), ("rules: []", "needs a name"),
        ("name: x\nrules: {a: 1}", "is a list"), ("name: x\nrule: []", "no field 'rule'"),
        ("name: x\nrules: [{types: [person], keep_days: 0}]", "from 1"), ("name: x\nrules: [{types: [person], keep_days: true}]", "from 1"),
        ("name: x\nrules: [{types: [person], keep_days: 9.5}]", "from 1"),
        ("name: x\nrules: [{types: [], keep_days: 9}]", "names no types"),
        ("name: x\nrules: [{types: [ghost], keep_days: 9}]", "no type 'ghost'"),
        ("name: x\nrules: [{types: [1], keep_days: 9}]", "list of texts"),
        ("name: x\nrules: [{types: [person], keep_days: 9, retired_items: 1}]", "true or false"),
        ("name: x\nrules: [{types: [person], keep_day: 9}]", "no field 'keep_day'"),
        ("name: x\nrules: [{types: [person], keep_days: 9}]\nholds: [{types: [person]}]", "hold 1 needs a name"),
        ("name: x\nrules: [{types: [person], keep_days: 9}]\nholds: [{name: y}]", "holds nothing"),
        ("name: !!python/object:os.system x\nrules: []", "no YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(RetentionPolicyInvalid, match=said):
        read_policy(text, known)
