"""Two commits differ for ever in the same way, whatever becomes of the types; what a question names must be there. Both engines."""

from dataclasses import replace

import pytest

from baselines.compare import Comparison
from baselines.differences import Authorisation, Difference, ValueChange
from baselines.errors import AmbiguousScope, EmptyScope
from baselines.export import ndjson
from baselines.profiles import BadProfile, Profile
from baselines.report import check, report
from baselines.report_check import hold_against
from cmdb.inventory.service import Inventory
from cmdb.ledger.log import Log
from cmdb.model.registry import UnknownType
from cmdb.model.types import AttributeDef, Definition, ItemType, Kind, Propagation, PropagationKind
from cmdb.registry.service import RegistryService
from cmdb.store.bolt import BoltStore
from tests.support.comparing import Comparing, because
from tests.support.estate import at, create, relate, relation, retire, server, unrelate, update


class Evolving(Comparing):
    """Comparing in a store whose types are kept in the ledger, as an installation keeps them."""

    def __init__(self, store: BoltStore) -> None:
        super().__init__(store)
        self.types = RegistryService(store, self.ledger, Inventory(store), look_again=0)
        self.types.seed(because("default types"))
        self.registry = self.types.current()

    def apply(self, *definitions: Definition) -> None:
        """Types as they are from now on."""
        self.types.apply(definitions, because("types move on"))
        self.registry = self.types.current()


@pytest.fixture
def shop(store: BoltStore) -> Comparing:
    return Comparing(store)


@pytest.fixture
def evolving(store: BoltStore) -> Evolving:
    return Evolving(store)


def filed(comparison: Comparison) -> bytes:
    return b"".join(report(comparison, "2026-11-23T10:00:00.000000Z", "ada"))


def lines(comparison: Comparison) -> list[bytes]:
    return list(ndjson(comparison))


def by_id(comparison: Comparison) -> dict[str, Difference]:
    return {one.id: one for one in comparison.stream()}


GADGET = ItemType("gadget", "A thing", parent="host", attributes=(AttributeDef("colour", Kind.STRING), AttributeDef("size", Kind.INTEGER)))
GIZMO = ItemType("gizmo", "Another thing", parent="operational_item")
LEANS = "depends_on"


def test_a_filed_report_holds_when_types_have_moved_on(evolving: Evolving) -> None:
    """An attribute goes, a type gets another parent (its items are recognised by other rules then), failure travels another way."""
    evolving.apply(GADGET, GIZMO)
    box, shop = server("g1", "box", "gadget", colour="red", size=1), server("shop", type_name="service")
    edge = relation("shop", "g2", LEANS)
    first = evolving.write(create(box), create(server("g2", "lid", "gadget", colour="red")), create(shop), relate(edge))
    evolving.write(update(server("g2", "lid", "gadget"), attributes={"size": 2}), change="C1")
    last = evolving.write(unrelate(edge), retire(box), create(server("z1", "box", "gizmo")))
    evolving.room.profiles.save(Profile("colours", include_attributes=("gadget.colour", "colour")), because("to look at colours"))
    asked = [
        lambda: evolving.between(first, last),
        lambda: evolving.between(last, first, types=("host", LEANS)),
        lambda: evolving.between(first, last, service="shop"),
        lambda: evolving.between(first, last, "colours", types=("gadget",)),
    ]
    told = [lines(one()) for one in asked]
    kept = [check(filed(one())) for one in asked]
    assert {one.id: one.kind.value for one in asked[0]().stream()} == {
        "g1": "removed", "g2": "changed", "z1": "added", edge.id: "removed"
    }  # fmt: skip
    assert by_id(asked[3]())["g2"].fields == ("colour",)
    assert edge.id in by_id(asked[2]())

    leans = evolving.registry.relation_types[LEANS]
    evolving.apply(
        replace(GADGET, parent="operational_item", attributes=GADGET.attributes[1:]),
        replace(GIZMO, parent="host"),
        replace(leans, propagation=Propagation(PropagationKind.NONE)),
    )
    for checked in kept:
        assert hold_against(checked, evolving.room.compare, Log(evolving.store)).problems == ()
    assert [lines(one()) for one in asked] == told


def test_what_is_named_may_be_of_then_or_of_now(evolving: Evolving) -> None:
    """A profile or a type of the past is good for the past, one of the present names nothing of it; what nobody ever knew is refused."""
    evolving.apply(GADGET)
    first = evolving.write(create(server("g1", "box", "gadget", colour="red")))
    last = evolving.write(retire(server("g1", "box", "gadget", colour="red")))
    old = Profile("reds", include_attributes=("gadget.colour",))
    evolving.room.profiles.save(old, because("colours"))
    evolving.types.apply([GIZMO], because("gadgets are over"), remove=[("item_type", "gadget")])
    evolving.registry = evolving.types.current()
    assert by_id(evolving.between(first, last, "reds", types=("gadget",))).keys() == {"g1"}
    assert by_id(evolving.between(first, last, types=("gizmo",))) == {}
    with pytest.raises(UnknownType, match="no relationship type either"):
        evolving.between(first, last, types=("gismo",))
    with pytest.raises(BadProfile, match="no type has the attribute"):
        evolving.between(evolving.ledger.head().seq, None, "reds")


def test_a_replacement_tells_both_types_and_every_commit_behind_it(shop: Comparing) -> None:
    """Who edits without a change what is then replaced under one is not excused by it."""
    metal = server("m1", "app7", os="deb12", serial_number="SN-1", vendor="Acme", boot_time="2026-01-01T00:00:00.000000Z")
    values = {**metal.attributes, "os": "deb13"}
    first = shop.write(create(metal))
    shop.write(update(metal, attributes={**metal.attributes, "boot_time": "2026-02-01T00:00:00.000000Z"}))
    shop.write(update(at(metal, 2), attributes=values), reason="by hand")
    shop.write(retire(at(replace(metal, attributes=values), 3)), change="C9")
    last = shop.write(create(server("v1", "app7", "virtual_machine", **values)), change="C9")
    one = by_id(shop.between(first, last, "significant"))["v1"]
    assert [(commit.seq, commit.change) for commit in one.commits] == [(3, None), (4, "C9"), (5, "C9")]
    assert (one.authorisation, one.former_id) == (Authorisation.PARTLY, "m1")
    told = {attribute.name: (attribute.before, attribute.after, attribute.kind) for attribute in one.attributes()}
    assert told == {
        "type": ("server", "virtual_machine", ValueChange.CHANGED), "os": ("deb12", "deb13", ValueChange.CHANGED)
    }  # fmt: skip
    back = by_id(shop.between(last, first, "significant"))["m1"]
    assert [(one.before, one.after) for one in back.attributes() if one.name == "type"] == [("virtual_machine", "server")]
    assert [commit.seq for commit in back.commits] == [3, 4, 5]


def test_a_service_is_asked_for_by_id_or_name_and_must_be_there(evolving: Evolving) -> None:
    shop, old = server("s1", "Hillside Shop", "service"), server("s2", "Old Shop", "service")
    edges = [relation("s1", "web", LEANS), relation("s2", "old", LEANS)]
    first = evolving.write(*map(create, (shop, old, server("web"), server("old"))), *map(relate, edges))
    second = evolving.write(update(server("web"), owner="x"), update(server("old"), owner="y"))
    assert evolving.between(first, None, service="s1").notes == ()
    found = evolving.between(first, None, service=" Hillside Shop ")
    assert (found.question.service, found.service_name, set(by_id(found))) == ("s1", "Hillside Shop", {"web"})
    for nobody in ("nope", "435", "hillside", ""):
        with pytest.raises(EmptyScope, match="no item is called"):
            evolving.between(first, None, service=nobody)
    evolving.write(retire(old), unrelate(edges[1]), update(shop, name="Valley Shop"), create(server("s3", "Valley Shop")))
    now = evolving.write(create(server("s4", "Hillside Shop", "document")))
    assert evolving.between(first, second, service="Hillside Shop").question.service == "s1", "as it was called then"
    assert evolving.between(first, now, service="Valley Shop").question.service == "s1", "a service before others of the name"
    assert evolving.between(first, now, service="Hillside Shop").question.service == "s4", "the second side before the first"
    gone = evolving.between(second, now, service="Old Shop")
    assert gone.notes == (f"Old Shop was not live at commit {now}: of that side, nothing belongs to it.",)
    assert "s2" in by_id(gone)
    with pytest.raises(EmptyScope):
        evolving.between(now, None, service="s2")
    evolving.write(create(server("s5", "Valley Shop", "service")))
    with pytest.raises(AmbiguousScope, match="say which by its id") as refused:
        evolving.between(first, None, service="Valley Shop")
    assert set(refused.value.fields["items"]) == {"s1", "s5"}
