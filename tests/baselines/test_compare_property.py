"""Random histories: comparing any two commits equals an obvious comparison of recorded states; the way back leads back (design 8)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from baselines.differences import fields_of
from cmdb.model.item import ItemState, RelationState
from cmdb.store.bolt import BoltStore
from tests.ledger.test_properties import HISTORY, Recorded, edits_of
from tests.support import engines
from tests.support.comparing import Comparing, because
from tests.support.estate import plan

pytestmark = [pytest.mark.engine, pytest.mark.slow]
MODEST = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
State = ItemState | RelationState


def obvious(old: dict[str, State], new: dict[str, State]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Id -> (how, which fields), by looking at everything. Told roughly: `came`, `went`, `changed`."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for id_ in old.keys() | new.keys():
        a, b = old.get(id_), new.get(id_)
        one, other = (plain(a) if a else {}), (plain(b) if b else {})
        names = tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
        if a is None or b is None:
            found[id_] = ("came" if a is None else "went", names)
        elif names:
            found[id_] = ("changed", names)
    return found


def plain(state: State) -> dict[str, Any]:
    """Values as they are compared: the parts of one of several in no order."""
    return {name: sorted(map(repr, value)) if isinstance(value, tuple) else repr(value) for name, value in fields_of(state).items()}


ROUGHLY = {"added": "came", "restored": "came", "removed": "went", "changed": "changed", "renamed": "changed"}


def told(comparing: Comparing, a: int, b: int) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.id: (ROUGHLY[one.kind.value], one.fields) for one in comparing.between(a, b).stream()}


def points(recorded: Recorded) -> Iterator[tuple[int, dict[str, State]]]:
    yield 0, {}
    for seq, (items, relations) in enumerate(recorded.past, 1):
        yield seq, {**items, **relations}


@MODEST
@given(history=HISTORY)
def test_comparing_equals_an_obvious_comparison_and_the_way_back_leads_back(history: Any, store: BoltStore) -> None:
    engines.wipe(store)
    comparing, recorded = Comparing(store), Recorded()
    for steps in history:
        edits = edits_of(steps, recorded)
        if edits:
            comparing.ledger.commit(plan(*edits))
            recorded.past.append((dict(recorded.items), dict(recorded.relations)))
    known = list(points(recorded))
    for a, before in known:
        for b, after in known:
            assert told(comparing, a, b) == obvious(before, after), (a, b)
            answer = comparing.between(a, b)
            assert answer.totals().all.total == len(obvious(before, after))
    back = known[len(known) // 2][0]
    way = comparing.room.reverse.way(comparing.between(None, back), because("go back"))
    assert way.left_out == ()
    if not way.plan.is_empty:
        comparing.ledger.commit(way.plan)
    assert told(comparing, back, comparing.ledger.head().seq) == {}
