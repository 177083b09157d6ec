"""The answer of `cmdb whatif`: what ends worse and what ends better than it would as things are."""

import sys
from dataclasses import dataclass
from typing import Any

from cmdb.impact.comparison import TurnedQuery
from cmdb.impact.levels import Level
from cmdb.impact.questions import ChangedItem, ImpactQuestion, NewItem, RelationRef, WhatIf
from cmdb.impact.rows import GroupNeed
from cmdb.kernel.errors import InvalidInput
from cmdb_app.impact_export.roots import level_of, names_of, roots_of
from cmdb_app.impact_export.what_if import resolved
from cmdb_app.wiring import Services


@dataclass(frozen=True, slots=True)
class Changes:
    """What is tried out, as typed: items taken away; relationships `SOURCE TYPE TARGET` taken away and added; needs `GROUP=2`; items added
    `ID TYPE` and changed `ITEM KEY=VALUE`."""

    remove: tuple[str, ...]
    cut: tuple[str, ...]
    link: tuple[str, ...]
    need: tuple[str, ...]
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


def comparison_body(services: Services, items: list[str], level: str, changes: Changes, first: int, seq: int | None) -> dict[str, Any]:
    """Plain JSON: counts before and after, and the items that differ."""
    what_if = _what_if(services, changes, seq)
    if not what_if.size:
        raise InvalidInput("say what to try: --add 'ID TYPE', --change 'ITEM KEY=VALUE', --remove ITEM, --cut or --link, --need GROUP=2")
    roots = roots_of(services, items, level, seq)
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
    asked = WhatIf(
        add_items=tuple(_new(one) for one in changes.add),
        remove_items=changes.remove,
        change_items=_changed(changes.change),
        remove_relations=tuple(_relation(services, one) for one in changes.cut),
        add_relations=tuple(_relation(services, one) for one in changes.link),
        group_needs=dict(_group_need(one) for one in changes.need),
    )
    return resolved(services, asked, seq)


def _new(text: str) -> NewItem:
    """`ID TYPE`, or `ID TYPE NEED` for a redundancy group."""
    words = text.split()
    if len(words) not in (2, 3):
        raise InvalidInput(f"{text[:80]!r} is no new item; write 'ID TYPE', for example 'spare server', or 'pool redundancy_group 2'")
    return NewItem(words[0], words[1], _need(words[2], text) if len(words) == 3 else None)


def _changed(texts: tuple[str, ...]) -> tuple[ChangedItem, ...]:
    """`ITEM KEY=VALUE`; names and values may hold blanks: the key is the word before the first `=`. Nothing behind it takes the value
    away."""
    words: dict[str, dict[str, str | None]] = {}
    levels: dict[str, Level] = {}
    for text in texts:
        before, equals, value = text.partition("=")
        item, _, key = before.rpartition(" ")
        if not (equals and item.strip() and key):
            raise InvalidInput(f"{text[:80]!r} is no change; write 'ITEM KEY=VALUE', for example 'web owner=shop' or 'db level=degraded'")
        item = item.strip()
        said = words.setdefault(item, {})
        if key == "level":
            levels[item] = level_of(value)
        else:
            said[key] = value or None
    return tuple(ChangedItem(item, said, levels.get(item)) for item, said in words.items())


def _relation(services: Services, text: str) -> RelationRef:
    """`SOURCE TYPE TARGET` or `SOURCE TYPE:soft TARGET`; names may hold blanks: the type is the one word in the middle that is a
    relationship type."""
    words = text.split()
    known = services.registry.current().relation_types
    places = [place for place in range(1, len(words) - 1) if words[place].partition(":")[0] in known]
    kind, _, need = words[places[0]].partition(":") if len(places) == 1 else ("", "", "")
    if not kind or need not in ("", "hard", "soft"):
        raise InvalidInput(
            f"{text[:80]!r} is no relationship; write 'SOURCE TYPE TARGET', for example 'web depends_on db' or 'web depends_on:soft db'"
        )
    source, target = " ".join(words[: places[0]]), " ".join(words[places[0] + 1 :])
    return RelationRef(kind, source, target, {"need": need} if need else {})


def _group_need(text: str) -> tuple[str, GroupNeed]:
    group, _, need = text.rpartition("=")
    if not group:
        raise InvalidInput(f"{text[:80]!r} is no need; write GROUP=2 or GROUP=50%")
    return group, _need(need, text)


def _need(need: str, text: str) -> GroupNeed:
    """`2` or `50%`; what makes sense is the core's to say."""
    number = need.removesuffix("%")
    if not number.replace(".", "", 1).isdecimal() or len(number) > 30 or (not need.endswith("%") and not number.isdecimal()):
        raise InvalidInput(f"{text[:80]!r} is no need; write GROUP=2 or GROUP=50%")
    return GroupNeed(percent=float(number)) if need.endswith("%") else GroupNeed(count=int(number))
