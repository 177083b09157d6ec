"""Answers of `cmdb deps`, `cmdb path` and `cmdb spof`."""

import sys
from dataclasses import dataclass
from typing import Any

from cmdb.impact.dependencies import CAPS, DependencyQuery, Strength
from cmdb.impact.levels import Pass
from cmdb.impact.view import GraphView
from cmdb_app.impact_export.roots import ids_of, names_of
from cmdb_app.wiring import Services

_SHOWN = 400
_PASSES = {Pass.HARD: "hard", Pass.SOFT: "soft", Pass.MEMBER: "member"}


def dependencies_body(services: Services, item: str, first: int, seq: int | None) -> dict[str, Any]:
    """Plain JSON: counts, and the first ones, strongest and nearest first."""
    (item_id,) = ids_of(services, [item], seq)
    found = services.impact.dependencies(item_id, as_of=seq)
    page = found.page(DependencyQuery(first=first))
    names = names_of(services, [item_id, *(one.id for one in page.items)], seq)
    return {
        "revision": found.revision,
        "as_of": seq,
        "item": {"id": item_id, "name": names.get(item_id)},
        "total": found.total,
        "counts": {strength.word: count for strength, count in found.counts.items()},
        "by_type": found.by_type,
        "items": [
            {"id": one.id, "type": one.type, "name": names.get(one.id), "strength": one.strength.word, "depth": one.depth}
            for one in page.items
        ],
    }


@dataclass(frozen=True, slots=True)
class _Node:
    """One line of the tree: an item by number, how strongly the root needs it along this way, and how many steps away."""

    number: int
    strength: Strength
    relation: str
    how: str
    depth: int


def print_dependencies(services: Services, item: str, depth: int, seq: int | None) -> None:
    """The tree of what an item needs, nearest first; what was shown once is not opened again."""
    from rich.tree import Tree

    from cmdb_app.cli.trees import label, print_trees

    (item_id,) = ids_of(services, [item], seq)
    found = services.impact.dependencies(item_id, as_of=seq)
    view = services.impact.view(as_of=seq)
    start = view.find(item_id)
    opened, shown = _opened(view, start, depth)
    names = names_of(services, [view.ids.name(v) for v in {start, *(node.number for node in shown)}], seq)

    def told(number: int) -> tuple[str, str]:
        one = view.ids.name(number)
        return names.get(one, one), view.type_name(number)

    name, kind = told(start)
    tree = Tree(label("", name, kind))
    waiting = [(tree, start)]
    done: set[int] = set()
    while waiting:
        branch, number = waiting.pop(0)
        done.add(number)
        for node in opened.get(number, ()):
            again = node.number in done or any(number_ == node.number for _, number_ in waiting)
            line = label(node.strength.word, *told(node.number), f"{node.relation} ({node.how})", "see above" if again else "")
            grown = branch.add(line)
            if not again:
                waiting.append((grown, node.number))
    counts = ", ".join(f"{count:,} {strength.word}" for strength, count in found.counts.items())
    print(f"{name} depends on {found.total:,} items: {counts} (at commit {found.revision})")
    print_trees([tree])
    inside = len({node.number for node in shown} - {start})
    if inside < found.total:
        print(f"{found.total - inside:,} items farther away are not in the tree; see --depth, --json", file=sys.stderr)


def _opened(view: GraphView, start: int, depth: int) -> tuple[dict[int, list[_Node]], list[_Node]]:
    """What each item within `depth` steps needs directly, breadth first, up to `_SHOWN` lines; the strength is that of the whole way."""
    opened: dict[int, list[_Node]] = {}
    shown: list[_Node] = []
    waiting = [_Node(start, Strength.HARD, "", "", 0)]
    while waiting and len(shown) < _SHOWN:
        at = waiting.pop(0)
        if at.number in opened or at.depth >= depth:
            continue
        links = sorted(view.providers(at.number), key=lambda link: (link.how, link.relation_type, link.other))
        opened[at.number] = [
            _Node(link.other, min(at.strength, Strength(int(CAPS[link.how]))), link.relation_type, _PASSES[link.how], at.depth + 1)
            for link in links
        ][: _SHOWN - len(shown)]
        shown += opened[at.number]
        waiting += opened[at.number]
    return opened, shown


def paths_body(services: Services, source: str, target: str, most: int, seq: int | None) -> dict[str, Any]:
    """Plain JSON: how long, how many, and the first ways."""
    ends = [ids_of(services, [one], seq)[0] for one in (source, target)]
    found = services.impact.paths(ends[0], ends[1], most, as_of=seq)
    ids = {*ends, *(end for way in found.paths for step in way for end in (step.provider, step.dependent))}
    names = names_of(services, sorted(ids), seq)

    def told(one: str) -> dict[str, Any]:
        return {"id": one, "name": names.get(one)}

    return {
        "revision": found.revision,
        "as_of": seq,
        "source": told(ends[0]),
        "target": told(ends[1]),
        "length": found.length,
        "total": found.total,
        "complete": found.complete,
        "paths": [
            [
                {"from": told(step.provider), "to": told(step.dependent), "relation": step.relation_type, "need": step.how.name.lower()}
                for step in way
            ]
            for way in found.paths
        ],
    }


def print_paths(body: dict[str, Any]) -> None:
    """One tree for each way."""
    from rich.tree import Tree

    from cmdb_app.cli.trees import label, print_trees

    source, target = body["source"]["name"], body["target"]["name"]
    if body["length"] is None:
        print(f"No trouble travels from {source} to {target} (at commit {body['revision']})")
        print(f"The other way round: cmdb path '{target}' '{source}'", file=sys.stderr)
        return
    total = "many" if body["total"] is None else f"{body['total']:,}"
    ways = "shortest way" if body["total"] == 1 else "shortest ways"
    print(f"{total} {ways} of {body['length']} steps from {source} to {target} (at commit {body['revision']})")
    trees = []
    for way in body["paths"]:
        branch = tree = Tree(label("", source, "trouble begins here"))
        for step in way:
            branch = branch.add(label(step["need"], step["to"]["name"] or step["to"]["id"], step["relation"]))
        trees.append(tree)
    print_trees(trees)
    if not body["complete"]:
        print(f"{len(body['paths'])} of {total} ways listed; --most tells how many", file=sys.stderr)


def weak_points_body(services: Services, item: str, seconds: float, seq: int | None) -> dict[str, Any]:
    """Plain JSON, nearest first."""
    (item_id,) = ids_of(services, [item], seq)
    found = services.impact.single_points_of_failure(item_id, seconds, as_of=seq)
    names = names_of(services, [item_id, *(one.id for one in found.items)], seq)
    return {
        "revision": found.revision,
        "as_of": seq,
        "item": {"id": item_id, "name": names.get(item_id)},
        "complete": found.complete,
        "looked_at": found.looked_at,
        "candidates": found.candidates,
        "items": [
            {"id": one.id, "type": one.type, "name": names.get(one.id), "behind_redundancy": one.behind_redundancy, "depth": one.depth}
            for one in found.items
        ],
    }


def print_weak_points(body: dict[str, Any]) -> None:
    """The table."""
    from cmdb_app.cli.output import print_table

    count = len(body["items"])
    among = f"among {body['candidates']:,} candidates (at commit {body['revision']})"
    print(f"{body['item']['name']} has {count:,} single points of failure {among}")
    if count:
        rows = [
            (one["name"], one["type"], one["depth"], "takes down all members of a group" if one["behind_redundancy"] else "", one["id"])
            for one in body["items"]
        ]
        print_table(["item", "type", "steps away", "although redundant", "id"], rows)
    if not body["complete"]:
        print(f"NOT COMPLETE: {body['looked_at']:,} of {body['candidates']:,} were tried; --seconds gives more time", file=sys.stderr)
