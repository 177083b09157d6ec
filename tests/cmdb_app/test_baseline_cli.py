"""`cmdb baseline check-proof` as somebody outside runs it: a file, a digest, no CMDB anywhere."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from baselines.leaves import Leaf
from baselines.membership import Tree
from baselines.model import WHOLE, Baseline, Seal
from baselines.proof import proof_of
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.model.commit import VersionKind


def a_proof() -> dict[str, Any]:
    """A proof of the second of five leaves."""
    bodies = [canonical_json({"id": f"i{n}", "name": f"item {n}"}).decode() for n in range(5)]
    tree = Tree()
    leaves = [Leaf(VersionKind.ITEM, f"i{n}", n + 1, digest(body.encode())) for n, body in enumerate(bodies)]
    for leaf in leaves:
        tree.add(leaf.data, mark=leaf is leaves[1])
    seal = Seal(tree.root().hex(), 5, 0, "2026-11-23T10:00:00.000000Z", 5)
    baseline = Baseline("b1", "Q4", "evidence", WHOLE, 5, "0" * 64, seal.sealed_at, seal.sealed_at, "erin", seal=seal)
    return proof_of(baseline, leaves[1], bodies[1], 1, tree.size, tree.path())


def check(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The command, on a machine that has no data."""
    command = [sys.executable, "-m", "cmdb_app.cli.main", "baseline", "check-proof", *arguments]
    environment = {"CMDB_DATA_DIR": str(folder / "none"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(a_proof()))
    return path


def test_a_proof_is_checked_without_a_store(file: Path, tmp_path: Path) -> None:
    given = a_proof()["digest"]
    done = check([str(file), "--digest", given], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"item i1@2 is in the baseline with the digest {given}" in done.stdout
    assert not (tmp_path / "none").exists()
    assert "compare it with the one you were given" in check([str(file)], tmp_path).stderr


def test_what_does_not_hold_says_so_and_ends_with_3(file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(a_proof() | {"body": '{"id":"i1","name":"another"}'}))
    done = check([str(file), "--json"], tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["problem"] == "the body does not have the hash of the leaf"
    file.write_text("no json")
    done = check([str(file)], tmp_path)
    assert done.returncode == 1
    assert "bad-proof" in done.stderr
