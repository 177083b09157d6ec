"""What makes twins or false friends in real estates, in the shares that FacterDB's 1,684 fact sets have them: serial numbers that are 0 or
a maker's phrase, one full name for nearly every host, one hardware address on 80 of them, machine ids that came with a cloned image."""

import random

from cmdb.model.observation import Observation
from cmdb.model.outcome import OutcomeStatus
from cmdb.model.pack import load_pack
from tests.support.memory_road import MemoryRoad
from tests.support.road import agent, batch

HOSTS, CLONES = 400, 6
REGISTRY = load_pack()
SHARED_MAC = "52:54:00:aa:bb:cc"


def facts(number: int) -> dict[str, object]:
    """One host: 57 % have serial 0, 97 % share their full name, every fifth has the shared address, the last few one machine id."""
    rng = random.Random(number)
    found: dict[str, object] = {
        "name": "foo" if number % 40 else f"host{number}",
        "fqdn": "foo.example.com" if number % 40 else f"host{number}.example.org",
        "serial_number": "0" if number % 7 < 4 else f"SER{number:05d}",
        "vendor": "Dell Inc.",
        "mac_addresses": [SHARED_MAC] if number % 5 == 0 else [f"00:16:3e:{number >> 8:02x}:{number & 255:02x}:01"],
        "kernel": rng.choice(("5.10", "6.1")),
    }
    if number >= HOSTS - CLONES:
        found["machine_id"] = "c0ffee00c0ffee00c0ffee00c0ffee00"
    return found


def hosts(prefix: str) -> list[Observation]:
    return [Observation(f"{prefix}{number}", "server", facts(number)) for number in range(HOSTS)]


def test_one_source_s_hosts_stay_apart_and_only_clones_ask_a_person() -> None:
    road = MemoryRoad(registry=REGISTRY)
    result = road.submit(batch("a", *hosts("a")), agent("a"))
    held = [one for one in result.outcomes if one.status is OutcomeStatus.HELD]
    assert len(held) == CLONES - 1
    assert {one.status for one in result.outcomes} == {OutcomeStatus.CREATED, OutcomeStatus.HELD}
    assert len({one.item_id for one in result.outcomes if one.item_id}) == HOSTS - CLONES + 1
    again = road.submit(batch("a", *hosts("a")), agent("a"))
    assert again.counts["unchanged"] == HOSTS - CLONES + 1
    assert len(road.graph.held) == CLONES - 1, "asked once"


def test_a_second_source_meets_the_same_hosts_and_never_a_wrong_one() -> None:
    road = MemoryRoad(registry=REGISTRY)
    first = road.submit(batch("a", *hosts("a")), agent("a"))
    of_a = {one.item_id: int(one.ref[1:]) for one in first.outcomes if one.item_id}
    second = road.submit(batch("b", *hosts("b")), agent("b"))
    matched = asked = apart = 0
    for one in second.outcomes:
        number = int(one.ref[1:])
        if one.status is OutcomeStatus.HELD:
            asked += 1
        elif one.item_id in of_a:
            assert of_a[one.item_id] == number, "never another host"
            matched += 1
        else:
            apart += 1
    with_serial = sum(1 for n in range(HOSTS - CLONES) if n % 7 >= 4)
    assert matched >= with_serial, "a real serial number is enough, whatever else is shared"
    assert matched + asked + apart == HOSTS
    with_own_address = sum(1 for n in range(HOSTS - CLONES) if n % 5)
    assert matched >= with_own_address, "so is a hardware address nobody shares"
    assert apart == 0, "what is neither sure nor impossible is asked, not made a twin"
