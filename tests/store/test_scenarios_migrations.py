"""Engine scenarios 102 to 109: migrations are applied once, in order, by one process at a time, and never change afterwards."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.kernel.clock import system_clock, to_text
from cmdb.store.bolt import BoltStore
from cmdb.store.errors import AlreadyExists, StatementFailed
from cmdb.store.migrations import MigrationAltered, MigrationBusy, MigrationUnknown, migrate, pending
from cmdb.store.migrations.runner import FOLDER
from tests.support.cypher import reading, writing

APPLIED = reading("MATCH (m:Migration) WHERE m.name STARTS WITH '9' RETURN m.name AS name, m.applied_at AS at ORDER BY name")


@pytest.fixture
def folder(store: BoltStore, tmp_path: Path) -> Iterator[Path]:
    """The real migrations with two more, on a database that has the real ones. Leaves no trace."""
    for path in FOLDER.glob("0*.cypher"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "9001_first.cypher").write_text(
        "// two statements\nCREATE CONSTRAINT probe_key IF NOT EXISTS FOR (n:Probe) REQUIRE n.key IS UNIQUE;\n"
        "CREATE INDEX probe_a IF NOT EXISTS\n  FOR (n:Probe) ON (n.a);\n",
        encoding="utf-8",
    )
    (tmp_path / "9002_second.cypher").write_text(
        "MERGE (n:Probe {key: 'made'}) SET n.times = coalesce(n.times, 0) + 1;\n", encoding="utf-8"
    )
    yield tmp_path
    store.write(lambda tx: tx.run(writing("MATCH (m:Migration) WHERE m.name STARTS WITH '9' OR m.name = 'lock' DELETE m")))
    for text in ("DROP CONSTRAINT probe_key IF EXISTS", "DROP INDEX probe_a IF EXISTS"):
        store.write(lambda tx, text=text: tx.run(writing(text)))  # type: ignore[misc]


def test_s102_what_is_new_is_applied_in_order_and_once(store: BoltStore, folder: Path) -> None:
    assert [migration.name for migration in pending(store, folder)] == ["9001_first", "9002_second"]
    assert migrate(store, system_clock, folder) == ["9001_first", "9002_second"]
    assert migrate(store, system_clock, folder) == []
    assert [row["name"] for row in store.read(APPLIED)] == ["9001_first", "9002_second"]
    assert store.read(reading("MATCH (n:Probe) RETURN n.times AS times")) == [{"times": 1}]
    with pytest.raises(AlreadyExists):
        store.write(lambda tx: tx.run(writing("CREATE (:Probe {key: 'made'})")))


def test_s103_an_altered_file_is_refused(store: BoltStore, folder: Path) -> None:
    migrate(store, system_clock, folder)
    with open(folder / "9001_first.cypher", "a", encoding="utf-8") as file:
        file.write("// harmless?\n")
    with pytest.raises(MigrationAltered) as refusal:
        migrate(store, system_clock, folder)
    assert refusal.value.code == "migration-altered"
    assert "9001_first" in refusal.value.detail


def test_s104_a_database_from_the_future_is_refused(store: BoltStore, folder: Path) -> None:
    migrate(store, system_clock, folder)
    (folder / "9002_second.cypher").unlink()
    with pytest.raises(MigrationUnknown) as refusal:
        migrate(store, system_clock, folder)
    assert refusal.value.fields["migration"] == "9002_second"


def test_s105_a_file_that_fails_half_way_is_applied_again_when_it_is_repaired(store: BoltStore, folder: Path) -> None:
    second = folder / "9002_second.cypher"
    good = second.read_text(encoding="utf-8")
    second.write_text(good + "THIS IS NO CYPHER;\n", encoding="utf-8")
    with pytest.raises(StatementFailed):
        migrate(store, system_clock, folder)
    assert [row["name"] for row in store.read(APPLIED)] == ["9001_first"]
    second.write_text(good, encoding="utf-8")
    assert migrate(store, system_clock, folder) == ["9002_second"]


@pytest.mark.parametrize("round_", range(3))
def test_s106_of_several_that_start_at_once_one_migrates_and_all_succeed(store: BoltStore, folder: Path, round_: int) -> None:
    start, results, problems = threading.Barrier(4), list[list[str]](), list[Exception]()

    def one() -> None:
        start.wait()
        try:
            results.append(migrate(store, system_clock, folder, patience=60))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(results) == [[], [], [], ["9001_first", "9002_second"]]
    assert store.read(reading("MATCH (n:Probe) RETURN n.times AS times")) == [{"times": 1}]


def test_s107_a_held_lock_is_waited_for_and_then_told(store: BoltStore, folder: Path) -> None:
    hold = writing("MERGE (m:Migration {name: 'lock'}) SET m.holder = 'elsewhere:1', m.until = $until")
    store.write(lambda tx: tx.run(hold, until=to_text(system_clock() + timedelta(minutes=1))))
    with pytest.raises(MigrationBusy) as refusal:
        migrate(store, system_clock, folder, patience=0.3)
    assert refusal.value.fields["holder"] == "elsewhere:1"
    assert store.read(APPLIED) == []


def test_s108_the_lock_of_a_dead_process_runs_out(store: BoltStore, folder: Path) -> None:
    hold = writing("MERGE (m:Migration {name: 'lock'}) SET m.holder = 'elsewhere:1', m.until = $until")
    store.write(lambda tx: tx.run(hold, until=to_text(system_clock() - timedelta(seconds=1))))
    assert migrate(store, system_clock, folder, patience=0.3) == ["9001_first", "9002_second"]
    assert store.read(reading("MATCH (m:Migration {name: 'lock'}) RETURN m.holder AS holder")) == [{"holder": None}]


def test_s109_the_graph_of_the_architecture_has_its_constraints_and_indexes_online(store: BoltStore) -> None:
    unique = {
        (row["labels"][0], row["properties"][0])
        for row in store.read(reading("SHOW CONSTRAINTS YIELD labelsOrTypes, properties RETURN labelsOrTypes AS labels, properties"))
    }
    assert unique >= {
        ("Item", "id"), ("Record", "id"), ("LedgerHead", "id"), ("Commit", "seq"), ("Migration", "name"),
        ("ItemVersion", "key"), ("RelationVersion", "key"), ("TypeVersion", "key"), ("RecordVersion", "key"),
        ("Claim", "key"), ("Identifier", "key"), ("Intake", "key"), ("Job", "id"), ("JobChunk", "key"),
        ("User", "name"), ("Token", "id"), ("Token", "digest"), ("Session", "digest"), ("SignInLink", "digest"),
    }  # fmt: skip
    states = {row["state"] for row in store.read(reading("SHOW INDEXES YIELD state RETURN DISTINCT state AS state"))}
    assert states == {"ONLINE"}
