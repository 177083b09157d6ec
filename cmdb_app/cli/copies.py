"""Backup and restore: the CMDB as one file, and back, into either engine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.evidence import Key
from cmdb_app.cli.output import EXIT_BROKEN, Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cmdb.archive.inspection import Inspected
    from cmdb.store.protocol import Store
    from cmdb_app.settings import Settings


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; readable by its owner only.", dir_okay=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Save the whole CMDB in one signed file, also while it runs; for either engine. It holds password hashes and digests of tokens."""
    from dataclasses import asdict

    from cmdb.archive.backup import backup as save
    from cmdb.kernel.clock import system_clock
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.checkpoints import signing_key
    from cmdb_app.cli.output import print_json, progress_bar
    from cmdb_app.cli.session import open_to_look

    if file.exists() and not overwrite:
        raise InvalidInput(f"{file} is there already; give another name, or --overwrite")
    if not file.absolute().parent.is_dir():
        raise InvalidInput(f"there is no folder {file.absolute().parent}")
    with open_to_look() as (settings, store), progress_bar("backup") as bar:
        report = save(store, system_clock, file, signing_key(settings), lambda done, total: bar.tell(done, total, "backup"))
    if as_json:
        print_json({**asdict(report), "file": str(file)})
        return
    rows = ", ".join(f"{section['count']} {name}" for name, section in report.sections.items() if section["count"])
    print(
        f"Saved as of commit {report.seq} ({report.time}) in {file}, {report.size / 1e6:.1f} MB; writers waited {report.held_seconds:.1f} s"
    )
    print(f"It holds {rows}. Keep it as you keep passwords: it has their hashes. Left out: signed-in browsers and sign-in links")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `cmdb backup` wrote.", dir_okay=False)],
    key: Key = None,
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="Checkpoints the history in the file must agree with.", dir_okay=False)
    ] = None,
    accept_unknown_key: Annotated[
        bool,
        typer.Option("--accept-unknown-key", help="Take it though it is not signed, or with a key that is not known here."),
    ] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Verify and compare everything afterwards.")] = True,
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty data directory or an empty Neo4j, as the settings name it. The whole file is looked at before anything
    is written; its signature must be that of --key or of this installation, or its history that of --against. If it is interrupted, the
    same command goes on where it stood; where all of it is there already, it only verifies and compares."""
    from dataclasses import asdict

    from cmdb.archive.restore import restore as bring_back
    from cmdb_app.cli.output import print_json, progress_bar, say
    from cmdb_app.cli.session import open_bare

    with open_bare() as (settings, store):
        wanted = _wanted(settings, against or [], key)
        seen: list[Inspected] = []
        accept = _accept(settings, key, wanted, accept_unknown_key, seen.append)
        with progress_bar("restore") as bar:
            report = bring_back(store, file, lambda phase, done, total: bar.tell(done, total, phase), wanted, accept)
        did = "this history is there already, nothing was written; it ends at" if report.stood else "restored as of"
        say(f"{did} commit {report.seq} from a backup of {report.made_at} ({report.source_engine}) into {store.engine}")
        problems = _differences(store, seen[0]) if check else []
    if as_json:
        print_json({**asdict(report), "checked": check, "problems": problems})
    elif problems:
        print("\n".join(f"NOT EQUAL: {problem}" for problem in problems), file=sys.stderr)
    else:
        print("The ledger holds, and a backup of what was restored has the same digests: nothing differs" if check else "Not checked")
    if problems:
        sys.exit(EXIT_BROKEN)


def _wanted(settings: "Settings", against: list[Path], key: str | None) -> dict[int, str]:
    """What checkpoints note: the hash of the first commit, which names the ledger, and of their own."""
    from cmdb_app.cli.evidence import trusted_ones

    found = trusted_ones(settings, against, key)
    wanted = {one.seq: one.hash for one in found}
    return {1: found[0].ledger, **wanted} if found else {}


def _accept(
    settings: "Settings", key: str | None, wanted: dict[int, str], unknown: bool, keep: "Callable[[Inspected], None]"
) -> "Callable[[Inspected], None]":
    from cmdb.archive.errors import BackupDamaged
    from cmdb.archive.format import signature_fits
    from cmdb_app.checkpoints import key_path
    from cmdb_app.cli.evidence import trusted_key
    from cmdb_app.cli.output import say

    def accept(found: "Inspected") -> None:
        signer, end = found.trailer.get("key"), found.walk.seq
        trusted = trusted_key(settings, key) if key is not None or key_path(settings).exists() else None
        if trusted is not None and signature_fits(found.trailer, trusted):
            say("the signature of the backup holds")
        elif key is not None:
            raise BackupDamaged("the signature of the backup is not that of the trusted key over this content. Nothing was written")
        else:
            noted = any(1 < seq <= end for seq in wanted)  # the first only names the ledger
            _take_unknown(signer, noted, unknown)
        late = [seq for seq in wanted if seq > end]
        if late:
            say(f"the checkpoint of commit {max(late)} is younger than the backup and says nothing about it")
        keep(found)

    return accept


def _take_unknown(signer: str | None, noted: bool, accepted: bool) -> None:
    """Whoever can write a file can sign it with a key of their own: somebody must say that this one is to be believed."""
    from cmdb.archive.errors import BackupSignerUnknown
    from cmdb_app.cli.output import say

    told = f"the backup is signed with {signer}, a key that is not known here" if signer else "the backup is not signed"
    if noted:
        say(f"{told}; its history is the one the checkpoints note. Users, tokens and claims are believed")
        return
    if not accepted and sys.stdin.isatty():
        accepted = typer.confirm(f"{told}. Restore it all the same?", err=True)
    if not accepted:
        raise BackupSignerUnknown(
            f"{told}, and no checkpoint of its history was given. Give the key you trust (--key, as `cmdb checkpoint key` printed it where "
            "the backup was made) or a checkpoint (--against); --accept-unknown-key takes it as it is. Nothing was written",
            signer=signer,
        )
    say(f"{told}; taken all the same")


def _differences(store: "Store", seen: "Inspected") -> list[str]:
    """What a walk over the restored ledger and a second backup of it, compared with the file, find."""
    from cmdb.archive.backup import backup as save
    from cmdb.kernel.clock import system_clock
    from cmdb.ledger.verify import verify
    from cmdb_app.cli.output import progress_bar

    with progress_bar("verify") as bar:
        found = verify(store, lambda done, total: bar.tell(done, total, "verify"))
        again = save(store, system_clock, None, None, lambda done, total: bar.tell(done, total, "compare"))
    expected: dict[str, Any] = dict(seen.trailer["sections"])
    different = [name for name, section in expected.items() if again.sections.get(name) != section]
    return ([str(found.problem)] if found.problem else []) + [f"the section {name} differs from the file" for name in different]
