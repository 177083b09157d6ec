"""Commands about baselines: take, approve, supersede, withdraw, seal, verify, prove (design 8)."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from cmdb_app.cli.baseline_scope import POINT_HELP, SCOPE_HELP
from cmdb_app.cli.output import EXIT_BROKEN, Json
from cmdb_app.cli.schedules import schedule

baseline = typer.Typer(no_args_is_help=True, help="Baselines: designations on the ledger, and what can be shown by them.")
baseline.add_typer(schedule, name="schedule")

Name = Annotated[str, typer.Argument(help="Name or id of the baseline.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: a repeat with it answers as the first time.")]


@baseline.command()
def take(
    name: Annotated[str, typer.Argument(help="What it is called, for ever.")],
    purpose: Annotated[str, typer.Option("--purpose", "-p", help="What it is for.")],
    scope: Annotated[str, typer.Option("--scope", "-s", help=SCOPE_HELP)] = "whole",
    at: Annotated[str | None, typer.Option("--as-of", help=POINT_HELP)] = None,
    designation: Annotated[str, typer.Option(help="How it is called once in force, such as 'Production 2026-Q4'.")] = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Designate the present, or an earlier moment, as a baseline. Costs the same whatever the size: nothing is copied."""
    from cmdb_app.cli.baseline_scope import scope_of
    from cmdb_app.cli.baseline_view import print_step
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        asked = scope_of(core, scope)
        actor = local_actor()
        step = core.baselines.baselines.take(name, purpose, asked, actor, point=at, designation=designation, key=_key(actor.name, key))
    print_step(step, as_json)


@baseline.command("list")
def list_baselines(
    state: Annotated[list[str] | None, typer.Option(help="taken, approved, superseded, withdrawn; may be repeated.")] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="Kind of scope; may be repeated.")] = None,
    name: Annotated[str, typer.Option("--name", help="Part of the name.")] = "",
    first: Annotated[int, typer.Option(help="How many.", min=1, max=1_000)] = 50,
    after: Annotated[str | None, typer.Option(help="Name or id of the last one seen.")] = None,
    as_json: Json = False,
) -> None:
    """Baselines, the newest first."""
    from baselines.model import BaselineState, ScopeKind
    from baselines.repository import BaselineFilter
    from cmdb_app.cli.baseline_view import print_baselines
    from cmdb_app.cli.session import open_for_command

    states = tuple(_one_of(BaselineState, one, "--state") for one in state or ())
    wanted = BaselineFilter(states, tuple(_one_of(ScopeKind, one, "--scope") for one in scope or ()), name)
    with open_for_command() as core:
        room = core.baselines.baselines
        last = room.get(after).id if after else None
        found, total = room.page(wanted, last, first), room.count(wanted)
        print_baselines(core, found, total, as_json)


@baseline.command()
def show(name: Name, as_json: Json = False) -> None:
    """One baseline with its seal and the steps of its life."""
    from cmdb_app.cli.baseline_view import print_baseline
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        print_baseline(core, core.baselines.baselines.get(name), as_json)


@baseline.command()
def approve(
    name: Name,
    designation: Annotated[str | None, typer.Option(help="How it is called from now on.")] = None,
    reason: Reason = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Put a baseline in force. Not for who took it: another person signs in and approves."""
    _step(lambda room, actor, key: room.approve(name, actor, designation=designation, reason=reason, key=key), key, as_json)


@baseline.command()
def supersede(
    name: Name,
    by: Annotated[str, typer.Option("--by", help="The approved baseline that takes its place.")],
    reason: Reason = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say that another approved baseline takes the place of this one."""
    _step(lambda room, actor, key: room.supersede(name, by, actor, reason=reason, key=key), key, as_json)


@baseline.command()
def withdraw(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it does not hold; kept with it.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say that a baseline does not hold. It stays, with the reason; as a point in time it is refused from now on."""
    _step(lambda room, actor, key: room.withdraw(name, actor, reason, key=key), key, as_json)


@baseline.command()
def seal(name: Name, as_json: Json = False) -> None:
    """Compute the digest now, instead of waiting for the worker."""
    from cmdb_app.cli.baseline_view import print_step
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import local_actor, open_for_command

    with ExitStack() as stack:
        core = stack.enter_context(open_for_command())
        bar = stack.enter_context(progress_bar("digest"))
        step = core.baselines.seals.seal(name, local_actor(), lambda done, phase: bar.tell(done, None, phase))
    print_step(step, as_json)


@baseline.command()
def verify(name: Name, as_json: Json = False) -> None:
    """Recompute chain hash and digest from the ledger, and name what does not hold."""
    from cmdb_app.cli.baseline_view import print_verification
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import open_for_command

    with ExitStack() as stack:
        core = stack.enter_context(open_for_command())
        bar = stack.enter_context(progress_bar("verify"))
        found = core.baselines.seals.verify(name, lambda done, phase: bar.tell(done, None, phase))
    print_verification(found, as_json)
    if not found.holds:
        sys.exit(EXIT_BROKEN)


@baseline.command()
def prove(
    name: Name,
    item: Annotated[str, typer.Argument(help="Id or name of the item, or id of the relationship, to be shown.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the proof; default: standard output.", dir_okay=False)
    ] = None,
) -> None:
    """A proof (JSON) that one item is in a baseline, for somebody who has nothing but its digest."""
    import orjson

    from cmdb_app.cli.baseline_scope import item_id
    from cmdb_app.cli.output import print_json, say
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        proof = core.baselines.seals.prove(name, item_id(core, item))
    if output is None:
        print_json(proof)
        return
    output.write_bytes(orjson.dumps(proof, option=orjson.OPT_INDENT_2) + b"\n")
    say(f"{output} holds the proof; whoever has the digest checks it with: cmdb baseline check-proof {output} --digest {proof['digest']}")


@baseline.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="The proof; - reads standard input.")],
    digest: Annotated[str | None, typer.Option(help="The digest from a source you trust; default: the one the proof names.")] = None,
    as_json: Json = False,
) -> None:
    """Check a proof of membership. Needs no CMDB: only the file and the digest."""
    from baselines import proof
    from cmdb_app.cli.output import print_json

    given = _document(file)
    found = proof.check_proof(given, digest)
    if as_json:
        said = {name: getattr(found, name) for name in ("holds", "digest", "subject", "problem")}
        print_json({**said, "trusted": digest is not None})
    elif found.holds:
        print(f"{found.subject} is in the baseline with the digest {found.digest}")
        if digest is None:
            print("that digest came with the proof: compare it with the one you were given, or pass it with --digest", file=sys.stderr)
    else:
        print(f"the proof of {found.subject} does not hold: {found.problem}")
    if not found.holds:
        sys.exit(EXIT_BROKEN)


def _document(file: Path) -> dict[str, Any]:
    import orjson

    from baselines.errors import BadProof

    try:
        found = orjson.loads(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as problem:
        raise BadProof(f"{file} cannot be read: {problem.strerror}") from problem
    except orjson.JSONDecodeError as problem:
        raise BadProof(f"{file} is no JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise BadProof(f"{file} holds no proof")
    return found


def _step(work: Any, key: str | None, as_json: bool) -> None:
    from cmdb_app.cli.baseline_view import print_step
    from cmdb_app.cli.session import local_actor, open_for_command

    actor = local_actor()
    with open_for_command() as core:
        step = work(core.baselines.baselines, actor, _key(actor.name, key))
    print_step(step, as_json)


def _key(actor: str, key: str | None) -> str | None:
    return None if key is None else f"{actor}|{key}"


def _one_of(kind: Any, text: str, option: str) -> Any:
    try:
        return kind(text.lower())
    except ValueError:
        raise typer.BadParameter(f"choose one of {', '.join(kind)}", param_hint=option) from None
