"""How runs are told, on both engines: nothing reads as clean that is not, and sentences are in order."""

from dataclasses import replace

import pytest

from baselines.audit.headline import aside_words
from baselines.audit.life import Alteration
from baselines.audit.model import DeficiencyState
from baselines.audit.page import html_lines
from baselines.audit.report import report_body, report_of
from baselines.audit.words import an, many
from cmdb.model.observation import Observation
from cmdb.store.bolt import BoltStore
from tests.support.auditing import ADMINISTRATOR, Auditing, own
from tests.support.road import MANAGER, edit


@pytest.fixture
def estate(store: BoltStore) -> Auditing:
    return Auditing(store)


def test_a_score_tells_what_it_leaves_aside(estate: Auditing) -> None:
    ids = estate.say(*(Observation(name, "server", {"name": name, "owner": "ops"}) for name in "ab"))
    audit = estate.plan(own("changes", "unauthorised", {"everything": True}, severity="major"))
    estate.road.door.submit(edit(ids["b"], "server", gone=True), MANAGER)
    assert estate.road.inventory.item(ids["b"]) is None
    run = estate.run(audit)
    report = report_of(estate.room.book, run.id, estate.clock, 9)
    assert (run.score.passed, run.score.subjects, run.counts["new"], run.aside) == (1, 1, 1, {"not_live": {"major": 1}})
    beside = "1 major deficiency on items that are no longer live"
    assert aside_words(run, report.audit.criteria) == report_body(report)["totals"]["aside"] == beside
    assert f"Beside them: {beside}." in "".join(html_lines(report))
    before, seen = estate.room.running.repeat(run.id)
    assert (seen.digest, seen.aside) == (before.digest, before.aside)

    old = replace(run, aside=None)  # as runs were kept before this was counted
    assert "did not count apart" in aside_words(old, report.audit.criteria)
    assert aside_words(replace(old, checks=()), report.audit.criteria) == ""
    both = replace(run, aside={"not_live": {"minor": 1, "major": 2}, "whole": {"major": 1}})
    assert aside_words(both, ()) == (
        "2 major deficiencies and 1 minor deficiency on items that are no longer live, and 1 major deficiency of the CMDB as a whole"
    )
    (one,) = estate.room.follow_up.of_audit(audit)
    estate.room.follow_up.alter(one.id, Alteration(state=DeficiencyState.ACCEPTED, note="the disposal was agreed"), ADMINISTRATOR)
    assert estate.run(audit).aside == {}


def test_types_have_their_article(estate: Auditing) -> None:
    estate.say(Observation("a", "application", {"name": "shop"}), Observation("s", "server", {"name": "web"}))
    found = estate.found(own("owned", "completeness", {"names": ["owner"]}))
    assert found == {"shop": "has no owner (expected of an application)", "web": "has no owner (expected of a server)"}
    assert [an(one) for one in ("ip_address", "unit", "server", "host")] == ["an ip_address", "a unit", "a server", "a host"]
    assert [many(1, "commit"), many(1200, "commit"), many(2, "way", "ways out")] == ["1 commit", "1,200 commits", "2 ways out"]
