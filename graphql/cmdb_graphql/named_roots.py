"""Roots by name: people know names, not ids. A name must belong to one live item; otherwise the answer says which ids it could mean."""

from collections.abc import Mapping, Sequence

from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb_graphql.context import Reads
from cmdb_graphql.errors import BadArgument

MAX_NAMES = 200
_CANDIDATES = 1_000


def ids_of_names(reads: Reads, names: Sequence[str]) -> Mapping[str, str]:
    """The id of the one live item with each name, in one query. Raises `BadArgument` for a name of none or several."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    if len(wanted) > MAX_NAMES:
        raise BadArgument(f"{len(wanted)} roots are given by name; at most {MAX_NAMES} may be: give ids", argument="roots")
    page = reads.page(ItemQuery(filters=(Filter("name", Op.IN, wanted),), first=_CANDIDATES))
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for seen in page.items:
        found[seen.state.name].append(seen.state.id)
    for name, ids in found.items():
        if not ids:
            raise BadArgument(f"no live item is called {name!r}", argument="roots", name=name)
        if len(ids) > 1 or page.more:
            raise BadArgument(f"{name!r} may mean several items; give an id", argument="roots", name=name, ids=ids[:20])
    return {name: ids[0] for name, ids in found.items()}
