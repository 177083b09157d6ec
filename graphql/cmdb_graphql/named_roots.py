"""Roots by name: people know names, not ids. A name must belong to one live item; otherwise the answer says which ids it could mean."""

from collections.abc import Mapping, Sequence

from cmdb.impact.questions import UnknownRoot
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb_graphql.context import ItemSeen, Reads
from cmdb_graphql.errors import BadArgument

MAX_NAMES = 200
MAX_LENGTH = 1_000
_CANDIDATES = 1_000


def ids_of_names(reads: Reads, names: Sequence[str], seq: int | None = None, argument: str = "roots") -> Mapping[str, str]:
    """The id of the one item with each name, live now or at commit `seq`. Raises `UnknownRoot` for a name that no item
    has (names of retired items are not kept: they are found by id), `BadArgument` for one of several."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    if len(wanted) > MAX_NAMES:
        raise BadArgument(f"{len(wanted):,} items are given by name; at most {MAX_NAMES} may be: give ids", argument=argument)
    for name in wanted:
        if not name or len(name) > MAX_LENGTH or "\0" in name:
            raise BadArgument(f"{name[:80]!r} is no item's name", argument=argument)
    items, more = _called(reads, wanted, seq)
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for seen in items:
        found[seen.state.name].append(seen.state.id)
    for name, ids in found.items():
        if not ids:
            called = "no live item is called" if seq is None else f"at commit {seq} no item was called"
            raise UnknownRoot(f"{called} {name[:80]!r}", argument=argument, name=name[:80])
        if len(ids) > 1 or more:
            raise BadArgument(f"{name[:80]!r} may mean several items; give an id", argument=argument, name=name[:80], ids=ids[:20])
    return {name: ids[0] for name, ids in found.items()}


def _called(reads: Reads, names: list[str], seq: int | None) -> tuple[list[ItemSeen], bool]:
    """All in one statement."""
    page = reads.page(ItemQuery(filters=(Filter("name", Op.IN, names),), first=_CANDIDATES), seq)
    return list(page.items), page.more
