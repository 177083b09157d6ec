"""`docker-compose.yml` without Docker: right shape, no default password, and every setting it names is one of ours."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cmdb_app.settings import EngineChoice, Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
_PLACE = re.compile(r"(?<!\$)\$\{(\w+)(:-|:\?)([^{}]*)\}")


def filled(**values: str) -> dict[str, Any]:
    """The file with its `${...}` filled as compose does it. Raises `KeyError` for a required one that has no value."""

    def value(match: re.Match[str]) -> str:
        name, operator, argument = match.groups()
        if operator == ":?" and not values.get(name):
            raise KeyError(name)
        return values.get(name) or (argument if operator == ":-" else "")

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: fill(child) for name, child in node.items()}
        if isinstance(node, list):
            return [fill(child) for child in node]
        return _PLACE.sub(value, node) if isinstance(node, str) else node

    found: dict[str, Any] = fill(yaml.safe_load(TEXT))
    return found


GIVEN = {"CMDB_NEO4J_PASSWORD": "n-secret", "CMDB_REDIS_PASSWORD": "r-secret", "CMDB_PUBLIC_URL": "https://cmdb.example.org"}


@pytest.fixture
def compose() -> dict[str, Any]:
    return filled(**GIVEN)


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_there_is_no_default_password(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        filled(**{name: value for name, value in GIVEN.items() if name != missing})
    assert not re.search(r"password[\"']?\s*[:=]\s*[\"']?\w", TEXT.lower().replace("requirepass %s", ""))


def test_the_five_parts_are_there_and_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"graph", "broker", "api", "worker", "scheduler"}
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(compose["volumes"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for needed in service.get("depends_on", {}):
            assert needed in services, name
    assert services["graph"]["image"].startswith("neo4j:5.26")


def test_only_the_api_is_reached_from_outside_and_only_by_this_machine(compose: dict[str, Any]) -> None:
    open_to = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert open_to == {"api": ["127.0.0.1:8650:8650"]}


def test_our_parts_run_with_settings_we_have(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    known = {f"CMDB_{name.upper()}" for name in Settings.model_fields}
    for name in ("api", "worker", "scheduler"):
        service = compose["services"][name]
        assert service["command"][0] == name
        assert set(service["environment"]) <= known
    for variable, value in compose["services"]["api"]["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.engine is EngineChoice.NEO4J
    assert settings.graph_uri == "bolt://graph:7687"
    assert settings.password() == "n-secret"
    assert settings.broker() == "redis://:r-secret@broker:6379/0"


def test_the_image_runs_without_root_and_starts_our_command() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER cmdb" in lines
    assert 'ENTRYPOINT ["cmdb"]' in lines
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), f"the Dockerfile copies {source}, which is not there"
