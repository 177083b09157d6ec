"""The app over each engine, one for a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import engines
from tests.support.api import Api, open_api

ENGINES = [pytest.param("arcadedb", marks=pytest.mark.engine), pytest.param("neo4j", marks=(pytest.mark.engine, pytest.mark.neo4j))]


@pytest.fixture(scope="module", params=ENGINES)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The app on an empty store. Tests of a module share it: each uses names of its own."""
    store = request.getfixturevalue(f"_{request.param}_session_store")
    engines.wipe(store)
    folder: Path = tmp_path_factory.mktemp("data")
    with open_api(store, folder, body_limit=200_000, batch_limit=1_000) as found:
        yield found
