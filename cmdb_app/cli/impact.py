"""Impact questions from a terminal: what breaks, what is needed, which ways lead from one to the other, what nothing else stands in for,
and what would be if (requirements 8.1-04, 9.2-12)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cmdb_app.cli.output import Json

if TYPE_CHECKING:
    from cmdb_app.wiring import Services

Item = Annotated[str, typer.Argument(help="Id, or a name that only one item has.")]
Items = Annotated[list[str], typer.Argument(help="Ids, or names that only one item has; ITEM:degraded puts one to a level of its own.")]
Seconds = Annotated[float, typer.Option("--seconds", help="How long to look.", min=0.1, max=60)]
At = Annotated[str | None, typer.Option("--as-of", help="A commit's number, a time, or a baseline's id or name; now if not given.")]
Levels = Annotated[str, typer.Option("--level", help="How badly they fail: down, degraded or at_risk.")]
Depth = Annotated[int, typer.Option("--depth", help="How many steps the tree goes.", min=1, max=50)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (impact, deps, path, spof, causes, loss, whatif):
        app.command()(command)


def impact(
    items: Items,
    level: Levels = "down",
    first: Annotated[int, typer.Option(help="How many affected items are listed.", min=0, max=1_000)] = 50,
    as_of: At = None,
    tree: Annotated[bool, typer.Option("--tree", help="As a tree: each item below the one that brought trouble to it.")] = False,
    depth: Depth = 6,
    max_items: Annotated[int, typer.Option("--max-items", help="Follow at most so many items, the worst first; 0: no bound.", min=0)] = 0,
    max_depth: Annotated[int | None, typer.Option("--max-depth", help="Follow no further from the roots.", min=1)] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Take no longer.", min=0, max=60)] = None,
    at_least: Annotated[int, typer.Option("--at-least", help="A commit the answer must have seen.", min=0)] = 0,
    export: Annotated[
        Path | None, typer.Option(help="Write the whole answer to a file: .ndjson, .csv, .graphml or .svg tells the form.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """What breaks if these items fail: levels, the services hit, and one explaining path for each."""
    from cmdb_app.cli.impact_view import Bounds, answer_body, ask, export_to, print_answer, print_tree
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        seq = _seq(services, as_of)
        answer = ask(services, items, level, seq, Bounds(max_items, max_depth, seconds, at_least))
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
    seconds: Seconds = 5.0,
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


def causes(
    items: Annotated[list[str], typer.Argument(help="What is unwell: ids or names; ITEM:down says how unwell one is.")],
    level: Annotated[str, typer.Option("--level", help="How unwell they are: down, degraded or at_risk.")] = "at_risk",
    most: Annotated[int, typer.Option(help="How many causes are listed.", min=1, max=1_000)] = 10,
    seconds: Seconds = 3.0,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """What may have made items unwell together: the failures that would explain them all, best first."""
    from cmdb_app.cli.losses_view import causes_body, print_causes
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    with open_with_index() as services:
        body = causes_body(services, items, level, most, seconds, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_causes(body)


def loss(
    item: Annotated[str, typer.Argument(help="A place, a supplier or a network segment: id or name; a location also as items say it.")],
    kind: Annotated[str, typer.Option("--of", help="What it is: location, supplier or segment.")] = "location",
    level: Annotated[str | None, typer.Option("--level", help="Of a supplier: how badly what it supplies is hit.")] = None,
    first: Annotated[int, typer.Option(help="How many affected items are listed.", min=0, max=1_000)] = 50,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """What a lost location, supplier or network segment takes with it."""
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.cli.losses_view import LostKind, loss_body, print_loss
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index

    if kind not in tuple(LostKind):
        raise InvalidInput(f"{kind[:40]!r} cannot be lost; say --of location, supplier or segment")
    with open_with_index() as services:
        body = loss_body(services, item, LostKind(kind), level, first, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_loss(body)


def whatif(
    items: Annotated[list[str] | None, typer.Argument(help="What fails in both cases: ids or names; none: only the change counts.")] = None,
    level: Levels = "down",
    add: Annotated[list[str] | None, typer.Option("--add", help="Add an item: 'ID TYPE', a redundancy group 'ID TYPE NEED'.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--change", help="Change an item: 'ITEM KEY=VALUE' of type, owner, location, criticality, level.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Take an item away (again for more).")] = None,
    cut: Annotated[list[str] | None, typer.Option("--cut", help="Take a relationship away: 'SOURCE TYPE TARGET'.")] = None,
    link: Annotated[
        list[str] | None, typer.Option("--link", help="Add a relationship or change its need: 'SOURCE TYPE[:soft] TARGET'.")
    ] = None,
    need: Annotated[list[str] | None, typer.Option("--need", help="What a redundancy group needs: 'GROUP=2' or 'GROUP=50%'.")] = None,
    first: Annotated[int, typer.Option(help="How many items that differ are listed.", min=1, max=1_000)] = 50,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """What would be if: the answer with items and relationships added, changed or taken away, beside today's. Nothing is written."""
    from cmdb_app.cli.output import print_json
    from cmdb_app.cli.session import open_with_index
    from cmdb_app.cli.whatif_view import Changes, comparison_body, print_comparison

    changes = Changes(tuple(remove or ()), tuple(cut or ()), tuple(link or ()), tuple(need or ()), tuple(add or ()), tuple(change or ()))
    with open_with_index() as services:
        body = comparison_body(services, items or [], level, changes, first, _seq(services, as_of))
    if as_json:
        print_json(body)
    else:
        print_comparison(body)


def _seq(services: "Services", as_of: str | None) -> int | None:
    return None if as_of is None else services.baselines.points.resolve(as_of).seq
