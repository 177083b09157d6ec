"""The library on both engines: what rounds look at, what is kept, since when something fails, and as of a commit."""

import pytest

from baselines.library.errors import LibraryForbidden, NotAReference
from baselines.library.model import Looked, Outcome
from baselines.schedule import Schedule
from cmdb.kernel.errors import NotFound
from cmdb.model.observation import Observation
from cmdb.store.bolt import BoltStore
from tests.support.auditing import AUDITOR, Auditing
from tests.support.road import ENGINEER

DIGEST = "sha256:" + "c" * 64
PLACE = "https://lib.example.org/"


@pytest.fixture
def estate(store: BoltStore) -> Auditing:
    return Auditing(store)


def filled(estate: Auditing) -> dict[str, str]:
    return estate.say(
        Observation("iso", "master_copy", {"name": "iso", "library": "dsl", "uri": PLACE + "iso", "digest": DIGEST}),
        Observation("doc", "policy", {"name": "policy", "document_id": "P1", "uri": PLACE + "doc", "content_digest": DIGEST}),
        Observation("lic", "licence", {"name": "licence", "document_id": "L1", "uri": PLACE + "lic"}),
        Observation("img", "container_image", {"name": "web", "repository": "reg.example.org/web", "digest": DIGEST}),
    )


def test_a_round_looks_at_every_reference_and_keeps_what_it_found(estate: Auditing) -> None:
    ids = filled(estate)
    library = estate.room.library
    estate.shelf.outcomes[PLACE + "doc"] = Looked(Outcome.ALTERED, "another digest", "sha256:" + "d" * 64, 9)
    done = library.check_all(AUDITOR)
    assert sorted(estate.shelf.asked) == [PLACE + "doc", PLACE + "iso"], "images only where the settings say so"
    assert (done.checked, done.outcomes["ok"], done.outcomes["altered"]) == (2, 1, 1)
    assert [one.name for one in done.failing] == ["policy"]
    first = library.newest(ids.values())
    assert set(first) == {ids["iso"], ids["doc"]}
    broken_at = first[ids["doc"]].checked_at
    seq = estate.road.ledger.head().seq

    estate.clock.advance(days=1)
    library.check_all(AUDITOR)
    again = library.newest([ids["doc"]])[ids["doc"]]
    assert (again.failing_since, again.last_ok, again.checks) == (broken_at, "", 2)
    estate.shelf.outcomes.clear()
    estate.clock.advance(days=1)
    mended = library.check(ids["doc"], AUDITOR)
    assert (mended.outcome, mended.failing_since, mended.last_ok) == (Outcome.OK, "", mended.checked_at)
    assert [one.outcome for one in library.history(ids["doc"])] == [Outcome.OK, Outcome.ALTERED, Outcome.ALTERED]
    assert library.as_of([ids["doc"]], seq)[ids["doc"]].checks == 1
    assert [one.name for one in library.page({"failing": True})] == []
    assert {one.name for one in library.page({"outcome": "ok"})} == {"iso", "policy"}


def test_images_are_asked_for_one_by_one(estate: Auditing) -> None:
    ids = filled(estate)
    found = estate.room.library.check(ids["img"], AUDITOR)
    assert (found.location, found.place) == (f"oci://reg.example.org/web@{DIGEST}", "oci")
    done = estate.room.library.check_all(AUDITOR, types=("container_image",))
    assert done.checked == 1


def test_what_is_refused(estate: Auditing) -> None:
    ids = filled(estate)
    library = estate.room.library
    with pytest.raises(LibraryForbidden):
        library.check(ids["iso"], ENGINEER)
    with pytest.raises(NotFound):
        library.check("nobody", AUDITOR)
    with pytest.raises(NotAReference, match=r"'licence' .licence. has no uri"):
        library.check(ids["lic"], AUDITOR)


def test_on_schedule(estate: Auditing) -> None:
    filled(estate)
    made: Schedule = estate.schedules.create("library", "library", "0 4 * * *", {}, AUDITOR)
    estate.clock.advance(days=1)
    (ran,) = estate.schedules.run_due()
    assert (ran.schedule.id, ran.result) == (made.id, "2 master copies checked: 2 ok")
