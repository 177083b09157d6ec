"""Commands about the secure library: check master copies, tell how the newest checks ended (requirements 9.1-22 to 9.1-24)."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cmdb_app.cli.output import EXIT_BROKEN, Json

if TYPE_CHECKING:
    from baselines.library.model import LibraryCheck

library = typer.Typer(no_args_is_help=True, help="Master copies of documents, licences, software and images.")

Item = Annotated[str, typer.Argument(help="Name or id of the item that refers to the master copy.")]


@library.command()
def check(
    item: Annotated[str | None, typer.Argument(help="Name or id of an item; default: all.")] = None,
    type: Annotated[list[str] | None, typer.Option("--type", "-t", help="Only items of this type; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Fetch master copies now and compare their digests. Exits 3 where one is not as laid down."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.baseline_scope import item_id
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        room = open_audits(core).library
        if item is not None:
            found = [room.check(item_id(core, item), local_actor())]
            told = ""
        else:
            with progress_bar("library") as bar:
                done = room.check_all(local_actor(), lambda did, total, phase: bar.tell(did, total or None, phase), tuple(type or ()))
            found = list(done.failing)
            counts = ", ".join(f"{count} {name}" for name, count in done.outcomes.items() if count)
            told = f"{done.checked} master copies checked: {counts or 'there are none with a place and a digest'}"
    _print(found, as_json, told)
    if any(one.outcome != "ok" for one in found):
        sys.exit(EXIT_BROKEN)


@library.command("list")
def list_checks(
    failing: Annotated[bool, typer.Option("--failing", help="Only those that are not as they should be.")] = False,
    first: Annotated[int, typer.Option(help="How many.", min=1, max=1_000)] = 100,
    after: Annotated[str | None, typer.Option(help="Id of the last one seen.")] = None,
    as_json: Json = False,
) -> None:
    """How the newest check of each master copy ended, and since when it fails."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        _print(open_audits(core).library.page({"failing": True} if failing else {}, after, first), as_json)


@library.command()
def history(item: Item, first: Annotated[int, typer.Option(help="How many.", min=1, max=1_000)] = 50, as_json: Json = False) -> None:
    """Checks of one master copy, newest first."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.baseline_scope import item_id
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        _print(open_audits(core).library.history(item_id(core, item), first), as_json)


@library.command()
def schedule(
    cron: Annotated[str, typer.Option("--cron", "-c", help="Minute hour day month weekday, in UTC: '0 4 * * *' is every night at four.")],
    name: Annotated[str, typer.Option(help="What the schedule is called.")] = "library",
    type: Annotated[list[str] | None, typer.Option("--type", "-t", help="Only items of this type; may be repeated.")] = None,
) -> None:
    """Check all master copies on schedule. `cmdb baseline schedule` lists, pauses and removes schedules."""
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        made = open_schedules(core).create(name, "library", cron, {"types": list(type)} if type else {}, local_actor())
    print(f"{made.name}: next at {made.next_due():%Y-%m-%d %H:%M} UTC")


def _print(found: "Sequence[LibraryCheck]", as_json: bool, told: str = "") -> None:
    from cmdb_app.cli.output import print_json, print_table

    if as_json:
        print_json([one.body() for one in found])
        return
    if told:
        print(told)
    if found:
        rows = [
            (one.name, one.type, one.outcome.value, one.failing_since[:16], one.checked_at[:16], one.location, one.detail) for one in found
        ]
        print_table(["item", "type", "outcome", "failing since", "checked", "place", "detail"], rows)
    elif not told:
        print("no master copy has been checked")
