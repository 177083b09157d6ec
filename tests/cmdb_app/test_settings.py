"""Settings: defaults that work, clear refusals, secrets from files."""

import re
from pathlib import Path

import pytest

from cmdb.model.actor import Role
from cmdb_app.settings import BadSettings, EngineChoice, Settings, default_data_dir, load_settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CMDB_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_environment() -> None:
    settings = load_settings()
    assert settings.engine is EngineChoice.EMBEDDED
    assert settings.host == "127.0.0.1"
    assert not settings.port_was_chosen
    assert settings.data_dir == default_data_dir()


def test_environment_and_options_are_read_options_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMDB_PORT", "9000")
    monkeypatch.setenv("CMDB_OIDC_ROLES", '{"ops": "engineer"}')
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port_was_chosen
    assert load_settings().oidc_roles == {"ops": Role.ENGINEER}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CMDB_PORT", "70000", "CMDB_PORT"),
        ("CMDB_ENGINE", "mysql", "CMDB_ENGINE"),
        ("CMDB_GRAPH_HEAP", "lots", "CMDB_GRAPH_HEAP"),
        ("CMDB_ENGINE", "neo4j", "CMDB_GRAPH_URI"),
        ("CMDB_OIDC_ISSUER", "https://issuer.example", "CMDB_OIDC_AUDIENCE"),
        ("CMDB_OIDC_ROLES", '{"ops": "king"}', "CMDB_OIDC_ROLES"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=said):
        load_settings()


def test_secrets_are_not_shown_and_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CMDB_GRAPH_PASSWORD", "very secret")
    assert "very secret" not in repr(load_settings())
    assert load_settings().password() == "very secret"
    (tmp_path / "pw").write_text("from a file\n")
    monkeypatch.setenv("CMDB_GRAPH_PASSWORD_FILE", str(tmp_path / "pw"))
    assert load_settings().password() == "from a file"
    monkeypatch.setenv("CMDB_GRAPH_PASSWORD_FILE", str(tmp_path / "missing"))
    with pytest.raises(BadSettings, match="CMDB_GRAPH_PASSWORD_FILE"):
        load_settings().password()


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_is_read() -> None:
    """What is documented and has no effect deceives who sets it."""
    root = Path(__file__).parents[2]
    texts = [file.read_text() for folder in ("cmdb_app", "discovery") for file in (root / folder).rglob("*.py")]
    own = {"graph_password", "graph_password_file", "broker_url", "broker_url_file"}  # read by `password()` and `broker()`
    unread = [name for name in Settings.model_fields if not any(re.search(rf"settings\.{name}\b", text) for text in texts)]
    assert set(unread) <= own
