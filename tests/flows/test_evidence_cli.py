"""Evidence from the command line as a person uses it: checkpoint, backup, restore into a new data directory, verify there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def cmdb(data_dir: Path, *words: str, status: int = 0) -> str:
    """Run a command on a data directory; what it printed. On a refusal, what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CMDB_")}
    command = [sys.executable, "-m", "cmdb_app.cli.main", *words]
    ran = subprocess.run(command, env={**environment, "CMDB_DATA_DIR": str(data_dir)}, capture_output=True, text=True, timeout=200)
    assert ran.returncode == status, ran.stderr
    return ran.stdout if status == 0 else ran.stderr


def test_from_one_directory_to_another(tmp_path: Path) -> None:
    old, new, noted, saved = tmp_path / "old", tmp_path / "new", tmp_path / "noted", tmp_path / "saved"
    cmdb(old, "migrate")
    key = cmdb(old, "checkpoint", "key").strip()
    assert "checkpoint of commit 1 went to file" in cmdb(old, "checkpoint", "take", "--out", str(noted), "-r", "first")
    assert "agrees with the checkpoint of commit 1" in cmdb(old, "verify", "--against", str(noted))
    report = json.loads(cmdb(old, "backup", str(saved), "--json"))
    assert "is there already" in cmdb(old, "backup", str(saved), status=1)

    (tmp_path / "cut").write_bytes(saved.read_bytes()[:-100])
    assert "backup-damaged" in cmdb(new, "restore", str(tmp_path / "cut"), status=1)
    other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert "signature" in cmdb(new, "restore", str(saved), "--key", other, status=1)
    unknown = cmdb(new, "restore", str(saved), status=1)
    assert "backup-signer-unknown" in unknown
    assert "--accept-unknown-key" in unknown
    restored = json.loads(cmdb(new, "restore", str(saved), "--key", key, "--against", str(noted), "--json"))
    assert (restored["seq"], restored["checked"], restored["problems"]) == (report["seq"], True, [])
    again = json.loads(cmdb(new, "restore", str(saved), "--accept-unknown-key", "--json"))
    assert (again["stood"], again["nodes"], again["problems"]) == (True, 0, []), "only the checks"
    cmdb(old, "checkpoint", "take", "--out", str(noted), "-r", "one more commit")
    assert "store-not-empty" in cmdb(old, "restore", str(saved), "--accept-unknown-key", status=1)
    assert "agrees with the checkpoint" in cmdb(new, "verify", "--against", str(noted), "--key", key)
    assert "signing-key-unusable" in cmdb(new, "verify", "--against", str(noted), status=1), "no key of its own yet"
    assert json.loads(cmdb(new, "checkpoint", "show", "--json"))[0]["seq"] == 1
