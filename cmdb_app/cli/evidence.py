"""Evidence: does the ledger hold, and checkpoints of it that are kept outside."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.output import EXIT_BROKEN, Json

if TYPE_CHECKING:
    from cmdb.ledger.beside_check import KeyRule
    from cmdb.ledger.checkpoint import Checkpoint
    from cmdb.ledger.verify import Verification
    from cmdb_app.settings import Settings

checkpoints = typer.Typer(
    no_args_is_help=True, help="Signed checkpoints of the ledger, to be kept where nobody who writes to it can reach."
)

Key = Annotated[
    str | None, typer.Option("--key", help="The public key you trust, or a file with it; without it, this installation's own key.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(verify)
    app.add_typer(checkpoints, name="checkpoint")


def verify(
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="A file of checkpoints that was kept outside; may be repeated.", dir_okay=False),
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Walk the whole ledger: the chain of hashes, every version, the live graph and what lies beside it. Names the first thing that does
    not hold, and exits 3. Only a checkpoint from outside can show that the end was cut off or everything was written anew."""
    from cmdb.identification.keys import strong_keys
    from cmdb.kernel.clock import system_clock
    from cmdb.ledger.checkpoint import noted
    from cmdb.ledger.service import Ledger
    from cmdb.ledger.verify import verify as walk
    from cmdb.registry.asof import registry_at
    from cmdb_app.cli.output import progress_bar
    from cmdb_app.cli.session import open_to_look

    with open_to_look() as (settings, store), progress_bar("verify") as bar:
        known = trusted_ones(settings, against or [], key)

        def keys() -> "KeyRule":
            return strong_keys(registry_at(store, Ledger(store, system_clock).head().seq))

        found = walk(store, lambda done, total: bar.tell(done, total, "verify"), noted(known, store), keys)
    _tell_verification(found, known, as_json)
    if not found.holds:
        sys.exit(EXIT_BROKEN)


def _tell_verification(found: "Verification", known: "list[Checkpoint]", as_json: bool) -> None:
    from dataclasses import asdict

    from cmdb_app.cli.output import print_json

    if as_json:
        print_json({**asdict(found), "against": [one.seq for one in known]})
    elif found.holds:
        print(f"The ledger holds: {found.commits} commits, {found.versions} versions. Its head is commit {found.seq}, {found.hash}")
        for remark in found.remarks:
            print(f"Remark: {remark}")
        for one in known:
            print(f"It agrees with the checkpoint of commit {one.seq} of {one.time}, made {one.made_at}")
        if not known:
            print("Not compared with anything outside: give checkpoints with --against", file=sys.stderr)
    else:
        print(f"THE LEDGER DOES NOT HOLD: {found.problem}", file=sys.stderr)


@checkpoints.command()
def take(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to append it to, one a line.", dir_okay=False)] = None,
    url: Annotated[str | None, typer.Option(help="HTTPS address to post it to.")] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")] = "",
) -> None:
    """Sign where the ledger stands, hand it over, and record that in the ledger. Prints the checkpoint where no place is given."""
    from cmdb_app.checkpoints import checkpoints_of, line_of, to_file, to_url
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import local_actor, open_for_command

    hands = ([to_file(out)] if out else []) + ([to_url(url)] if url else [])
    with open_for_command() as core:
        taken = checkpoints_of(core).take(local_actor(), hands, reason)
    if hands:
        print(f"checkpoint of commit {taken.checkpoint.seq} went to {' and '.join(taken.sent_to)}")
    else:
        sys.stdout.write(line_of(taken.checkpoint).decode())
        say("keep this line where nobody who can write to the engine can reach it; `cmdb verify --against FILE` looks at it later")


@checkpoints.command()
def show(
    files: Annotated[list[Path] | None, typer.Argument(help="Files of checkpoints; without any, those this ledger recorded.")] = None,
    key: Key = None,
    first: Annotated[int, typer.Option(help="How many recorded ones.", min=1, max=500)] = 20,
    as_json: Json = False,
) -> None:
    """Checkpoints of files, with their signatures looked at, or those this ledger recorded."""
    from cmdb_app.cli.output import print_json, print_table, say

    rows = _of_files(files, key) if files else _recorded(first + 1)
    more = not files and len(rows) > first
    rows = rows[:first] if more else rows
    if as_json:
        print_json(rows)
        return
    columns = ["seq", "time", "made_at", "hash", "signature" if files else "sent_to"]
    print_table(columns, [[row[column] if column != "hash" else row["hash"][:16] for column in columns] for row in rows])
    if more:
        say(f"the newest {len(rows)}; --first shows more")
    if any(row.get("signature", "holds") != "holds" for row in rows):
        sys.exit(EXIT_BROKEN)


@checkpoints.command("key")
def show_key(as_json: Json = False) -> None:
    """The public key that checks this installation's signatures. Give it to whoever keeps the checkpoints."""
    from cmdb.ledger.signing import fingerprint
    from cmdb_app.checkpoints import key_path, signing_key
    from cmdb_app.cli.output import print_json, say
    from cmdb_app.settings import load_settings
    from cmdb_app.supervise.home import Home

    settings = load_settings()
    Home(settings.data_dir).prepare()
    public = signing_key(settings).public
    if as_json:
        print_json({"public": public, "fingerprint": fingerprint(public), "file": str(key_path(settings))})
    else:
        print(public)
        say(f"fingerprint {fingerprint(public)}; the private key is {key_path(settings)}")


@checkpoints.command()
def compare(
    one: Annotated[Path, typer.Argument(help="File with one checkpoint (of several, the last counts).", dir_okay=False)],
    other: Annotated[Path, typer.Argument(help="File with the other.", dir_okay=False)],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Is the later of two checkpoints an extension of the earlier? Walks the chain between them; exits 3 where it is not."""
    from dataclasses import asdict

    from cmdb.ledger.checkpoint import compare as walk
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_to_look

    with open_to_look() as (settings, store):
        first, second = (trusted_ones(settings, [path], key)[-1] for path in (one, other))
        found = walk(store, first, second)
    if as_json:
        print_json(asdict(found))
    elif found.holds:
        print(f"The checkpoint of commit {found.later} extends that of commit {found.earlier}: {found.commits} commits, no link missing")
    else:
        print(f"THEY DO NOT BELONG TOGETHER: {found.problem}", file=sys.stderr)
    if not found.holds:
        sys.exit(EXIT_BROKEN)


def _of_files(files: list[Path], key: str | None) -> list[dict[str, Any]]:
    from cmdb.kernel.errors import CmdbError
    from cmdb.ledger.checkpoint import check_signature, read_checkpoints
    from cmdb_app.settings import load_settings

    trusted, rows = trusted_key(load_settings(), key), []
    for path in files:
        for one in read_checkpoints(path, _skipped):
            try:
                check_signature(one, trusted)
                said = "holds"
            except CmdbError as problem:
                said = problem.code
            rows.append({**one.body(), "signature": said})
    return rows


def _recorded(first: int) -> list[dict[str, Any]]:
    from cmdb.kernel.clock import system_clock
    from cmdb.ledger.checkpoint import ledger_id
    from cmdb_app.checkpoints import checkpoints_over
    from cmdb_app.cli.session import open_to_look

    with open_to_look() as (settings, store):
        ledger_id(store)  # refuses where there is no ledger that could have recorded any
        found = checkpoints_over(settings, store, system_clock).page(first=first)
    return [
        {**one.checkpoint.body(), "sent_to": ", ".join(one.sent_to) or "nowhere", "by": one.by, "recorded": one.recorded} for one in found
    ]


def _skipped(what: str) -> None:
    from cmdb_app.cli.output import say

    say(f"Remark: left out, the others count: {what}")


def trusted_ones(settings: "Settings", files: list[Path], key: str | None) -> "list[Checkpoint]":
    """The checkpoints of files; raises unless the trusted key signed each."""
    from cmdb.ledger.checkpoint import check_signature, read_checkpoints

    found = [one for path in files for one in read_checkpoints(path, _skipped)]
    if found:
        trusted = trusted_key(settings, key)
        for one in found:
            check_signature(one, trusted)
    return found


def trusted_key(settings: "Settings", given: str | None) -> str:
    """The public key signatures are held against: the one given (text or file), else this installation's. Raises `SigningKeyUnusable`."""
    from cmdb.ledger.signing import SigningKeyUnusable, read_public
    from cmdb_app.checkpoints import key_path, signing_key

    if given is not None:
        path = Path(given)
        return read_public(path.read_text(encoding="utf-8") if path.is_file() else given)
    if not key_path(settings).exists():
        raise SigningKeyUnusable(f"there is no key in {key_path(settings)} to check signatures with; give the public key with --key")
    return signing_key(settings).public
