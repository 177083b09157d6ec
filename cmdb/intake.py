"""Identify and reconcile strung together: `Batch -> Identified -> pieces -> Reconciled` (design 2). Reads; never writes.

A batch is cut into pieces of at most `PIECE` observations, each of which becomes one commit. A relationship goes with the later of its two
ends, so that both are live when it is written; a claim gets its digest with its last relationship. The cut depends on the batch alone: a
batch that is sent again is cut the same way.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cmdb.identification import IdentifierBook, identify
from cmdb.model.match import Identified, Match, Verdict
from cmdb.model.observation import Batch
from cmdb.model.registry import Registry
from cmdb.reconciliation import Chunk, Reconciled, Setting, World, reconcile, reconsider, unlink, withdraw_all

PIECE = 2_000
"""Observations in one commit: large enough for the engines' bulk writes, small enough to be redone after a conflict."""

__all__ = ["PIECE", "Intake", "Piece", "split"]

_TAKEN = (Verdict.NEW, Verdict.MATCHED)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a batch: all its matches from `start`, and the chunk of those that need planning."""

    number: int  # from 1
    start: int
    matches: tuple[Match, ...]
    chunk: Chunk


class Intake:
    """The first half of the road. Keeps no state."""

    def __init__(self, book: IdentifierBook, world: World, registry: Callable[[], Registry]) -> None:
        self._book = book
        self._registry = registry
        self.world = world

    def registry(self) -> Registry:
        """The types as they are now."""
        return self._registry()

    def identify(
        self, batch: Batch, *, by_person: bool, new_ids: Mapping[str, str] | None = None, force_new: Collection[str] = ()
    ) -> Identified:
        """Match every observation. See `cmdb.identification.identify`."""
        return identify(self._book, self._registry(), batch, by_person=by_person, new_ids=new_ids, force_new=force_new)

    def plan(self, setting: Setting, chunk: Chunk) -> Reconciled:
        """Plan one chunk. See `cmdb.reconciliation.reconcile`."""
        return reconcile(self.world, setting, chunk)

    def withdraw(self, setting: Setting, item_ids: Sequence[str], *, whole: bool = False) -> Reconciled:
        """Plan that a source says no more of these items."""
        return withdraw_all(self.world, self._keyed(setting, item_ids), item_ids, whole=whole)

    def reconsider(self, setting: Setting, item_ids: Collection[str]) -> Reconciled:
        """Plan what the claims on these items make of them now."""
        return reconsider(self.world, self._keyed(setting, item_ids), item_ids)

    def unlink(self, setting: Setting, relation: tuple[str, str, str]) -> Reconciled:
        """Plan that a source no longer claims a relationship. See `cmdb.reconciliation.unlink`."""
        return unlink(self.world, setting, relation)

    def _keyed(self, setting: Setting, item_ids: Collection[str]) -> Setting:
        """With the identifiers the items carry, so that these follow the values."""
        strong, weak = self._book.carried(item_ids)
        return replace(setting, strong_of=strong, weak_of=weak)


def split(identified: Identified, size: int = PIECE) -> tuple[Piece, ...]:
    """Cut a batch into pieces of `size` observations. Linear in observations and relationships."""
    matches = identified.matches
    place = {one.observation.ref: one.index // size for one in matches if one.verdict in _TAKEN}
    due: defaultdict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    last: dict[int, int] = {}
    for one in matches:
        if one.verdict not in _TAKEN:
            continue
        own = one.index // size
        latest = own
        for position, relation in enumerate(one.observation.relations):
            there = own if relation.gone or relation.to is None else max(own, place.get(relation.to, own))
            due[there][one.index].append(position)
            latest = max(latest, there)
        last[one.index] = latest
    final: defaultdict[int, set[int]] = defaultdict(set)
    for index, latest in last.items():
        final[latest].add(index)
    pieces = []
    for number, start in enumerate(range(0, max(len(matches), 1), size)):
        part = matches[start : start + size]
        later = tuple(matches[index] for index in due[number] if index < start)
        chunk = Chunk(
            own=tuple(one for one in part if one.verdict in _TAKEN),
            earlier=later,
            due={index: tuple(positions) for index, positions in due[number].items()},
            final=frozenset(final[number]),
            complete=identified.batch.complete,
        )
        pieces.append(Piece(number + 1, start, part, chunk))
    return tuple(pieces)
