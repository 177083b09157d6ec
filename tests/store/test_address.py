"""Addresses in files: private, whole, and without the password in their text."""

import stat
from pathlib import Path

from cmdb.store.address import BoltAddress, read_address, write_address, write_private

ADDRESS = BoltAddress("bolt://127.0.0.1:7687", "root", "very secret", "cmdb", "http://127.0.0.1:2480")


def test_round_trip(tmp_path: Path) -> None:
    write_address(tmp_path / "address.json", ADDRESS)
    assert read_address(tmp_path / "address.json") == ADDRESS


def test_only_the_owner_may_read_it_also_when_it_replaces_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "address.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["address.json"]


def test_no_file_is_no_address(tmp_path: Path) -> None:
    assert read_address(tmp_path / "address.json") is None


def test_the_password_does_not_show() -> None:
    assert "very secret" not in repr(ADDRESS)
    assert "very secret" not in f"{ADDRESS}"
