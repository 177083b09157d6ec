"""The answer of `cmdb impact`: a summary, the services hit, the affected items, one explaining path for each service; or a tree, or a
file."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.questions import AffectedQuery, ImpactQuestion
from cmdb.kernel.errors import InvalidInput
from cmdb_app.impact_export.roots import check_reached, names_of, roots_of
from cmdb_app.wiring import Services

_SERVICES_SHOWN = 50
_TREE_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds a question, and the commit it must have seen; as `ImpactQuestion` has them."""

    max_items: int = 0
    max_depth: int | None = None
    seconds: float | None = None
    at_least: int = 0


def ask(services: Services, items: Sequence[str], level: str, seq: int | None = None, bounds: Bounds | None = None) -> ImpactAnswer:
    """The answer to "what if these fail"."""
    roots, bounds = roots_of(services, items, level, seq), bounds or Bounds()
    check_reached(services, bounds.at_least)
    return services.impact.impact(
        ImpactQuestion(
            roots,
            max_items=bounds.max_items,
            max_depth=bounds.max_depth,
            seconds=bounds.seconds,
            at_least=bounds.at_least,
            as_of=seq,
        )
    )


def answer_body(services: Services, answer: ImpactAnswer, first: int, seq: int | None = None) -> dict[str, Any]:
    """Plain JSON of the answer, with names."""
    services_hit = services.impact.services(answer, as_of=seq)
    hit = services_hit[:_SERVICES_SHOWN]
    page = answer.page(AffectedQuery(first=max(first, 1)))
    listed = page.items[:first]
    paths = {one.id: answer.why(one.id) for one in hit}
    ids = {one.id for one in [*hit, *listed]} | {step.item.id for why in paths.values() for step in why.steps}
    names = names_of(services, sorted(ids), seq)

    def told(one: Any) -> dict[str, Any]:
        return {"id": one.id, "type": one.type, "name": names.get(one.id), "level": one.level.name.lower()}

    return {
        "revision": answer.revision,
        "as_of": seq,
        "complete": answer.complete,
        "reason": answer.reason,
        "counts": {level.name.lower(): count for level, count in answer.counts.items()},
        "freshness": {one.word: count for one, count in answer.freshness().items()},
        "freshness_as_of": answer.fresh_as_of,
        "by_type": [{"type": c.name, "down": c.down, "degraded": c.degraded, "at_risk": c.at_risk} for c in answer.by_type()],
        "services_total": len(services_hit),
        "services": [{**told(one), "why": [names.get(step.item.id) or step.item.id for step in paths[one.id].steps]} for one in hit],
        "items": [told(one) for one in listed],
        "total": page.total,
    }


def print_answer(body: dict[str, Any]) -> None:
    """The answer for a person."""
    from cmdb_app.cli.output import print_table

    counts = ", ".join(f"{count:,} {level}" for level, count in body["counts"].items())
    print(f"{body['total']:,} items affected: {counts} (at commit {body['revision']})")
    if any(body["freshness"].values()):
        split = ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in body["freshness"].items() if count)
        print(f"resting on relationships: {split} (sightings as of {str(body['freshness_as_of'])[:16]} UTC)")
    if not body["complete"]:
        print(f"NOT COMPLETE: {body['reason']}", file=sys.stderr)
    if body["services"]:
        rows = [(one["level"], one["name"], one["type"], " > ".join(one["why"])) for one in body["services"]]
        print_table(["level", "service", "type", "because"], rows, title="Services hit")
    if body["services_total"] > len(body["services"]):
        print(f"{len(body['services'])} of {body['services_total']:,} services listed; --export FILE.csv writes all", file=sys.stderr)
    if body["items"]:
        print_table(["level", "name", "type", "id"], [(one["level"], one["name"], one["type"], one["id"]) for one in body["items"]])
    if body["total"] > len(body["items"]):
        print(f"{len(body['items'])} of {body['total']:,} listed; --first tells how many, --export FILE.csv writes all", file=sys.stderr)


def print_tree(services: Services, answer: ImpactAnswer, depth: int, seq: int | None = None) -> None:
    """Each affected item below the one its shortest explaining path comes through, worst first; as many as a person reads."""
    from rich.tree import Tree

    from cmdb_app.cli.trees import grown, label, print_trees
    from cmdb_app.impact_export.told import UNKNOWN, Export

    below: defaultdict[str | None, list[Any]] = defaultdict(list)
    shown = left = 0
    for one in Export(services, answer, seq).items():
        if one.depth > depth or shown >= _TREE_SHOWN:
            left += 1
            continue
        shown += 1
        below[one.because].append(one)
    order = {"down": 0, "degraded": 1, "at_risk": 2, UNKNOWN: 3}

    def children(one: Any) -> list[Any]:
        return sorted(below[one.id], key=lambda child: (order[child.level], child.name))

    def told(one: Any) -> Any:
        return label(one.level, one.name or one.id, one.type, one.relation)

    trees = [grown(Tree(told(root)), root, children, told) for root in below[None]]
    print_trees(trees)
    if left:
        print(f"{left:,} items farther away or beyond {_TREE_SHOWN} are not in the tree; see --depth, --export", file=sys.stderr)
    if not answer.complete:
        print(f"NOT COMPLETE: {answer.reason}", file=sys.stderr)


def export_to(services: Services, answer: ImpactAnswer, file: Path, seq: int | None = None) -> None:
    """Write the whole answer; the suffix tells the form. The file appears when it is whole. Raises `InvalidInput` where it cannot be
    written."""
    from cmdb_app.impact_export.formats import format_named  # it knows the web framework, which takes its time to load
    from cmdb_app.impact_export.told import Export

    form = format_named(file.suffix.removeprefix(".").lower())
    draft = file.with_name(file.name + ".part")
    try:
        with draft.open("wb") as out:
            for piece in form.write(Export(services, answer, seq)):
                out.write(piece)
        draft.replace(file)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise InvalidInput(f"{file} cannot be written: {fault.strerror or fault}") from fault
    print(f"{file}: {sum(answer.counts.values()):,} affected items at commit {answer.revision}", file=sys.stderr)
