"""The whole app over a real engine, for tests that go through the public API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from cmdb.kernel.clock import system_clock
from cmdb.model.actor import Actor, Role
from cmdb.store.bolt import BoltStore
from cmdb_app.access.passwords import Passwords
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService
from cmdb_app.http import create_app
from cmdb_app.settings import Settings
from cmdb_app.wiring import Services, open_services

ROOT = Actor("root", frozenset({Role.ADMINISTRATOR}))


class Borrowed:
    """A store that belongs to somebody else: closing the app leaves it open."""

    def __init__(self, store: BoltStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def close(self) -> None:
        """Not ours to close."""


@dataclass
class Api:
    """The app, a client without credentials, and tokens by role."""

    services: Services
    client: TestClient
    tokens: dict[str, str]

    def headers(self, who: str, **more: str) -> dict[str, str]:
        """Request headers with the token of a role (`agent` writes as source `scan`)."""
        return {"Authorization": f"Bearer {self.tokens[who]}", **more}

    def get(self, path: str, who: str = "viewer", **more: Any) -> Any:
        return self.client.get(path, headers={**self.headers(who), **more.pop("headers", {})}, **more)

    def post(self, path: str, who: str = "engineer", **more: Any) -> Any:
        return self.client.post(path, headers={**self.headers(who), **more.pop("headers", {})}, **more)

    def send(self, *observations: dict[str, Any], who: str = "agent", source: str = "scan", headers: Any = None, **batch: Any) -> Any:
        """`POST /observations` as one JSON object."""
        return self.post("/observations", who, json={"source": source, "observations": list(observations), **batch}, headers=headers or {})


@contextmanager
def open_api(store: BoltStore, folder: Path, **settings: Any) -> Iterator[Api]:
    """The app over `store`, with a token for each role."""
    found = Settings(data_dir=folder, follow_seconds=0.05, **settings)
    services = open_services(found, store=Borrowed(store))  # type: ignore[arg-type]
    services.access = AccessService(AccessRepository(store), system_clock, Passwords(PasswordHasher(1, 8, 1)))
    tokens = {}
    for role in Role:
        source = "scan" if role is Role.AGENT else None
        tokens[role.value] = services.access.create_token(role.value.replace("_", "-"), [role], ROOT, source=source)[1]
    try:
        with TestClient(create_app(services), base_url="http://cmdb.test", follow_redirects=False) as client:
            yield Api(services, client, tokens)
    finally:
        services.close()
