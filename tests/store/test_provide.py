"""Providing what the tests need, decided on machines that do not exist."""

from pathlib import Path

import pytest

from tests.support.engines import REQUIRE_ALL, Missing
from tools.neo4j_jars import Neo4jNotPossible
from tools.provide import ArchiveNotPossible, ChromiumNotPossible, Machine, java_packages, provide_archive, provide_chromium


class FakeMachine:
    """Records what is run; `works` says which commands succeed."""

    def __init__(self, programs: set[str], is_root: bool, fails: int = 0) -> None:
        self.ran: list[list[str]] = []
        self._fails = fails
        self.machine = Machine(self._run, lambda name: f"/usr/bin/{name}" if name in programs else None, is_root)

    def _run(self, arguments: list[str]) -> int:
        self.ran.append(arguments)
        self._fails -= 1
        return 1 if self._fails >= 0 else 0


def no_jdk() -> Path:
    raise Neo4jNotPossible("none")


def a_jdk() -> Path:
    return Path("/usr/bin/java")


def test_what_is_missing_is_named() -> None:
    assert java_packages(FakeMachine({"apt-get"}, True).machine, no_jdk) == ["default-jdk-headless", "maven"]
    assert java_packages(FakeMachine({"mvn"}, True).machine, no_jdk) == ["default-jdk-headless"]
    assert java_packages(FakeMachine({"mvn"}, True).machine, a_jdk) == []


@pytest.mark.parametrize(("programs", "is_root", "may"), [({"apt-get"}, True, True), (set(), True, False), ({"apt-get"}, False, False)])
def test_only_root_with_apt_installs(programs: set[str], is_root: bool, may: bool) -> None:
    assert FakeMachine(programs, is_root).machine.can_install() is may


def test_package_lists_are_refreshed_only_when_needed() -> None:
    quick = FakeMachine({"apt-get"}, True)
    assert quick.machine.install(["maven"])
    assert [command[1] for command in quick.ran] == ["install"]
    slow = FakeMachine({"apt-get"}, True, fails=1)
    assert slow.machine.install(["maven"])
    assert [command[1] for command in slow.ran] == ["install", "update", "install"]


def test_what_is_missing_is_skipped_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE_ALL, raising=False)
    missing = Missing()
    with pytest.raises(pytest.skip.Exception):
        missing.skip("Neo4j", "no JDK")
    assert missing.reasons == {"Neo4j": "no JDK"}


def test_what_is_missing_fails_where_everything_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRE_ALL, "1")
    with pytest.raises(pytest.fail.Exception, match="required"):
        Missing().skip("Neo4j", "no JDK")


def test_a_browser_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMDB_CHROMIUM", raising=False)
    there = FakeMachine({"chromium", "apt-get"}, True)
    assert provide_chromium(there.machine) == "/usr/bin/chromium"
    assert there.ran == []


def test_a_browser_is_installed_where_we_may_and_told_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMDB_CHROMIUM", raising=False)
    bare = FakeMachine({"apt-get"}, True)  # its install succeeds, yet no program appears
    with pytest.raises(ChromiumNotPossible, match="apt-get install chromium"):
        provide_chromium(bare.machine)
    assert bare.ran[0][-1] == "chromium"
    with pytest.raises(ChromiumNotPossible):
        provide_chromium(FakeMachine(set(), False).machine)


def test_the_archive_is_read_where_apt_knows_nothing_yet() -> None:
    asked: list[list[str]] = []
    known = iter([0, 63_666])
    machine = Machine(lambda command: asked.append(command) or 0, lambda name: f"/usr/bin/{name}", is_root=True)
    assert provide_archive(machine, lambda: next(known)) == "63,666 packages apt knows"
    assert asked == [["apt-get", "update"]]


def test_no_archive_is_told() -> None:
    with pytest.raises(ArchiveNotPossible, match="no apt"):
        provide_archive(Machine(lambda _: 1, lambda _: None, is_root=True), lambda: 0)
    with pytest.raises(ArchiveNotPossible, match="apt-get update"):
        provide_archive(Machine(lambda _: 1, lambda name: name, is_root=False), lambda: 3)
