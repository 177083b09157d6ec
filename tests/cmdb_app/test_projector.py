"""Following the ledger: in order, at least once, types told, sleepers woken, faults survived."""

import asyncio
import threading
import time
from collections.abc import Sequence

from cmdb.kernel.errors import CmdbError
from cmdb.model.commit import Commit, Version, VersionKind
from cmdb_app.projector import Projector, TypesFollower


class FakeLog:
    """A ledger of numbers; those in `types` changed a type. `away` makes reading fail."""

    def __init__(self, types: Sequence[int] = ()) -> None:
        self.last = 0
        self.types = set(types)
        self.away = False

    def after(self, seq: int, limit: int) -> Sequence[Commit]:
        if self.away:
            raise CmdbError("the engine is away")
        return [Commit(n, "", "", "", "", None, None, 1, "", "", "") for n in range(seq + 1, min(self.last, seq + limit) + 1)]

    def versions(self, seq_from: int, seq_to: int, kinds: Sequence[VersionKind]) -> Sequence[Version]:
        assert kinds == (VersionKind.TYPE,)
        return [Version(VersionKind.TYPE, "t", n, 1, "", {}) for n in range(seq_from, seq_to + 1) if n in self.types]


class Notes:
    """Remembers the commits it was told of."""

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def take_in(self, commits: Sequence[Commit], versions: Sequence[Version]) -> None:
        self.seqs += [commit.seq for commit in commits]


def test_commits_are_taken_in_once_and_in_order_from_where_it_starts() -> None:
    log, notes = FakeLog(), Notes()
    log.last = 1001
    projector = Projector(log, 3, 1.0, [notes])
    assert projector.catch_up() == 1001
    log.last = 1003
    assert projector.catch_up() == 1003
    assert notes.seqs == list(range(4, 1004))


def test_types_are_read_again_only_when_types_changed() -> None:
    log, told = FakeLog(types=[2]), []
    follower = TypesFollower(lambda: told.append("refresh"))
    follower.tell(lambda: told.append("schema"))
    projector = Projector(log, 0, 1.0, [follower])
    log.last = 1
    projector.catch_up()
    assert told == []
    log.last = 3
    projector.catch_up()
    assert told == ["refresh", "schema"]


def test_a_nudge_is_faster_than_the_clock_and_stop_wakes_sleepers() -> None:
    log = FakeLog()
    projector = Projector(log, 0, 60.0)
    projector.start()
    try:
        log.last = 1
        projector.nudge()
        assert projector.wait_beyond(0, 10) == 1
        began = time.monotonic()
        threading.Timer(0.1, projector.stop).start()
        assert projector.wait_beyond(1, 30) == 1
        assert time.monotonic() - began < 10
    finally:
        projector.stop()


def test_an_engine_that_is_away_is_waited_for_and_nothing_is_skipped() -> None:
    log, notes = FakeLog(), Notes()
    log.last, log.away = 2, True
    projector = Projector(log, 0, 0.01, [notes])
    projector.start()
    try:
        give_up = time.monotonic() + 10
        while projector.healthy:
            assert time.monotonic() < give_up
            time.sleep(0.005)
        log.away = False
        assert projector.wait_beyond(1, 10) == 2
        assert notes.seqs == [1, 2]
        while not projector.healthy:
            assert time.monotonic() < give_up
            time.sleep(0.005)
    finally:
        projector.stop()


def test_the_event_loop_may_wait_too() -> None:
    log = FakeLog()
    projector = Projector(log, 0, 60.0)
    projector.start()

    async def wait() -> tuple[int, int]:
        nothing = await projector.beyond(0, 0.05)
        threading.Timer(0.05, lambda: (setattr(log, "last", 1), projector.nudge())).start()
        return nothing, await projector.beyond(0, 10)

    try:
        assert asyncio.run(wait()) == (0, 1)
    finally:
        projector.stop()
