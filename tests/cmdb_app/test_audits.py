"""Audits as the program composes them, on both engines: settings reach the library, workers take runs up, commands print for people."""

import json
from pathlib import Path

import pytest

from baselines.audit.planning import Plan
from baselines.audit.trend import trends_of
from baselines.model import WHOLE
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Batch, Observation
from cmdb.store.bolt import BoltStore
from cmdb_app.audits import library_rules, open_audits, take_up
from cmdb_app.cli import audit_view
from cmdb_app.schedules import open_schedules
from cmdb_app.settings import load_settings
from cmdb_app.wiring import Core, open_core

ROOT = Actor("root", frozenset({Role.ADMINISTRATOR}))
NET = Actor("agent-net", frozenset({Role.AGENT}), source="net")


@pytest.fixture
def core(store: BoltStore, tmp_path: Path) -> Core:
    found = open_core(load_settings(data_dir=tmp_path), store=store)
    servers = (Observation("a", "server", {"name": "alpha", "owner": "ops"}), Observation("b", "server", {"name": "beta"}))
    found.door.submit(Batch("net", servers), NET)
    return found


def test_settings_say_what_the_library_may_reach(tmp_path: Path) -> None:
    given = {"library_folders": f"{tmp_path}, /srv/library", "library_hosts": "Lib.example.org", "library_seconds": 5.0}
    rules = library_rules(load_settings(data_dir=tmp_path, **given))
    assert (rules.folders, rules.hosts) == ((tmp_path, Path("/srv/library")), frozenset({"lib.example.org"}))
    assert (rules.private_hosts, rules.seconds) == (frozenset(), 5.0)


def test_a_worker_takes_up_what_was_asked_for_and_commands_tell_it(core: Core, capsys: pytest.CaptureFixture[str]) -> None:
    room, schedules = open_audits(core), open_schedules(core)
    plan = Plan("monthly", WHOLE, criteria=["ownership"], frequency="0 3 1 * *", default_owner="desk")
    audit = room.plan(plan, ROOT, schedules)
    asked = room.running.request(audit.id, ROOT)
    assert take_up(core) == [f"audit run {asked.id} is done"]
    assert take_up(core) == []
    run = room.book.run(asked.id)

    audit_view.print_run(audit, run, as_json=False)
    said = capsys.readouterr().out
    assert "monthly, run 1: 50.0 % of 2 items are without a major or minor deficiency" in said
    assert "deficiencies: 1 new" in said
    audit_view.print_audits([(audit, run)], as_json=False)
    assert "0 3 1 * *" in capsys.readouterr().out
    (one,) = room.follow_up.of_audit(audit.id)
    audit_view.print_deficiency(one, core.clock().date(), as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("beta has no owner (expected of a server)")
    assert "owner     desk" in told
    audit_view.print_deficiencies([one], core.clock().date(), as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["state"] == "open"
    assert audit_view.cut_short(50, 1259, one.id, further=False) == f"first 50 of 1,259; --first N or --after {one.id} shows more"

    before, again = room.running.repeat(run.id)
    assert audit_view.print_repeat(before, list(room.book.findings(run)), again, as_json=False)
    assert "The same is found" in capsys.readouterr().out
    capsys.readouterr()
    audit_view.print_trend(trends_of(room.book, "monthly"), as_json=True)
    assert json.loads(capsys.readouterr().out)["whole"][0]["points"][0]["share"] == 0.5
    assert [one.name for one in schedules.all("audit")] == ["audit monthly"]
