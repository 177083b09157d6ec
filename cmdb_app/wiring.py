"""The composition root: the only place where rooms are put together. Nothing here decides anything.

`open_services` gives everything an API process needs; `open_core` the same without the impact index and the thread that follows the ledger,
for workers and commands that only write or read.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from baselines.comparing import CompareRoom
from baselines.room import BaselineRoom
from change_gate.door import Door
from change_gate.policy import load_policy
from cmdb.archive.restore import refuse_unfinished
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import Clock, system_clock
from cmdb.kernel.courtesy import Courtesy
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.past.inventory import PastInventory
from cmdb.registry.asof import registry_at
from cmdb.registry.service import RegistryService
from cmdb.store.connect import open_store
from cmdb.store.migrations import migrate
from cmdb.store.protocol import Store
from cmdb.store.retry import Patience
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService
from cmdb_app.jobs.repository import JobRepository
from cmdb_app.jobs.service import Enqueue, JobService
from cmdb_app.projector import Projector, TypesFollower
from cmdb_app.settings import EngineChoice, Settings
from cmdb_app.supervise.errors import NothingRunning
from cmdb_app.supervise.home import Home

if TYPE_CHECKING:  # the index compiles kernels and bearer tokens need cryptography: half a second that workers and commands save
    from cmdb.impact.keeper import ImpactKeeper
    from cmdb.impact.service import ImpactService
    from cmdb_app.access.oidc import OidcVerifier

SYSTEM = Actor("system", frozenset({Role.ADMINISTRATOR}))
"""Who seeds the default types: the program itself, before there is any person."""

FIRST_USER = "admin"

_MAY_LAG = 1_000
"""Commits the index may be behind and still count as ready: every answer tells its revision."""


@dataclass(slots=True)
class Core:
    """The rooms that need no thread of their own."""

    settings: Settings
    clock: Clock
    store: Store
    ledger: Ledger
    log: Log
    history: History
    past: PastInventory
    inventory: Inventory
    registry: RegistryService
    door: Door
    access: AccessService
    jobs: JobService
    baselines: BaselineRoom
    comparing: CompareRoom

    def close(self) -> None:
        self.store.close()


@dataclass(slots=True)
class Services(Core):
    """What the API holds: the core, the index, the follower of the ledger, and the issuer of bearer tokens if there is one."""

    follower: Projector
    keeper: "ImpactKeeper"
    impact: "ImpactService"
    types: TypesFollower
    issuer: "OidcVerifier | None" = None
    broker_answers: Callable[[], bool] = field(default=lambda: False)
    courtesy: Courtesy = field(default_factory=Courtesy)

    def nudge(self) -> None:
        """This process has written: take it in now, not at the next look."""
        self.follower.nudge()
        self.keeper.poke()

    def checks(self) -> dict[str, str]:
        """How the parts are: `graph`, `index` and `broker`, each `ok` or what is wrong."""
        behind = 0
        try:
            behind = self.ledger.head().seq - self.impact.revision
            graph = "ok"
        except CmdbError as problem:
            graph = problem.code
        return {
            "graph": graph,
            "index": "ok" if behind <= _MAY_LAG else f"{behind} commits behind",
            "broker": "ok" if self.broker_answers() else "away",
        }

    def origins(self) -> frozenset[str]:
        """Origins of our own pages beside the one a request names itself."""
        return frozenset({self.settings.public_url.rstrip("/")} - {""})

    def close(self) -> None:
        self.follower.stop()
        self.keeper.stop()
        Core.close(self)


def open_graph(settings: Settings) -> Store:
    """The store the settings name; with the embedded engine, the one `cmdb serve` runs. Raises `NothingRunning`, `StoreUnavailable`."""
    if settings.engine is EngineChoice.NEO4J:
        return open_store(
            settings.graph_uri, settings.graph_user, settings.password(), settings.graph_database, patience=_patience(settings)
        )
    home = Home(settings.data_dir)
    address = home.graph_address()
    if address is None:
        raise NothingRunning(
            f"no graph engine runs on {home.path}. Start everything with `cmdb serve`, "
            "or name a Neo4j with CMDB_ENGINE=neo4j and CMDB_GRAPH_URI.",
            data_dir=str(home.path),
        )
    return open_store(
        address.uri,
        address.user,
        address.password,
        address.database,
        engine="arcadedb",
        writer_lock_file=home.path / "writer.lock",
        patience=_patience(settings),
    )


def _patience(settings: Settings) -> Patience:
    return Patience(read=settings.query_timeout)


def open_access(settings: Settings, store: Store, clock: Clock = system_clock) -> AccessService:
    """Users and tokens over a store."""
    return AccessService(AccessRepository(store), clock, session_hours=settings.session_hours, link_minutes=settings.link_minutes)


def open_core(settings: Settings, *, store: Store | None = None, clock: Clock = system_clock, enqueue: Enqueue | None = None) -> Core:
    """The core over the settings' graph (or `store`), migrated and with the default types in it."""
    store = store or open_graph(settings)
    try:
        migrate(store, clock)
        refuse_unfinished(store)
        return Core(**_rooms(settings, store, clock, enqueue))
    except BaseException:
        store.close()
        raise


def _rooms(settings: Settings, store: Store, clock: Clock, enqueue: Enqueue | None) -> dict[str, Any]:
    ledger = Ledger(store, clock)
    inventory = Inventory(store)
    registry = RegistryService(store, ledger, inventory)
    registry.seed(Cause(SYSTEM, source="system", reason="default types"))
    policy = load_policy(settings.policy_file) if settings.policy_file else load_policy()
    door = Door(store, ledger, registry.current, policy=policy, clock=clock)
    baselines = BaselineRoom.over(store, ledger, registry.current, clock)
    return {
        "settings": settings,
        "clock": clock,
        "store": store,
        "ledger": ledger,
        "log": Log(store),
        "history": History(store),
        "past": PastInventory(store),
        "inventory": inventory,
        "registry": registry,
        "door": door,
        "access": open_access(settings, store, clock),
        "jobs": JobService(JobRepository(store), door, clock, settings.job_chunk, enqueue),
        "baselines": baselines,
        "comparing": CompareRoom.over(store, ledger, registry.current, baselines, door.consider),
    }


def open_services(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = system_clock,
    enqueue: Enqueue | None = None,
    broker_answers: Callable[[], bool] | None = None,
    fresh: bool = False,
) -> Services:
    """Everything, current and following. Close it when done. `fresh`: sightings that were read too long ago are read first, not in
    the background."""
    from cmdb.impact.asof import PastGraphs
    from cmdb.impact.keeper import ImpactKeeper
    from cmdb.impact.service import ImpactService

    core = open_core(settings, store=store, clock=clock, enqueue=enqueue)
    try:
        keeper = ImpactKeeper(core.store, core.ledger, core.log, core.registry.current, clock, Home(settings.data_dir).path / "impact")
        keeper.open(fresh=fresh)
        types = TypesFollower(core.registry.refresh)
        follower = Projector(core.log, keeper.index().revision, settings.follow_seconds, [types])
    except BaseException:
        with suppress(Exception):
            core.close()
        raise
    services = Services(
        **{name: getattr(core, name) for name in Core.__slots__},
        follower=follower,
        keeper=keeper,
        impact=ImpactService(
            keeper.index,
            core.registry.current,
            core.history.was,
            PastGraphs(core.store, core.history, partial(registry_at, core.store)),
        ),
        types=types,
        issuer=_issuer(settings),
        broker_answers=broker_answers or (lambda: False),
    )
    keeper.start(settings.follow_seconds)
    follower.start()
    return services


def _issuer(settings: Settings) -> "OidcVerifier | None":
    if not settings.oidc_issuer:
        return None
    from cmdb_app.access.oidc import OidcConfig, OidcVerifier

    return OidcVerifier(
        OidcConfig(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            jwks_url=settings.oidc_jwks_url,
            name_claim=settings.oidc_name_claim,
            roles_claim=settings.oidc_roles_claim,
            roles=settings.oidc_roles,
            source_claim=settings.oidc_source_claim,
        )
    )
