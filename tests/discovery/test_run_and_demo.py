"""The run that strings source and door together, and the demo estate with the story it is told for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from change_gate.results import BatchResult
from cmdb.impact.levels import Level
from cmdb.model.actor import Actor, Role
from cmdb.model.observation import Batch, Observation
from cmdb.model.outcome import Outcome, OutcomeStatus
from cmdb.model.pack import load_pack
from discovery.demo import load_demo
from discovery.demo.estate import FOLDER, demo_batches, read_estate
from discovery.run import run_source
from discovery.source import Listener, SourceProblem, SourceUnreadable
from tests.support.batches import Estate, faults_of

ADMIN = Actor("admin", frozenset({Role.ADMINISTRATOR}))


class FakeDoor:
    """Takes every observation as new the first time and as unchanged afterwards."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._seen: set[tuple[str, Observation]] = set()

    def submit(self, batch: Batch, actor: Actor, progress: Callable[[int, int, str], None] | None = None) -> BatchResult:
        self.batches.append(batch)
        outcomes = []
        for one in batch.observations:
            known = repr((batch.source, one)) in self._seen
            self._seen.add(repr((batch.source, one)))  # type: ignore[arg-type]
            outcomes.append(Outcome(one.ref, OutcomeStatus.UNCHANGED if known else OutcomeStatus.CREATED))
        return BatchResult(batch.source, tuple(outcomes), dry_run=batch.dry_run)


class TwoBatches:
    name = "two"

    def collect(self, config: int, listener: Listener) -> Iterator[Batch]:
        for number in range(config):
            listener.step(number, config, "look")
            yield Batch(self.name, (Observation(f"r{number}", "server", {"name": f"s{number}"}),))
        listener.problem(SourceProblem("odd", "there", "something"))


def test_a_run_submits_every_batch_and_reports() -> None:
    door, steps = FakeDoor(), []
    report = run_source(TwoBatches(), 2, door, ADMIN, lambda done, total, phase: steps.append((done, total, phase)))
    assert [batch.observations[0].ref for batch in door.batches] == ["r0", "r1"]
    assert report.counts["created"] == 2
    assert [one.code for one in report.problems] == ["odd"]
    assert steps == [(0, 2, "look"), (1, 2, "look")]
    assert report.body()["problems"] == [{"code": "odd", "where": "there", "detail": "something", "lost": True}]


def test_a_dry_run_is_dry() -> None:
    door = FakeDoor()
    run_source(TwoBatches(), 1, door, ADMIN, dry_run=True)
    assert [batch.dry_run for batch in door.batches] == [True]


@pytest.fixture(scope="module")
def estate() -> Estate:
    return Estate(demo_batches(), load_pack())


class TestDemo:
    def test_every_observation_fits_the_registry(self) -> None:
        assert faults_of(demo_batches(), load_pack()) == []

    def test_the_registry_check_is_not_blind(self) -> None:
        first, *_ = demo_batches()
        odd = replace(first, observations=(*first.observations, Observation("x", "site", {"name": "X", "latitude": 500})))
        assert len(faults_of([odd], load_pack())) == 1

    def test_it_is_the_same_each_time_and_loads_once(self) -> None:
        assert list(demo_batches()) == list(demo_batches())
        door = FakeDoor()
        first, second = load_demo(door, ADMIN), load_demo(door, ADMIN)
        assert first.counts["created"] == sum(len(batch.observations) for batch in demo_batches())
        assert second.counts["created"] == 0
        assert {batch.source for batch in door.batches} == {"dcim", "vcenter", "kubernetes", "register", "catalogue"}
        assert [batch.scope for batch in door.batches if not batch.complete] == ["named-in-manifests"] * 2

    def test_it_has_the_size_and_variety_of_an_estate(self, estate: Estate) -> None:
        assert 150 <= len(estate.fields) <= 300
        assert len(set(estate.types.values())) >= 40
        operational = [name for name, type_ in estate.types.items() if load_pack().is_a(type_, "operational_item")]
        owned = [name for name in operational if estate.fields[name].get("owner")]
        assert len(owned) / len(operational) > 0.8

    def test_the_payment_database_fails_and_the_shop_is_only_at_risk(self, estate: Estate) -> None:
        hit = estate.levels("database/payments-primary")
        assert {name: level for name, level in hit.items() if estate.types[name] == "service"} == {
            "service/Finance Reporting": Level.DOWN,  # its settlement reads the primary itself
            "service/Payments Desk": Level.DEGRADED,  # it can do without fraud review for a while
            "service/Hillside Shop": Level.AT_RISK,  # the replica stands in: one more failure would be an outage
            "service/Trade Portal": Level.AT_RISK,
        }
        assert hit["redundancy_group/Payments database"] is Level.AT_RISK
        both = estate.levels("database/payments-primary", "database/payments-replica")
        assert both["service/Hillside Shop"] is Level.DOWN

    @pytest.mark.parametrize(
        ("lost", "shop"),
        [
            ("application/nginx on web-1", Level.AT_RISK),
            ("network_device/core-hill-1", Level.AT_RISK),
            ("pdu/PDU H1-A", Level.AT_RISK),
            ("server/hyp-h1", Level.AT_RISK),
            ("circuit/Internet line Hill", Level.AT_RISK),
            ("site/Vale", Level.DEGRADED),
            ("site/Hill", Level.DOWN),  # two of three web servers are there: the weakness the demo hides
            ("kubernetes_deployment/search", Level.DEGRADED),
            ("scheduled_job/Daily settlement", Level.OK),
            ("service/Hillside Shop", Level.DOWN),
        ],
    )
    def test_other_losses(self, estate: Estate, lost: str, shop: Level) -> None:
        assert lost in estate.fields
        assert estate.levels(lost).get("service/Hillside Shop", Level.OK) is shop

    def test_it_needs_nothing_from_outside_the_package(self) -> None:
        texts = "".join(path.read_text() for path in FOLDER.rglob("*.y*ml"))
        assert not re.search(r"(?<![\w.])/(work|tmp|home)/", texts)

    def test_a_file_that_is_no_estate_is_refused(self, tmp_path: object) -> None:
        bad = FOLDER / "manifests" / "shop.yaml"
        with pytest.raises(SourceUnreadable):
            read_estate(bad)
