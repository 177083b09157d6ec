"""Windows of ids give what a sort would give, however dense the matches are and whatever order the engine answers in."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.inventory.by_id import walk


class Shelf:
    """Ids in memory, given out in a random order where no order is promised; counts what was asked."""

    def __init__(self, ids: list[str], matching: set[str], ordered: bool) -> None:
        self.ids = sorted(ids)
        self.matching = matching
        self.ordered = ordered
        self.probes = self.windows = self.scans = 0

    def probe(self, place: str, size: int) -> tuple[int, str | None]:
        self.probes += 1
        after = [id_ for id_ in self.ids if id_ > place]
        if not self.ordered:
            random.Random(1).shuffle(after)
        taken = after[:size]
        return len(taken), max(taken) if taken else None

    def window(self, place: str, last: str) -> list[str]:
        self.windows += 1
        return [id_ for id_ in self.ids if place < id_ <= last and id_ in self.matching]

    def scan(self, place: str, limit: int) -> list[str]:
        self.scans += 1
        return [id_ for id_ in self.ids if id_ > place and id_ in self.matching][:limit]

    def first(self, place: str, limit: int) -> list[str]:
        selective = len(self.matching) < len(self.ids)
        return sorted(walk(self.probe, self.window, lambda: self.scan(place, limit), place, limit, selective))[:limit]


def shelf(count: int, every: int, ordered: bool = True) -> Shelf:
    ids = [f"{n:06d}" for n in range(count)]
    return Shelf(ids, set(ids[::every]), ordered)


@given(count=st.integers(0, 3_000), every=st.integers(1, 900), limit=st.integers(1, 80), start=st.integers(0, 3_000), ordered=st.booleans())
def test_the_first_matches_come_out(count: int, every: int, limit: int, start: int, ordered: bool) -> None:
    some = shelf(count, every, ordered)
    place = f"{start:06d}"
    assert some.first(place, limit) == [id_ for id_ in some.ids if id_ > place and id_ in some.matching][:limit]


def test_without_a_filter_one_window_is_enough() -> None:
    some = shelf(20_000, 1)
    assert len(some.first("", 51)) == 51
    assert (some.probes, some.windows, some.scans) == (1, 1, 0)


def test_rare_matches_are_left_to_a_scan() -> None:
    some = shelf(40_000, 9_000)
    assert some.first("", 51) == ["000000", "009000", "018000", "027000", "036000"]
    assert (some.windows, some.scans) == (1, 1)


@pytest.mark.parametrize("every", [2, 20, 100])
def test_common_matches_never_need_a_scan(every: int) -> None:
    some = shelf(30_000, every)
    assert len(some.first("", 51)) == 51
    assert some.scans == 0
    assert some.windows <= 3
