"""The registry: inheritance, look-ups, and every fault told at once."""

import pytest

from cmdb.model.definitions import digest_of, from_body, to_body, to_record
from cmdb.model.pack import load_document
from cmdb.model.registry import BadDefinitions, Registry, UnknownType
from cmdb.model.types import ControlLevel, Definition, ItemType, Strength

BASE = """
kind: item_type
name: root
description: The root.
abstract: true
area: compute
attributes:
  serial: {kind: string}
  grade: {kind: enum, enum: [a, b, c]}
identification: [{attributes: [serial]}]
lifecycle: {default: live, states: {planned: {to: [live]}, live: {to: [gone]}, gone: }}
stale_after: 36h
precedence: [{fields: ["*"], sources: [manual, "*"]}]
controlled: [status]
control_level: managed
---
kind: item_type
name: box
parent: root
description: A box.
attributes:
  grade: {kind: enum, enum: [a, b]}
  size: {kind: integer, unit: cm}
identification: [{attributes: [name], strength: weak}]
precedence: [{fields: [size], sources: [scanner, "*", manual], yields_after: 7d}]
controlled: [size]
---
kind: item_type
name: big_box
parent: box
description: A big box.
control_level: strict
---
kind: item_type
name: bag
parent: root
description: A bag.
---
kind: relation_type
name: stands_on
inverse: carries
description: Stands on.
pairs: [[root, box]]
"""


def registry() -> Registry:
    return Registry.of(load_document(BASE))


def faults(text: str, *others: str) -> set[tuple[str, str, str]]:
    definitions: list[Definition] = [one for each in (text, *others) for one in load_document(each)]
    with pytest.raises(BadDefinitions) as refused:
        Registry.of(definitions)
    for fault in refused.value.faults:
        assert fault.message.startswith(fault.type)
        assert fault.message.endswith(f"[{fault.rule}]")
    return {(fault.type, fault.path, fault.rule) for fault in refused.value.faults}


def test_a_type_has_what_its_parents_have() -> None:
    big = registry().item("big_box")
    assert list(big.attributes) == ["serial", "grade", "size"]
    assert big.attributes["grade"].enum == ("a", "b")
    assert big.ancestors == ("box", "root")
    assert big.area == "compute"
    assert big.default_status == "live"
    assert big.stale_after is not None
    assert big.stale_after.total_seconds() == 36 * 3600
    assert big.controlled == {"status", "size"}
    assert big.control_level is ControlLevel.STRICT
    assert registry().item("bag").control_level is ControlLevel.MANAGED


def test_strong_rules_come_first_and_keep_the_name_space_of_their_type() -> None:
    assert [(rule.key, rule.strength) for rule in registry().item("big_box").identification] == [
        ("root:serial", Strength.STRONG),
        ("box:name", Strength.WEAK),
    ]


def test_precedence_is_the_nearest_rule_that_names_the_field() -> None:
    big = registry().item("big_box")
    assert big.precedence_of("size").sources == ("scanner", "*", "manual")
    assert [big.precedence_of("size").rank(source) for source in ("scanner", "other", "manual")] == [0, 1, 2]
    assert big.precedence_of("name").sources == ("manual", "*")
    assert big.precedence_of("name").rank("unheard") == 1


def test_lookups() -> None:
    found = registry()
    assert found.concrete_of("root") == ("bag", "big_box", "box")
    assert found.concrete_of("box") == ("big_box", "box")
    assert found.is_a("big_box", "root")
    assert found.is_a("box", "box")
    assert not found.is_a("box", "big_box")
    assert not found.is_a("nothing", "root")
    assert found.children_of("root") == ("bag", "box")
    assert found.pair_allowed("stands_on", "bag", "big_box")
    assert not found.pair_allowed("stands_on", "big_box", "bag")
    assert not found.pair_allowed("stands_on", "root", "box"), "no item is of an abstract type"
    assert not found.pair_allowed("flies", "bag", "box")
    assert [one.name for one in found.relations_from("bag")] == ["stands_on"]
    assert found.relations_to("bag") == ()


def test_unknown_names_are_told_with_the_nearest() -> None:
    with pytest.raises(UnknownType, match="did you mean 'big_box'"):
        registry().item("bigbox")
    with pytest.raises(UnknownType, match="stands_on"):
        registry().relation("stand_on")
    with pytest.raises(UnknownType):
        registry().concrete_of("nothing at all")
    with pytest.raises(UnknownType):
        registry().item(["unhashable"])  # type: ignore[arg-type]


def test_a_new_registry_leaves_the_old_one_alone() -> None:
    old = registry()
    new = old.with_definitions(load_document("{kind: item_type, name: crate, parent: box, description: A crate.}"))
    assert "crate" in new.item_types
    assert "crate" not in old.item_types
    without = new.with_definitions([], without=[("item_type", "crate")])
    assert without == old


def test_what_is_derived_is_made_once() -> None:
    found = registry()
    made = []

    def build(given: Registry) -> int:
        made.append(given)
        return len(given.item_types)

    assert found.derived(build) == found.derived(build) == 4
    assert made == [found]


def test_a_definition_comes_back_from_its_body() -> None:
    for definition in registry().definitions():
        assert from_body(to_body(definition)) == definition
        assert from_body(to_record(definition)) == definition
        assert digest_of(from_body(to_body(definition))) == digest_of(definition)


def test_all_faults_are_told_at_once() -> None:
    found = faults(
        """
kind: item_type
name: Bad Name
description: " "
---
{kind: item_type, name: a, parent: b, description: A.}
---
{kind: item_type, name: b, parent: a, description: B.}
---
{kind: item_type, name: c, parent: nowhere, description: C.}
---
{kind: item_type, name: d, parent: c, description: D.}
---
{kind: relation_type, name: r, inverse: s, description: R., pairs: [[a, zebra]]}
""".replace("name: Bad Name", "name: commit")
    )
    assert found == {
        ("commit", "name", "reserved-name"),
        ("commit", "description", "description-missing"),
        ("a", "parent", "inheritance-cycle"),
        ("b", "parent", "inheritance-cycle"),
        ("c", "parent", "unknown-parent"),
        ("d", "parent", "unknown-parent"),
        ("r", "pairs.0.target", "unknown-type"),
    }


@pytest.mark.parametrize(
    ("attribute", "rule"),
    [
        ("x: {kind: enum}", "enum-values"),
        ("x: {kind: string, enum: [a]}", "enum-values"),
        ("x: {kind: enum, enum: [a, a]}", "enum-values"),
        ("x: {kind: reference}", "reference-type"),
        ("x: {kind: reference, reference: zebra}", "unknown-type"),
        ("x: {kind: string, reference: t}", "reference-type"),
        ("x: {kind: integer, pattern: a}", "rule-of-other-kind"),
        ("x: {kind: string, pattern: '('}", "bad-pattern"),
        ("x: {kind: string, pattern: '(a+)+b'}", "slow-pattern"),
        ("x: {kind: string, pattern: '(?:a|b*c)*'}", "slow-pattern"),
        ("x: {kind: integer, max_length: 3}", "rule-of-other-kind"),
        ("x: {kind: string, minimum: 3}", "rule-of-other-kind"),
        ("x: {kind: integer, minimum: 3, maximum: 2}", "empty-range"),
        ("x: {kind: integer, secret: true}", "rule-of-other-kind"),
        ("x: {kind: string, secret: true, multiple: true}", "rule-of-other-kind"),
        ("name: {kind: string}", "reserved-name"),
        ("revision: {kind: string}", "reserved-name"),
    ],
)
def test_rules_of_attributes(attribute: str, rule: str) -> None:
    found = faults(f"kind: item_type\nname: t\ndescription: T.\nattributes:\n  {attribute}\n")
    assert {one[2] for one in found} == {rule}


@pytest.mark.parametrize("pattern", ["[A-Z]{2}", "(a|b)+", "v?[0-9]+(\\.[0-9]{1,3}){0,2}"])
def test_plain_patterns_are_fine(pattern: str) -> None:
    Registry.of(load_document(f"kind: item_type\nname: t\ndescription: T.\nattributes:\n  x: {{kind: string, pattern: '{pattern}'}}\n"))


@pytest.mark.parametrize(
    ("part", "path", "rule"),
    [
        ("identification: [{attributes: [nothing]}]", "identification.0.attributes", "unknown-field"),
        ("controlled: [nothing]", "controlled", "unknown-field"),
        ("precedence: [{fields: [nothing], sources: [a]}]", "precedence.0.fields", "unknown-field"),
        ("precedence: [{fields: ['*'], sources: [a, a]}]", "precedence.0.sources", "bad-precedence"),
        ("lifecycle: {default: c, states: {a: {to: [a]}}}", "lifecycle.default", "bad-lifecycle"),
        ("lifecycle: {default: a, states: {a: {to: [b]}}}", "lifecycle.states.a.to", "bad-lifecycle"),
    ],
)
def test_rules_of_item_types(part: str, path: str, rule: str) -> None:
    assert faults(f"kind: item_type\nname: t\ndescription: T.\n{part}\n") == {("t", path, rule)}


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("propagation: {kind: consumer_of, need_attribute: need}", "bad-propagation"),
        ("propagation: {kind: none, need_attribute: need}\nattributes: {need: {kind: enum, enum: [hard, soft]}}", "bad-propagation"),
        ("propagation: {kind: part_of, need_attribute: need}\nattributes: {need: {kind: enum, enum: [hard, maybe]}}", "bad-propagation"),
        ("attributes: {source: {kind: string}}", "reserved-name"),
    ],
)
def test_rules_of_relation_types(part: str, rule: str) -> None:
    found = faults(f"kind: relation_type\nname: r\ninverse: s\ndescription: R.\npairs: [[box, box]]\n{part}\n", BASE)
    assert {one[2] for one in found} == {rule}


def test_a_child_may_narrow_but_not_change_an_attribute() -> None:
    child = "kind: item_type\nname: tin\nparent: box\ndescription: A tin.\nattributes:\n  "
    assert Registry.of([*load_document(BASE), *load_document(child + "size: {kind: integer, maximum: 10}")]).item("tin")
    assert faults(child + "size: {kind: string}", BASE) == {("tin", "attributes.size", "incompatible-override")}
    assert faults(child + "size: {kind: integer, multiple: true}", BASE) == {("tin", "attributes.size", "incompatible-override")}


def test_two_types_may_not_share_a_label_or_a_name() -> None:
    assert faults("{kind: item_type, name: a_1b, description: A.}\n---\n{kind: item_type, name: a1b, description: B.}") == {
        ("a1b", "name", "label-clash")
    }
    assert faults("{kind: item_type, name: a, description: A.}\n---\n{kind: item_type, name: a, description: B.}") >= {
        ("a", "name", "defined-twice")
    }


def test_a_name_may_be_an_item_type_and_a_relation_type() -> None:
    both = [*load_document(BASE), *load_document("{kind: relation_type, name: box, inverse: boxed, description: B., pairs: [[box, box]]}")]
    assert len(Registry.of(both).definitions()) == len(both)


def test_the_error_carries_every_fault_as_data() -> None:
    with pytest.raises(BadDefinitions) as refused:
        Registry.of([ItemType("x" * 80, ""), *load_document(BASE)])
    problem = refused.value.problem()
    assert problem["code"] == "bad-type-definitions"
    assert {one["rule"] for one in problem["faults"]} == {"bad-name", "description-missing"}


def test_a_registry_has_a_limit_and_stays_small_below_it() -> None:
    many: list[Definition] = [ItemType(f"t{n}", "One of many.", parent="root") for n in range(1_500)]
    many += load_document("{kind: relation_type, name: joins, inverse: joined, description: J., pairs: [[root, root], [box, bag]]}")
    found = Registry.of([*load_document(BASE), *many])
    assert found.pair_allowed("joins", "t1", "t1499")
    assert found.targets_of("joins", "t1") is found.targets_of("joins", "t2")
    with pytest.raises(BadDefinitions, match="at most 2,000"):
        Registry.of([*load_document(BASE), *many, *(ItemType(f"u{n}", "Too many.") for n in range(500))])
