"""Values of the Debian archive source: its settings, and a package as the archive offers it."""

from dataclasses import dataclass
from pathlib import Path

SOURCE_NAME = "debian"

FIELDS = frozenset(
    {"package", "version", "architecture", "section", "maintainer", "installed-size", "sha256", "provides", "pre-depends", "depends"}
)
"""Fields of a stanza that are read."""


@dataclass(frozen=True, slots=True)
class DebianConfig:
    """What to read and what it stands for.

    `index` is a file with the archive's stanzas (what `apt-cache dumpavail` prints, or a `Packages` file); None asks apt on this machine.
    `distribution` names the archive: packages of two distributions are different items. `complete` says that the index holds everything the
    archive offers, so that what is missing is gone.
    """

    index: Path | None = None
    distribution: str = "debian"
    complete: bool = False


@dataclass(frozen=True, slots=True)
class ArchivePackage:
    """One package on offer. `needs` are the names of packages its dependencies lead to, sorted; `missing` those the archive lacks."""

    name: str
    version: str
    architecture: str
    section: str
    maintainer: str
    size_bytes: int | None
    sha256: str
    needs: tuple[str, ...]
    missing: tuple[str, ...]
