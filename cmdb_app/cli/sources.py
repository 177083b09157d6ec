"""Commands about sources: the agent that pushes from this machine, and taking back what a source has said."""

import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from cmdb_app.cli.output import EXIT_BROKEN, Json

source = typer.Typer(no_args_is_help=True, help="Sources and what they have said.")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(agent)


def agent(
    server: Annotated[str, typer.Option(help="Address of the CMDB, such as https://cmdb.example.org.")],
    spool: Annotated[Path, typer.Option(help="A folder of the agent's own for what could not be sent yet.", file_okay=False)],
    token_file: Annotated[
        Path | None, typer.Option(help="A file that holds the agent's token; else CMDB_AGENT_TOKEN names it.", dir_okay=False)
    ] = None,
    interval: Annotated[float, typer.Option(help="Seconds between two looks; 0 looks once.", min=0)] = 900.0,
    packages: Annotated[bool, typer.Option("--packages", help="Installed Debian packages and their dependencies as well.")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="The far ends of connections to other machines as well.")] = False,
) -> None:
    """Look at this machine and push what is there to a CMDB, again and again. The token's source must be `host`. Ctrl-C stops it."""
    import os

    from discovery.agent import AgentConfig, run_agent
    from discovery.sources.host import HostConfig, HostSource

    token = token_file.read_text(encoding="utf-8").strip() if token_file else os.environ.get("CMDB_AGENT_TOKEN", "")
    config = AgentConfig(server=server, token=token, spool=spool, interval=interval)
    looked = HostConfig(packages=packages, remote=remote)
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    done = run_agent(config, [lambda listener: HostSource().collect(looked, listener)], stop, lambda line: print(line, flush=True))
    if interval == 0 and (done.refused or done.waiting):
        sys.exit(EXIT_BROKEN)


@source.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The source, as it names itself.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")],
    as_json: Json = False,
) -> None:
    """Take back everything a source has said: values are computed anew, and what nobody else asserts is retired."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        result = core.door.revoke_source(name, local_actor(), reason)
    if as_json:
        print_json(result.body())
    else:
        print(", ".join(f"{count} {status}" for status, count in result.counts.items() if count) or f"{name} had said nothing")
