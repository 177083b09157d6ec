"""Items for commands, as they are or as they were at a commit, in one shape."""

from dataclasses import dataclass

from cmdb.inventory.query import ItemQuery, LiveItem
from cmdb.kernel.errors import NotFound
from cmdb_app.impact_export.roots import ids_of
from cmdb_app.rest.items import ItemNotFound, item_at
from cmdb_app.wiring import Core


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of items; `next` is the cursor of the page after it."""

    items: tuple[LiveItem, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Near:
    """A relationship as seen from one of its ends."""

    type: str
    outgoing: bool
    other: str
    other_type: str
    other_name: str


def page_of(core: Core, query: ItemQuery, seq: int | None) -> Listed:
    """A page of a list, now or at a commit."""
    if seq is None:
        page = core.inventory.page(query)
        return Listed(page.items, core.inventory.count(query), page.cursors[-1] if page.has_next else None)
    past = core.past.page(query, seq)
    created = core.history.born([one.state.id for one in past.items])
    items = tuple(LiveItem(one.state, one.hash, one.seq, created[one.state.id]) for one in past.items)
    return Listed(items, core.past.count(query, seq), past.cursors[-1] if past.has_next else None)


def seen(core: Core, text: str, seq: int | None) -> tuple[LiveItem, list[Near]]:
    """One item by id or name with its relationships, now or at a commit. Raises `ItemNotFound`."""
    (item_id,) = ids_of(core, [text], seq, unknown=ItemNotFound)
    found = core.inventory.item(item_id) if seq is None else item_at(core, item_id, seq)
    if found is None:
        raise NotFound(f"item {item_id!r} has just gone; ask again")
    if seq is None:
        rows = core.inventory.relations_of([item_id]).get(item_id, [])
        return found, [Near(row.state.type, row.outgoing, row.other, row.other_type, row.other_name) for row in rows]
    states = [past.state for past in core.history.relations(item_id, seq)]
    others = [state.target if state.source == item_id else state.source for state in states]
    then = {key: past.state for key, past in core.history.items_by_id(others, seq).items()}
    return found, [
        Near(state.type, state.source == item_id, other, then[other].type, then[other].name)
        for state, other in zip(states, others, strict=True)
        if other in then
    ]
