"""Provide what the tests need and this machine lacks: `python -m tools.provide`, the first step of `make test`.

A Neo4j comes from NEO4J_URI, else Docker, else its own jars, for which a JDK and Maven are installed where we may (root on Debian). What
cannot be provided is said here and skipped by the tests; with CMDB_REQUIRE_ALL=1 this exits 1. A browser is Chromium: the one that is there
(or CMDB_CHROMIUM names), else Debian's package. Debian's package graph is what apt knows, after an update where it knows nothing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.neo4j_jars import Neo4jNotPossible, find_jdk, provide_jars

_ARCHIVE = 10_000  # packages: any whole Debian archive has more
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


class ChromiumNotPossible(Exception):
    """There is no Chromium here and none can be installed; the text says what would help."""


class ArchiveNotPossible(Exception):
    """apt knows no archive here and cannot be made to; the text says what would help."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine lets us do. Tests give their own."""

    run: Callable[[list[str]], int]  # runs a command, returns its exit code
    which: Callable[[str], str | None]
    is_root: bool

    @staticmethod
    def here() -> "Machine":
        """The real one."""
        return Machine(_run, shutil.which, os.geteuid() == 0)

    def can_install(self) -> bool:
        """Root on a machine with apt."""
        return self.is_root and self.which("apt-get") is not None

    def install(self, packages: list[str]) -> bool:
        """Install Debian packages; False where it failed."""
        if self.run(["apt-get", "install", "-y", "--no-install-recommends", *packages]) == 0:
            return True
        return self.run(["apt-get", "update"]) == 0 and self.run(["apt-get", "install", "-y", "--no-install-recommends", *packages]) == 0


def _run(arguments: list[str]) -> int:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(arguments, stdout=subprocess.DEVNULL, env=environment, check=False).returncode


def docker_answers() -> bool:
    """Whether a Docker engine (not only its client) is there."""
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def java_packages(machine: Machine, jdk: Callable[[], Path] = find_jdk) -> list[str]:
    """The Debian packages that are missing for running Neo4j from its jars."""
    missing = []
    try:
        jdk()
    except Neo4jNotPossible:
        missing.append("default-jdk-headless")
    if machine.which("mvn") is None:
        missing.append("maven")
    return missing


def provide_neo4j(machine: Machine) -> str:
    """Make a Neo4j possible; how it will be had. Raises `Neo4jNotPossible`."""
    if os.environ.get("NEO4J_URI"):
        return "NEO4J_URI"
    if docker_answers():
        return "Docker"
    if (missing := java_packages(machine)) and machine.can_install():
        print(f"Installing {' and '.join(missing)} ...", flush=True)
        machine.install(missing)
    find_jdk()
    return f"its own jars in {provide_jars()}"


def provide_chromium(machine: Machine) -> str:
    """Make a browser possible; its path. Raises `ChromiumNotPossible`."""
    for attempt in (False, True):
        named = os.environ.get("CMDB_CHROMIUM")
        if found := named or next((path for name in CHROMIUM_NAMES if (path := machine.which(name))), None):
            return found
        if attempt or not machine.can_install():
            break
        print("Installing chromium ...", flush=True)
        machine.install(["chromium"])
    raise ChromiumNotPossible("install Chromium (on Debian: apt-get install chromium) or name one in CMDB_CHROMIUM")


def provide_archive(machine: Machine, known: Callable[[], int] | None = None) -> str:
    """Make apt know its archive's packages, whose graph the impact tests walk; how many. Raises `ArchiveNotPossible`."""
    count = known or _packages_known
    if machine.which("apt-cache") is None:
        raise ArchiveNotPossible("this machine has no apt; run the tests on Debian to have its package graph walked")
    if count() < _ARCHIVE and machine.can_install():
        print("Reading Debian's package lists ...", flush=True)
        machine.run(["apt-get", "update"])
    if (found := count()) < _ARCHIVE:
        raise ArchiveNotPossible(f"apt knows {found} packages here; run apt-get update")
    return f"{found:,} packages apt knows"


def _packages_known() -> int:
    done = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=False, timeout=120)
    return done.stdout.count(b"\nPackage: ") + 1


def main() -> int:
    """Provide everything; 1 where something required is missing."""
    machine, missing = Machine.here(), False
    needs: list[tuple[str, Callable[[Machine], str]]] = [
        ("Neo4j", provide_neo4j),
        ("browser", provide_chromium),
        ("Debian's graph", provide_archive),
    ]
    for name, provide in needs:
        try:
            print(f"{name} for the tests: {provide(machine)}")
        except (Neo4jNotPossible, ChromiumNotPossible, ArchiveNotPossible) as problem:
            missing = True
            print(f"{name} for the tests: none, its tests will be skipped: {problem}", file=sys.stderr)
    return 1 if missing and os.environ.get("CMDB_REQUIRE_ALL") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
