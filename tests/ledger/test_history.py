"""The log and as-of reads on both engines."""

from datetime import timedelta

import pytest

from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import from_text
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.asof import BadPoint, History, UnknownRevision
from cmdb.ledger.log import Follower, Log
from cmdb.ledger.service import Ledger
from cmdb.model.commit import VersionKind
from cmdb.model.record import RecordEdit
from cmdb.store.bolt import BoltStore
from tests.support.estate import SteppingClock, at, create, plan, relate, relation, restore, retire, server, update

pytestmark = pytest.mark.engine

WEB, DB = server("w", os="linux", tags=("a", "b")), server("d", "db", "database")
LINK = relation("w", "d", port=1)


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    """Four commits: both are created and related, the server renamed, the database retired and restored."""
    ledger = Ledger(store, SteppingClock())
    ledger.commit(plan(create(WEB), create(DB), relate(LINK, True)))
    ledger.commit(plan(update(WEB, name="web", attributes={"os": "bsd"})))
    ledger.commit(plan(retire(DB)))
    ledger.commit(plan(restore(None, DB)), [RecordEdit(VersionKind.RECORD, "note", "n", {"a": 1})])
    return ledger


def test_items_as_they_were(ledger: Ledger, store: BoltStore) -> None:
    history = History(store)
    first = history.item("w", 1)
    assert first is not None
    assert (first.state, first.seq, first.until) == (WEB, 1, 2)
    now = history.item("w", 4)
    assert now is not None
    assert (now.state.name, now.state.revision, now.until) == ("web", 2, None)
    assert [history.item("d", seq) is not None for seq in range(5)] == [False, True, True, False, True]
    assert history.item("nobody", 4) is None
    assert set(history.items_by_id(["w", "d"], 3)) == {"w"}


def test_relationships_as_they_were(ledger: Ledger, store: BoltStore) -> None:
    history = History(store)
    assert [past.state for past in history.relations("w", 2)] == [LINK]
    assert [past.state for past in history.relations("d", 1)] == [LINK]
    assert history.relations("w", 3) == []
    assert history.relations("w", 0) == []


def test_lists_as_they_were(ledger: Ledger, store: BoltStore) -> None:
    history = History(store)
    assert [past.state.id for past in history.items(1)] == ["d", "w"]
    assert [past.state.id for past in history.items(1, ["server"])] == ["w"]
    assert [past.state.id for past in history.items(1, limit=1)] == ["d"]
    assert [past.state.id for past in history.items(1, after="d")] == ["w"]
    assert [past.state.id for past in history.items(3)] == ["w"]
    assert [past.state.id for past in history.items(4, equal={"os": "bsd"})] == ["w"]
    assert history.items(4, equal={"os": "linux"}) == []
    assert [past.state.id for past in history.items(1, equal={"tags": ("a", "b")})] == ["w"]
    assert [past.state.id for past in history.items(1, equal={"owner": "", "name": "db"})] == ["d"]
    assert history.counts(1) == {"server": 1, "database": 1}
    assert history.counts(3) == {"server": 1}


def test_points_in_time(ledger: Ledger, store: BoltStore) -> None:
    history = History(store)
    times = [commit.time for commit in Log(store).after(0)]
    assert history.resolve(None) == 4
    assert history.resolve(2) == 2
    assert [history.resolve(time) for time in times] == [1, 2, 3, 4]
    assert history.resolve(from_text(times[1]) + timedelta(milliseconds=1)) == 2
    assert history.resolve("2020-01-01T00:00:00+01:00") == 0
    assert History(store, lambda: from_text("2020-01-01T00:00:00Z")).resolve(times[3]) == 4  # written by a clock that is ahead of ours
    for beyond in (5, "2999-01-01T00:00:00Z"):
        with pytest.raises(UnknownRevision):
            history.resolve(beyond)
    for wrong in (-1, "yesterday", "2026-01-01T00:00:00"):
        with pytest.raises(BadPoint):
            history.resolve(wrong)


def test_versions_of_a_subject_come_newest_first(ledger: Ledger, store: BoltStore) -> None:
    history = History(store)
    found = history.versions_of("d")
    assert [(one.seq, one.revision, one.body["retired"]) for one in found] == [(4, 3, False), (3, 2, True), (1, 1, False)]
    assert [one.seq for one in history.versions_of("d", before=4, limit=1)] == [3]
    assert [one.seq for one in history.versions_of(LINK.id, VersionKind.RELATION)] == [3, 1]
    assert history.versions_of("nobody") == []


def test_the_log_is_read_from_a_cursor(ledger: Ledger, store: BoltStore) -> None:
    log = Log(store)
    commits = log.after(0)
    assert [commit.seq for commit in commits] == [1, 2, 3, 4]
    assert (commits[0].actor, commits[0].source, commits[0].reason, commits[0].change, commits[0].versions) == (
        "ann", "test", "because", None, 3,
    )  # fmt: skip
    assert [commit.seq for commit in log.after(1, 2)] == [2, 3]
    assert log.after(4) == []
    assert log.commits([3, 1, 99])[3] == commits[2]
    versions = log.versions(1, 4)
    assert [(one.seq, str(one.kind), one.subject_id) for one in versions] == [
        (1, "item", "d"), (1, "item", "w"), (1, "relation", LINK.id), (2, "item", "w"), (3, "item", "d"), (3, "relation", LINK.id),
        (4, "item", "d"), (4, "record", "n"),
    ]  # fmt: skip
    assert versions[1].body == {**WEB.body(), "attributes": {"os": "linux", "tags": ["a", "b"]}}
    groups = [([commit.seq for commit in group], len(made)) for group, made in log.batches(0, 4)]
    assert groups == [([1, 2], 4), ([3, 4], 4)]
    with pytest.raises(InvalidInput):
        log.after(0, 0)


def test_a_follower_gives_every_commit_once_its_handling_ended(ledger: Ledger, store: BoltStore) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 1:
            ledger.commit(plan(create(server("late"))))
        return len(waits) > 1

    follower = Follower(Log(store), 2, interval=0.1, batch=1, wait=wait)
    assert [commit.seq for commit in follower] == [3, 4, 5]
    assert (follower.seq, waits) == (5, [0.1, 0.1])
    crashed = Follower(Log(store), 0)
    for commit in crashed:
        if commit.seq == 2:
            break  # as if handling had failed
    assert crashed.seq == 1, "the commit that was being handled comes again"
    stopping = Follower(Log(store), 0)
    seen = []
    for commit in stopping:
        seen.append(commit.seq)
        stopping.stop()
    assert seen == [1]


def test_the_past_agrees_with_the_present(ledger: Ledger, store: BoltStore) -> None:
    live = Inventory(store).items(["w", "d"])
    past = History(store).items_by_id(["w", "d"], ledger.head().seq)
    assert {id_: (one.state, one.seq, one.hash) for id_, one in live.items()} == {
        id_: (one.state, one.seq, one.hash) for id_, one in past.items()
    }
    assert live["d"].state == at(DB, 3)
