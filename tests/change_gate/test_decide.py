"""The gate's decision: what is cleared, held and refused. Pure values in, pure values out."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from change_gate.decide import Decision, decide
from change_gate.policy import Policy, load_policy
from change_gate.ports import EmptyApprovalBook
from change_gate.verdicts import HoldKind
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.item import ItemState, RelationState
from cmdb.model.pack import load_pack
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind, ItemEdit, RelationEdit, ScopeLoss
from tests.support.road import ENGINEER, VIEWER, agent

REGISTRY = load_pack()
OPEN = load_policy()
STRICT = replace(OPEN, under_control=frozenset({"server", "redundancy_group"}))


class Approves:
    """A book that covers these (item id, attribute)."""

    def __init__(self, *covered: tuple[str, str | None]) -> None:
        self._covered = covered

    def covers(self, cause: Cause, item_id: str, type_name: str, attribute: str | None) -> bool:
        return (item_id, attribute) in self._covered


def state(item_id: str, type_name: str = "server", revision: int = 1, **attributes: str) -> ItemState:
    core: Mapping[str, str] = {"name": item_id, "status": attributes.pop("status", "live")}
    location = attributes.pop("location", "")
    said = {**core, **attributes, **({"location": location} if location else {})}
    return ItemState(
        item_id, type_name, **core, location=location, attributes=attributes, origins=dict.fromkeys(said, "a"), revision=revision
    )


def create(item_id: str, type_name: str = "server") -> ItemEdit:
    return ItemEdit(EditKind.CREATE, None, state(item_id, type_name), (f"ref|a|configuration_item|{item_id}",), ())


def update(item_id: str, before: Mapping[str, str], after: Mapping[str, str], **keys: tuple[str, ...]) -> ItemEdit:
    return ItemEdit(EditKind.UPDATE, state(item_id, **before), state(item_id, revision=2, **after), **keys)  # type: ignore[arg-type]


def relate(kind: str, source: str, target: str) -> RelationEdit:
    return RelationEdit(EditKind.CREATE, None, RelationState(f"r-{source}-{target}", kind, source, target, sources=("a",)))


def claim(item_id: str, *links: tuple[str, str, bool], withdraw: bool = False) -> ClaimEdit:
    return ClaimEdit(item_id, "a", "", item_id, {}, links, "digest", withdraw=withdraw)


def decided(policy: Policy = OPEN, actor: Actor | None = None, approvals: object = None, **parts: object) -> Decision:
    plan = ChangePlan(Cause(actor or agent("a"), "a"), **parts)  # type: ignore[arg-type]
    return decide(plan, policy, approvals or EmptyApprovalBook(), REGISTRY)  # type: ignore[arg-type]


def test_what_nothing_holds_goes_on_as_it_is() -> None:
    plan = ChangePlan(Cause(agent("a"), "a"), (create("i"),), (), (claim("i"),))
    found = decide(plan, OPEN, EmptyApprovalBook(), REGISTRY)
    assert found.cleared.plan is plan
    assert (found.held, dict(found.refused.problems)) == ((), {})


def test_without_the_role_an_item_is_refused_with_its_claim_and_relationships() -> None:
    only_people = replace(OPEN, type_roles={"server": {"create": frozenset({Role.CHANGE_MANAGER})}})
    link = ("depends_on", "new", True)
    found = decided(
        only_people,
        items=(create("new"), create("app", "application")),
        relations=(relate("depends_on", "app", "new"),),
        claims=(claim("new"), claim("app", link)),
    )
    assert found.refused.problems["new"].code == "role-missing"
    assert [edit.after.id for edit in found.cleared.plan.items] == ["app"]
    assert found.cleared.plan.relations == ()
    [left] = found.cleared.plan.claims
    assert (left.item_id, left.relations, left.digest) == ("app", (), None)


def test_roles_of_the_nearest_type_count() -> None:
    rules = {"host": {"update": frozenset({Role.AUDITOR})}, "server": {"update": frozenset({Role.ENGINEER})}}
    policy = replace(OPEN, type_roles=rules)
    assert policy.may_do(ENGINEER, "update", "server", REGISTRY)
    assert not policy.may_do(ENGINEER, "update", "virtual_machine", REGISTRY)
    assert policy.may_do(ENGINEER, "update", "database", REGISTRY)
    assert not policy.may_write(VIEWER)
    assert policy.may_do(Actor("root", frozenset({Role.ADMINISTRATOR})), "update", "server", REGISTRY)


def test_a_controlled_attribute_is_held_and_the_rest_lands() -> None:
    edit = update("i", {"os_version": "11", "location": "r1"}, {"os_version": "12", "location": "r2"})
    found = decided(STRICT, items=(edit,), claims=(claim("i"),))
    [landed] = found.cleared.plan.items
    assert landed.changed_fields() == ("location",)
    assert landed.after.revision == 2
    [held] = found.held
    assert (held.kind, held.reasons[0].attribute) == (HoldKind.CONTROLLED, "os_version")
    assert "'11' -> '12'" in held.reasons[0].reason
    assert held.plan.items[0].changed_fields() == ("os_version",)
    assert found.cleared.plan.claims[0].digest is None, "the claim is looked at again"


def test_an_edit_that_is_all_held_disappears() -> None:
    found = decided(STRICT, items=(update("i", {}, {"status": "maintenance"}),))
    assert found.cleared.plan.items == ()
    assert len(found.held) == 1


def test_a_controlled_value_that_comes_or_goes_is_held_like_one_that_changes() -> None:
    for before, after in (({}, {"os_version": "12"}), ({"os_version": "12"}, {})):
        found = decided(STRICT, items=(update("i", before, after),))
        assert found.cleared.plan.items == ()
        assert [held.reasons[0].attribute for held in found.held] == ["os_version"]


def test_an_approval_covers_exactly_what_it_names() -> None:
    edit = update("i", {"os_version": "11"}, {"os_version": "12", "status": "maintenance"})
    found = decided(STRICT, approvals=Approves(("i", "os_version")), items=(edit,))
    assert found.cleared.plan.items[0].changed_fields() == ("os_version",)
    assert [held.reasons[0].attribute for held in found.held] == ["status"]


def test_types_that_are_not_under_control_yet_are_only_recorded() -> None:
    edit = update("i", {"os_version": "11"}, {"os_version": "12"})
    assert decided(OPEN, items=(edit,)).held == ()
    everything = replace(OPEN, under_control=frozenset({"*"}))
    assert len(decided(everything, items=(edit,)).held) == 1
    above = replace(OPEN, under_control=frozenset({"host"}))
    assert len(decided(above, items=(edit,)).held) == 1


def test_identifiers_that_rest_on_a_held_field_stay_as_they_were() -> None:
    named = replace(STRICT, under_control=frozenset({"*"}))
    registry = REGISTRY.with_definitions([replace(REGISTRY.item("server").definition, controlled=("serial_number",))])
    keys = ("host:serial_number+vendor|s2|v", "ref|a|configuration_item|i")
    edit = update("i", {"serial_number": "S1", "vendor": "v"}, {"serial_number": "S2", "vendor": "v", "location": "r"}, strong=keys)
    plan = ChangePlan(Cause(agent("a"), "a"), (edit,))
    found = decide(plan, named, EmptyApprovalBook(), registry)
    assert found.cleared.plan.items[0].strong == ("host:serial_number+vendor|s1|v", "ref|a|configuration_item|i")


def test_a_controlled_item_comes_and_goes_only_with_an_approval() -> None:
    born = create("g", "redundancy_group")
    there = state("old", "redundancy_group")
    goes = ItemEdit(EditKind.RETIRE, there, replace(there, retired=True, revision=2))
    link = ("depends_on", "g", True)
    found = decided(
        STRICT,
        items=(born, goes, create("app", "application")),
        relations=(relate("depends_on", "app", "g"),),
        claims=(claim("g"), claim("old", withdraw=True), claim("app", link)),
    )
    assert [edit.after.id for edit in found.cleared.plan.items] == ["app"]
    assert found.cleared.plan.relations == ()
    assert [(one.item_id, one.relations, one.digest) for one in found.cleared.plan.claims] == [("app", (), None)]
    assert len(found.held) == 2
    covered = decided(STRICT, approvals=Approves(("g", None), ("old", None)), items=(born, goes))
    assert covered.held == ()


def test_a_controlled_relationship_at_a_controlled_item_is_held() -> None:
    edit = relate("member_of", "s", "g")
    links = (claim("s", ("member_of", "g", True)),)
    found = decided(STRICT, relations=(edit,), claims=links, types={"s": "server", "g": "redundancy_group"})
    assert found.cleared.plan.relations == ()
    assert found.cleared.plan.claims[0].relations == ()
    assert found.held[0].plan.relations == (edit,)
    free = decided(STRICT, relations=(edit,), claims=links, types={"s": "server", "g": "application"})
    assert free.held == ()


@pytest.mark.parametrize(
    ("known", "lost", "held"),
    [
        (100, 100, True),
        (100, 21, True),
        (100, 20, False),
        (10, 10, True),
        (10, 9, False),
        (1, 1, False),
        (2, 2, True),
        (11, 11, True),
        (0, 0, False),
    ],
)
def test_the_guard_against_mass_retirement(known: int, lost: int, held: bool) -> None:
    gone = state("i")
    edit = ItemEdit(EditKind.RETIRE, gone, replace(gone, retired=True))
    found = decided(items=(edit,), claims=(claim("i", withdraw=True),), loss=ScopeLoss("a", "s", known, lost))
    assert bool(found.held) is held
    assert bool(found.cleared.plan.items) is not held
