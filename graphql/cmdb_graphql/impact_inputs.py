"""How questions about impact name items, levels and what-if changes, and what the rooms make of them."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.types import Info

from cmdb.impact import questions
from cmdb.impact.levels import Level as ModelLevel
from cmdb.impact.rows import GroupNeed
from cmdb.impact.whatif import WORDS
from cmdb.model.registry import Registry
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.named_roots import ids_of_names


@strawberry.enum(description="How badly an item is hit: OK < AT_RISK < DEGRADED < DOWN.")
class Level(Enum):
    """Ordered by harm."""

    OK = "ok"
    AT_RISK = "at_risk"
    DEGRADED = "degraded"
    DOWN = "down"


@strawberry.input(name="ItemRef", description="An item, by its id or by a name that only one live item has: one of the two.")
class ItemRefInput:
    """As of an earlier moment, the name it had then."""

    id: strawberry.ID | None = None
    name: str | None = None


@strawberry.input(name="ImpactRoot", description="An item, by its id or by a name that only one live item has, and the level it is put to.")
class ImpactRootInput(ItemRefInput):
    """A root."""

    level: Level = Level.DOWN


@strawberry.input(name="UnwellItem", description="An item that is unwell, and the level it is seen at: its cause brings it there or lower.")
class UnwellInput(ItemRefInput):
    """AT_RISK: anything that touches it may be the cause."""

    level: Level = Level.AT_RISK


@strawberry.enum(description="How an item needs another: HARD fails with it, SOFT is only degraded by its failure.")
class NeedKind(Enum):
    """As the attribute `need` of relationships has it."""

    HARD = "hard"
    SOFT = "soft"


@strawberry.input(name="RelationRef", description="A relationship: source -type-> target.")
class RelationRefInput:
    """`need`: only where it is added, to say otherwise than its type; adding a relationship that is there changes its need."""

    type: str
    source: strawberry.ID
    target: strawberry.ID
    need: NeedKind | None = None


@strawberry.input(name="GroupNeed", description="How many members a redundancy group needs: the greater of both, one if neither is given.")
class GroupNeedInput:
    """`percent` is rounded up."""

    count: int | None = None
    percent: float | None = None


@strawberry.input(name="NewItem", description="An item that is not there yet, under an id of the question's own.")
class NewItemInput:
    """`need` where it is a redundancy group."""

    id: strawberry.ID
    type: str
    need: GroupNeedInput | None = None


@strawberry.input(name="GroupChange", description="What a redundancy group would need.")
class GroupChangeInput:
    """In place of what is recorded."""

    group: strawberry.ID
    need: GroupNeedInput


@strawberry.input(
    name="ChangedItem", description="An item as it would be: what is given is changed, null takes the value away, what is not given stays."
)
class ChangedItemInput:
    """`level`: how it would stand, as if something of its own had failed. (Retiring it is removing it.)"""

    id: strawberry.ID
    level: Level | None = None
    type: str | None = UNSET
    owner: str | None = UNSET
    location: str | None = UNSET
    criticality: str | None = UNSET


@strawberry.input(name="WhatIf", description="Changes to try without writing them. Removing an item counts as losing it.")
class WhatIfInput:
    """Relationships are changed in their need, then removed, then others are added."""

    add_items: list[NewItemInput] = strawberry.field(default_factory=list)
    remove_items: list[strawberry.ID] = strawberry.field(default_factory=list)
    add_relations: list[RelationRefInput] = strawberry.field(default_factory=list)
    remove_relations: list[RelationRefInput] = strawberry.field(default_factory=list)
    group_needs: list[GroupChangeInput] = strawberry.field(default_factory=list)
    change_items: list[ChangedItemInput] = strawberry.field(default_factory=list)
    change_relations: list[RelationRefInput] = strawberry.field(default_factory=list)


def model_level(level: Any) -> ModelLevel:
    """The core's level for the schema's."""
    return ModelLevel[level.name]


def roots_of(
    context: Context, roots: Sequence[ImpactRootInput | UnwellInput], seq: int | None, argument: str = "roots"
) -> dict[str, ModelLevel]:
    """Items by id with their levels; where one is named twice, the worse level counts."""
    found: dict[str, ModelLevel] = {}
    for item, root in zip(_ids(context, roots, seq, argument), roots, strict=True):
        found[item] = max(model_level(root.level), found.get(item, ModelLevel.OK))
    return found


def item_of(context: Context, ref: ItemRefInput, seq: int | None, argument: str) -> str:
    """The id of the item that is meant."""
    return _ids(context, [ref], seq, argument)[0]


def _ids(context: Context, refs: Sequence[ItemRefInput], seq: int | None, argument: str) -> list[str]:
    if len(refs) > questions.MAX_ROOTS:
        raise questions.TooMuchAsked(
            f"{len(refs):,} items are too many; the limit is {questions.MAX_ROOTS:,}", limit=questions.MAX_ROOTS, argument=argument
        )
    if wrong := next((ref for ref in refs if _given(ref.id) is _given(ref.name)), None):
        named = wrong.name[:80] if _given(wrong.name) and wrong.name else None
        raise BadArgument("an item is given by its id or by its name, one of the two", argument=argument, name=named)
    names = [ref.name for ref in refs if ref.name is not None and ref.name is not UNSET]
    ids = ids_of_names(context.rooms.reads, names, seq, argument)
    return [ids[ref.name] if _given(ref.name) and ref.name is not None else str(ref.id) for ref in refs]


def _given(value: Any) -> bool:
    return value is not None and value is not UNSET


def what_if_of(given: WhatIfInput | None) -> questions.WhatIf | None:
    """The core's what-if."""
    if given is None:
        return None
    changed = {str(one.group): _need(one.need) for one in given.group_needs}
    if len(changed) < len(given.group_needs):
        raise BadArgument("a group is named twice in groupNeeds", argument="groupNeeds")
    return questions.WhatIf(
        add_items=tuple(questions.NewItem(str(one.id), one.type, _need(one.need) if one.need else None) for one in given.add_items),
        remove_items=tuple(str(one) for one in given.remove_items),
        add_relations=tuple(_relation(one) for one in given.add_relations),
        remove_relations=tuple(_relation(one) for one in given.remove_relations),
        group_needs=changed,
        change_items=tuple(_changed(one) for one in given.change_items),
        change_relations=tuple(_relation(one) for one in given.change_relations),
    )


def _changed(one: ChangedItemInput) -> questions.ChangedItem:
    words = {name: getattr(one, name) for name in WORDS if getattr(one, name) is not UNSET}
    return questions.ChangedItem(str(one.id), words, model_level(one.level) if one.level is not None else None)


def _relation(one: RelationRefInput) -> questions.RelationRef:
    attributes = {"need": one.need.value} if one.need is not None else {}
    return questions.RelationRef(one.type, str(one.source), str(one.target), attributes)


def _need(given: GroupNeedInput) -> GroupNeed:
    return GroupNeed(given.count, given.percent)


async def item_at(info: Info, item_id: str, seq: int | None) -> CI | None:
    """The item as it is, or was; null where it is not there (any more)."""
    context: Context = info.context
    seen = await context.item_loader(seq).load(item_id)
    return object_of(context, seen) if seen is not None else None


def types_of(context: Context, types: Sequence[str] | None, seq: int | None) -> frozenset[str]:
    """Concrete types for the names asked, each with the types below it; none for all. Raises `UnknownType`."""
    if not types:
        return frozenset()
    registry: Registry = context.rooms.impact.registry(seq)
    return frozenset(name for one in types for name in registry.concrete_of(one))
