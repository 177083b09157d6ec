"""Impact questions from a terminal: what breaks, what is needed, which ways lead from one to the other, what nothing else stands in for,
and what would be if (requirements 8.1-04, 9.2-12)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cmdb_app.cli.output import Json

if TYPE_CHECKING:
    from cmdb_app.wiring import Services

Item = Annotated[str, typer.Argument(help="Id, or a name that only one item has.")]
Items = Annotated[list[str], typer.Argument(help="Ids, or names that only one item has.")]
At = Annotated[str | None, typer.Option("--as-of", help="A commit's number, a time, or a baseline's id or name; now if not given.")]
Levels = Annotated[str, typer.Option("--level", help="How badly they fail: down, degraded or at_risk.")]
Depth = Annotated[int, typer.Option("--depth", help="How many steps the tree goes.", min=1, max=50)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (impact, deps, path, spof, whatif):
        app.command()(command)


def impact(
    items: Items,
    level: Levels = "down",
    first: Annotated[int, typer.Option(help="How many affected items are listed.", min=0, max=1_000)] = 50,
    as_of: At = None,
    tree: Annotated[bool, typer.Option("--tree", help="As a tree: each item below the one that brought trouble to it.")] = False,
    depth: Depth = 6,
    export: Annotated[
        Path | None, typer.Option(help="Write the whole answer to a file: .ndjson, .csv, .graphml or .svg tells the form.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """What breaks if these items fail: levels, the services hit, and one explaining path for each."""
    from cmdb_app.cli.impact_view import answer_body, ask, export_to, print_answer, print_tree
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        seq = _seq(services, as_of)
        answer = ask(services, items, level, seq)
        if export is not None:
            export_to(services, answer, export, seq)
            return
        body = answer_body(services, answer, first, seq)
        if as_json:
            print_json(body)
        elif tree:
            print_tree(services, answer, depth, seq)
        else:
            print_answer(body)


def deps(
    item: Item,
    depth: Depth = 4,
    first: Annotated[int, typer.Option(help="How many are listed in JSON.", min=1, max=1_000)] = 200,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """What an item depends on: hard, behind redundancy, or softly; as a tree."""
    from cmdb_app.cli.needs_view import dependencies_body, print_dependencies
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        seq = _seq(services, as_of)
        if as_json:
            print_json(dependencies_body(services, item, first, seq))
        else:
            print_dependencies(services, item, depth, seq)


def path(
    source: Annotated[str, typer.Argument(help="Where trouble begins: id or name.")],
    target: Annotated[str, typer.Argument(help="Where it arrives: id or name.")],
    most: Annotated[int, typer.Option(help="How many ways are listed.", min=1, max=1_000)] = 10,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """All shortest ways along which trouble travels from one item to another."""
    from cmdb_app.cli.needs_view import paths_body, print_paths
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        body = paths_body(services, source, target, most, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_paths(body)


def spof(
    item: Annotated[str, typer.Argument(help="A service (or any item): id or name.")],
    seconds: Annotated[float, typer.Option(help="How long to look.", min=0.1, max=60)] = 5.0,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """Single points of failure: items whose loss alone takes it down, redundancy counted."""
    from cmdb_app.cli.needs_view import print_weak_points, weak_points_body
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        body = weak_points_body(services, item, seconds, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_weak_points(body)


def whatif(
    items: Annotated[list[str] | None, typer.Argument(help="What fails in both cases: ids or names; none: only the change counts.")] = None,
    level: Levels = "down",
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Take an item away (again for more).")] = None,
    cut: Annotated[list[str] | None, typer.Option("--cut", help="Take a relationship away: 'SOURCE TYPE TARGET'.")] = None,
    link: Annotated[list[str] | None, typer.Option("--link", help="Add a relationship: 'SOURCE TYPE TARGET'.")] = None,
    need: Annotated[list[str] | None, typer.Option("--need", help="What a redundancy group needs: 'GROUP=2' or 'GROUP=50%'.")] = None,
    first: Annotated[int, typer.Option(help="How many items that differ are listed.", min=1, max=1_000)] = 50,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """What would be if: the answer with items and relationships taken away or added, beside the answer without. Nothing is written."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index
    from cmdb_app.cli.whatif_view import Changes, comparison_body, print_comparison

    changes = Changes(tuple(remove or ()), tuple(cut or ()), tuple(link or ()), tuple(need or ()))
    with open_with_index() as services:
        body = comparison_body(services, items or [], level, changes, first, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_comparison(body)


def _seq(services: "Services", as_of: str | None) -> int | None:
    return None if as_of is None else services.baselines.points.resolve(as_of).seq
