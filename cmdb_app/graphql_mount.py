"""GraphQL at `/graphql`: the schema of the registry as it stands, swapped when types change."""

import threading
from collections.abc import Callable
from contextlib import suppress

from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import Request

from cmdb.inventory.search import Finder
from cmdb.ledger.touching import Touching
from cmdb_app.audits import open_audits
from cmdb_app.checkpoints import open_evidence
from cmdb_app.schedules import open_schedules
from cmdb_app.settings import Settings
from cmdb_app.wiring import Services
from cmdb_graphql.context import Context, Rooms
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.limits import Limits
from cmdb_graphql.operations import load_operations, operations_dir
from cmdb_graphql.rooms import LedgerFeed, RoomReads
from cmdb_graphql.router import graphql_router


def mount_graphql(app: FastAPI, services: Services) -> None:
    """Adds the router. The schema is built now, so that the first question does not wait for it, and again after each change of types."""
    holder = SchemaHolder(services.registry.current, limits_of(services.settings))
    holder.refresh()
    services.types.tell(holder.refresh)
    finder = Finder(services.store)
    threading.Thread(target=_read_names, args=(finder,), name="search-names", daemon=True).start()
    rooms = rooms_of(services, holder.refresh, finder)

    def context(request: Request) -> Context:
        return Context(request.scope["state"]["actor"], rooms)

    threads = max(2, services.settings.threads // 2)
    app.include_router(graphql_router(holder, context, load_operations(operations_dir()), threads=threads, courtesy=services.courtesy))


def rooms_of(services: Services, types_changed: Callable[[], object] = lambda: None, finder: Finder | None = None) -> Rooms:
    """What resolvers may reach."""
    found, touching = finder or Finder(services.store), Touching(services.store)
    return Rooms(
        reads=RoomReads(services.ledger, services.inventory, services.history, services.log, services.past, found, touching),
        door=services.door,
        types=services.registry,
        impact=services.impact,
        feed=LedgerFeed(services.log.after, services.follower.beyond, to_thread.run_sync),
        baselines=services.baselines,
        comparing=services.comparing,
        audits=open_audits(services),
        schedules=open_schedules(services),
        evidence=open_evidence(services),
        written=services.nudge,
        types_changed=types_changed,
    )


def _read_names(finder: Finder) -> None:
    """What is searched, read before the first who searches would have to wait for it. Who searches reads it where this failed."""
    with suppress(Exception):
        finder.find("", 0)


def limits_of(settings: Settings) -> Limits:
    """The settings as limits of one operation; what they do not name keeps its default."""
    return Limits(
        body_bytes=settings.small_body_limit,
        depth=settings.query_depth,
        aliases=settings.query_aliases,
        selections=settings.query_selections,
        cost=settings.query_cost,
        seconds=settings.query_seconds,
    )
