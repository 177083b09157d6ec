"""What-if changes as REST takes them. Items are given by id or by a name that only one has; what is added, by the id it gives."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cmdb.impact.questions import MAX_WHAT_IF, ChangedItem, NewItem, RelationRef, WhatIf
from cmdb.impact.rows import GroupNeed
from cmdb.impact.whatif import WORDS
from cmdb_app.impact_export.roots import level_of

Named = Annotated[str, Field(min_length=1, max_length=1_000)]
Word = Annotated[str, Field(max_length=1_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Need(_Part):
    """How many members a redundancy group needs: the greater of both, one if neither is given."""

    count: int | None = None
    percent: float | None = None

    def core(self) -> GroupNeed:
        """The core's."""
        return GroupNeed(self.count, self.percent)


class Added(_Part):
    """An item that is not there yet; `need` where it is a redundancy group."""

    id: Named
    type: Named
    need: Need | None = None


class Changed(_Part):
    """An item as it would be: what is given is changed, null takes the value away, what is not given stays."""

    item: Named
    level: str | None = None
    type: Word | None = None
    owner: Word | None = None
    location: Word | None = None
    criticality: Word | None = None

    def core(self) -> ChangedItem:
        """The core's. Raises `InvalidInput` for a level that is none."""
        words = {name: getattr(self, name) or None for name in WORDS if name in self.model_fields_set}
        return ChangedItem(self.item, words, level_of(self.level) if self.level is not None else None)


class Related(_Part):
    """`source -type-> target`."""

    type: Named
    source: Named
    target: Named
    need: Literal["hard", "soft"] | None = None

    def core(self) -> RelationRef:
        """The core's."""
        return RelationRef(self.type, self.source, self.target, {"need": self.need} if self.need else {})


class WhatIfBody(_Part):
    """Changes to try without writing them. Removing an item counts as losing it. Relationships are changed in their need, then removed,
    then others are added."""

    add_items: list[Added] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    change_items: list[Changed] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    remove_items: list[Named] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    add_relations: list[Related] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    change_relations: list[Related] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    remove_relations: list[Related] = Field(default_factory=list, max_length=MAX_WHAT_IF)
    group_needs: dict[Named, Need] = Field(default_factory=dict, max_length=MAX_WHAT_IF)

    def core(self) -> WhatIf:
        """The core's, with items named as they are here."""
        return WhatIf(
            add_items=tuple(NewItem(one.id, one.type, one.need.core() if one.need else None) for one in self.add_items),
            change_items=tuple(one.core() for one in self.change_items),
            remove_items=tuple(self.remove_items),
            add_relations=tuple(one.core() for one in self.add_relations),
            change_relations=tuple(one.core() for one in self.change_relations),
            remove_relations=tuple(one.core() for one in self.remove_relations),
            group_needs={group: need.core() for group, need in self.group_needs.items()},
        )
