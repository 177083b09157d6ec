"""What the worker does in rounds: one at a time at a real broker, seals on a real store, runs that are due."""

from dataclasses import replace
from pathlib import Path

import pytest

from baselines.errors import BadScope, EmptyScope
from baselines.model import Scope, ScopeKind
from baselines.scope import Scopes
from baselines.seal import Seals
from cmdb.kernel.errors import InvalidInput
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from cmdb_app.cli.baseline_scope import item_id, scope_of
from cmdb_app.schedules import Sealer, alone, open_schedules, run_due
from cmdb_app.settings import Settings
from cmdb_app.wiring import Core, open_core
from tests.support.baseline_room import ERIN, WHOLE
from tests.support.cypher import writing
from tests.support.road import SettableClock, agent


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def core(store: BoltStore, clock: SettableClock, tmp_path: Path) -> Core:
    """A core on the store, with a shop that stands on a web server, and two servers of one name."""
    found = open_core(Settings(data_dir=tmp_path), store=store, clock=clock)
    web = Observation("web", "server", {"name": "web"})
    twins = [Observation(f"twin-{n}", "server", {"name": "twin", "serial_number": f"SN-{n}"}) for n in (1, 2)]
    shop = Observation("shop", "service", {"name": "Web Shop"}, (ObservedRelation("depends_on", to="web"),))
    result = found.door.submit(Batch("net", (web, *twins, shop)), agent("net"))
    assert not result.failed
    return found


@pytest.mark.broker
def test_one_at_a_time(broker: str) -> None:
    with alone(broker, "test") as first:
        with alone(broker, "test") as second, alone(broker, "another") as third:
            assert (first, second, third) == (True, False, True)
        with alone(broker, "test") as again:
            assert not again
    with alone(broker, "test") as after:
        assert after


@pytest.mark.engine
def test_what_is_not_sealed_is_sealed_and_what_cannot_be_is_left_for_later(
    core: Core, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    take = core.baselines.baselines.take
    service = Scope(ScopeKind.SERVICE, service=item_id(core, "Web Shop"))
    two = take("two", "purpose", service, ERIN).baseline
    clock.advance(seconds=1)
    one = take("one", "purpose", WHOLE, ERIN).baseline
    whole = core.baselines
    narrow = Scopes(core.store, core.history, core.registry.current, most=1)
    core.baselines = replace(whole, seals=Seals(core.store, core.ledger, core.log, whole.book, narrow, clock))
    sealer = Sealer()
    assert sealer.seal_all(core) == [one.id]
    assert "cannot be sealed: more than 1 items" in caplog.text
    core.baselines = whole
    assert sealer.seal_all(core) == []  # not tried again within the hour
    assert Sealer().seal_all(core) == [two.id]
    seal = whole.baselines.get("two").seal
    assert seal is not None
    assert (seal.items, seal.relations) == (2, 1)
    assert core.log.commits([core.ledger.head().seq])[core.ledger.head().seq].actor == "scheduler"


@pytest.mark.engine
def test_runs_that_are_due_are_done_and_logged(core: Core, clock: SettableClock, caplog: pytest.LogCaptureFixture) -> None:
    schedules = open_schedules(core)
    schedules.create("hourly", "baseline", "0 * * * *", {"purpose": "evidence", "scope": WHOLE.body()}, ERIN)
    clock.advance(hours=3)
    with caplog.at_level("INFO", "cmdb.schedules"):
        (ran,) = run_due(core)
    assert (ran.failed, ran.missed) == (False, 2)
    assert "schedule hourly ran for 2026-11-23T13:00:00.000000Z, 2 missed before it" in caplog.text
    assert core.baselines.baselines.get("hourly 2026-11-23 13:00").taken_by == "scheduler"
    assert run_due(core) == []


@pytest.mark.engine
def test_scopes_as_they_are_written_on_a_command_line(core: Core, tmp_path: Path) -> None:
    shop, web = item_id(core, "Web Shop"), item_id(core, "web")
    assert scope_of(core, "whole") == WHOLE
    assert scope_of(core, "service:Web Shop") == Scope(ScopeKind.SERVICE, service=shop)
    assert scope_of(core, "items: web , Web Shop") == Scope(ScopeKind.ITEMS, items=(web, shop))
    assert scope_of(core, "type:host,database").types == ("host", "database")
    query = tmp_path / "query.json"
    query.write_text('{"types": ["server"]}')
    assert scope_of(core, f"query:{query}").query == scope_of(core, 'query:{"types": ["server"]}').query == {"types": ["server"]}
    with pytest.raises(InvalidInput, match="several items are called 'twin'"):
        scope_of(core, "service:twin")
    for text in ("galaxy", "query:/no/such/file", "query:{", "query:[]"):
        with pytest.raises(BadScope):
            scope_of(core, text)
    for text, error in (("service:", BadScope), ("service:nobody", EmptyScope), ("release:never was", EmptyScope), ("whole:web", BadScope)):
        with pytest.raises(error):
            core.baselines.baselines.take("x", "purpose", scope_of(core, text), ERIN)


@pytest.mark.engine
def test_a_baseline_whose_record_is_none_does_not_keep_others_from_being_sealed(core: Core, store: BoltStore) -> None:
    take = core.baselines.baselines.take
    bent, good = (take(name, "purpose", WHOLE, ERIN).baseline for name in ("bent", "good"))
    store.write(lambda tx: tx.run(writing(f"MATCH (r:Record {{id: '{bent.id}'}}) SET r.body = '{{}}'")))
    assert Sealer().seal_all(core) == [good.id]
    assert core.baselines.baselines.get(good.id).sealed
