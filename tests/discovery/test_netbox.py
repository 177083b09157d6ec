"""NetBox: its demo data held against what NetBox itself computed of cables, a hand-made power supply, and dumps that are none."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.loader import load_rows
from cmdb.impact.questions import ImpactQuestion
from cmdb.impact.service import ImpactService
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.model.observation import Batch, Observation
from cmdb.model.pack import load_pack
from cmdb.store.protocol import Store
from discovery.run import run_source
from discovery.source import Recorder, SourceMisconfigured, SourceUnreadable
from discovery.sources.netbox import NetBoxConfig, NetBoxSource, parse
from tests.support.batches import Estate, faults_of
from tests.support.road import Road, agent
from tests.support.shared_data import shared_data

# Content types of the demo's database, as its cable paths number them.
KINDS = {"32": "dcim.interface", "19": "dcim.cable", "15": "circuits.circuittermination", "30": "dcim.frontport", "47": "dcim.rearport",
         "39": "dcim.poweroutlet", "42": "dcim.powerport"}  # fmt: skip


@pytest.fixture(scope="module")
def dump_file() -> Path:
    return shared_data("netbox-demo") / "netbox-demo-v3.6.infra-only.json"


@pytest.fixture(scope="module")
def objects(dump_file: Path) -> list[Any]:
    found: list[Any] = json.loads(dump_file.read_text())
    return found


def by_model(objects: list[Any]) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = defaultdict(dict)
    for one in objects:
        found[one["model"]][one.get("pk", 0)] = one["fields"]
    return found


def needs_of(observations: tuple[Observation, ...], *types: str) -> dict[str, set[str]]:
    return {one.ref: {relation.to or "" for relation in one.relations if relation.type in types} for one in observations}


def test_the_demo_fits_the_registry_and_nothing_is_lost(dump_file: Path) -> None:
    listener = Recorder()
    (batch,) = NetBoxSource().collect(NetBoxConfig(dump_file, complete=True), listener)
    assert faults_of([batch], load_pack()) == []
    assert (len(batch.observations), batch.complete, batch.scope) == (3_202, True, "netbox:netbox")
    assert [one.code for one in listener.problems] == ["not-read"]
    assert "154 dcim.cablepath" in listener.problems[0].detail


def test_an_interface_needs_what_netbox_says_its_cable_passes(objects: list[Any]) -> None:
    """All 102 interface paths of the demo, 24 of them through patch panels and a circuit."""
    models, needs = by_model(objects), needs_of(parse(objects).observations, "depends_on")
    checked = 0
    for path in models["dcim.cablepath"].values():
        steps = [step[0].split(":") for step in path["path"]]
        if KINDS[steps[0][0]] != "dcim.interface":
            continue
        expected = set()
        for kind, key in ((KINDS.get(kind), int(key)) for kind, key in steps[1:]):
            if kind == "dcim.cable":
                expected.add(f"netbox/dcim.cable/{key}")
            elif kind == "circuits.circuittermination":
                expected.add(f"netbox/circuits.circuit/{models[kind][key]['circuit']}")
            elif kind in ("dcim.frontport", "dcim.rearport"):
                expected.add(f"netbox/dcim.device/{models[kind][key]['device']}")
        assert needs[f"netbox/dcim.interface/{steps[0][1]}"] == expected
        checked += 1
    assert checked == 102
    plugged = {f"netbox/dcim.interface/{key}" for key, one in models["dcim.interface"].items() if one["cable"]}
    assert {ref for ref, found in needs.items() if found and "/dcim.interface/" in ref} == plugged


def test_a_device_is_powered_by_what_netbox_says_its_supply_leads_to(objects: list[Any]) -> None:
    models, powered = by_model(objects), needs_of(parse(objects).observations, "powered_by")
    expected: dict[str, set[str]] = defaultdict(set)
    for path in models["dcim.cablepath"].values():
        (first, key), *_, (_, last) = (step[0].split(":") for step in path["path"])
        if KINDS[first] == "dcim.powerport":
            device = models["dcim.powerport"][int(key)]["device"]
            expected[f"netbox/dcim.device/{device}"].add(f"netbox/dcim.device/{models['dcim.poweroutlet'][int(last)]['device']}")
    assert len(expected) == 26
    assert {ref: found for ref, found in powered.items() if found and "/dcim.device/" in ref} == expected


@pytest.mark.slow
def test_the_loss_of_a_pdu_and_of_a_circuit_on_the_whole_road(store: Store, dump_file: Path) -> None:
    road = Road(store)
    first = run_source(NetBoxSource(), NetBoxConfig(dump_file, complete=True), road.door, agent("netbox"))
    assert first.failed == ()
    assert first.counts["created"] == 3_202
    assert run_source(NetBoxSource(), NetBoxConfig(dump_file, complete=True), road.door, agent("netbox")).counts["unchanged"] == 3_202
    rows = load_rows(store, road.registry, road.clock())
    index = ImpactIndex(rows, ArrowTable.of(road.registry), road.ledger.head().seq)
    service = ImpactService(lambda: index, lambda: road.registry)

    def lost(name: str) -> dict[str, int]:
        found = road.inventory.page(ItemQuery(filters=(Filter("name", Op.EQ, name),))).items
        answer = service.impact(ImpactQuestion({found[0].id: Level.DOWN}))
        assert answer.complete
        return {count.name: count.down for count in answer.by_type()}

    models = by_model(json.loads(dump_file.read_text()))
    devices = {one["name"]: key for key, one in models["dcim.device"].items()}
    fed = {devices["dmi01-akron-rtr01"], devices["dmi01-akron-sw01"]}
    ports = [key for key, one in models["dcim.interface"].items() if one["device"] in fed | {devices["dmi01-akron-pdu01"]}]
    assert lost("dmi01-akron-pdu01") == {"network_device": 2, "network_interface": len(ports)}
    assert lost("KKDG4923")["network_interface"] == sum(
        1 for path in models["dcim.cablepath"].values() if path["path"][0][0].startswith("32:") and ["15:1"] in path["path"]
    )


def test_of_two_supplies_one_is_enough() -> None:
    """A device with two power ports in two strips, each on a feed of its own."""

    def entry(model: str, pk: int, **fields: Any) -> dict[str, Any]:
        return {"model": model, "pk": pk, "fields": fields}

    def plug(cable: int, *ends: tuple[str, int]) -> list[dict[str, Any]]:
        made = [entry("dcim.cable", cable, type="power")]
        for side, (model, pk) in zip("AB", ends, strict=True):
            kind = model.split(".")
            made.append(
                entry(
                    "dcim.cabletermination",
                    10 * cable + (side == "B"),
                    cable=cable,
                    cable_end=side,
                    termination_type=kind,
                    termination_id=pk,
                )
            )
        return made

    objects = [
        entry("dcim.site", 1, name="Here", slug="here"),
        entry("dcim.devicerole", 1, name="Database Server"),
        entry("dcim.devicerole", 2, name="PDU"),
        entry("dcim.powerpanel", 1, name="P", site=1),
        *(entry("dcim.powerfeed", n, name=f"F{n}", power_panel=1) for n in (1, 2)),
        entry("dcim.device", 1, name="db", role=1, site=1),
        *(entry("dcim.device", n, name=f"strip {n}", role=2, site=1) for n in (2, 3)),
        *(entry("dcim.powerport", n, device=1, name=f"PSU{n}") for n in (1, 2)),
        *(entry("dcim.powerport", n + 1, device=n, name="in") for n in (2, 3)),
        *(entry("dcim.poweroutlet", n, device=n + 1, name="1") for n in (1, 2)),
        *plug(1, ("dcim.powerport", 1), ("dcim.poweroutlet", 1)),
        *plug(2, ("dcim.powerport", 2), ("dcim.poweroutlet", 2)),
        *plug(3, ("dcim.powerport", 3), ("dcim.powerfeed", 1)),
        *plug(4, ("dcim.powerport", 4), ("dcim.powerfeed", 2)),
    ]
    parsed = parse(objects)
    assert parsed.whole
    batch = Batch("netbox", parsed.observations)
    assert faults_of([batch], load_pack()) == []
    estate = Estate([batch], load_pack())
    one_feed = estate.levels("power_feed/F1")
    assert one_feed["pdu/strip 2"] is Level.DOWN
    assert one_feed["server/db"] is Level.AT_RISK
    assert estate.levels("power_panel/P")["server/db"] is Level.DOWN


def test_two_instances_do_not_meet_in_their_keys() -> None:
    site = {"model": "dcim.site", "pk": 1, "fields": {"name": "Here", "slug": "here"}}
    assert [parse([site], name).observations[0].ref for name in ("a", "b")] == ["a/dcim.site/1", "b/dcim.site/1"]


def test_what_is_no_dump_is_told(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    for text in ("", "{", "{}", "[]", "[1, 2]", '[{"model": "auth.user", "pk": 1, "fields": {}}]', "[" * 100_000):
        file.write_text(text)
        with pytest.raises(SourceUnreadable):
            list(NetBoxSource().collect(NetBoxConfig(file), Recorder()))
    with pytest.raises(SourceUnreadable):
        list(NetBoxSource().collect(NetBoxConfig(tmp_path / "absent"), Recorder()))
    with pytest.raises(SourceUnreadable, match="larger"):
        list(NetBoxSource().collect(NetBoxConfig(file, max_bytes=10), Recorder()))
    with pytest.raises(SourceMisconfigured):
        list(NetBoxSource().collect(NetBoxConfig(file, " "), Recorder()))


def test_a_part_that_does_not_hold_together_costs_that_part_and_the_completeness(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    site = {"model": "dcim.site", "pk": 1, "fields": {"name": "Here", "slug": "here"}}
    file.write_text(json.dumps([site, {"model": "ipam.prefix", "pk": 1, "fields": {"prefix": "nonsense"}}, "x"]))
    listener = Recorder()
    (batch,) = NetBoxSource().collect(NetBoxConfig(file, complete=True), listener)
    assert [one.ref for one in batch.observations] == ["netbox/dcim.site/1"]
    assert not batch.complete
    assert {(one.code, one.where) for one in listener.problems} == {("not-an-object", "entry 2"), ("not-a-netbox-dump", "networks")}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
)
MODELS = st.sampled_from(["dcim.device", "dcim.cabletermination", "dcim.frontport", "ipam.prefix"])


@given(st.lists(st.fixed_dictionaries({"model": MODELS, "pk": ANYTHING, "fields": ANYTHING}) | ANYTHING))
def test_no_dump_raises(objects: list[Any]) -> None:
    parsed = parse(objects)
    assert parsed.whole or parsed.problems
