"""`cmdb audit` at a terminal: what is cut says so, files come with their digests, and who is no user is told."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Batch, Observation
from cmdb.store.bolt import BoltStore
from cmdb_app.cli import session
from cmdb_app.cli.main import app
from cmdb_app.settings import load_settings
from cmdb_app.wiring import Core, open_core

NET = Actor("agent-net", frozenset({Role.AGENT}), source="net")
Run = Callable[..., Result]


@pytest.fixture
def run(store: BoltStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over a CMDB with three servers that nobody owns, and a user `ines`."""
    core = open_core(load_settings(data_dir=tmp_path), store=store)
    core.access.ensure_user("ines", [Role.AUDITOR])
    core.door.submit(Batch("net", tuple(Observation(name, "server", {"name": name}) for name in "abc")), NET)

    @contextmanager
    def opened(create: bool = False) -> Iterator[Core]:
        yield core

    monkeypatch.setattr(session, "open_for_command", opened)
    return lambda *words: CliRunner().invoke(app, ["audit", *words])


def test_lists_say_when_they_were_cut_and_go_on(run: Run) -> None:
    run("plan", "owners", "-c", "ownership")
    for _ in range(3):
        run("run", "owners")
    cut = run("deficiencies", "--first", "2")
    last = cut.stdout.splitlines()[2].split()[0]
    assert cut.stderr == f"first 2 of 3; --first N or --after {last} shows more\n"
    rest = run("deficiencies", "--first", "2", "--after", last)
    assert (len(rest.stdout.splitlines()), rest.stderr) == (2, "")
    assert run("deficiencies", "--first", "3").stderr == ""
    assert run("runs", "owners", "--first", "2").stderr == "the newest 2 of 3 runs; --first N shows more\n"
    assert run("trend", "owners", "--runs", "2").stderr == "the newest 2 of 3 runs; --runs N shows more\n"
    assert run("trend", "owners").stderr == run("runs", "owners").stderr == ""


def test_a_report_in_a_file_is_told_with_its_digests(run: Run, tmp_path: Path) -> None:
    run("plan", "owners", "-c", "ownership")
    run("run", "owners")
    for form in ("html", "json", "csv"):
        path = tmp_path / f"report.{form}"
        said = run("report", "owners", "-f", form, "-o", str(path))
        assert said.stdout == ""
        assert f"{path} is written: run 1 of owners, 3 deficiencies" in said.stderr
        assert f"sha256 of the file      {hashlib.sha256(path.read_bytes()).hexdigest()}" in said.stderr
    assert run("report", "owners", "-f", "csv").stderr == ""


def test_an_auditor_who_is_no_user_is_told_and_not_refused(run: Run) -> None:
    assert "no user is called 'una': findings will be told under that name" in run("plan", "one", "-a", "una").stderr
    assert run("plan", "two", "-a", "ines").stderr == ""
    assert run("plan", "three").stderr == ""
