"""The Debian archive this machine knows, as text, and its graph read in another way than the source reads it."""

import os
import re
import shutil
import subprocess
from collections import defaultdict
from functools import cache

import pytest


@cache
def archive_index() -> str:
    """What `apt-cache dumpavail` prints. Without apt or its lists the test is skipped with a line, or fails under `CMDB_REQUIRE_ALL=1`."""
    program = shutil.which("apt-cache")
    text = subprocess.run([program, "dumpavail"], capture_output=True, check=True, timeout=120).stdout.decode() if program else ""
    if text.count("\nPackage: ") < 10_000:
        reason = "apt-cache dumpavail knows no archive here (on Debian: apt-get update)"
        if os.environ.get("CMDB_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return text


def plain_edges(text: str) -> set[tuple[str, str]]:
    """(package, what it needs): the first alternative of Depends and Pre-Depends, or all its providers where no package has that name.

    Written with regular expressions over whole stanzas, so that it shares no line with the source.
    """
    needs: dict[str, list[str]] = {}
    provided: defaultdict[str, set[str]] = defaultdict(set)
    for stanza in text.split("\n\n"):
        found = re.search(r"^Package: (\S+)$", stanza, re.M)
        if found is None or found[1] in needs:
            continue
        joined = ",".join(re.findall(r"^(?:Pre-)?Depends: (.+)$", stanza, re.M))
        needs[found[1]] = re.findall(r"(?:^|,)\s*([^\s,|(:]+)", joined)
        for name in re.findall(r"(?:^|,)\s*([^\s,|(:]+)", ",".join(re.findall(r"^Provides: (.+)$", stanza, re.M))):
            provided[name].add(found[1])
    edges = {(name, one) for name, firsts in needs.items() for first in firsts for one in ([first] if first in needs else provided[first])}
    return {(a, b) for a, b in edges if a != b}
