"""Who has worked long lets those pass who have just come, and gets its share all the same. A clock of our own: sleeping moves it on."""

import pytest

from cmdb.kernel.courtesy import PATIENCE, YOUNG, Courtesy, Passage
from cmdb.kernel.stop import Stop


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


def waited(time: Time, passage: Passage) -> float:
    came = time.now
    passage.give_way()
    return time.now - came


def test_who_is_alone_goes_on(time: Time, courtesy: Courtesy) -> None:
    with courtesy.present():
        great = courtesy.begin()
        assert waited(time, great) == 0, "its own request"
        time.now += 10
        assert waited(time, great) == 0


def test_old_work_waits_while_a_young_request_is_here(time: Time, courtesy: Courtesy) -> None:
    great = courtesy.begin()
    time.now += 10
    with courtesy.present():
        assert waited(time, courtesy.begin()) == 0, "young work does not wait"
        assert waited(time, great) == pytest.approx(YOUNG, abs=0.002), "then the other is old itself"
    assert waited(time, great) == 0


def test_it_never_waits_longer_in_all_than_its_share_allows(time: Time, courtesy: Courtesy) -> None:
    great = courtesy.begin()
    time.now += 0.2
    total = 0.0
    for _ in range(40):
        with courtesy.present():
            total += waited(time, great)
    assert total == pytest.approx(PATIENCE * 0.2, abs=0.002)
    time.now += 0.1
    with courtesy.present():
        assert waited(time, great) == pytest.approx(YOUNG, abs=0.002), "what it has worked meanwhile counts"


def test_a_request_that_failed_is_gone(time: Time, courtesy: Courtesy) -> None:
    with pytest.raises(ValueError), courtesy.present():
        raise ValueError
    assert not courtesy.young()


def test_who_asks_whether_it_is_over_gives_way(time: Time, courtesy: Courtesy) -> None:
    stop = Stop().within(1_000, courtesy.begin().give_way).within(500)
    time.now += 10
    with courtesy.present():
        came = time.now
        assert not stop.over
        assert time.now - came == pytest.approx(YOUNG, abs=0.002)
