"""Commands about schedules: what is done again and again. Times are cron expressions in UTC."""

from typing import Annotated

import typer

from cmdb_app.cli.baseline_scope import SCOPE_HELP
from cmdb_app.cli.output import Json

schedule = typer.Typer(no_args_is_help=True, help="Baselines, audits and checks on schedule.")

Name = Annotated[str, typer.Argument(help="Name or id of the schedule.")]


@schedule.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is called; each baseline is named after it and its due time.")],
    cron: Annotated[str, typer.Option("--cron", "-c", help="Minute hour day month weekday, in UTC: '0 2 * * *' is every night at two.")],
    purpose: Annotated[str, typer.Option("--purpose", "-p", help="What the baselines are for.")],
    scope: Annotated[str, typer.Option("--scope", "-s", help=SCOPE_HELP)] = "whole",
    keep: Annotated[int | None, typer.Option(help="How many that nobody approved stay; older ones are withdrawn.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Take a baseline at each due time, of the state at that time."""
    from cmdb_app.cli.baseline_scope import scope_of
    from cmdb_app.cli.baseline_view import print_schedules
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        what = {"purpose": purpose, "scope": scope_of(core, scope).body()} | ({"keep": keep} if keep else {})
        made = open_schedules(core).create(name, "baseline", cron, what, local_actor())
    print_schedules([made], as_json)


@schedule.command("list")
def list_schedules(as_json: Json = False) -> None:
    """All schedules, with their next run and what came of the last."""
    from cmdb_app.cli.baseline_view import print_schedules
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        found = open_schedules(core).all()
    print_schedules(found, as_json)


@schedule.command()
def pause(name: Name, as_json: Json = False) -> None:
    """Stop it until it is resumed."""
    _switch(name, False, as_json)


@schedule.command()
def resume(name: Name, as_json: Json = False) -> None:
    """Let it run again, from the next due time on."""
    _switch(name, True, as_json)


@schedule.command()
def remove(name: Name, as_json: Json = False) -> None:
    """End it. What it has done stays."""
    from cmdb_app.cli.baseline_view import print_schedules
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        gone = open_schedules(core).remove(name, local_actor())
    print_schedules([gone], as_json)


@schedule.command("run-due")
def run_due(as_json: Json = False) -> None:
    """Run whatever is due now, as the scheduler of `cmdb serve` does each minute."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        found = open_schedules(core).run_due()
    if as_json:
        print_json([{"schedule": r.schedule.name, "due": r.due, "failed": r.failed, "missed": r.missed, "result": r.result} for r in found])
        return
    for ran in found:
        missed = f" ({ran.missed} missed before it)" if ran.missed else ""
        print(f"{ran.schedule.name} for {ran.due}{missed}: {'FAILED: ' if ran.failed else ''}{ran.result}")
    if not found:
        print("nothing is due")


def _switch(name: str, enabled: bool, as_json: bool) -> None:
    from cmdb_app.cli.baseline_view import print_schedules
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        found = open_schedules(core).enable(name, enabled, local_actor())
    print_schedules([found], as_json)
