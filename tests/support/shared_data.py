"""Real data, read at test time from beside the repository and never copied into it (`CMDB_SHARED_DATA` overrides the place)."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_data(name: str) -> Path:
    """The folder of one data set. Where it is absent the test is skipped with a line that says so, or fails under `CMDB_REQUIRE_ALL=1`."""
    folder = Path(os.environ.get("CMDB_SHARED_DATA") or _DEFAULT) / name
    if not folder.is_dir():
        reason = f"the data set {name} is not there (set CMDB_SHARED_DATA to the folder that holds it)"
        if os.environ.get("CMDB_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
