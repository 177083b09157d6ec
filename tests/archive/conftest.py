"""What the tests of backups begin with."""

from pathlib import Path
from typing import Any

import pytest

from cmdb.archive.backup import BackupReport, backup
from cmdb.store.bolt import BoltStore
from tests.support.archive import everything
from tests.support.backups import CLOCK, fill


@pytest.fixture
def saved(store: BoltStore, tmp_path: Path) -> tuple[Path, dict[str, list[Any]], BackupReport]:
    """A backup of the small CMDB, and all that was in it."""
    fill(store)
    path = tmp_path / "saved" / "cmdb.backup"
    path.parent.mkdir()
    report = backup(store, CLOCK, path)
    return path, everything(store), report
