"""Who runs when, and who lets whom pass: turns, the executor, and the rule that time waited is not time worked."""

import asyncio
import threading
import time

import pytest

from cmdb.kernel.courtesy import Courtesy
from cmdb.kernel.stop import Stop
from cmdb.model.item import ItemState
from cmdb_graphql.context import Context
from cmdb_graphql.runner import IsLong, Request, run
from cmdb_graphql.turns import Turns
from tests.cmdb_graphql.rooms_in_memory import ENGINEER, MemoryReads, context, holder

SECONDS = 30.0


class Watched(Courtesy):
    """Always somebody young; counts who comes by and waits for nobody."""

    def __init__(self) -> None:
        super().__init__(sleep=lambda seconds: time.sleep(0))
        self.asked = 0

    def young(self) -> bool:
        self.asked += 1
        return True


def of(turns: Turns, given: Context, steps: int = 3) -> None:
    """An operation that works longer than the young do, and then comes by at each of so many steps."""

    def work(only_short: bool) -> bool:
        time.sleep(0.05)
        for _ in range(steps):
            given.stop.come_by()
        return True

    assert asyncio.run(turns.take(given, work))


@pytest.fixture
def given() -> Context:
    return context(MemoryReads([ItemState("i1", "server", "n1", "live")]))


def test_an_operation_lets_young_requests_pass(given: Context) -> None:
    courtesy = Watched()
    of(Turns(4, SECONDS, courtesy), given)
    assert courtesy.asked > 3


def test_who_holds_the_last_thread_does_not_wait_for_those_who_need_it(given: Context) -> None:
    courtesy = Watched()
    of(Turns(1, SECONDS, courtesy), given)
    assert courtesy.asked == 0


def test_an_operation_is_a_request_that_has_just_come_itself(given: Context) -> None:
    """Also those of WebSockets, which the middleware does not see."""
    courtesy = Courtesy()
    seen = asyncio.run(Turns(2, SECONDS, courtesy).take(given, lambda only_short: courtesy.young()))
    assert seen
    assert not courtesy.young()


def test_who_waits_for_a_turn_among_the_long_ones_loses_no_time() -> None:
    """Three long operations of 0.3 s, one after the other: the last waits 0.6 s for its turn, and has all its time then."""
    turns, left = Turns(2, SECONDS, Courtesy()), []

    def work(given: Context, only_short: bool) -> None:
        if only_short:
            raise IsLong
        left.append(given.stop.left)
        threading.Event().wait(0.3)

    async def three() -> None:
        asked = [Context(ENGINEER, context(MemoryReads([])).rooms, stop=Stop()) for _ in range(3)]
        await asyncio.gather(*(turns.take(one, lambda only_short, one=one: work(one, only_short)) for one in asked))

    asyncio.run(three())
    assert len(left) == 3
    assert min(left) > SECONDS - 0.2


def test_each_object_of_a_list_that_goes_the_general_way_lets_others_pass() -> None:
    visits: list[int] = []

    def give_way() -> float:
        visits.append(1)
        return 0.0

    given = context(MemoryReads([ItemState(f"i{n}", "server", f"n{n}", "live") for n in range(20)]))
    given.stop = Stop().giving_way(SECONDS, give_way)
    query = "{ items(first: 20) { nodes { name relationships(first: 1) { totalCount } } } }"
    answer = run(holder().current(), Request(query, {}, None), given)
    assert len(answer.body["data"]["items"]["nodes"]) == 20
    assert len(visits) >= 20
