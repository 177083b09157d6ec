"""The API: REST and GraphQL in one FastAPI app over `Services`. `create_app` makes it; `serve_api` is the process `cmdb api`."""

import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cmdb_app.graphql_mount import mount_graphql
from cmdb_app.interpreter import tune_interpreter
from cmdb_app.rest import audits, commits, compare, docs, health, holds, impact, items, observations, sign_in, tokens
from cmdb_app.rest.authentication import Authentication
from cmdb_app.rest.metrics import Metrics
from cmdb_app.rest.middleware import BodyLimit, RequestContext
from cmdb_app.rest.pages import mount_pages
from cmdb_app.rest.problems import InternalErrors, install_problems
from cmdb_app.rest.streaming import Streams
from cmdb_app.settings import Settings
from cmdb_app.wiring import Services

OPEN_PATHS = ("/livez", "/readyz", "/sign-in", "/sign-in/", "/docs/errors/", "/icon.svg", "/favicon.ico")
"""The only addresses that answer without credentials."""

_VERSION = "0.1.0"


def create_app(services: Services) -> FastAPI:
    """The app over these services. The caller closes them."""
    settings = services.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield

    app = FastAPI(title="cmdb", version=_VERSION, docs_url=None, redoc_url=None, openapi_url="/openapi.json", lifespan=lifespan)
    app.state.services = services
    app.state.metrics = _metrics(services)
    app.state.streams = Streams(settings.threads, services.courtesy)
    install_problems(app)
    for room in (observations, commits, compare, audits, items, impact, holds, tokens, health, sign_in, docs):
        app.include_router(room.router)
    mount_graphql(app, services)
    mount_pages(app)
    _describe(app)
    _wrap(app, services)
    return app


def _wrap(app: FastAPI, services: Services) -> None:
    """The outermost is added last: context, internal errors, size limit, sign-in, then the addresses."""
    settings, access = services.settings, services.access
    app.add_middleware(
        Authentication,
        session=access.authenticate_session,
        token=access.authenticate_token,
        issuer=services.issuer.authenticate if services.issuer else None,
        open_paths=OPEN_PATHS,
        origins=tuple(services.origins()),
    )
    app.add_middleware(BodyLimit, limit=settings.small_body_limit, larger={"/observations": settings.body_limit})
    app.add_middleware(InternalErrors)
    app.add_middleware(RequestContext, metrics=app.state.metrics, courtesy=services.courtesy)


def _metrics(services: Services) -> Metrics:
    metrics = Metrics()
    metrics.follow("cmdb_ledger_seq", "Commit that derived data stands at", lambda: services.follower.seq)
    metrics.follow("cmdb_impact_revision", "Commit the impact index stands at", lambda: services.impact.revision)
    metrics.follow("cmdb_following", "1 while the ledger is being followed", lambda: float(services.follower.healthy))
    return metrics


def _describe(app: FastAPI) -> None:
    """OpenAPI with what is read by hand, the sign-in and the form of every refusal."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, routes=app.routes, description=_ABOUT)
            parts = found.setdefault("components", {})
            parts.setdefault("schemas", {}).update({**observations.openapi_schemas(), "Problem": _PROBLEM})
            parts["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "cmdb_session"},
            }
            found["security"] = [{"bearer": []}, {"session": []}]
            for path, methods in found["paths"].items():
                for operation in methods.values():
                    _describe_refusals(operation, path in OPEN_PATHS)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_refusals(operation: dict[str, Any], is_open: bool) -> None:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if is_open:
        operation["security"] = []
    operation["responses"]["default"] = {"description": "A refusal (RFC 9457)", "content": content}
    if "422" in operation["responses"]:
        operation["responses"]["422"] = {"description": "The request is not valid", "content": content}


_ABOUT = "Bulk ingest, the log, exports, holds and tokens. Questions are asked through GraphQL at /graphql."
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; each has a page at /docs/errors/{code}"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
    },
    "additionalProperties": True,
}


def serve_api(settings: Settings, services: Services, fd: int | None = None) -> None:
    """Runs the app until SIGINT or SIGTERM. `fd` is a listening socket that `cmdb serve` opened; else host and port of the settings."""
    import uvicorn

    from cmdb.impact.warm import warm_up

    app = create_app(services)
    tune_interpreter()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()  # the first impact question need not wait for the compiler
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64_000,
    )
    sockets = None if fd is None else [socket.socket(fileno=fd)]
    uvicorn.Server(config).run(sockets=sockets)
