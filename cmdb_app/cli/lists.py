"""Commands over the whole: export, and what waits for a person."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from cmdb_app.cli.output import Json

holds = typer.Typer(no_args_is_help=True, help="What waits for a person's decision.")

HoldId = Annotated[str, typer.Argument(help="Id of the held plan.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(export)


def export(
    type: Annotated[list[str] | None, typer.Option("--type", "-t", help="A type, with those below it; may be repeated.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="ndjson or csv.")] = "ndjson",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output if not given.", dir_okay=False)] = None,
    as_of: Annotated[str | None, typer.Option(help="A commit's number, a time, or a baseline's id or name; now if not given.")] = None,
) -> None:
    """All items, live now or at an earlier moment, as NDJSON or CSV."""
    from cmdb.inventory.query import ItemQuery
    from cmdb.kernel.errors import InvalidInput
    from cmdb.registry.asof import registry_at
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.rest.items import columns_of, csv_lines, json_lines, pages, pages_at

    if format not in ("ndjson", "csv"):
        raise InvalidInput(f"{format!r} is no format; use ndjson or csv")
    with ExitStack() as stack:
        core = stack.enter_context(open_for_command())
        seq = None if as_of is None else core.baselines.points.resolve(as_of).seq
        registry = core.registry.current() if seq is None else registry_at(core.store, seq)
        names = tuple(sorted({name for one in type or () for name in registry.concrete_of(one)}))
        query = ItemQuery(types=names, first=1_000)
        found = pages(core, query) if seq is None else pages_at(core, query, seq)
        sink = sys.stdout.buffer if output is None else stack.enter_context(output.open("wb"))
        if format == "csv":
            sink.writelines(line.encode() for line in csv_lines(found, columns_of(registry, names)))
        else:
            sink.writelines(json_lines(found))
        sink.flush()


@holds.command("list")
def list_holds(
    state: Annotated[str, typer.Option(help="open, released, rejected or superseded.")] = "open",
    first: Annotated[int, typer.Option(help="How many.", min=1, max=500)] = 50,
    after: Annotated[str | None, typer.Option(help="Id of the last one seen.")] = None,
    as_json: Json = False,
) -> None:
    """Held plans in the order they were filed."""
    from change_gate.verdicts import HoldState
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.cli.output import print_json, print_table, say
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.rest.holds import hold_body

    if state not in list(HoldState):
        raise InvalidInput(f"{state!r} is no state; use {', '.join(HoldState)}")
    with open_for_command() as core:
        found = core.door.holds(state=HoldState(state), after=after, first=first)
        more = len(found) == first and bool(core.door.holds(state=HoldState(state), after=found[-1].id, first=1))
    if as_json:
        print_json([hold_body(one) for one in found])
        return
    rows = [(one.id, one.kind.value, one.source, one.ref or one.item_id, "; ".join(one.reasons), one.opened_at) for one in found]
    print_table(["id", "kind", "source", "about", "reasons", "since"], rows)
    if more:
        say(f"the first {len(found)}; go on with --after {found[-1].id}")


@holds.command()
def show(hold_id: HoldId) -> None:
    """One held plan, whole, as JSON."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.rest.holds import hold_body

    with open_for_command() as core:
        print_json(hold_body(core.door.hold(hold_id)))


@holds.command()
def release(
    hold_id: HoldId,
    reason: Reason,
    choice: Annotated[str | None, typer.Option(help="For an ambiguous one: the id of the item it speaks of, or new.")] = None,
    as_json: Json = False,
) -> None:
    """Let a held plan through."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        result = core.door.release(hold_id, local_actor(), reason, choice)
    if as_json:
        print_json(result.body())
    else:
        print(f"released in commit {result.seq}" if result.seq else "released; nothing had to be written")


@holds.command()
def reject(hold_id: HoldId, reason: Reason) -> None:
    """Turn a held plan down."""
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        core.door.reject(hold_id, local_actor(), reason)
    print("rejected")
