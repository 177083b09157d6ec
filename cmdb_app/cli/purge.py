"""Purging by policy: look, propose, approve by somebody else, run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.output import Json

if TYPE_CHECKING:
    from cmdb.archive.purge import Purge, Purges
    from cmdb.archive.retention import Retention
    from cmdb_app.wiring import Core

purges = typer.Typer(no_args_is_help=True, help="Remove the content of old versions by a policy; hashes and the chain stay.")

Policy = Annotated[Path, typer.Argument(help="Retention policy (YAML); see docs/evidence.md.", exists=True, dir_okay=False)]
PurgeId = Annotated[str, typer.Argument(help="Id of the purge (cmdb purge list).")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")]


@purges.command()
def plan(policy: Policy, as_json: Json = False) -> None:
    """What a policy would let go now. Writes nothing."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        found = _service(core).preview(_policy(core, policy))
    if as_json:
        told = {"versions": len(found.lines), "types": found.counts(), "whole_items": list(found.whole), "more": found.more}
        print_json({**told, "kept_for_baselines": found.kept_for_baselines, "kept_for_holds": found.kept_for_holds})
        return
    print_table(["type", "versions"], found.counts().items())
    print(f"{len(found.lines)} versions would lose their content, {len(found.whole)} retired items everything that was said of them.")
    print(f"Kept though old: {found.kept_for_baselines} for baselines and audits, {found.kept_for_holds} by holds.")
    if found.more:
        print("There are more; a purge takes so many at once, the next one takes the rest.")


@purges.command()
def propose(policy: Policy, reason: Reason, as_json: Json = False) -> None:
    """File what a policy lets go now, for another administrator to approve."""
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        _tell(_service(core).propose(_policy(core, policy), local_actor(), reason), as_json)


@purges.command()
def approve(
    purge_id: PurgeId,
    token_file: Annotated[Path | None, typer.Option(help="File with the approver's token; standard input if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Approve a proposed purge as another person: with a token of theirs, since whoever may read the data directory is one person here."""
    from cmdb_app.cli.session import open_for_command

    secret = token_file.read_text(encoding="utf-8").strip() if token_file else _read_secret()
    with open_for_command() as core:
        _tell(_service(core).approve(purge_id, core.access.authenticate_token(secret)), as_json)


@purges.command()
def withdraw(purge_id: PurgeId, reason: Reason, as_json: Json = False) -> None:
    """Give up a purge that was not carried out."""
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        _tell(_service(core).withdraw(purge_id, local_actor(), reason), as_json)


@purges.command()
def run(
    purge_id: PurgeId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Carry out an approved purge, or finish one that was interrupted. It cannot be undone."""
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        service = _service(core)
        found = service.get(purge_id)
        if not yes:
            typer.confirm(f"Remove the content of {found.versions} versions for good?", abort=True, err=True)
        with progress_bar("purge") as bar:
            done = service.run(purge_id, local_actor(), lambda count, total: bar.tell(count, total, "purge"))
    _tell(done, as_json)


@purges.command("list")
def list_purges(as_json: Json = False) -> None:
    """Every purge: what was asked, by whom, and what became of it."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        found = list(_service(core).all())
    if as_json:
        print_json([{"id": one.id, **one.body()} for one in found])
        return
    columns = ["id", "state", "versions", "policy", "reason", "proposed by", "approved by", "as of"]
    rows = (
        (one.id, one.state, one.versions, one.policy["name"], one.reason, one.proposed_by, one.approved_by, one.moment) for one in found
    )
    print_table(columns, rows)


def _service(core: "Core") -> "Purges":
    from cmdb.archive.purge import Purges
    from cmdb.records.book import RecordBook

    return Purges(core.store, core.ledger, RecordBook(core.store), core.clock)


def _policy(core: "Core", path: Path) -> "Retention":
    from cmdb.archive.retention import read_policy

    registry = core.registry.current()

    def known(name: str) -> list[str]:
        if name in registry.item_types:
            return sorted({name, *registry.concrete_of(name)})
        return [name] if name in registry.relation_types else []

    return read_policy(path.read_text(encoding="utf-8"), known)


def _tell(purge: "Purge", as_json: bool) -> None:
    from cmdb_app.cli.output import print_json

    if as_json:
        print_json({"id": purge.id, **purge.body()})
        return
    done = f"; {purge.removed} are gone" if purge.removed is not None else ""
    print(f"purge {purge.id} is {purge.state}: {purge.versions} versions, {len(purge.whole)} retired items{done}")
    following = {"proposed": f"another administrator: cmdb purge approve {purge.id}", "approved": f"cmdb purge run {purge.id}"}
    if purge.state in following:
        print(f"Next: {following[purge.state]}")


def _read_secret() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    secret: Any = typer.prompt("Token of the approver", hide_input=True)
    return str(secret)
