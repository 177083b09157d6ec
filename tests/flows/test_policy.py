"""The provider's own policy: a file that the settings name decides what is held."""

from pathlib import Path

import pytest

from change_gate.policy import DEFAULT, BadPolicy
from cmdb.store.bolt import BoltStore
from cmdb_app.settings import Settings
from cmdb_app.wiring import open_core
from tests.flows.test_observations import server
from tests.support.api import Borrowed, open_api

pytestmark = pytest.mark.engine


def test_a_type_goes_under_control_by_the_policy_file(arcadedb_store: BoltStore, tmp_path: Path) -> None:
    body = DEFAULT.read_text(encoding="utf-8").replace("under_control: []", "under_control: [server]")
    policy = tmp_path / "policy.yaml"
    policy.write_text(body, encoding="utf-8")
    with open_api(arcadedb_store, tmp_path, policy_file=policy) as api:
        assert api.send(server("c1", os_version="12")).json()["counts"]["created"] == 1
        again = api.send(server("c1", os_version="13")).json()
        assert again["counts"]["held"] == 1
        assert api.get("/holds").json()["holds"][0]["kind"] == "controlled"


def test_a_wrong_policy_file_is_said_at_the_start(arcadedb_store: BoltStore, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\ncolour: red\n", encoding="utf-8")
    with pytest.raises(BadPolicy, match="colour"):
        open_core(Settings(data_dir=tmp_path, policy_file=policy), store=Borrowed(arcadedb_store))  # type: ignore[arg-type]
    with pytest.raises(BadPolicy, match="cannot be read"):
        open_core(Settings(data_dir=tmp_path, policy_file=tmp_path / "none.yaml"), store=Borrowed(arcadedb_store))  # type: ignore[arg-type]
