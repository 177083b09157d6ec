"""Commands that start processes: everything at once, or one part alone."""

from pathlib import Path
from typing import Annotated

import typer

Port = Annotated[int | None, typer.Option(help="Port of the API (CMDB_PORT).", min=0, max=65535)]
Host = Annotated[str | None, typer.Option(help="Address the API listens on (CMDB_HOST).")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for graph and broker to come up.", min=0)]
DataDir = Annotated[Path | None, typer.Option(help="Data directory (CMDB_DATA_DIR).", file_okay=False)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(serve)
    app.command()(api)
    app.command()(worker)
    app.command()(scheduler)
    app.command()(migrate)


def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo estate and what this machine runs.")] = False,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
) -> None:
    """Start everything: graph, broker, API, worker and scheduler. Ctrl-C stops it all."""
    from cmdb_app.settings import load_settings
    from cmdb_app.supervise.serve import serve as run

    run(load_settings(host=host, port=port, data_dir=data_dir), demo=demo)


def api(
    host: Host = None,
    port: Port = None,
    wait: Wait = 0,
    fd: Annotated[int | None, typer.Option(hidden=True, help="A listening socket.")] = None,
) -> None:
    """Run the API alone. The graph must be there: a running `cmdb serve`, or a Neo4j."""
    from cmdb_app.http import serve_api
    from cmdb_app.logs import configure_logging
    from cmdb_app.settings import load_settings
    from cmdb_app.supervise.patience import patiently
    from cmdb_app.wiring import open_graph, open_services
    from cmdb_app.worker import broker_answers, make_enqueue

    settings = load_settings(host=host, port=port)
    configure_logging(settings.log_level, settings.log_json)
    store = patiently(lambda: open_graph(settings), wait)
    services = open_services(settings, store=store, enqueue=make_enqueue(settings), broker_answers=broker_answers(settings))
    try:
        serve_api(settings, services, fd)
    finally:
        services.close()


def worker(
    processes: Annotated[int, typer.Option(help="Jobs worked at at once.", min=1, max=64)] = 2,
    wait: Wait = 0,
) -> None:
    """Run a worker for background jobs alone. Graph and broker must be there."""
    from cmdb_app.logs import configure_logging
    from cmdb_app.settings import load_settings
    from cmdb_app.worker import run_worker

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_json)
    run_worker(settings, processes, wait)


def scheduler(wait: Wait = 0) -> None:
    """Run the scheduler alone: exactly one for each CMDB."""
    from cmdb_app.logs import configure_logging
    from cmdb_app.settings import load_settings
    from cmdb_app.worker import run_scheduler

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_json)
    run_scheduler(settings, wait)


def migrate() -> None:
    """Bring the graph's schema up to date and put the default types in. Doing it again changes nothing."""
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command

    with open_for_command(create=True) as core:
        say(f"{core.store.engine} is up to date; the ledger stands at {core.ledger.head().seq}")
