"""Long work lets requests pass that have just come, and gets its share all the same. A clock of our own: sleeping moves it on."""

import pytest

from cmdb.kernel.courtesy import NAP, PATIENCE, STRETCH, YOUNG, Courtesy, LongWork
from cmdb.kernel.stop import OutOfTime, Stop


class Time:
    now = 100.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def courtesy(time: Time) -> Courtesy:
    return Courtesy(time.read, time.sleep)


def worked(time: Time, work: LongWork, seconds: float) -> None:
    """Steps of a tenth of a second, with nobody there."""
    for _ in range(round(seconds * 10)):
        time.now += 0.1
        assert work.give_way() == 0


def test_who_is_alone_goes_on(time: Time, courtesy: Courtesy) -> None:
    with courtesy.present():
        great = courtesy.begin()
        assert great.give_way() == 0, "its own request"
        worked(time, great, 10)


def test_long_work_waits_while_a_young_request_is_here(time: Time, courtesy: Courtesy) -> None:
    great = courtesy.begin()
    worked(time, great, 1)
    with courtesy.present():
        assert courtesy.begin().give_way() == 0, "young work does not wait"
        before = time.now
        assert great.give_way() == pytest.approx(YOUNG, abs=0.002), "then the request is old itself"
        assert time.now - before == pytest.approx(YOUNG, abs=0.002)
    assert great.give_way() == 0


def test_a_request_that_came_before_and_stays_does_not_hide_a_young_one(time: Time, courtesy: Courtesy) -> None:
    with courtesy.present():
        time.now += 10
        assert not courtesy.young()
        with courtesy.present():
            assert courtesy.young()
        assert not courtesy.young()


def test_it_never_waits_longer_in_all_than_its_share_allows(time: Time, courtesy: Courtesy) -> None:
    great = courtesy.begin()
    worked(time, great, 0.2)
    total = 0.0
    for _ in range(40):
        with courtesy.present():
            total += great.give_way()
    assert total == pytest.approx(PATIENCE * 0.2, abs=0.002)
    time.now += 0.1
    with courtesy.present():
        assert great.give_way() == pytest.approx(YOUNG, abs=0.002), "what it has worked meanwhile counts"


def test_who_waits_for_a_slow_reader_earns_no_patience(time: Time, courtesy: Courtesy) -> None:
    great = courtesy.begin()
    time.now += 60
    total = 0.0
    for _ in range(1_000):
        with courtesy.present():
            total += great.give_way()
    assert total == pytest.approx(PATIENCE * STRETCH, abs=0.002)


def test_it_waits_a_quarter_of_a_second_at_once_and_as_long_as_it_may_in_all(courtesy: Courtesy, time: Time) -> None:
    class AlwaysYoung(Courtesy):
        def young(self) -> bool:
            return True

    crowded = AlwaysYoung(time.read, time.sleep)
    great, bounded = crowded.begin(), crowded.begin(longest=0.4)
    time.now += 10
    assert great.give_way() == pytest.approx(NAP, abs=0.002)
    assert sum(bounded.give_way() for _ in range(5)) == pytest.approx(0.4, abs=0.002)


def test_a_request_that_failed_is_gone(courtesy: Courtesy) -> None:
    with pytest.raises(ValueError), courtesy.present():
        raise ValueError
    assert not courtesy.young()


def test_what_is_waited_for_others_is_not_time_of_the_work(time: Time, courtesy: Courtesy) -> None:
    def wait() -> float:
        time.now += 2
        return 2.0

    whole = Stop(clock=time.read).giving_way(30, wait)
    part = whole.within(3)
    for _ in range(5):
        time.now += 0.5
        assert not part.come_by()
    assert (part.left, whole.left) == (pytest.approx(0.5), pytest.approx(27.5))
    time.now += 1
    before = time.now
    assert part.come_by()
    assert time.now == before, "what is over waits for nobody"
    with pytest.raises(OutOfTime):
        part.check()
    assert not whole.over


def test_an_operation_that_begins_late_has_all_its_time(time: Time) -> None:
    asked = Stop(clock=time.read)
    first = asked.giving_way(30, lambda: 0.0)
    time.now += 20  # it was found to be long, and waited for its turn
    again = asked.giving_way(30, lambda: 0.0)
    assert (first.left, again.left) == (pytest.approx(10), pytest.approx(30))
    again.abandon()
    assert asked.abandoned
    assert first.over


def test_an_abandoned_operation_waits_for_nobody(time: Time) -> None:
    waited: list[float] = []
    stop = Stop(clock=time.read).giving_way(30, lambda: waited.append(1.0) or 1.0)
    stop.abandon()
    assert stop.come_by()
    assert waited == []
