"""Commands that look write nothing first: what seeding would mend, or put where there is nothing, comes to light (requirement 9.1-19)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cmdb.kernel.clock import system_clock
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Cause
from cmdb.model.pack import load_document
from cmdb.store.bolt import BoltStore
from cmdb.store.statements import Statement
from cmdb_app import wiring
from cmdb_app.cli import session
from cmdb_app.cli.main import app
from cmdb_app.settings import load_settings
from tests.support.archive import everything
from tests.support.engines import wipe

Run = Callable[..., Result]


class Kept:
    """The test's store, which commands would close."""

    def __init__(self, store: BoltStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def close(self) -> None:
        pass


@pytest.fixture
def run(store: BoltStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the test's store."""
    monkeypatch.setenv("CMDB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(wiring, "open_graph", lambda settings: Kept(store))
    monkeypatch.setattr(session, "_have_engine", lambda settings, stack, create: None)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def seeded(store: BoltStore, run: Run) -> BoltStore:
    """A store with the default types and two changes of them."""
    core = wiring.open_core(load_settings(), store=Kept(store))  # type: ignore[arg-type]
    for size in (10, 20):
        text = f"kind: item_type\nname: kettle\ndescription: Holds {size} cups.\nparent: configuration_item\n"
        core.registry.apply(load_document(text, "kettle"), Cause(wiring.SYSTEM, source="manual", reason="tea"))
    return store


def tamper(store: BoltStore, text: str) -> None:
    store.write(lambda tx: tx.run(Statement("tamper", "write", (), (), text)))


def refusal(found: Result) -> str:
    assert isinstance(found.exception, CmdbError), found.output
    return found.exception.code


def test_what_holds_is_told_and_nothing_is_written(seeded: BoltStore, run: Run, tmp_path: Path) -> None:
    before = everything(seeded)
    assert "The ledger holds: 3 commits" in run("verify").output
    assert run("backup", tmp_path / "saved").exit_code == 0
    assert run("checkpoint", "show").exit_code == 0
    assert everything(seeded) == before


ALTERED = {
    "the registry's record": (
        "MATCH (n:Record {id: 'type_registry'}) SET n.body = '{\"pack_digest\": \"x\", \"removed\": []}'",
        "type_registry",
    ),
    "a definition removed": ("MATCH (n:Record {id: 'item_type:server'}) DELETE n", "item_type:server"),
    "a definition made unreadable": ("MATCH (n:Record {id: 'item_type:server'}) SET n.body = '{}'", "item_type:server"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
def test_altered_types_are_named_and_not_mended(seeded: BoltStore, run: Run, what: str) -> None:
    text, named = ALTERED[what]
    tamper(seeded, text)
    before = everything(seeded)
    found = run("verify", "--json")
    assert found.exit_code == 3
    assert f'"id": "{named}"' in found.output
    assert everything(seeded) == before


def test_a_cut_that_took_a_change_of_types_is_named(seeded: BoltStore, run: Run) -> None:
    first = Log(seeded).commits([1])[1]
    tamper(seeded, "MATCH (c:Commit) WHERE c.seq > 1 DELETE c")
    tamper(seeded, f"MATCH (h:LedgerHead) SET h.seq = 1, h.hash = '{first.hash}', h.time = '{first.time}'")
    before = everything(seeded)
    found = run("verify")
    assert found.exit_code == 3
    assert "stands beyond the head of the ledger, which is at 1" in found.output
    assert everything(seeded) == before


LOOKING = (("verify",), ("checkpoint", "show"), ("backup", "saved"), ("items", "list"), ("history", "x"), ("checkpoint", "take"))


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_an_empty_store_has_no_ledger_and_gets_none(store: BoltStore, run: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    if words[0] == "backup":
        words = ("backup", str(tmp_path / "saved"))
    assert refusal(run(*words)) == LedgerEmpty.code
    assert everything(store) == {"relationships": []}
    assert not (tmp_path / "saved").exists()


def test_what_was_deleted_whole_is_no_ledger_that_holds(seeded: BoltStore, run: Run, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    assert run("checkpoint", "take", "--out", noted).exit_code == 0
    key = run("checkpoint", "key").stdout.strip()
    wipe(seeded)
    assert refusal(run("verify")) == LedgerEmpty.code
    found = run("verify", "--against", noted, "--key", key)
    assert found.exit_code == 3
    assert "commits 1 to 3 were cut off" in found.output
    assert Ledger(seeded, system_clock).head().seq == 0


def test_somebody_must_vouch_for_a_backup(seeded: BoltStore, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved, noted = tmp_path / "saved", tmp_path / "noted"
    assert run("checkpoint", "take", "--out", noted).exit_code == 0
    assert run("backup", saved).exit_code == 0
    key = run("checkpoint", "key").stdout.strip()
    wipe(seeded)
    monkeypatch.setenv("CMDB_DATA_DIR", str(tmp_path / "new"))
    assert refusal(run("restore", saved)) == "backup-signer-unknown"
    assert everything(seeded) == {"relationships": []}
    restored = run("restore", saved, "--against", noted, "--key", key)
    assert "nothing differs" in restored.output
    again = run("restore", saved, "--accept-unknown-key")
    assert again.exit_code == 0
    assert "nothing was written" in again.output
