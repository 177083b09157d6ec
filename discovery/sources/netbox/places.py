"""Sites, locations, racks, power panels and feeds, tenants. Pure."""

from collections.abc import Iterator
from typing import Any

from cmdb.model.observation import Observation
from discovery.sources.netbox.building import Building
from discovery.sources.netbox.model import Dump, Fields

_PHASES = {"single-phase": "single", "three-phase": "three"}


def observe_places(dump: Dump) -> Iterator[Observation]:
    """Everything that holds or feeds devices."""
    for key, one in dump.all("tenancy.tenant"):
        yield Building(dump, "tenancy.tenant", key, "organisation").say(name=one["name"], description=one.get("description")).done()
    for key, one in dump.all("dcim.site"):
        yield _site(dump, key, one)
    for key, one in dump.all("dcim.location"):
        made = Building(dump, "dcim.location", key, "room").say(name=one["name"], site=dump.text("dcim.site", one["site"]))
        yield _owned(made.say(description=one.get("description")), *_inside(one, "parent"), one).done()
    for key, one in dump.all("dcim.rack"):
        made = Building(dump, "dcim.rack", key, "rack").say(
            name=one["name"],
            site=dump.text("dcim.site", one["site"]),
            room=dump.text("dcim.location", one.get("location")),
            height_units=one.get("u_height"),
            serial_number=one.get("serial"),
        )
        yield _owned(made, *_inside(one, "location"), one).done()
    for key, one in dump.all("dcim.powerpanel"):
        made = Building(dump, "dcim.powerpanel", key, "power_panel").say(name=one["name"], site=dump.text("dcim.site", one["site"]))
        model, inside = _inside(one, "location")
        yield made.tie("located_in", model, inside).done()
    for key, one in dump.all("dcim.powerfeed"):
        yield _feed(dump, key, one)


def owned(made: Building, one: Fields) -> Building:
    """Tie an object to its tenant."""
    return made.tie("owned_by", "tenancy.tenant", one.get("tenant"))


def region_name(dump: Dump, key: Any) -> str:
    """A region with those it lies in: `North America / New York`."""
    names: list[str] = []
    while (found := dump.get("dcim.region", key)) is not None and len(names) < 20:
        names.append(found["name"])
        key = found.get("parent")
    return " / ".join(reversed(names))


def _inside(one: Fields, inner: str) -> tuple[str, Any]:
    return ("dcim.location", one[inner]) if one.get(inner) else ("dcim.site", one.get("site"))


def _owned(made: Building, model: str, inside: Any, one: Fields) -> Building:
    return owned(made.tie("located_in", model, inside), one)


def _site(dump: Dump, key: int, one: Fields) -> Observation:
    made = Building(dump, "dcim.site", key, "site").say(
        name=one["name"],
        site_code=one["slug"],
        region=region_name(dump, one.get("region")),
        address=one.get("physical_address"),
        time_zone=one.get("time_zone"),
        latitude=_number(one.get("latitude")),
        longitude=_number(one.get("longitude")),
        description=one.get("description"),
    )
    return owned(made, one).done()


def _feed(dump: Dump, key: int, one: Fields) -> Observation:
    panel = dump.get("dcim.powerpanel", one["power_panel"]) or {}
    made = Building(dump, "dcim.powerfeed", key, "power_feed").say(
        name=one["name"],
        site=dump.text("dcim.site", panel.get("site")),
        panel=panel.get("name"),
        supply=one.get("supply"),
        redundancy=one.get("type"),
        voltage=one.get("voltage"),
        amperage=one.get("amperage"),
        phase=_PHASES.get(one.get("phase", "")),
    )
    return made.tie("powered_by", "dcim.powerpanel", one["power_panel"]).tie("located_in", "dcim.rack", one.get("rack")).done()


def _number(value: Any) -> float | None:
    return None if value in (None, "") else float(value)
