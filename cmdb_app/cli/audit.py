"""Commands about audits: plan, run, read the report, work at deficiencies (requirements 9.1-14 to 9.1-16)."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cmdb_app.cli.baseline_scope import SCOPE_HELP
from cmdb_app.cli.output import EXIT_BROKEN, Json

if TYPE_CHECKING:
    from cmdb_app.wiring import Core

audit = typer.Typer(no_args_is_help=True, help="Audits of the CMDB, and the deficiencies they find.")

Name = Annotated[str, typer.Argument(help="Name or id of the audit.")]
RunId = Annotated[str, typer.Argument(help="Id of the run; or an audit's name or id for its newest run.")]


@audit.command()
def criteria(as_json: Json = False) -> None:
    """The criteria that come with the product; a plan names all of them, some, or its own beside them."""
    from baselines.audit.criteria import default_criteria
    from cmdb_app.cli.output import print_json, print_table

    found = default_criteria()
    if as_json:
        print_json([one.body() for one in found])
        return
    rows = [(one.id, one.kind.value, one.severity.value, one.requirement, one.title) for one in found]
    print_table(["id", "kind", "severity", "requirement", "title"], rows)


@audit.command()
def plan(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    objective: Annotated[str, typer.Option("--objective", "-o", help="What it is to find out.")] = "",
    scope: Annotated[str, typer.Option("--scope", "-s", help=SCOPE_HELP)] = "whole",
    check: Annotated[list[str] | None, typer.Option("--check", "-c", help="Id of a default check; may be repeated; default: all.")] = None,
    file: Annotated[Path | None, typer.Option("--criteria", help="YAML file with criteria (docs/audit.md).", dir_okay=False)] = None,
    frequency: Annotated[str, typer.Option("--frequency", "-f", help="Cron expression in UTC, such as '0 3 1 */3 *'.")] = "",
    auditor: Annotated[str, typer.Option("--auditor", "-a", help="Who audits; you, if not given. Owns nothing in the scope.")] = "",
    default_owner: Annotated[str, typer.Option("--default-owner", help="Who answers where an item has no owner.")] = "",
    since: Annotated[
        str, typer.Option("--since", help="Look for changes after this commit, time or baseline; default: after the plan itself.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write an audit down: scope, criteria, frequency, auditor. Nothing is looked at yet."""
    from baselines.audit.criteria import read_criteria_file
    from baselines.audit.planning import Plan
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_audit
    from cmdb_app.cli.baseline_scope import scope_of
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    chosen = [*(check or ()), *(read_criteria_file(file) if file else ())]
    with open_for_command() as core:
        wanted = Plan(name, scope_of(core, scope), objective, chosen or None, frequency, auditor, default_owner, since=since)
        print_audit(open_audits(core).plan(wanted, local_actor(), open_schedules(core)), None, as_json)
        if auditor and not _may_be_user(core, auditor):
            say(f"no user is called {auditor!r}: findings will be told under that name")


@audit.command("list")
def list_audits(as_json: Json = False) -> None:
    """All audits with their newest run."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_audits
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        book = open_audits(core).book
        found = [(one, next(iter(book.newest_runs(one, 1)), None)) for one in book.audits()]
    print_audits(found, as_json)


@audit.command()
def show(name: Name, as_json: Json = False) -> None:
    """One audit: its plan, its criteria, its newest run."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_audit
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        book = open_audits(core).book
        found = book.audit(name)
        print_audit(found, next(iter(book.newest_runs(found, 1)), None), as_json)


@audit.command()
def run(name: Name, as_json: Json = False) -> None:
    """Run an audit now, at the present commit."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_run
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        room = open_audits(core)
        asked = room.running.request(name, local_actor())
        with progress_bar("audit") as bar:
            done = room.running.carry_out(asked.id, lambda did, total, phase: bar.tell(did, total or None, phase))
        print_run(room.book.audit(done.audit), done, as_json)
    if done.problem:
        sys.exit(EXIT_BROKEN)


@audit.command()
def runs(name: Name, first: Annotated[int, typer.Option(help="How many.", min=1, max=200)] = 20, as_json: Json = False) -> None:
    """Runs of an audit, newest first."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_runs
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        book = open_audits(core).book
        found = book.audit(name)
        print_runs(found, book.newest_runs(found, first), as_json)
    if found.runs > first:
        say(f"the newest {first} of {found.runs:,} runs; --first N shows more")


@audit.command()
def report(
    run_id: RunId,
    format: Annotated[str, typer.Option("--format", "-f", help="html (for paper and screen), json or csv.")] = "html",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output if not given.", dir_okay=False)] = None,
) -> None:
    """The report of a run: totals, scores, every deficiency with its owner and state, and what proves it."""
    from baselines.audit.export import MEDIA_TYPES, digest_of, pieces
    from baselines.audit.report import report_of
    from baselines.audit.words import many
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command

    if format not in MEDIA_TYPES:
        raise InvalidInput(f"{format!r} is no format; use {', '.join(MEDIA_TYPES)}")
    with ExitStack() as stack:
        core = stack.enter_context(open_for_command())
        book = open_audits(core).book
        found = report_of(book, _run_id(book, run_id), core.clock, core.ledger.head().seq)
        sink = sys.stdout.buffer if output is None else stack.enter_context(output.open("wb"))
        sink.writelines(pieces(found, format))
        sink.flush()
    if output is not None:
        say(f"{output} is written: run {found.run.number} of {found.audit.name}, {many(len(found.lines), 'deficiency', 'deficiencies')}")
        say(f"  digest of its findings  {found.run.digest or 'none'}")
        say(f"  sha256 of the file      {digest_of(found, format)}")


@audit.command()
def repeat(run_id: RunId, as_json: Json = False) -> None:
    """Look again at what a run looked at, and tell whether the same is found; exits 3 where it is not. Nothing is written."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_repeat
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core, progress_bar("audit") as bar:
        room = open_audits(core)
        before, now = room.running.repeat(_run_id(room.book, run_id), lambda did, total, phase: bar.tell(did, total or None, phase))
        found = list(room.book.findings(before))
    if not print_repeat(before, found, now, as_json):
        sys.exit(EXIT_BROKEN)


@audit.command()
def trend(
    name: Name, over: Annotated[int, typer.Option("--runs", help="How many runs.", min=2, max=200)] = 12, as_json: Json = False
) -> None:
    """How the scores moved from run to run: the whole, each service, each type."""
    from baselines.audit.trend import trends_of
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_trend
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        book = open_audits(core).book
        print_trend(trends_of(book, name, over), as_json)
        made = book.audit(name).runs
    if made > over:
        say(f"the newest {over} of {made:,} runs; --runs N shows more")


@audit.command()
def close(name: Name, reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")]) -> None:
    """End an audit and its schedule. What it found stays."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.schedules import open_schedules

    with open_for_command() as core:
        open_audits(core).close(name, local_actor(), reason, open_schedules(core))
    print("closed")


def _may_be_user(core: "Core", name: str) -> bool:
    """Whether somebody may sign in by this name; those whom an issuer of tokens knows are not known here."""
    return bool(core.settings.oidc_issuer) or name.strip() in {one.name for one in core.access.users()}


def _run_id(book: object, text: str) -> str:
    """A run's id from itself, or from the name of its audit."""
    from baselines.audit.errors import AuditNotFound
    from baselines.audit.repository import AuditBook

    assert isinstance(book, AuditBook)
    try:
        return book.run(text).id
    except AuditNotFound:
        found = book.audit(text)
        if found.last_run is None:
            raise AuditNotFound(f"audit {found.name!r} has not been run yet; `cmdb audit run` does it") from None
        return found.last_run
