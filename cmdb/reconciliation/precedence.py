"""Who is believed: from the claims of all sources to one value per field (design 5, "Claims"). Pure.

For each field, the claims that speak to it are ranked by
1. the type's precedence rule for the field (earlier in its `sources` is trusted more); a claim older than `yields_after` steps behind all
   that are not;
2. people (`manual`) before agents, where the rule does not tell them apart;
3. the source that speaks for the field now: who came first keeps the word until it withdraws, so that two equal agents do not make a value
   flap with each of their scans;
4. the newest claim, then the source's name, so that the answer never depends on the order of reading.

What a restored item said before it was retired is claimed by `history`, which speaks only where nobody else does.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cmdb.kernel.clock import to_text
from cmdb.model.item import Value
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.plan import ClaimEdit
from cmdb.model.registry import ResolvedType
from cmdb.model.types import PrecedenceRule

HISTORY_SOURCE = "history"
"""The source of the values a person brought back by restoring an item."""

Effective = tuple[dict[str, Value], dict[str, str]]


def effective(resolved: ResolvedType, claims: Sequence[ClaimEdit], origins: Mapping[str, str], now: datetime) -> Effective:
    """The value of each claimed field, and the source it comes from. `origins` are those of the item's present state.

    Linear in the number of claimed fields; one claim alone is only copied.
    """
    if len(claims) == 1:
        only = claims[0]
        return dict(only.fields), dict.fromkeys(only.fields, only.source)
    speakers: dict[str, list[ClaimEdit]] = {}
    for claim in claims:
        for name in claim.fields:
            speakers.setdefault(name, []).append(claim)
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for name, who in speakers.items():
        best = who[0] if len(who) == 1 else believed(resolved.precedence_of(name), who, origins.get(name), now)
        values[name] = best.fields[name]
        sources[name] = best.source
    return values, sources


def believed(rule: PrecedenceRule, claims: Iterable[ClaimEdit], present: str | None, now: datetime) -> ClaimEdit:
    """The claim that speaks for one field, among at least one."""
    limit = to_text(now - rule.yields_after) if rule.yields_after is not None else ""
    newest_first = sorted(claims, key=lambda claim: claim.source)
    newest_first.sort(key=lambda claim: claim.seen_at, reverse=True)

    def trust(claim: ClaimEdit) -> tuple[bool, bool, int, bool, bool]:
        return (
            claim.source == HISTORY_SOURCE,
            claim.source != MANUAL_SOURCE and claim.seen_at < limit,
            rule.rank(claim.source),
            claim.source != MANUAL_SOURCE,
            claim.source != present,
        )

    return min(newest_first, key=trust)
