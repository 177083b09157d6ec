"""Commands about deficiencies: list, show, work at, verify (requirement 9.1-15). They are under `cmdb audit`."""

from typing import Annotated

import typer

from cmdb_app.cli.output import Json

DeficiencyId = Annotated[str, typer.Argument(help="Id of the deficiency.")]
Note = Annotated[str, typer.Option("--note", "-n", help="A remark; kept in the history.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to those about audits."""
    for command in (deficiencies, deficiency, update, verify):
        app.command()(command)


def deficiencies(
    name: Annotated[str | None, typer.Option("--audit", "-a", help="Name or id of an audit.")] = None,
    owner: Annotated[str | None, typer.Option(help="Whose.")] = None,
    state: Annotated[str | None, typer.Option(help="open, in_progress, done, verified, accepted or gone; default: those not over.")] = None,
    severity: Annotated[str | None, typer.Option(help="major, minor or note.")] = None,
    check: Annotated[str | None, typer.Option(help="Id of a check.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their date.")] = False,
    first: Annotated[int, typer.Option(help="How many.", min=1, max=1_000)] = 50,
    after: Annotated[str | None, typer.Option(help="Id of the last one seen.")] = None,
    as_json: Json = False,
) -> None:
    """Deficiencies that still ask something of somebody, or those asked for: the worst first, then what is due first."""
    from baselines.audit.follow_up import where_of
    from baselines.audit.model import DeficiencyState, Severity
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import cut_short, print_deficiencies, word
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command

    chosen = word(DeficiencyState, state, "state")
    with open_for_command() as core:
        room = open_audits(core)
        wanted = where_of(
            audit=room.book.audit(name).id if name else None, owner=owner, state=chosen, check=check,
            severity=word(Severity, severity, "severity"), pending=True if chosen is None else None,
        )  # fmt: skip
        found = room.follow_up.page(wanted, after, first + 1, overdue)
        print_deficiencies(found[:first], core.clock().date(), as_json)
        if len(found) > first:
            say(cut_short(first, room.follow_up.count(wanted, overdue), found[first - 1].id, after is not None))


def deficiency(id_: DeficiencyId, as_json: Json = False) -> None:
    """One deficiency with its history."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_deficiency
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        print_deficiency(open_audits(core).follow_up.get(id_), core.clock().date(), as_json)


def update(
    id_: DeficiencyId,
    state: Annotated[str | None, typer.Option(help="open, in_progress, done or accepted (with --note, not by its owner).")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it from now on.")] = None,
    action: Annotated[str | None, typer.Option(help="What is to be done.")] = None,
    due: Annotated[str | None, typer.Option(help="Until when, as 2026-12-31; not in the past.")] = None,
    change: Annotated[str | None, typer.Option(help="The request for change that mends it.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when it is accepted, as 2027-06-30; not in the past.")] = None,
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Work at a deficiency: state, owner, action, due date."""
    from baselines.audit.life import Alteration
    from baselines.audit.model import DeficiencyState
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_deficiency, word
    from cmdb_app.cli.session import local_actor, open_for_command

    wanted = Alteration(word(DeficiencyState, state, "state"), owner, action, due, note, change, until)
    with open_for_command() as core:
        made = open_audits(core).follow_up.alter(id_, wanted, local_actor())
        print_deficiency(made, core.clock().date(), as_json)


def verify(
    id_: DeficiencyId,
    effective: Annotated[bool, typer.Option("--effective/--not-effective", help="Whether what was done helped.")] = True,
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Say whether what was done about a deficiency helped. Not for its owner, nor for who did the work."""
    from cmdb_app.audits import open_audits
    from cmdb_app.cli.audit_view import print_deficiency
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        made = open_audits(core).follow_up.verify(id_, effective, note, local_actor())
        print_deficiency(made, core.clock().date(), as_json)
