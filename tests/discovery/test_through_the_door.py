"""The sources on the whole road: by the real door into a real engine, once and again; then the impact index over what came in."""

from pathlib import Path

import pytest

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.index import ImpactIndex
from cmdb.impact.levels import Level
from cmdb.impact.loader import load_rows
from cmdb.impact.questions import ImpactQuestion
from cmdb.impact.service import ImpactService
from cmdb.inventory.query import Filter, ItemQuery
from cmdb.model.actor import Actor, Role
from cmdb.store.protocol import Store
from discovery.demo import load_demo
from discovery.demo.estate import demo_batches
from discovery.run import RunReport, run_source
from discovery.sources.host import HostConfig, HostSource
from discovery.sources.kubernetes import KubernetesConfig, KubernetesSource
from tests.support.batches import Estate
from tests.support.road import Road, agent
from tests.support.shared_data import shared_data

ADMIN = Actor("admin", frozenset({Role.ADMINISTRATOR}))


def troubles(report: RunReport) -> list[str]:
    """Everything that did not land: failed, held, or landed without one of its relationships."""
    outcomes = [outcome for result in report.results for outcome in result.outcomes]
    return [
        f"{one.ref} {one.status}: {[p.message for p in one.problems]}"
        for one in outcomes
        if one.problems or one.holds or one.status == "held"
    ]


def test_the_demo_estate_lands_whole_once_and_tells_its_story(store: Store) -> None:
    road = Road(store)
    first = load_demo(road.door, ADMIN)
    assert troubles(first) == []
    estate = Estate(demo_batches(), road.registry)
    assert first.counts["created"] == len(estate.fields)
    assert road.inventory.count(ItemQuery()) == len(estate.fields)
    head = road.ledger.head().seq
    second = load_demo(road.door, ADMIN)
    assert troubles(second) == []
    assert {status for status, count in second.counts.items() if count} == {"unchanged"}
    assert road.ledger.head().seq == head
    assert_story(road)


def assert_story(road: Road) -> None:
    """The question the demo is told for, asked of the index."""
    (primary,) = road.inventory.page(ItemQuery(types=("database",), filters=(Filter("name", "eq", "payments-primary"),))).items
    rows = load_rows(road.store, road.registry, road.clock())
    index = ImpactIndex(rows, ArrowTable.of(road.registry), road.ledger.head().seq)
    impact = ImpactService(lambda: index, lambda: road.registry)
    hit = impact.services(impact.impact(ImpactQuestion.down(primary.id)))
    names = {one.id: one.state.name for one in road.inventory.items([one.id for one in hit]).values()}
    services = {names[one.id]: one.level for one in hit}
    assert services == {
        "Finance Reporting": Level.DOWN,
        "Payments Desk": Level.DEGRADED,
        "Hillside Shop": Level.AT_RISK,
        "Trade Portal": Level.AT_RISK,
    }


def test_boutique_releases_follow_each_other(store: Store) -> None:
    road = Road(store)
    releases = sorted((shared_data("online-boutique") / "releases").glob("*.yaml"))

    def apply(path: Path) -> RunReport:
        config = KubernetesConfig((path,), cluster="boutique", complete=True)
        report = run_source(KubernetesSource(), config, road.door, agent("kubernetes"))
        assert troubles(report) == [], path.name
        return report

    assert apply(releases[0]).counts["created"] == 39
    malformed = apply(releases[1])
    assert malformed.counts["retired"] == 0  # a document was lost, so nothing counts as gone
    assert [one.code for one in malformed.problems] == ["malformed-yaml"]
    for path in (*releases[2::9], releases[-1]):
        apply(path)
    assert {name for name, count in apply(releases[-1]).counts.items() if count} == {"unchanged"}
    deployments = road.inventory.page(ItemQuery(types=("kubernetes_deployment",), first=50)).items
    assert len(deployments) == 12
    needed = road.inventory.relations_of([one.id for one in deployments], "out", ("depends_on",))
    assert sum(len(rows) for rows in needed.values()) == 17


def test_this_machine_comes_in_as_its_agent_sees_it(store: Store) -> None:
    road = Road(store)
    report = run_source(HostSource(), HostConfig(packages=True), road.door, agent("host"))
    assert troubles(report) == []
    assert report.counts["created"] == sum(len(result.outcomes) for result in report.results)
    packages_again = run_source(HostSource(), HostConfig(packages=True), road.door, agent("host")).results[1]
    assert set(packages_again.counts.items()) >= {("unchanged", len(packages_again.outcomes)), ("created", 0), ("updated", 0)}


pytestmark = pytest.mark.engine
