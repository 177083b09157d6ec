"""What is lost with a place, a supplier, a network segment: small estates whose answers can be read off."""

import pytest

from cmdb.impact.levels import Level
from cmdb.impact.questions import RetiredRoot, UnknownRoot, WrongKindOfRoot
from tests.support.impact_graphs import Scene, scene

D, G, R = Level.DOWN, Level.DEGRADED, Level.AT_RISK

PLACES = """
room located_in hill
rack located_in room
db located_in rack
web needs db
far located_in vale
"""
PLACE_TYPES = {"hill": "site", "vale": "site", "room": "room", "rack": "rack"}

NETWORK = """
prefix contained_in vlan
one contained_in prefix
two contained_in prefix
other contained_in elsewhere
one assigned_to eth-a
two assigned_to host-b
other assigned_to host-b
eth-a contained_in host-a
app needs host-a
report needs host-b
port contained_in vlan
port contained_in switch
spare contained_in switch
"""
NETWORK_TYPES = {
    "vlan": "vlan", "prefix": "ip_prefix", "elsewhere": "ip_prefix", "one": "ip_address", "two": "ip_address", "other": "ip_address",
    "eth-a": "network_interface", "port": "network_interface", "spare": "network_interface", "switch": "network_device",
}  # fmt: skip


def test_a_place_is_lost_with_the_places_in_it_and_who_says_to_be_there() -> None:
    made = scene(PLACES, types=PLACE_TYPES)
    made.step().commit(made.item("by-word", location="Hill"), made.item("in-room", location="Room 1"), made.item("away", location="Vale"))
    answer = made.service.location_loss("hill", names=["Hill", "Room 1"])
    assert answer.levels() == dict.fromkeys(("hill", "room", "rack", "db", "web", "by-word", "in-room"), D)
    assert answer.total == 1, "web needs what was lost; all others are what was lost"
    assert made.service.places_in("hill") == ["hill", "rack", "room"]
    assert made.service.location_loss("Hill").levels() == {"by-word": D}
    with pytest.raises(UnknownRoot):
        made.service.location_loss("nowhere")
    with pytest.raises(WrongKindOfRoot) as wrong:
        made.service.location_loss("db")
    assert wrong.value.fields["wanted"] == "place"


def test_a_supplier_takes_softly_unless_somebody_knows_better() -> None:
    made = scene("line supplied_by carrier\nsite-net needs line\ndesk likes line", types={"carrier": "supplier", "line": "circuit"})
    assert made.service.supplier_loss("carrier").levels() == {"carrier": D, "line": G, "site-net": G, "desk": R}
    assert made.service.supplier_loss("carrier", level=D).levels() == {"carrier": D, "line": D, "site-net": D, "desk": G}
    covered = made.service.supplier_loss("carrier", covered=["desk", "gone"])
    assert covered.levels() == {"carrier": D, "line": G, "site-net": G, "desk": G}
    with pytest.raises(WrongKindOfRoot):
        made.service.supplier_loss("line")
    made.step().commit(made.item("carrier", "supplier", retired=True))
    with pytest.raises(RetiredRoot):
        made.service.supplier_loss("carrier")


def test_a_segment_cuts_off_what_has_no_other_way() -> None:
    made = scene(NETWORK, types=NETWORK_TYPES)
    answer = made.service.segment_loss("vlan")
    lost = {item: level for item, level in answer.levels().items() if answer.find(item).root}  # type: ignore[union-attr]
    inside = dict.fromkeys(("vlan", "prefix", "one", "two", "port"), D)
    assert lost == inside | {"host-a": D, "host-b": G, "switch": G}
    assert answer.level("app") is D
    assert answer.level("report") is G, "host-b has an address elsewhere"
    alone = made.service.segment_loss("eth-a")
    assert alone.level("host-a") is D, "its one address is on the lost interface"
    assert made.service.segment_loss("switch").levels() == dict.fromkeys(("switch", "port", "spare"), D)
    with pytest.raises(WrongKindOfRoot):
        made.service.segment_loss("app")


def test_without_the_types_it_speaks_of_there_is_nothing_tied() -> None:
    made = Scene().step()
    made.commit(made.item("alone", "vlan", vid=1))
    assert made.service.segment_loss("alone").levels() == {"alone": D}
