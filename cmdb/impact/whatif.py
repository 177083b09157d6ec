"""What-if: change a private copy of the graph and ask that (design 7, overlay). Nothing is written, and nothing is checked elsewhere: what
a change may say is refused here, whichever door it came through."""

from collections.abc import Sequence

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.graph import LiveGraph, WordBook
from cmdb.impact.levels import Freshness, Level
from cmdb.impact.questions import MAX_WHAT_IF, BadWhatIf, ChangedItem, RelationRef, TooMuchAsked, WhatIf
from cmdb.impact.rows import GroupNeed
from cmdb.impact.view import GraphView, Words
from cmdb.model.registry import Registry

MAX_NEEDED = 1_000_000
MAX_WORD = 1_000
WORDS = ("type", "owner", "location", "criticality")


def check_size(what_if: WhatIf) -> None:
    """Raise `TooMuchAsked` before anything is copied for a what-if beyond the limit."""
    if what_if.size > MAX_WHAT_IF:
        raise TooMuchAsked(f"{what_if.size:,} what-if changes are too many; the limit is {MAX_WHAT_IF:,}", limit=MAX_WHAT_IF)


def try_out(graph: LiveGraph, revision: int, arrows: ArrowTable, what_if: WhatIf, registry: Registry) -> tuple[GraphView, dict[int, Level]]:
    """Make the changes on `graph`, a private copy that stands at `revision` (`ImpactIndex.fork`): a view of it, and the items that are put
    to a level by the changes: removed ones, and groups left short. Raises `BadWhatIf`, `TooMuchAsked`."""
    check_size(what_if)
    for new in what_if.add_items:
        _add_item(graph, registry, new.id, new.type, new.need)
    for item_id, need in what_if.group_needs.items():
        number = _number(graph, item_id)
        if not graph.is_group(number):
            raise BadWhatIf(f"{item_id!r} is no redundancy group", id=item_id)
        graph.set_group(number, _checked(need, item_id))
    put = _changed_items(graph, registry, what_if.change_items)
    for changed in what_if.change_relations:
        _drop_relation(graph, arrows, changed)
        _add_relation(graph, arrows, registry, changed)
    for gone in what_if.remove_relations:
        _drop_relation(graph, arrows, gone)
    for added in what_if.add_relations:
        _add_relation(graph, arrows, registry, added)
    put.update({_number(graph, item_id): Level.DOWN for item_id in what_if.remove_items})
    put.update(dict.fromkeys(graph.short_groups(), Level.DOWN))
    return graph.view(revision), put


def _add_item(graph: LiveGraph, registry: Registry, item_id: str, type_name: str, need: GroupNeed | None) -> None:
    if not item_id or graph.find(item_id) >= 0:
        raise BadWhatIf(f"an item {item_id!r} is there already", id=item_id)
    if type_name not in registry.item_types or registry.item(type_name).abstract:
        raise BadWhatIf(f"there is no item type {type_name[:80]!r} to make items of", type=type_name[:80])
    number = graph.add_item(item_id, type_name)
    if registry.is_group(type_name):
        graph.set_group(number, _checked(need or GroupNeed(), item_id))


def _checked(need: GroupNeed, group: str) -> GroupNeed:
    """A need that makes sense. Raises `BadWhatIf`."""
    if need.count is not None and not 0 <= need.count <= MAX_NEEDED:
        raise BadWhatIf(f"a group needs 0 to {MAX_NEEDED:,} of its members", id=group[:80])
    if need.percent is not None and not 0 <= need.percent <= 100:
        raise BadWhatIf("a group needs 0 to 100 percent of its members", id=group[:80])
    return need


def _changed_items(graph: LiveGraph, registry: Registry, changes: Sequence[ChangedItem]) -> dict[int, Level]:
    """Describe items anew; what is put to a level. Words that are new stay in this copy: the book of the index is for what is written."""
    put: dict[int, Level] = {}
    if any(one.words for one in changes):
        graph.book = WordBook(Words(**{name: list(getattr(graph.book.words, name)) for name in Words.__dataclass_fields__}))
    for one in changes:
        number = _number(graph, one.id)
        if not one.words and one.level is None:
            raise BadWhatIf(f"nothing is said of how {one.id[:80]!r} would change", id=one.id[:80])
        for name, word in one.words.items():
            if name not in WORDS:
                raise BadWhatIf(f"{name[:80]!r} is nothing that matters to impact; change {', '.join(WORDS)} or level", id=one.id[:80])
            if word is not None and not 0 < len(word) <= MAX_WORD:
                raise BadWhatIf(f"{name} has 1 to {MAX_WORD:,} characters", id=one.id[:80])
        if "type" in one.words:
            _check_type(graph, registry, number, one.id, one.words["type"] or "")
        graph.describe(number, **one.words)
        if one.level is not None:
            put[number] = max(one.level, put.get(number, Level.OK))
    return put


def _check_type(graph: LiveGraph, registry: Registry, number: int, item_id: str, type_name: str) -> None:
    if type_name not in registry.item_types or registry.item(type_name).abstract:
        raise BadWhatIf(f"there is no item type {type_name[:80]!r} to make items of", type=type_name[:80])
    if registry.is_group(type_name) != graph.is_group(number):
        raise BadWhatIf("an item cannot become a redundancy group, nor a group another thing", id=item_id[:80], type=type_name[:80])


def _ends(graph: LiveGraph, arrows: ArrowTable, ref: RelationRef) -> tuple[int, int]:
    """Provider and dependent."""
    propagation = arrows.propagation.get(ref.type)
    if propagation is None:
        raise BadWhatIf(f"no failure travels over {ref.type[:80]!r}", type=ref.type[:80])
    source, target = _number(graph, ref.source), _number(graph, ref.target)
    return (target, source) if propagation.affected_end == "source" else (source, target)


def _drop_relation(graph: LiveGraph, arrows: ArrowTable, ref: RelationRef) -> None:
    provider, dependent = _ends(graph, arrows, ref)
    if graph.drop_arrow(provider, dependent, ref.type) is None:
        raise BadWhatIf(f"there is no relationship {ref.source} -{ref.type}-> {ref.target}", source=ref.source, target=ref.target)


def _add_relation(graph: LiveGraph, arrows: ArrowTable, registry: Registry, ref: RelationRef) -> None:
    provider, dependent = _ends(graph, arrows, ref)
    source, target = _number(graph, ref.source), _number(graph, ref.target)
    if source == target:
        raise BadWhatIf(f"an item has no relationship with itself: {ref.source[:80]}", source=ref.source[:80], target=ref.target[:80])
    if not registry.pair_allowed(ref.type, graph.type_name(source), graph.type_name(target)):
        raise BadWhatIf(
            f"{ref.type} may not lead from a {graph.type_name(source)} to a {graph.type_name(target)}", source=ref.source, target=ref.target
        )
    graph.drop_arrow(provider, dependent, ref.type)
    how = arrows.how(arrows.propagation[ref.type], graph.is_group(target), ref.attributes)
    graph.add_arrow(provider, dependent, how, ref.type, Freshness.UNKNOWN)


def _number(graph: LiveGraph, item_id: str) -> int:
    number = graph.find(item_id)
    if number < 0:
        raise BadWhatIf(f"there is no item {item_id[:80]!r}", id=item_id[:80])
    return number
