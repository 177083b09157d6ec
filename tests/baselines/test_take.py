"""Taking baselines and the steps of their life, on both engines; every refusal of the issue's "Bad input"."""

from dataclasses import replace

import pytest

from baselines.errors import (
    BadBaseline,
    BadScope,
    BaselineInFuture,
    BaselineNameTaken,
    BaselineNotFound,
    BaselineStateRefused,
    BaselineWithdrawn,
    EmptyScope,
    OwnBaseline,
)
from baselines.model import BaselineState, Scope, ScopeKind
from baselines.repository import BaselineFilter
from change_gate.verdicts import RoleMissing
from cmdb.kernel.clock import to_text
from cmdb.ledger.errors import IdempotencyKeyReused
from cmdb.ledger.log import Log
from cmdb.ledger.verify import verify
from cmdb.model.registry import UnknownType
from cmdb.store.bolt import BoltStore
from tests.support.baseline_room import ERIN, MAX, MONA, VERA, WHOLE, Shop
from tests.support.estate import retire, update

pytestmark = pytest.mark.engine


@pytest.fixture
def shop(store: BoltStore) -> Shop:
    return Shop(store)


def test_taking_designates_the_head_and_writes_one_record(shop: Shop) -> None:
    before = shop.ledger.head()
    taken = shop.take("Q4", designation="Production 2026-Q4")
    assert (taken.seq, taken.hash, taken.time) == (before.seq, before.hash, before.time)
    assert (taken.state, taken.taken_by, taken.designation, taken.sealed) == (BaselineState.TAKEN, "erin", "Production 2026-Q4", False)
    commit = Log(shop.store).commits([before.seq + 1])[before.seq + 1]
    assert (commit.versions, commit.actor) == (1, "erin")
    assert shop.room.baselines.get("q4 ") == taken == shop.room.baselines.get(taken.id)
    assert verify(shop.store).holds


def test_a_past_commit_or_time_may_be_designated(shop: Shop) -> None:
    then = shop.ledger.head()
    moment = to_text(shop.clock())
    shop.write(update(shop.states["web"], name="web2"))
    assert shop.take("by number", point=then.seq).hash == then.hash
    assert shop.take("by time", point=moment).hash == then.hash
    assert shop.take("by baseline", point="BY NUMBER").hash == then.hash
    assert shop.take("later").seq > then.seq


def test_a_repeat_with_the_key_answers_as_the_first_time(shop: Shop) -> None:
    first = shop.room.baselines.take("Q4", "purpose", WHOLE, ERIN, key="k")
    shop.write(update(shop.states["web"], name="web2"))
    again = shop.room.baselines.take("Q4", "purpose", WHOLE, ERIN, key="k")
    assert again.receipt.replayed
    assert again.receipt.seq == first.receipt.seq
    assert again.baseline == first.baseline
    with pytest.raises(IdempotencyKeyReused):
        shop.room.baselines.take("Q4", "another purpose", WHOLE, ERIN, key="k")


def test_a_name_is_taken_once_whatever_its_case(shop: Shop) -> None:
    shop.take("Release 1")
    for name in ("Release 1", " release   1", "ＲELEASE 1"):
        with pytest.raises(BaselineNameTaken):
            shop.take(name)
    assert shop.room.baselines.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "1200", "2026-11-23T10:00:00Z", "a\x00b", "now", " Head "])
def test_names_that_are_none_are_refused(shop: Shop, name: str) -> None:
    with pytest.raises(BadBaseline):
        shop.take(name)


def test_a_baseline_of_the_future_or_of_nothing_is_refused(shop: Shop) -> None:
    head = shop.ledger.head().seq
    for point in (head + 1, str(10**12), "2031-01-01T00:00:00Z", 0, "1999-01-01T00:00:00Z"):
        with pytest.raises(BaselineInFuture):
            shop.take("too early", point=point)
    with pytest.raises(BaselineNotFound):
        shop.take("of another", point="nobody")
    assert shop.ledger.head().seq == head


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (Scope(ScopeKind.SERVICE, service="nobody"), EmptyScope),
        (Scope(ScopeKind.SERVICE), BadScope),
        (Scope(ScopeKind.SERVICE, service="web"), BadScope),  # an application is none
        (Scope(ScopeKind.ITEMS, items=("web", "nobody")), EmptyScope),
        (Scope(ScopeKind.ITEMS), BadScope),
        (Scope(ScopeKind.TYPE, types=("spaceship",)), UnknownType),
        (Scope(ScopeKind.TYPE, types=("rack",)), EmptyScope),
        (Scope(ScopeKind.RELEASE, release="lone"), EmptyScope),
        (Scope(ScopeKind.QUERY, query={"types": ["server"], "filter": [{"field": "name", "op": "eq", "value": "x"}]}), EmptyScope),
        (Scope(ScopeKind.QUERY, query={"filter": [{"field": "wings", "value": 2}]}), BadScope),
        (Scope(ScopeKind.QUERY, query={"filter": [{"field": "name", "op": "like", "value": "x"}]}), BadScope),
        (Scope(ScopeKind.QUERY, query={"filters": []}), BadScope),
        (Scope(ScopeKind.WHOLE, items=("web",)), BadScope),
    ],
)
def test_a_scope_that_names_nothing_is_refused(shop: Shop, scope: Scope, error: type[Exception]) -> None:
    head = shop.ledger.head().seq
    for point in (None, head):
        with pytest.raises(error):
            shop.take("nothing", scope, point=point)
    assert shop.ledger.head().seq == head


def test_items_are_looked_for_at_the_commit_that_is_designated(shop: Shop) -> None:
    then = shop.ledger.head().seq
    shop.write(retire(shop.states["lone"]))
    scope = Scope(ScopeKind.ITEMS, items=("lone",))
    assert shop.take("past", scope, point=then).seq == then
    with pytest.raises(EmptyScope):
        shop.take("present", scope)


def test_who_may_take_and_decide(shop: Shop) -> None:
    with pytest.raises(RoleMissing):
        shop.take("by a viewer", actor=VERA)
    taken = shop.take("mine", actor=MONA)
    steps = shop.room.baselines
    with pytest.raises(RoleMissing):
        steps.approve(taken.id, ERIN)
    with pytest.raises(OwnBaseline):
        steps.approve(taken.id, MONA)
    with pytest.raises(OwnBaseline):
        steps.approve(taken.id, replace(MONA, name="local:Mona"))
    approved = steps.approve("mine", MAX, designation="in force").baseline
    assert (approved.state, approved.approved_by, approved.designation) == (BaselineState.APPROVED, "max", "in force")
    with pytest.raises(RoleMissing):
        steps.withdraw("mine", ERIN, "no good")


def test_the_life_of_a_baseline(shop: Shop) -> None:
    steps = shop.room.baselines
    one, two = shop.take("one"), shop.take("two")
    with pytest.raises(BaselineStateRefused):
        steps.supersede("one", "two", MONA)
    steps.approve("one", MONA)
    with pytest.raises(BaselineStateRefused):
        steps.approve("one", MONA)
    with pytest.raises(BaselineStateRefused):
        steps.supersede("one", "two", MONA)  # two is not approved
    steps.approve("two", MONA)
    with pytest.raises(BaselineStateRefused):
        steps.supersede("one", "one", MONA)
    gone = steps.supersede("one", "two", MONA).baseline
    assert (gone.state, gone.superseded_by) == (BaselineState.SUPERSEDED, two.id)
    with pytest.raises(BaselineStateRefused):
        steps.withdraw("one", MONA, "too late")
    with pytest.raises(BadBaseline):
        steps.withdraw("two", MONA, "  ")
    assert steps.withdraw("two", MONA, "wrong day", key="w").baseline.withdrawn_reason == "wrong day"
    assert steps.withdraw("two", MONA, "wrong day", key="w").receipt.replayed
    states = [step.state for step, _ in steps.history("one")]
    assert states == [BaselineState.SUPERSEDED, BaselineState.APPROVED, BaselineState.TAKEN]
    assert {(step.seq, step.hash, step.name) for step, _ in steps.history("one")} == {(one.seq, one.hash, "one")}
    assert verify(shop.store).holds


def test_points(shop: Shop) -> None:
    taken = shop.take("Q4")
    shop.write(update(shop.states["web"], name="web2"))
    points = shop.room.points
    assert points.resolve(None).seq == shop.ledger.head().seq
    assert points.resolve(taken.seq).seq == points.resolve(str(taken.seq)).seq == points.resolve(taken.time).seq == taken.seq
    assert points.resolve("q4").baseline == points.resolve(taken.id).baseline == taken
    shop.room.baselines.withdraw("Q4", MONA, "wrong day")
    with pytest.raises(BaselineWithdrawn) as refusal:
        points.resolve("Q4")
    assert refusal.value.fields["seq"] == taken.seq
    assert points.resolve("Q4", withdrawn=True).seq == taken.seq
    with pytest.raises(BaselineNotFound):
        points.resolve("nobody")


def test_pages_newest_first_and_filtered(shop: Shop) -> None:
    for number in range(5):
        shop.take(f"b{number}", Scope(ScopeKind.TYPE, types=("server",)) if number % 2 else WHOLE)
    shop.room.baselines.approve("b3", MONA)
    page = shop.room.baselines.page
    assert [one.name for one in page(first=2)] == ["b4", "b3"]
    assert [one.name for one in page(after=shop.room.baselines.get("b3").id)] == ["b2", "b1", "b0"]
    assert [one.name for one in page(BaselineFilter(states=(BaselineState.APPROVED,)))] == ["b3"]
    assert [one.name for one in page(BaselineFilter(scopes=(ScopeKind.TYPE,)))] == ["b3", "b1"]
    assert [one.name for one in page(BaselineFilter(name="B2"))] == ["b2"]
    assert shop.room.baselines.count(BaselineFilter(scopes=(ScopeKind.WHOLE,))) == 3
