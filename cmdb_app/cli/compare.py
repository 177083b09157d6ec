"""Comparing from the command line: `cmdb compare`, and under `cmdb baseline` reports checked, ways back, profiles (design 8)."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.output import EXIT_BROKEN, Json

if TYPE_CHECKING:
    from baselines.compare import Comparison
    from cmdb_app.wiring import Core

_POINT = "A baseline (name or id), a commit's number, a time with an offset (2026-11-23T10:00:00Z), or now."
A = Annotated[str, typer.Argument(help=f"The first side. {_POINT}")]
B = Annotated[str, typer.Argument(help="The second side, likewise; default: now.")]
ProfileName = Annotated[str | None, typer.Option("--profile", "-p", help="What to look at; see `cmdb baseline profile list`.")]
Types = Annotated[list[str] | None, typer.Option("--type", "-t", help="An item type, with those below it, or a relationship type.")]
Service = Annotated[
    str | None, typer.Option("--service", "-s", help="Only what belongs to this service, by name or id; none: what supports no service.")
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", "-k", help="added, removed, restored, changed, renamed, retyped, entered, left.")
]
OnlyUnauthorised = Annotated[bool, typer.Option("--only-unauthorised", "-u", help="Only what no change, or not every commit, authorised.")]

profile = typer.Typer(no_args_is_help=True, help="Profiles of comparison: what is looked at and what is noise.")


def register(app: typer.Typer, baseline: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(compare)
    baseline.command("compare")(compare)
    baseline.command("check-report")(check_report)
    baseline.command()(reverse)
    baseline.add_typer(profile, name="profile")


def compare(
    a: A,
    b: B = "now",
    profile: ProfileName = None,
    type: Types = None,
    service: Service = None,
    kind: Kinds = None,
    only_unauthorised: OnlyUnauthorised = False,
    format: Annotated[str, typer.Option("--format", "-f", help="table, ndjson, csv, xlsx or html (a report to file).")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File for the other formats.", dir_okay=False)] = None,
    first: Annotated[int, typer.Option(help="Differences in the table.", min=1, max=10_000)] = 50,
    after: Annotated[str | None, typer.Option(help="Cursor of the last one seen (--json tells it).")] = None,
    as_json: Json = False,
) -> None:
    """What differs between two moments, which commits made it so, and under which change."""
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.checkpoints import signing_key
    from cmdb_app.cli.compare_view import print_comparison, write_file
    from cmdb_app.cli.session import local_actor, open_for_command

    if format not in ("table", "ndjson", "csv", "xlsx", "html"):
        raise InvalidInput(f"{format!r} is no format; use table, ndjson, csv, xlsx or html")
    if output is None and format == "xlsx":
        raise InvalidInput("an Excel workbook needs a file: --output NAME.xlsx")
    with open_for_command() as core:
        found = _asked(core, a, b, profile, type, service, kind, only_unauthorised)
        if format == "table":
            print_comparison(found, first, after, as_json=as_json)
        else:
            write_file(found, format, output, local_actor().name, lambda: signing_key(core.settings))


def check_report(
    file: Annotated[Path, typer.Argument(help="The HTML report.", exists=True, dir_okay=False)],
    ledger: Annotated[bool, typer.Option("--ledger", "-l", help="Also make the comparison anew from the ledger.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", help="The public key that must have signed it, or a file with it; with --ledger: our own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute the digest of a filed report and look at its signature; with --ledger also hold its content against the ledger.

    Exits 3 where it does not hold.
    """
    from baselines.report import check
    from baselines.report_check import hold_against
    from cmdb_app.cli.evidence import trusted_key
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.settings import load_settings

    checked = check(file.read_bytes())
    problems = [] if checked.intact else [f"the file was altered: it states {checked.stated}, its bytes give {checked.computed}"]
    trusted = trusted_key(load_settings(), key) if key or ledger else None
    if trusted and checked.intact and not checked.signed_with(trusted):
        by = f"signed with the key {checked.key}" if checked.key else "not signed"
        problems.append(f"the report is {by}, and should be by {trusted}: anybody may have written it")
    if ledger:
        with open_for_command() as core:
            problems += hold_against(checked, core.comparing.compare, core.log).problems
    if as_json:
        print_json(
            {
                "intact": checked.intact,
                "file": checked.computed,
                "content": checked.content,
                "key": checked.key,
                "trusted": trusted,
                "ledger": ledger,
                "problems": problems,
            }
        )
    elif problems:
        for problem in problems:
            print(f"DOES NOT HOLD: {problem}", file=sys.stderr)
    else:
        print(f"The report holds. File digest {checked.computed}, content digest {checked.content}")
        if trusted is None:
            print(f"Signed with the key {checked.key}: is it the one you trust? --key looks." if checked.key else "It is not signed.")
        print("The ledger gives the same content." if ledger else "Hold it against the ledger with --ledger.")
    if problems:
        sys.exit(EXIT_BROKEN)


def reverse(
    to: Annotated[str, typer.Argument(help=f"The side wanted back. {_POINT}")],
    output: Annotated[Path | None, typer.Option("--out", "-o", help="File for the plan; default: standard output.", dir_okay=False)] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; goes with the plan.")] = "",
    change: Annotated[str | None, typer.Option("--change", help="The change that would authorise it.")] = None,
    profile: ProfileName = None,
    type: Types = None,
    service: Service = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only what the gate would say.")] = False,
    as_json: Json = False,
) -> None:
    """The edits that would bring the present back, as a plan. Nothing is written; the gate says what it would let through."""
    import orjson

    from baselines.reverse import gate_body, way_body
    from cmdb.model.actor import Cause
    from cmdb.model.observation import MANUAL_SOURCE
    from cmdb_app.cli.compare_view import print_gate
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        found = _asked(core, "now", to, profile, type, service, None, False)
        cause = Cause(local_actor(), MANUAL_SOURCE, reason or f"back to {found.question.b.label}", change)
        way = core.comparing.reverse.way(found, cause)
        decision = core.comparing.reverse.gate(way)
    body = gate_body(decision) | {"leftOut": list(way.left_out)} if dry_run else way_body(way, decision)
    if not dry_run and output is not None:
        output.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
        say(f"{output} holds the plan; nothing was written to the CMDB")
    if as_json or (output is None and not dry_run):
        from cmdb_app.cli.output import print_json

        print_json(body)
    else:
        print_gate(found.question.b.label, way, decision)


@profile.command("list")
def list_profiles(as_json: Json = False) -> None:
    """Profiles of comparison, the built-in ones first."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        found = core.comparing.profiles.all()
    if as_json:
        print_json([{**one.body(), "revision": one.revision} for one in found])
        return
    lists = ("include_types", "exclude_types", "include_attributes", "exclude_attributes")
    rows = [(one.name, one.description, *(", ".join(getattr(one, name)) for name in lists)) for one in found]
    print_table(["name", "description", *(name.replace("_", " ") for name in lists)], rows)


@profile.command("save")
def save_profile(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")],
    description: Annotated[str, typer.Option("--description", "-d")] = "",
    include_type: Annotated[list[str] | None, typer.Option(help="Only these types; patterns as in file names; may be repeated.")] = None,
    exclude_type: Annotated[list[str] | None, typer.Option(help="Never these types.")] = None,
    include_attribute: Annotated[list[str] | None, typer.Option(help="Only these attributes: os_version, host.cpu_*.")] = None,
    exclude_attribute: Annotated[list[str] | None, typer.Option(help="Never these attributes.")] = None,
    relationships: Annotated[bool, typer.Option(help="Whether relationships count.")] = True,
    provenance: Annotated[bool, typer.Option(help="Whether it counts who said a value.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")] = "",
) -> None:
    """Save a profile, new or its next revision. Refused where it names types or attributes that do not exist."""
    from baselines.profiles import Profile
    from cmdb.model.actor import Cause
    from cmdb.model.observation import MANUAL_SOURCE
    from cmdb_app.cli.session import local_actor, open_for_command

    wanted = Profile(
        name,
        description,
        tuple(include_type or ()),
        tuple(exclude_type or ()),
        tuple(include_attribute or ()),
        tuple(exclude_attribute or ()),
        relationships,
        provenance,
    )
    with open_for_command() as core:
        cause = Cause(local_actor(), MANUAL_SOURCE, reason or f"profile of comparison {name}")
        saved, receipt = core.comparing.profiles.save(wanted, cause)
    print(f"{saved.name}: revision {saved.revision}, written by commit {receipt.seq}")


@profile.command("delete")
def delete_profile(
    name: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")] = "",
) -> None:
    """Delete a profile; the ledger keeps its versions."""
    from cmdb.model.actor import Cause
    from cmdb.model.observation import MANUAL_SOURCE
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        cause = Cause(local_actor(), MANUAL_SOURCE, reason or f"profile of comparison {name} deleted")
        receipt = core.comparing.profiles.delete(name, cause)
    print(f"{name}: deleted by commit {receipt.seq}")


def _asked(
    core: "Core", a: str, b: str, profile: str | None, types: Any, service: str | None, kinds: Any, only_unauthorised: bool
) -> "Comparison":  # fmt: skip
    from baselines.compare import Question
    from baselines.differences import DifferenceKind

    room = core.comparing
    first, second = room.sides.pair(a, b)
    try:
        wanted = tuple(DifferenceKind(one) for one in kinds or ())
    except ValueError:
        raise typer.BadParameter(f"choose from {', '.join(DifferenceKind)}", param_hint="--kind") from None
    return room.compare.ask(Question(first, second, room.profiles.get(profile), tuple(types or ()), service, wanted, only_unauthorised))
