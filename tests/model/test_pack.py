"""The default pack, and documents as people write them."""

from pathlib import Path

import pytest

from cmdb.kernel.errors import InvalidInput
from cmdb.model.definitions import duration, duration_text, from_body
from cmdb.model.item import CORE_FIELDS
from cmdb.model.pack import PACK_FOLDER, load_bodies, load_document, load_pack, pack_digest
from cmdb.model.registry import BadDefinitions, Registry
from cmdb.model.types import Area, IdentificationRule, Need, PropagationKind
from tools.gen_types_reference import generated

PACK = load_pack()
CONCRETE = [one for one in PACK.item_types.values() if not one.abstract]


def rules(text: str) -> set[tuple[str, str]]:
    with pytest.raises(BadDefinitions) as refused:
        load_document(text, "mine.yaml")
    assert all(fault.file == "mine.yaml" for fault in refused.value.faults)
    return {(fault.path, fault.rule) for fault in refused.value.faults}


def test_generated_files_are_current() -> None:
    for path, text in generated().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `python -m tools.gen_types_reference`"


def test_every_file_names_the_schema_for_editors() -> None:
    for path in PACK_FOLDER.glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n"), path.name


def test_the_pack_covers_every_area() -> None:
    assert {one.area for one in CONCRETE} == set(Area) - {Area.OTHER}
    assert len(CONCRETE) >= 40
    assert len(PACK.relation_types) >= 20
    assert {"service", "service_component", "customer", "sla", "contract", "redundancy_group", "master_copy", "supplier"} <= {
        one.name for one in CONCRETE
    }


def reach(moves: dict[str, set[str]], start: str) -> set[str]:
    reached, todo = {start}, [start]
    while todo:
        new = moves[todo.pop()] - reached
        reached |= new
        todo += new
    return reached


@pytest.mark.parametrize("one", CONCRETE, ids=lambda one: one.name)
def test_every_type_can_be_identified_and_lived_with(one: object) -> None:
    resolved = PACK.item(one.name)  # type: ignore[attr-defined]
    assert resolved.identification, "an item nothing identifies is created anew by every source"
    assert resolved.lifecycle.names
    moves = {state.name: set(state.to) for state in resolved.lifecycle.states}
    start = resolved.default_status
    alone = [name for name in moves if name not in reach(moves, start) and start not in reach(moves, name)]
    assert alone == [], "states that neither lead to the default nor are reached from it"
    assert all(attribute.description for attribute in resolved.attributes.values())


@pytest.mark.parametrize("relation", PACK.relation_types.values(), ids=lambda one: one.name)
def test_every_relation_can_be_read_both_ways(relation: object) -> None:
    one = PACK.relation(relation.name)  # type: ignore[attr-defined]
    assert one.inverse not in PACK.relation_types
    assert any(PACK.targets_of(one.name, source.name) for source in CONCRETE)
    if one.propagation.kind is PropagationKind.NONE:
        assert one.propagation.affected_end is None


def test_inverse_names_are_unique() -> None:
    inverses = [one.inverse for one in PACK.relation_types.values()]
    assert len(set(inverses)) == len(inverses)


def test_direction_fixture() -> None:
    """web -depends_on-> db: if db fails, web is affected, not the reverse. Kept for ever (design 7)."""
    spread = PACK.relation("depends_on").propagation
    assert spread.kind is PropagationKind.CONSUMER_OF
    assert spread.affected_end == "source"
    assert spread.need_of({}) is Need.HARD
    assert spread.need_of({"need": "soft"}) is Need.SOFT
    assert spread.need_of({"need": "nonsense"}) is Need.HARD


@pytest.mark.parametrize(
    ("relation", "end", "need"),
    [
        ("depends_on", "source", "hard"),
        ("uses", "source", "soft"),
        ("runs_on", "source", "hard"),
        ("hosted_on", "source", "hard"),
        ("backed_by", "source", "hard"),
        ("powered_by", "source", "hard"),
        ("located_in", "source", "hard"),
        ("in_namespace", "source", "hard"),
        ("uses_image", "source", "soft"),
        ("supplied_by", "source", "soft"),
        ("part_of", "target", "hard"),
        ("member_of", "target", "hard"),
        ("installed_on", "target", "soft"),
        ("provided_to", "target", "hard"),
    ],
)
def test_who_suffers(relation: str, end: str, need: str) -> None:
    spread = PACK.relation(relation).propagation
    assert (spread.affected_end, str(spread.need)) == (end, need)


@pytest.mark.parametrize("relation", ["connects_to", "owned_by", "documented_by", "covered_by_sla", "licensed_under", "successor_of"])
def test_who_does_not(relation: str) -> None:
    assert PACK.relation(relation).propagation.affected_end is None


@pytest.mark.parametrize(
    ("relation", "source", "target", "allowed"),
    [
        ("depends_on", "kubernetes_deployment", "kubernetes_service", True),
        ("depends_on", "application", "redundancy_group", True),
        ("depends_on", "redundancy_group", "application", True),
        ("depends_on", "sla", "server", False),
        ("member_of", "server", "kubernetes_cluster", True),
        ("member_of", "server", "server", False),
        ("runs_on", "kubernetes_deployment", "kubernetes_cluster", True),
        ("runs_on", "kubernetes_namespace", "kubernetes_cluster", True),
        ("runs_on", "software_instance", "virtual_machine", True),
        ("runs_on", "server", "software_instance", False),
        ("in_namespace", "kubernetes_secret", "kubernetes_namespace", True),
        ("uses_config", "kubernetes_ingress", "kubernetes_secret", True),
        ("part_of", "server", "service_component", True),
        ("part_of", "service_component", "service", True),
        ("provided_to", "service", "customer", True),
        ("located_in", "rack", "room", True),
        ("located_in", "room", "site", True),
        ("located_in", "server", "supplier", False),
        ("powered_by", "rack", "power_feed", True),
        ("powered_by", "power_feed", "power_panel", True),
        ("covered_by_sla", "service", "sla", True),
        ("mastered_by", "document", "master_copy", True),
    ],
)
def test_pairs(relation: str, source: str, target: str, allowed: bool) -> None:
    assert PACK.pair_allowed(relation, source, target) is allowed


def test_groups() -> None:
    assert [one.name for one in CONCRETE if PACK.is_group(one.name)] == ["cluster", "kubernetes_cluster", "redundancy_group"]
    assert {"need_count", "need_percent"} <= set(PACK.item("kubernetes_cluster").attributes)


def rule_of(type_name: str, *attributes: str) -> IdentificationRule:
    return next(rule for rule in PACK.item(type_name).identification if rule.attributes == attributes)


@pytest.mark.parametrize(
    "serial",
    ["0", "Not Specified", " To Be Filled By O.E.M. ", "System Serial Number", "Default string", "None", "0000000", "........", "", None],
)
def test_placeholder_serials_identify_nothing(serial: object) -> None:
    rule = rule_of("server", "serial_number", "vendor")
    assert rule.values({"serial_number": serial, "vendor": "Dell"}) is None
    assert rule.values({"serial_number": "ABC1234", "vendor": "Dell"}) == ("abc1234", "dell")


def test_placeholders_of_addresses_and_uuids() -> None:
    macs = rule_of("virtual_machine", "mac_addresses")
    assert macs.values({"mac_addresses": ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")}) is None
    assert macs.values({"mac_addresses": ("00:00:00:00:00:00", "00:1b:2c:3d:4e:60", "00:1B:2C:3D:4E:5F")}) == (
        "00:1b:2c:3d:4e:5f\x1f00:1b:2c:3d:4e:60",
    )
    uuid = rule_of("server", "system_uuid")
    for nothing in ("00000000-0000-0000-0000-000000000000", "03000200-0400-0500-0006-000700080009"):
        assert uuid.values({"system_uuid": nothing}) is None
    assert rule_of("server", "fqdn").values({"fqdn": "foo.example.com"}) is None


def test_honest_names_are_no_placeholders() -> None:
    rule = rule_of("kubernetes_deployment", "cluster", "namespace", "name")
    assert rule.values({"cluster": "default", "namespace": "default", "name": "test"}) == ("default", "default", "test")
    assert rule_of("vlan", "vlan_group", "vid").values({"vlan_group": "berlin", "vid": 1}) == ("berlin", "1")


def test_host_rules_are_shared_by_machines() -> None:
    assert rule_of("server", "machine_id").key == rule_of("virtual_machine", "machine_id").key == "host:machine_id"


def test_names_of_physical_things_are_hints() -> None:
    assert str(rule_of("network_device", "site", "name").strength) == "weak"
    assert str(rule_of("service", "name").strength) == "strong"


def test_core_fields_have_a_precedence() -> None:
    server = PACK.item("server")
    assert all(server.precedence_of(name).rank("manual") == 0 for name in CORE_FIELDS)
    measured = server.precedence_of("memory_bytes")
    assert measured.rank("host") < measured.rank("import") < measured.rank("manual")
    assert measured.yields_after is not None


def test_load_is_the_same_every_time() -> None:
    again = Registry.of(PACK.definitions())
    assert again == PACK
    assert pack_digest(again) == pack_digest(PACK)


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: item_type\nname: a\n")
    (tmp_path / "b.yaml").write_text("kind: item_type\nname: [b\n")
    with pytest.raises(BadDefinitions) as refused:
        load_pack(tmp_path)
    assert {(fault.file, fault.rule) for fault in refused.value.faults} == {("a.yaml", "schema-required"), ("b.yaml", "bad-yaml")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {("", "empty")}),
        ("# nothing\n---\n", {("", "empty")}),
        ("- a list", {("", "schema-type")}),
        ("42", {("", "schema-type")}),
        ("kind: [", {("", "bad-yaml")}),
        ("kind: zebra", {("kind", "schema-enum")}),
        ("a: &a [1]\nb: *a", {("", "bad-yaml")}),
        ("kind: item_type\nkind: item_type", {("", "bad-yaml")}),
        ("!!python/object/apply:os.system ['true']", {("", "bad-yaml")}),
        ("kind: item_type\nname: A b\ndescription: 3", {("name", "schema-pattern"), ("description", "schema-type")}),
        ("kind: item_type\nname: a\ndescription: A.\nzebra: 1", {("", "schema-additionalProperties")}),
        ("kind: item_type\nname: a\ndescription: A.\nattributes: {x: {kind: strnig}}", {("attributes.x.kind", "schema-enum")}),
        ("kind: item_type\nname: a\ndescription: A.\nstale_after: soon", {("stale_after", "schema-pattern")}),
        ("kind: relation_type\nname: a\ninverse: b\ndescription: A.\npairs: [[a]]", {("pairs.0", "schema-minItems")}),
        ("[" * 5_000, {("", "bad-yaml")}),
        ("a: " + "x" * 2_000_001, {("", "too-long")}),
    ],
)
def test_form_is_told_with_its_place(text: str, found: set[tuple[str, str]]) -> None:
    assert rules(text) == found


def test_json_bodies_are_documents_too() -> None:
    body = {"kind": "item_type", "name": "crate", "description": "A crate.", "attributes": {"n": {"kind": "integer"}}}
    assert load_bodies([body])[0].name == "crate"
    with pytest.raises(BadDefinitions):
        load_bodies([])


@pytest.mark.parametrize("body", [{}, {"kind": "zebra"}, {"kind": "item_type"}, {"kind": "relation_type", "name": "a", "pairs": 3}])
def test_a_body_that_is_no_definition(body: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="no type definition"):
        from_body(body)


@pytest.mark.parametrize(("text", "again"), [("90m", "90m"), ("36h", "36h"), ("48h", "2d"), ("7d", "7d"), ("2w", "14d")])
def test_durations(text: str, again: str) -> None:
    assert duration_text(duration(text)) == again
    assert duration(again) == duration(text)


def test_no_duration() -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration("soon")
