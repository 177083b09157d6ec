"""What-if changes with items named as people name them, made into the core's. What they may say is checked by the core."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cmdb.impact.questions import BadWhatIf, RelationRef, WhatIf
from cmdb_app.impact_export.roots import ids_of
from cmdb_app.wiring import Core


def resolved(core: Core, asked: WhatIf, seq: int | None) -> WhatIf:
    """The same changes by id: items are given by id or by a name that only one has; what the change itself adds, by the id it gives.
    Raises as `ids_of` does."""
    new = {one.id for one in asked.add_items}
    names = list(dict.fromkeys(one for one in _named(asked) if one not in new))
    ids: Mapping[str, str] = dict(zip(names, ids_of(core, names, seq), strict=True)) | {one: one for one in new}
    if len({ids[group] for group in asked.group_needs}) < len(asked.group_needs):
        raise BadWhatIf("a group is named twice in what groups need")

    def relation(one: RelationRef) -> RelationRef:
        return replace(one, source=ids[one.source], target=ids[one.target])

    return replace(
        asked,
        remove_items=tuple(ids[one] for one in asked.remove_items),
        change_items=tuple(replace(one, id=ids[one.id]) for one in asked.change_items),
        group_needs={ids[group]: need for group, need in asked.group_needs.items()},
        add_relations=tuple(relation(one) for one in asked.add_relations),
        remove_relations=tuple(relation(one) for one in asked.remove_relations),
        change_relations=tuple(relation(one) for one in asked.change_relations),
    )


def _named(asked: WhatIf) -> Iterable[str]:
    yield from asked.remove_items
    yield from (one.id for one in asked.change_items)
    yield from asked.group_needs
    for one in (*asked.add_relations, *asked.remove_relations, *asked.change_relations):
        yield from (one.source, one.target)
