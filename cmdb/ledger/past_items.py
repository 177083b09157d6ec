"""Every item as it was after a commit, in the order of ids, a window of the index at a time (decision 0032 says why in windows).

A version was live at n where `seq <= n < until` and it is no retirement. Only one window is ever in memory, whatever the estate's size.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.ledger.log import QUERIES
from cmdb.ledger.past import Past, until_of
from cmdb.ledger.purged import body_of
from cmdb.model.item import ItemState
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_GROWTH = 4
_LARGEST = 20_000
"""Versions looked at in one window."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What the engine may leave out because it cannot be asked for: items of other types (where some are named), and those whose canonical
    body lacks one of `parts` or, in lower case, one of `words`. What passes still has to be compared."""

    types: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def windows(store: Store, after: str = "", size: int = _LARGEST) -> Iterator[tuple[str, str]]:
    """Ranges `place < id <= last` that together hold every item that ever was beyond the id `after`. `size`: versions in the first range;
    later ones grow."""
    place = after
    while True:
        probed = store.read(load(QUERIES, "probe_versions"), place=place, probe=size)[0]
        last = probed["last"]
        if last is None:
            return
        yield place, last
        if int(probed["total"]) < size:
            return
        place, size = last, min(size * _GROWTH, _LARGEST)


def walk_items(store: Store, seq: int, sieve: Sieve, after: str = "", size: int = _LARGEST) -> Iterator[list[Past[ItemState]]]:
    """The items live after commit `seq` that pass the sieve, beyond the id `after`: window by window, each sorted by id."""
    for place, last in windows(store, after, size):
        columns = store.columns(
            load(QUERIES, "window_items_at"),
            place=place, last=last, seq=seq, types=list(sieve.types), all=not sieve.types, parts=list(sieve.parts), words=list(sieve.words),
        )  # fmt: skip
        rows = sorted(zip(*(columns[name] for name in ("id", "seq", "until", "hash", "body")), strict=True))
        yield [Past(ItemState.from_body(body_of(body)), made, until_of(until), hash_) for _, made, until, hash_, body in rows]


def first_size(limit: int, filtered: bool) -> int:
    """How many versions to look at first for `limit` items: some have several, and not all match."""
    return min(_LARGEST, max(1_000, 4 * limit) if filtered else 2 * limit + 50)
