"""Answers of `cmdb causes` and `cmdb loss`."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cmdb.impact.levels import Level
from cmdb.impact.questions import MAX_PAGE
from cmdb_app.cli.impact_view import answer_body, print_answer
from cmdb_app.impact_export.roots import level_of, names_of, roots_of
from cmdb_app.wiring import Services

if TYPE_CHECKING:
    from cmdb_graphql.loss_types import Loss


class LostKind(StrEnum):
    """What is lost."""

    LOCATION = "location"
    SUPPLIER = "supplier"
    SEGMENT = "segment"


def causes_body(services: Services, items: Sequence[str], level: str, most: int, seconds: float, seq: int | None) -> dict[str, Any]:
    """Plain JSON of what may have made these items unwell together."""
    unwell = roots_of(services, items, level, seq)
    found = services.impact.common_causes(unwell, MAX_PAGE, seconds, as_of=seq)  # all, so that what is not listed is counted
    listed = found.causes[:most]
    names = names_of(services, sorted({item for one in listed for item in one.ids}), seq)
    return {
        "revision": found.revision,
        "as_of": seq,
        "complete": found.complete,
        "reason": found.reason,
        "unwell": found.unwell,
        "candidates": found.candidates,
        "tried": found.tried,
        "total": len(found.causes),
        "causes": [
            {
                "items": [{"id": item, "name": names.get(item)} for item in one.ids],
                "explained": one.explained,
                "others": one.others,
                "distance": one.distance,
                "kind": one.kind.value,
            }
            for one in listed
        ],
    }


def print_causes(body: dict[str, Any]) -> None:
    """The table, best first."""
    from cmdb_app.cli.output import print_table

    print(f"what may have made {body['unwell']:,} items unwell together, best first (at commit {body['revision']})")
    rows = [
        (", ".join(item["name"] or item["id"] for item in one["items"]), f"{one['explained']} of {body['unwell']}", one["others"],
         one["distance"], one["kind"])
        for one in body["causes"]
    ]  # fmt: skip
    print_table(["cause", "explains", "others hit", "steps away", "found"], rows)
    if body["total"] > len(body["causes"]):
        print(f"the first {len(body['causes'])} of {body['total']:,}; --most shows more", file=sys.stderr)
    if any(one["kind"] == "greedy" for one in body["causes"]):
        print("a greedy set takes the best next cause until all is explained; there may be a smaller set", file=sys.stderr)
    if not body["complete"]:
        print(f"NOT COMPLETE: {body['reason']}", file=sys.stderr)


def loss_body(services: Services, item: str, kind: LostKind, level: str | None, first: int, seq: int | None) -> dict[str, Any]:
    """Plain JSON of what a lost location, supplier or network segment takes with it."""
    found = _loss(services, item, kind, level_of(level) if level is not None else None, seq)
    body = answer_body(services, found.asked.answer, first, seq)
    told = {
        "lost": {"id": found.item_id, "kind": kind.value, "names": found.names},
        "lost_total": found.lost_total,
        "ambiguous_names": found.ambiguous_names,
        "contracts": found.contract_ids,
    }
    return told | body


def print_loss(body: dict[str, Any]) -> None:
    """The answer for a person."""
    print(f"{body['lost_total']:,} items are lost with it; and with them:")
    if body["ambiguous_names"]:
        more = f" and {len(body['ambiguous_names']) - 10:,} more; --json tells all" if len(body["ambiguous_names"]) > 10 else ""
        print(f"also names of other places, not counted: {', '.join(body['ambiguous_names'][:10])}{more}", file=sys.stderr)
    print_answer(body)


def _loss(services: Services, item: str, kind: LostKind, level: Level | None, seq: int | None) -> "Loss":
    """The same answer as GraphQL's: what names of places and contracts add is worked out there."""
    from strawberry import ID

    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.cli.session import local_actor
    from cmdb_app.graphql_mount import rooms_of
    from cmdb_app.impact_export.roots import ids_of
    from cmdb_graphql import impact_inputs, loss_types
    from cmdb_graphql.context import Context

    if level is not None and kind is not LostKind.SUPPLIER:
        raise InvalidInput("--level is for a lost supplier: what is lost with a location or a segment is down")
    context = Context(local_actor(), rooms_of(services))
    if kind is LostKind.LOCATION and not services.inventory.items([item]):
        ref = impact_inputs.ItemRefInput(name=item)  # maybe a location that no item stands for
        return loss_types.location_loss(context, ref, 0, seq)
    ref = impact_inputs.ItemRefInput(id=ID(ids_of(services, [item], seq)[0]))
    if kind is LostKind.LOCATION:
        return loss_types.location_loss(context, ref, 0, seq)
    if kind is LostKind.SEGMENT:
        return loss_types.segment_loss(context, ref, 0, seq)
    return loss_types.supplier_loss(context, ref, impact_inputs.Level[level.name] if level is not None else None, 0, seq)
