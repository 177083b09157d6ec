"""The answer of `cmdb whatif`: what ends worse and what ends better than it would as things are."""

import sys
from dataclasses import dataclass
from typing import Any

from cmdb.impact.comparison import TurnedQuery
from cmdb.impact.questions import ImpactQuestion, RelationRef, WhatIf
from cmdb.impact.rows import GroupNeed
from cmdb.kernel.errors import InvalidInput
from cmdb_app.impact_export.roots import ids_of, level_of, names_of
from cmdb_app.wiring import Services


@dataclass(frozen=True, slots=True)
class Changes:
    """What is tried out, as typed: items taken away; relationships `SOURCE TYPE TARGET` taken away and added; needs `GROUP=2`."""

    remove: tuple[str, ...]
    cut: tuple[str, ...]
    link: tuple[str, ...]
    need: tuple[str, ...]


def comparison_body(services: Services, items: list[str], level: str, changes: Changes, first: int, seq: int | None) -> dict[str, Any]:
    """Plain JSON: counts before and after, and the items that differ."""
    what_if = _what_if(services, changes, seq)
    if not what_if.size:
        raise InvalidInput("say what to try: --remove ITEM, --cut or --link 'SOURCE TYPE TARGET', --need GROUP=2")
    roots = dict.fromkeys(ids_of(services, items, seq), level_of(level))
    found = services.impact.compare(ImpactQuestion(roots, what_if, as_of=seq))
    page = found.page(TurnedQuery(first=first))
    names = names_of(services, [one.id for one in page.items], seq)
    return {
        "revision": found.revision,
        "as_of": seq,
        "complete": found.complete,
        "before": {level.name.lower(): count for level, count in found.before.counts.items()},
        "after": {level.name.lower(): count for level, count in found.after.counts.items()},
        "worse": found.worse,
        "better": found.better,
        "total": page.total,
        "items": [
            {
                "id": one.id,
                "type": one.type,
                "name": names.get(one.id),
                "before": one.before.name.lower(),
                "after": one.after.name.lower(),
            }
            for one in page.items
        ],
    }


def print_comparison(body: dict[str, Any]) -> None:
    """The tables."""
    from cmdb_app.cli.output import print_table

    levels = [(level.replace("_", " "), count, body["after"][level]) for level, count in body["before"].items()]
    print(f"{body['worse']:,} items end worse, {body['better']:,} better (at commit {body['revision']}; nothing was written)")
    print_table(["level", "as it is", "what if"], levels)
    if body["items"]:
        rows = [(one["name"] or one["id"], one["type"], one["before"], one["after"], one["id"]) for one in body["items"]]
        print_table(["item", "type", "as it is", "what if", "id"], rows)
    if body["total"] > len(body["items"]):
        print(f"{len(body['items'])} of {body['total']:,} listed; --first tells how many", file=sys.stderr)
    if not body["complete"]:
        print("NOT COMPLETE: a bound cut one of the answers", file=sys.stderr)


def _what_if(services: Services, changes: Changes, seq: int | None) -> WhatIf:
    return WhatIf(
        remove_items=tuple(ids_of(services, changes.remove, seq)),
        remove_relations=tuple(_relation(services, one, seq) for one in changes.cut),
        add_relations=tuple(_relation(services, one, seq) for one in changes.link),
        group_needs=dict(_need(services, one, seq) for one in changes.need),
    )


def _relation(services: Services, text: str, seq: int | None) -> RelationRef:
    """`SOURCE TYPE TARGET`; names may hold blanks: the type is the one word in the middle that is a relationship type."""
    words = text.split()
    known = services.registry.current().relation_types
    places = [place for place in range(1, len(words) - 1) if words[place] in known]
    if len(places) != 1:
        raise InvalidInput(f"{text[:80]!r} is no relationship; write 'SOURCE TYPE TARGET', for example 'web depends_on db'")
    ends = " ".join(words[: places[0]]), " ".join(words[places[0] + 1 :])
    source, target = (ids_of(services, [one], seq)[0] for one in ends)
    return RelationRef(words[places[0]], source, target)


def _need(services: Services, text: str, seq: int | None) -> tuple[str, GroupNeed]:
    group, _, need = text.rpartition("=")
    number = need.removesuffix("%")
    if not group or not number.replace(".", "", 1).isdecimal() or (not need.endswith("%") and not number.isdecimal()):
        raise InvalidInput(f"{text[:80]!r} is no need; write GROUP=2 or GROUP=50%")
    (group_id,) = ids_of(services, [group], seq)
    return group_id, GroupNeed(percent=float(number)) if need.endswith("%") else GroupNeed(count=int(number))
