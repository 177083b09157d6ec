"""Small estates for tests of ledger and inventory: states, edits and plans in one line each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.kernel.ids import relation_id
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.item import ItemState, RelationState
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind, ItemEdit, RelationEdit

CAUSE = Cause(Actor("ann", frozenset({Role.ENGINEER})), source="test", reason="because")


class SteppingClock:
    """A clock that moves one second with each look; `offset` may be set to turn it back."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def server(item_id: str, name: str = "", type_name: str = "server", **attributes: Any) -> ItemState:
    """An item with attributes, all claimed by source `test`."""
    origins = dict.fromkeys(["name", "status", *attributes], "test")
    return ItemState(item_id, type_name, name or item_id, "live", attributes=attributes, origins=origins)


def relation(source: str, target: str, type_name: str = "depends_on", **attributes: Any) -> RelationState:
    """A relationship claimed by source `test`."""
    return RelationState(relation_id(type_name, source, target), type_name, source, target, attributes, ("test",))


def create(state: ItemState, strong: Sequence[str] | None = None, weak: Sequence[str] | None = None) -> ItemEdit:
    return ItemEdit(EditKind.CREATE, None, state, _tuple(strong), _tuple(weak))


def update(before: ItemState, strong: Sequence[str] | None = None, weak: Sequence[str] | None = None, **changes: Any) -> ItemEdit:
    """An update of core fields; `attributes` replaces all of them."""
    return ItemEdit(EditKind.UPDATE, before, replace(before, **changes), _tuple(strong), _tuple(weak))


def retire(before: ItemState) -> ItemEdit:
    return ItemEdit(EditKind.RETIRE, before, replace(before, retired=True))


def restore(before: ItemState | None, after: ItemState) -> ItemEdit:
    return ItemEdit(EditKind.RESTORE, before, after)


def relate(state: RelationState, fresh: bool = False) -> RelationEdit:
    return RelationEdit(EditKind.CREATE, None, state, fresh)


def rework(before: RelationState, **attributes: Any) -> RelationEdit:
    return RelationEdit(EditKind.UPDATE, before, replace(before, attributes=attributes))


def unrelate(before: RelationState) -> RelationEdit:
    return RelationEdit(EditKind.RETIRE, before, replace(before, retired=True))


def claim(item_id: str, source: str = "test", digest: str | None = "d", **more: Any) -> ClaimEdit:
    return ClaimEdit(item_id, source, more.pop("scope", "s"), more.pop("ref", item_id), digest=digest, **more)


def plan(*edits: ItemEdit | RelationEdit | ClaimEdit, **more: Any) -> ChangePlan:
    """A plan of these edits."""
    return ChangePlan(
        cause=more.pop("cause", CAUSE),
        items=tuple(edit for edit in edits if isinstance(edit, ItemEdit)),
        relations=tuple(edit for edit in edits if isinstance(edit, RelationEdit)),
        claims=tuple(edit for edit in edits if isinstance(edit, ClaimEdit)),
        **more,
    )


def at(state: Any, revision: int) -> Any:
    """The same state at another revision."""
    return replace(state, revision=revision)


def plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return dict(attributes)


def _tuple(keys: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if keys is None else tuple(keys)
