"""What identification asks of the graph. One call each for a whole batch: the number of queries does not depend on its size."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ClaimHead:
    """What a source's claim on an item says of itself: the source's ref, the scope it was seen in, the digest (None: look again) and
    when the source said so last."""

    ref: str
    scope: str
    digest: str | None
    seen_at: str


class IdentifierBook(Protocol):
    """The identifiers and claims the graph holds."""

    def owners(self, keys: Collection[str]) -> Mapping[str, str]:
        """The item each strong key belongs to, retired items included; keys nobody has are missing."""
        ...

    def weak_owners(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The items each weak key is on, sorted, retired items included."""
        ...

    def carried(self, ids: Collection[str]) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        """The strong and the weak keys of these items."""
        ...

    def heads(self, ids: Collection[str], source: str) -> Mapping[str, ClaimHead]:
        """The head of this source's claim on each of these items, where it has one."""
        ...

    def claimants(self, ids: Collection[str]) -> Mapping[str, int]:
        """How many sources say something of each of these items."""
        ...

    def live_types(self, ids: Collection[str]) -> Mapping[str, str]:
        """The type of each of these items that is live."""
        ...
