"""The answer of `cmdb impact`: a summary, the services hit, the affected items, one explaining path for each service."""

import sys
from typing import Any

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.levels import Level
from cmdb.impact.questions import AffectedQuery, ImpactQuestion
from cmdb.kernel.errors import InvalidInput
from cmdb_app.wiring import Services

_SERVICES_SHOWN = 50


def ask(services: Services, roots: list[str], level: str) -> ImpactAnswer:
    """The answer to "what if these fail"."""
    if level.upper() not in Level.__members__ or level.lower() == "ok":
        raise InvalidInput(f"{level!r} is no level; use down, degraded or at_risk")
    return services.impact.impact(ImpactQuestion(dict.fromkeys(roots, Level[level.upper()])))


def answer_body(services: Services, answer: ImpactAnswer, first: int) -> dict[str, Any]:
    """Plain JSON of the answer, with names."""
    hit = services.impact.services(answer)[:_SERVICES_SHOWN]
    page = answer.page(AffectedQuery(first=max(first, 1)))
    listed = page.items[:first]
    paths = {one.id: answer.why(one.id) for one in hit}
    ids = {one.id for one in [*hit, *listed]} | {step.item.id for why in paths.values() for step in why.steps}
    names = {key: item.state.name for key, item in services.inventory.items(ids).items()}

    def told(one: Any) -> dict[str, Any]:
        return {"id": one.id, "type": one.type, "name": names.get(one.id), "level": one.level.name.lower()}

    return {
        "revision": answer.revision,
        "complete": answer.complete,
        "reason": answer.reason,
        "counts": {level.name.lower(): count for level, count in answer.counts.items()},
        "by_type": [{"type": c.name, "down": c.down, "degraded": c.degraded, "at_risk": c.at_risk} for c in answer.by_type()],
        "services": [{**told(one), "why": [names.get(step.item.id) or step.item.id for step in paths[one.id].steps]} for one in hit],
        "items": [told(one) for one in listed],
        "total": page.total,
    }


def print_answer(body: dict[str, Any]) -> None:
    """The answer for a person."""
    from cmdb_app.cli.output import print_table

    counts = ", ".join(f"{count} {level}" for level, count in body["counts"].items())
    print(f"{body['total']} items affected: {counts} (at commit {body['revision']})")
    if not body["complete"]:
        print(f"NOT COMPLETE: {body['reason']}", file=sys.stderr)
    if body["services"]:
        rows = [(one["level"], one["name"], one["type"], " > ".join(one["why"])) for one in body["services"]]
        print_table(["level", "service", "type", "because"], rows, title="Services hit")
    if body["items"]:
        print_table(["level", "name", "type", "id"], [(one["level"], one["name"], one["type"], one["id"]) for one in body["items"]])
    if body["total"] > len(body["items"]):
        print(f"{len(body['items'])} of {body['total']} listed; --first tells how many", file=sys.stderr)
