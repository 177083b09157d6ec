"""Seeding and applying types through the real ledger on both engines."""

import threading

import pytest

from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import system_clock
from cmdb.kernel.ids import new_id, relation_id
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.item import ItemState, RelationState, Value
from cmdb.model.pack import load_document, load_pack
from cmdb.model.plan import ChangePlan, EditKind, ItemEdit, RelationEdit
from cmdb.model.registry import BadDefinitions, Registry, UnknownType
from cmdb.registry.errors import TypesDoNotFit, TypesUnreadable
from cmdb.registry.fitting import fit
from cmdb.registry.model import Action
from cmdb.registry.service import RegistryService
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement

CAUSE = Cause(Actor("ada", frozenset({Role.ADMINISTRATOR})), source="manual", reason="test")

SMALL = """
kind: item_type
name: thing
description: A thing.
attributes:
  size: {kind: integer, minimum: 0}
  colour: {kind: string}
lifecycle: {default: live, states: {live: {to: [gone]}, gone: {}}}
---
kind: relation_type
name: needs
inverse: needed_by
description: Needs it.
pairs: [[thing, thing]]
attributes: {port: {kind: integer}}
propagation: {kind: consumer_of}
"""


class Room:
    """A registry on a store, with a few ways to fill the graph."""

    def __init__(self, store: BoltStore, pack: str = SMALL) -> None:
        self.ledger = Ledger(store, system_clock)
        self.inventory = Inventory(store)
        self.store = store
        self.types = self.service(pack)

    def service(self, pack: str) -> RegistryService:
        made = Registry.of(load_document(pack))
        return RegistryService(self.store, self.ledger, self.inventory, pack=lambda: made)

    def add(self, *attributes: dict[str, Value], status: str = "live") -> list[str]:
        states = [ItemState(new_id(), "thing", f"thing {n}", status, attributes=one) for n, one in enumerate(attributes)]
        self.ledger.commit(ChangePlan(CAUSE, tuple(ItemEdit(EditKind.CREATE, None, state) for state in states)))
        return [state.id for state in states]

    def relate(self, source: str, target: str, **attributes: Value) -> None:
        state = RelationState(relation_id("needs", source, target), "needs", source, target, attributes, ("manual",))
        self.ledger.commit(ChangePlan(CAUSE, relations=(RelationEdit(EditKind.CREATE, None, state),)))


def altered(old: str, new: str, pack: str = SMALL) -> str:
    assert old in pack
    return pack.replace(old, new)


def test_an_empty_graph_has_an_empty_registry(store: BoltStore) -> None:
    assert dict(Room(store).types.current().item_types) == {}


def test_the_default_pack_is_the_first_commit_and_comes_back_as_it_was(store: BoltStore) -> None:
    ledger = Ledger(store, system_clock)
    types = RegistryService(store, ledger, Inventory(store))
    done = types.seed(CAUSE)
    assert done.receipt is not None
    assert done.receipt.seq == 1
    assert len(done.changes) == len(load_pack().definitions())
    fresh = RegistryService(store, ledger, Inventory(store)).current()
    assert fresh.definitions() == load_pack().definitions()
    assert types.seed(CAUSE).receipt is None
    assert ledger.head().seq == 1


def test_a_newer_pack_upgrades_only_what_nobody_altered(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.types.apply(load_document(altered("A thing.", "Our thing.")), CAUSE)
    newer = altered("Needs it.", "Needs it very much.", altered("A thing.", "A better thing."))
    done = room.service(newer).seed(CAUSE)
    assert done.kept == ("item_type:thing",)
    assert [(one.name, one.action, one.paths) for one in done.changes] == [("needs", Action.ALTERED, ("description",))]
    now = room.service(newer).current()
    assert now.item("thing").description == "Our thing."
    assert now.relation("needs").description == "Needs it very much."


def test_what_an_administrator_took_out_does_not_come_back(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.types.apply([], CAUSE, remove=[("relation_type", "needs")])
    done = room.service(altered("A thing.", "A better thing.")).seed(CAUSE)
    assert done.kept == ("relation_type:needs",)
    assert "needs" not in room.types.refresh().relation_types
    room.types.apply(load_document(SMALL), CAUSE)
    assert "needs" in room.types.current().relation_types


def test_a_newer_pack_that_does_not_fit_is_left_out_and_the_start_goes_on(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.add({"size": 5})
    done = room.service(altered("minimum: 0", "minimum: 6")).seed(CAUSE)
    assert (done.receipt, done.misfit_count) == (None, 1)
    assert room.types.refresh().item("thing").attributes["size"].minimum == 0


def test_a_dry_run_tells_and_writes_nothing(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    first, _ = room.add({"size": 5, "colour": "red"}, {"size": 50})
    head = room.ledger.head()
    told = room.types.apply(load_document(altered("minimum: 0", "minimum: 6")), CAUSE, dry_run=True)
    assert told.dry_run
    assert [(one.id, one.attribute, one.code) for one in told.misfits] == [(first, "size", "out-of-range")]
    assert told.misfits[0].message.startswith("thing.size: 5 must be at least 6")
    assert told.checked == 2
    assert [(one.action, one.paths) for one in told.changes] == [(Action.ALTERED, ("attributes.size.minimum",))]
    assert room.ledger.head() == head


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("colour: {kind: string}", "colour: {kind: string, pattern: '[a-c]+'}", "bad-pattern"),
        ("colour: {kind: string}", "colour: {kind: enum, enum: [blue]}", "not-in-enum"),
        ("  colour: {kind: string}\n", "", "unknown-attribute"),
        ("colour: {kind: string}", "colour: {kind: string, max_length: 2}", "too-long"),
        ("colour: {kind: string}", "colour: {kind: string, multiple: true}", "wrong-kind"),
        ("colour: {kind: string}", "colour: {kind: string}\n  weight: {kind: number, required: true}", "required-missing"),
        ("size: {kind: integer, minimum: 0}", "size: {kind: integer, maximum: 4}", "out-of-range"),
        ("name: thing\n", "name: thing\nabstract: true\n", "abstract-type"),
        ("{live: {to: [gone]}, gone: {}}", "{live: {}}", "unknown-status"),
    ],
)
def test_what_narrows_is_refused_while_something_live_is_in_the_way(store: BoltStore, old: str, new: str, code: str) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.add({"size": 5, "colour": "red"}, status="gone")
    before = room.types.current()
    with pytest.raises(TypesDoNotFit) as refused:
        room.types.apply(load_document(altered(old, new)), CAUSE)
    assert [one["code"] for one in refused.value.fields["misfits"]] == [code]
    assert room.types.refresh() == before


def test_removing_a_type_in_use_is_refused(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    a, b = room.add({}, {})
    room.relate(a, b)
    with pytest.raises(TypesDoNotFit) as relation:
        room.types.apply([], CAUSE, remove=[("relation_type", "needs")])
    assert relation.value.fields["misfits"][0]["subject"] == "relation"
    assert relation.value.fields["misfits"][0]["code"] == "unknown-relation-type"
    with pytest.raises(BadDefinitions, match="unknown-type"):
        room.types.apply([], CAUSE, remove=[("item_type", "thing")])
    with pytest.raises(TypesDoNotFit) as both:
        room.types.apply([], CAUSE, remove=[("item_type", "thing"), ("relation_type", "needs")])
    assert both.value.fields["misfit_count"] == 3


def test_relationships_are_looked_at(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    a, b, c = room.add({}, {}, {})
    room.relate(a, b, port=80)
    room.relate(a, c, port=99)
    told = room.types.apply(load_document(altered("port: {kind: integer}", "port: {kind: integer, maximum: 90}")), CAUSE, dry_run=True)
    assert [(one.subject, one.attribute, one.code) for one in told.misfits] == [("relation", "port", "out-of-range")]
    assert told.misfits[0].name == f"{a} -> {c}"
    single = altered("pairs: [[thing, thing]]", "pairs: [[thing, thing]]\ncardinality: many_to_one")
    told = room.types.apply(load_document(single), CAUSE, dry_run=True)
    assert [(one.subject, one.id, one.code) for one in told.misfits] == [("item", a, "cardinality")]
    turned = altered("pairs: [[thing, thing]]", "pairs: [[thing, thing]]\ncardinality: one_to_many")
    assert room.types.apply(load_document(turned), CAUSE, dry_run=True).fits


def test_what_only_widens_needs_no_look(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.add({"size": 5})
    done = room.types.apply(load_document(altered("minimum: 0}", "minimum: -5}\n  depth: {kind: number}")), CAUSE)
    assert done.checked == 0
    assert done.receipt is not None
    assert room.types.current().item("thing").attributes["depth"].kind == "number"


@pytest.mark.parametrize(("page", "count"), [(100, 250), (100, 200), (1, 3)])
def test_page_after_page_is_looked_at(store: BoltStore, page: int, count: int) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    ids = room.add(*({"size": n} for n in range(count)))
    room.relate(ids[0], ids[-1], port=80)
    room.relate(ids[-1], ids[0], port=99)
    before = room.types.current()
    stricter = altered("minimum: 0", "minimum: 150", altered("port: {kind: integer}", "port: {kind: integer, maximum: 90}"))
    found = fit(room.inventory, before, Registry.of(load_document(stricter)), page)
    assert (found.checked, found.count) == (count + 2, min(count, 150) + 1)
    assert len(found.misfits) == min(found.count, 100)


def test_the_same_again_writes_nothing(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    head = room.ledger.head()
    done = room.types.apply(load_document(SMALL), CAUSE)
    assert (done.changes, done.receipt) == ((), None)
    assert room.ledger.head() == head


def test_another_process_sees_the_change_without_restart(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    now = [0.0]
    other = RegistryService(store, room.ledger, room.inventory, monotonic=lambda: now[0], look_again=1.0)
    before = other.current()
    room.types.apply(load_document(altered("A thing.", "Our thing.")), CAUSE)
    assert other.current() is before
    now[0] = 2.0
    assert other.current().item("thing").description == "Our thing."
    assert other.current() is other.current()


def test_nobody_waits_while_types_are_applied(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    now, answers = [0.0], []

    class Slow:
        """A ledger during whose commit another thread asks for the registry."""

        def commit(self, *arguments: object, **named: object) -> object:
            now[0] += 60.0
            asking = threading.Thread(target=lambda: answers.append(busy.current()), daemon=True)
            asking.start()
            asking.join(timeout=5)
            return room.ledger.commit(*arguments, **named)  # type: ignore[arg-type]

    busy = RegistryService(store, Slow(), room.inventory, monotonic=lambda: now[0])  # type: ignore[arg-type]
    before = busy.current()
    busy.apply(load_document(altered("A thing.", "Our thing.")), CAUSE)
    assert answers == [before]
    assert busy.current().item("thing").description == "Our thing."


def test_two_changes_at_once_cannot_pass_each_other(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    late = room.service(SMALL)

    class Between:
        """A ledger before whose commit somebody else applies a change."""

        def commit(self, *arguments: object, **named: object) -> object:
            room.types.apply(load_document(altered("A thing.", "Our thing.")), CAUSE)
            return room.ledger.commit(*arguments, **named)  # type: ignore[arg-type]

    late = RegistryService(store, Between(), room.inventory)  # type: ignore[arg-type]
    with pytest.raises(StalePlan):
        late.apply(load_document(altered("Needs it.", "Needs it a lot.")), CAUSE)
    assert room.types.refresh().relation("needs").description == "Needs it."


def test_faults_of_an_application_are_told_all_at_once(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    text = "{kind: item_type, name: a, description: A, parent: nowhere}\n---\n{kind: item_type, name: item, description: B}\n"
    with pytest.raises(BadDefinitions) as refused:
        room.types.apply(load_document(text), CAUSE)
    assert {(one.type, one.rule) for one in refused.value.faults} == {("a", "unknown-parent"), ("item", "reserved-name")}


def test_changes_are_versions_in_the_ledger(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    done = room.types.apply(load_document(altered("A thing.", "Our thing.")), CAUSE)
    assert done.receipt is not None
    assert dict(done.receipt.revisions) == {"item_type:thing": 2, "type_registry": 2}


def test_what_is_not_there_cannot_be_removed(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    with pytest.raises(UnknownType, match="no item type 'thang'"):
        room.types.apply([], CAUSE, remove=[("item_type", "thang")])


ALTER = Statement("alter", "write", ("id", "body"), (), "MATCH (r:Record {id: $id}) SET r.body = $body, r.revision = r.revision + 1")


def alter(room: Room, record: str, body: str) -> None:
    """Write beside the ledger, as nobody should, and move the registry record so that a reader looks."""
    room.store.write(lambda tx: tx.run(ALTER, id=record, body=body))
    stored = '{"pack_digest": "", "removed": [], "types": ""}'
    room.store.write(lambda tx: tx.run(ALTER, id="type_registry", body=stored))


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"definition": {"kind": "zebra"}}', '{"definition": {"kind": "item_type", "name": "thing"}}']
)
def test_a_damaged_record_never_replaces_the_last_good_registry(store: BoltStore, body: str) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    reader = RegistryService(store, room.ledger, room.inventory, look_again=0.0)
    good = reader.current()
    alter(room, "item_type:thing", body)
    assert reader.current() is good
    with pytest.raises(TypesUnreadable, match="item_type:thing"):
        reader.refresh()
    with pytest.raises(TypesUnreadable):
        RegistryService(store, room.ledger, room.inventory).current()


def test_stored_definitions_that_do_not_go_together_are_told(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    alter(room, "item_type:thing", '{"definition": {"kind": "item_type", "name": "thing", "description": "X", "parent": "nobody"}}')
    with pytest.raises(TypesUnreadable, match="unknown-parent"):
        RegistryService(store, room.ledger, room.inventory).current()


def test_what_did_not_fit_before_is_not_held_against_a_change(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.add({"size": -4, "colour": "red"})  # written past validation: a misfit already
    assert room.types.apply(load_document(altered("minimum: 0", "minimum: -2")), CAUSE).fits
    stricter = altered("colour: {kind: string}", "colour: {kind: string, max_length: 2}")
    told = room.types.apply(load_document(stricter), CAUSE, dry_run=True)
    assert [one.attribute for one in told.misfits] == ["colour"]


def test_a_value_that_its_new_kind_writes_otherwise_is_told(store: BoltStore) -> None:
    room = Room(store)
    room.types.seed(CAUSE)
    room.add({"colour": "WEB01"}, {"colour": "web02"})
    told = room.types.apply(load_document(altered("colour: {kind: string}", "colour: {kind: hostname}")), CAUSE, dry_run=True)
    assert [(one.code, "'web01'" in one.rule) for one in told.misfits] == [("bad-format", True)]
