"""What changes, and which changes need a look at the graph. Pure."""

import pytest

from cmdb.model.pack import load_document, load_pack
from cmdb.model.registry import Registry, kind_and_name
from cmdb.registry.changes import changes_of, differing, narrowed_items, narrowed_relations
from cmdb.registry.model import Action, StoredDefinition, StoredTypes, TypesApplied

BASE = """
kind: item_type
name: top
description: Top.
abstract: true
attributes: {a: {kind: string}}
lifecycle: {default: live, states: {live: {to: [gone]}, gone: {}}}
---
kind: item_type
name: left
parent: top
description: Left.
attributes:
  n: {kind: integer, minimum: 0, maximum: 10}
  e: {kind: enum, enum: [x, y]}
  many: {kind: string, multiple: true, max_items: 5}
---
kind: item_type
name: right
parent: top
description: Right.
---
kind: relation_type
name: joins
inverse: joined
description: Joins.
pairs: [[top, right]]
attributes: {w: {kind: number}}
"""
BEFORE = Registry.of(load_document(BASE))


def after(old: str, new: str) -> Registry:
    assert old in BASE
    return Registry.of(load_document(BASE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "types"),
    [
        ("Left.", "The left one.", ()),
        ("maximum: 10", "maximum: 11", ()),
        ("maximum: 10", "maximum: 9", ("left",)),
        ("minimum: 0, maximum: 10", "maximum: 10", ()),
        ("minimum: 0", "minimum: 1", ("left",)),
        ("enum: [x, y]", "enum: [x, y, z]", ()),
        ("enum: [x, y]", "enum: [x]", ("left",)),
        ("max_items: 5", "max_items: 6", ()),
        ("max_items: 5", "max_items: 4", ("left",)),
        ("{a: {kind: string}}", "{a: {kind: string}, b: {kind: string}}", ()),
        ("{a: {kind: string}}", "{a: {kind: string}, b: {kind: string, required: true}}", ("left", "right")),
        ("{a: {kind: string}}", "{a: {kind: string, required: true}}", ("left", "right")),
        ("{a: {kind: string}}", "{a: {kind: text}}", ("left", "right")),
        ("{a: {kind: string}}", "{a: {kind: string, pattern: x}}", ("left", "right")),
        ("{a: {kind: string}}", "{a: {kind: string, max_length: 2000}}", ("left", "right")),
        ("attributes: {a: {kind: string}}", "area: compute", ("left", "right")),
        ("gone: {}", "gone: {}, lost: {}", ()),
        ("{live: {to: [gone]}, gone: {}}", "{live: {}}", ("left", "right")),
        ("name: right\n", "name: right\nabstract: true\n", ("right",)),
    ],
)
def test_items(old: str, new: str, types: tuple[str, ...]) -> None:
    assert narrowed_items(BEFORE, after(old, new)) == types


@pytest.mark.parametrize(
    ("old", "new", "narrows"),
    [
        ("Joins.", "It joins.", False),
        ("[[top, right]]", "[[top, top]]", False),
        ("[[top, right]]", "[[left, right]]", True),
        ("[[top, right]]", "[[left, right], [right, right]]", False),
        ("{w: {kind: number}}", "{w: {kind: number, minimum: 0}}", True),
        ("{w: {kind: number}}", "{v: {kind: number}}", True),
        ("[[top, right]]\n", "[[top, right]]\ncardinality: many_to_one\n", True),
        ("[[top, right]]\n", "[[top, right]]\ncardinality: one_to_many\n", True),
        ("[[top, right]]\n", "[[top, right]]\npropagation: {kind: part_of}\n", False),
    ],
)
def test_relations(old: str, new: str, narrows: bool) -> None:
    assert narrowed_relations(BEFORE, after(old, new)) == (("joins",) if narrows else ())


def test_moving_a_type_elsewhere_can_take_its_relations_away() -> None:
    moved = after("name: left\nparent: top\n", "name: left\n")
    assert narrowed_items(BEFORE, moved) == ("left",), "what it inherited is gone"
    assert narrowed_relations(BEFORE, moved) == ("joins",)


def test_the_same_registry_narrows_nothing() -> None:
    pack = load_pack()
    assert narrowed_items(pack, pack) == ()
    assert narrowed_relations(pack, pack) == ()


def test_changes_name_what_differs() -> None:
    stored = StoredTypes({kind_and_name(one): StoredDefinition(one, 1) for one in BEFORE.definitions()}, 1)
    text = BASE.replace("maximum: 10", "maximum: 9").replace("Left.", "The left one.").replace("[x, y]", "[y, x]")
    given = [*load_document(text), *load_document("{kind: item_type, name: new, description: New.}")]
    found = changes_of(stored, given, [("relation_type", "joins"), ("item_type", "never")])
    assert [(one.name, one.action, one.paths) for one in found] == [
        ("left", Action.ALTERED, ("attributes.e.enum", "attributes.n.maximum", "description")),
        ("new", Action.CREATED, ()),
        ("joins", Action.REMOVED, ()),
    ]
    assert TypesApplied(found).body()["changes"][0] == {
        "kind": "item_type",
        "name": "left",
        "action": "altered",
        "paths": ["attributes.e.enum", "attributes.n.maximum", "description"],
    }


def test_another_order_of_attributes_is_a_change() -> None:
    stored = StoredTypes({kind_and_name(one): StoredDefinition(one, 1) for one in BEFORE.definitions()}, 1)
    lines = BASE.replace("  e: {kind: enum, enum: [x, y]}\n", "").replace("  n: {", "  e: {kind: enum, enum: [x, y]}\n  n: {")
    assert [(one.name, one.paths) for one in changes_of(stored, load_document(lines), [])] == [("left", ("order",))]


def test_differing() -> None:
    assert list(differing({"a": 1, "b": {"c": [1], "d": 2}}, {"b": {"c": [2], "d": 2}, "e": 0})) == ["a", "b.c", "e"]
    assert list(differing({}, {})) == []
