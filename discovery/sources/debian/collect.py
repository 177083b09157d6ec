"""Reads an archive's index from a file or from apt on this machine. All understanding is in `parse.py`."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cmdb.model.observation import Batch
from discovery.source import Listener, SourceMisconfigured, SourceProblem, SourceUnreadable
from discovery.sources.debian.model import SOURCE_NAME, DebianConfig
from discovery.sources.debian.parse import observe, parse

_APT_SECONDS = 120


class DebianSource:
    """The source `debian`: one batch, the archive's packages."""

    name = SOURCE_NAME

    def collect(self, config: DebianConfig, listener: Listener) -> Iterator[Batch]:
        """The batch. Raises `SourceMisconfigured` for an empty distribution, `SourceUnreadable` where there is no index, or none with a
        package in it."""
        if not config.distribution.strip():
            raise SourceMisconfigured("name the distribution, such as debian-12: packages of two distributions are different items")
        listener.step(0, 2, "read the index")
        packages = parse(read_index(config.index).splitlines())
        if not packages:
            raise SourceUnreadable("the index holds no package; expected are stanzas as `apt-cache dumpavail` prints them")
        listener.step(1, 2, f"{len(packages):,} packages")
        missing = {name for package in packages for name in package.missing}
        if missing:
            detail = (
                f"{len(missing):,} names that packages depend on are not in this archive, such as {min(missing)}; these edges are left out"
            )
            listener.problem(SourceProblem("not-in-archive", config.distribution, detail, lost=False))
        observations = observe(packages, config.distribution)
        yield Batch(
            SOURCE_NAME, observations, scope=f"archive:{config.distribution}", complete=config.complete, reason="read from the archive"
        )
        listener.step(2, 2, "done")


def read_index(index: Path | None) -> str:
    """The text of an index; None asks `apt-cache dumpavail`. Bytes that are not UTF-8 are replaced. Raises `SourceUnreadable`."""
    if index is not None:
        try:
            return index.read_text(encoding="utf-8", errors="replace")
        except OSError as fault:
            raise SourceUnreadable(f"{index}: {fault.strerror or fault}") from fault
    program = shutil.which("apt-cache")
    if program is None:
        raise SourceUnreadable("this machine has no apt; give a file with what `apt-cache dumpavail` prints on one that has")
    try:
        done = subprocess.run([program, "dumpavail"], capture_output=True, timeout=_APT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as fault:
        raise SourceUnreadable(f"apt-cache dumpavail did not answer: {fault}") from fault
    return done.stdout.decode("utf-8", errors="replace")
