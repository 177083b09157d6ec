"""Item types and relationship types: list, show, apply, export."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cmdb_app.cli.output import EXIT_BROKEN, Json

app = typer.Typer(no_args_is_help=True, help="Item types and relationship types.")


@app.command("list")
def list_types(as_json: Json = False) -> None:
    """All types."""
    from cmdb.model.definitions import to_body
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        registry = core.registry.current()
    if as_json:
        print_json([to_body(one) for one in registry.definitions()])
        return
    rows = [
        (n, r.parent or "", "abstract" if r.definition.abstract else "", r.definition.description)
        for n, r in sorted(registry.item_types.items())
    ]
    print_table(["item type", "below", "", "description"], rows)
    lines = [(name, one.inverse, one.propagation.kind.value, one.description) for name, one in sorted(registry.relation_types.items())]
    print_table(["relationship", "inverse", "failure", "description"], lines)


@app.command("show")
def show_type(name: Annotated[str, typer.Argument(help="An item type or a relationship type.")], as_json: Json = False) -> None:
    """One type, with what it inherits."""
    from cmdb.model.definitions import to_body
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        registry = core.registry.current()
    if name in registry.relation_types:
        print_json(to_body(registry.relation(name)))
        return
    found = registry.item(name)
    if as_json:
        print_json(to_body(found.definition))
        return
    print(f"{name}: {found.definition.description}")
    rows = [
        (n, a.kind.value + (" list" if a.multiple else ""), "required" if a.required else "", ", ".join(a.enum), a.description)
        for n, a in sorted(found.attributes.items())
    ]
    print_table(["attribute", "kind", "", "values", "description"], rows)


@app.command()
def apply(
    files: Annotated[list[Path], typer.Argument(help="YAML files with definitions.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and tell; write nothing.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")] = "types applied from the command line",
    as_json: Json = False,
) -> None:
    """Add or change types. Existing items must still fit."""
    from cmdb.model.actor import Cause
    from cmdb.model.pack import load_document
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import local_actor, open_for_command

    definitions = [one for file in files for one in load_document(file.read_text(encoding="utf-8"), str(file))]
    with open_for_command() as core:
        applied = core.registry.apply(definitions, Cause(local_actor(), source="manual", reason=reason), dry_run)
    body = _applied(applied)
    if as_json:
        print_json(body)
    else:
        for change in body["changes"]:
            print(change)
        for misfit in body["misfits"]:
            print(f"does not fit: {misfit}", file=sys.stderr)
        print("nothing written (dry run)" if dry_run else f"commit {body['seq']}")
    if body["misfits"]:
        sys.exit(EXIT_BROKEN)


@app.command()
def export(names: Annotated[list[str] | None, typer.Argument(help="Types; all if none is named.")] = None) -> None:
    """Definitions as YAML, in the form `apply` reads."""
    import yaml

    from cmdb.model.definitions import to_body
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        registry = core.registry.current()
    for name in names or ():
        if name not in registry.relation_types:
            registry.item(name)  # raises for an unknown one, with what was probably meant
    bodies = [to_body(one) for one in registry.definitions() if not names or one.name in names]
    yaml.safe_dump_all(bodies, sys.stdout, sort_keys=False, allow_unicode=True)


def _applied(applied: Any) -> dict[str, Any]:
    return {
        "changes": [str(one) for one in applied.changes],
        "misfits": [str(one) for one in applied.misfits],
        "seq": applied.receipt.seq if applied.receipt else None,
    }
