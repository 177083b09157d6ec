"""Items that nobody has seen for longer than their type allows (requirement 9.1-09).

The last sighting is the newest of the claims of all sources on the item. Claims are renewed beside the ledger, so that this check alone
sees the present though it is asked of the past: a repetition may find an item seen again that was stale then.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from baselines.audit.checks.base import Check, Numbered, Reader
from baselines.audit.checks.parameters import names, span
from baselines.audit.estate import QUERIES
from baselines.audit.words import an
from cmdb.kernel.clock import from_text
from cmdb.model.definitions import duration_text
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.store.statements import load


class Stale(Check):
    """`after`: a limit instead of the type's own; `otherwise`: a limit for types that have none (without it they are not looked at)."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "after": span, "otherwise": span}

    def window(self, items: Sequence[Numbered]) -> None:
        limited = [(number, item, limit) for number, item in self.mine(items) if (limit := self._limit(item.type)) is not None]
        for start in range(0, len(limited), 2_000):
            part = limited[start : start + 2_000]
            seen = self._seen([item.id for _, item, _ in part])
            for number, item, limit in part:
                self.tally.looked()
                when, source = seen.get(item.id, ("", ""))
                if not when:
                    self.tally.fail(item, "no source stands behind it", number)
                elif self.ground.now - from_text(when) > limit:
                    days = (self.ground.now - from_text(when)).days
                    by = "said by hand" if source == MANUAL_SOURCE else f"seen by {source}"
                    allowed = f"the limit of {an(item.type)} is {duration_text(limit)}"
                    what = f"was last {by} on {when[:10]}, {days} days before this audit; {allowed}"
                    self.tally.fail(item, what, number)

    def _limit(self, type_name: str) -> timedelta | None:
        resolved = self.ground.registry.item_types.get(type_name)
        own = resolved.stale_after if resolved is not None else None
        limit: timedelta | None = self.given.get("after") or own or self.given.get("otherwise")
        return limit

    def _seen(self, ids: list[str]) -> dict[str, tuple[str, str]]:
        """When each item was last seen, and by whom."""
        found = self.ground.store.columns(load(QUERIES, "column_sightings"), ids=ids)
        newest: dict[str, tuple[str, str]] = {}
        for item, source, seen_at in zip(found["item"], found["source"], found["seen_at"], strict=True):
            if seen_at > newest.get(item, ("", ""))[0]:
                newest[item] = (seen_at, source)
        return newest
