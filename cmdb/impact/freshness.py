"""What a relationship rests on: was it seen lately, too long ago, or does only a person say so?

A source stands behind a relationship as long as its claim on either end does; the claim's `seen_at` says when it last looked. Confirmed:
a source saw it within the staleness limit of the source item's type. By hand: only people speak for it. Unknown: no sighting is recorded.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.levels import Bytes, Freshness, Ints
from cmdb.model.observation import MANUAL_SOURCE


class Sightings:
    """When each source last saw each item."""

    def __init__(self) -> None:
        self._sources: dict[str, int] = {}
        self._items: list[Ints] = []
        self._by: list[Ints] = []
        self._moments: list[NDArray[np.int64]] = []

    def add(self, items: Ints, sources: Sequence[str], seen_at: Sequence[str]) -> None:
        """Claims by column: item number, source, time as text (empty: unknown)."""
        self._items.append(items)
        self._by.append(np.fromiter((self._sources.setdefault(s, len(self._sources)) for s in sources), np.int32, len(items)))
        texts = [moment[:26] if len(moment) >= 19 else "1970-01-01T00:00:00" for moment in seen_at]
        self._moments.append(np.array(texts, dtype="datetime64[us]").astype(np.int64) if texts else np.zeros(0, np.int64))

    def lookup(self, items: Ints, source: str) -> NDArray[np.int64]:
        """When `source` last saw each of the items, microseconds since 1970; 0: never."""
        code = self._sources.get(source)
        if code is None or not self._items:
            return np.zeros(len(items), np.int64)
        mine = [by == code for by in self._by]
        known = np.concatenate([part[mask] for part, mask in zip(self._items, mine, strict=True)])
        moments = np.concatenate([part[mask] for part, mask in zip(self._moments, mine, strict=True)])
        order = np.argsort(known, kind="stable")
        known, moments = known[order], moments[order]
        if not len(known):
            return np.zeros(len(items), np.int64)
        at = np.minimum(np.searchsorted(known, items), len(known) - 1)
        return np.where(known[at] == items, moments[at], 0)


def freshness_by_number(
    source: Ints, target: Ints, backing: Ints, backings: Sequence[tuple[str, ...]], sightings: Sightings, stale_before: NDArray[np.int64]
) -> Bytes:
    """`Freshness` of each relationship. `backing` codes its set of sources; `stale_before` is by item."""
    fresh = np.full(len(source), Freshness.UNKNOWN, np.int8)
    for code, sources in enumerate(backings):
        agents = [name for name in sources if name != MANUAL_SOURCE]
        mine = np.flatnonzero(backing == code)
        if not agents:
            fresh[mine] = Freshness.BY_HAND if sources else Freshness.UNKNOWN
            continue
        last = np.zeros(len(mine), np.int64)
        for agent in agents:
            for end in (source, target):
                last = np.maximum(last, sightings.lookup(end[mine], agent))
        seen = np.where(last >= stale_before[source[mine]], Freshness.CONFIRMED, Freshness.STALE)
        fresh[mine] = np.where(last > 0, seen, Freshness.UNKNOWN)
    return fresh
