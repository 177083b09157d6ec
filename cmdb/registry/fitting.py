"""Whether what is live still fits new definitions: streamed over the graph page by page, only where a definition narrowed.

Something that did not fit before either is no misfit of this change: only problems that are new count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cmdb.inventory.query import MAX_PAGE, ItemQuery, LiveItem, RelationRow
from cmdb.model.item import CORE_FIELDS, ItemState, RelationState, Value
from cmdb.model.problems import Code, FieldProblem, problem
from cmdb.model.registry import Registry
from cmdb.model.validation import check_fields, check_relation
from cmdb.registry.changes import narrowed_items, narrowed_relations
from cmdb.registry.model import Misfit
from cmdb.registry.ports import LiveItems

PAGE = MAX_PAGE
"""Items read at a time: as many as a page may hold, because engines sort anew for each page."""
TOLD = 100
"""So many misfits are told one by one; all are counted."""


@dataclass(slots=True)
class Fitting:
    """The result so far."""

    checked: int = 0
    count: int = 0
    misfits: list[Misfit] = field(default_factory=list)

    def add(self, found: Misfit) -> None:
        """Count a misfit and keep it if it is among the first."""
        self.count += 1
        if len(self.misfits) < TOLD:
            self.misfits.append(found)


def fit(live: LiveItems, before: Registry, after: Registry, page_size: int = PAGE) -> Fitting:
    """Look at every live item and relationship that the step from `before` to `after` may hurt. Holds one page in memory."""
    result = Fitting()
    for name in narrowed_items(before, after):
        for page in _pages(live, (name,), page_size):
            for one in page:
                result.checked += 1
                for misfit in _item_misfits(one.state, before, after):
                    result.add(misfit)
    kinds = narrowed_relations(before, after)
    if kinds:
        _fit_relations(live, kinds, before, after, result, page_size)
    return result


def _pages(live: LiveItems, types: Sequence[str], size: int) -> Iterator[Sequence[LiveItem]]:
    query = ItemQuery(types=tuple(types), first=size)
    while True:
        page = live.page(query)
        yield page.items
        if not page.has_next or not page.cursors:
            return
        query = replace(query, after=page.cursors[-1])


def _item_misfits(state: ItemState, before: Registry, after: Registry) -> Iterator[Misfit]:
    fields = _fields(state)
    values, problems = check_fields(after, state.type, fields, complete=True)
    resolved = after.item_types.get(state.type)
    if resolved is not None and resolved.abstract:
        problems = [problem(Code.ABSTRACT_TYPE, state.type, "", state.name, "cannot stay: the type becomes abstract")]
    if not problems:
        problems = [_other_form(state.type, name, fields[name], value) for name, value in values.items() if value != fields[name]]
    if problems:
        old = {(one.attribute, one.code) for one in check_fields(before, state.type, fields, complete=True)[1]}
        for one in problems:
            if (one.attribute, one.code) not in old:
                yield Misfit("item", state.id, state.type, state.name, one.attribute, str(one.code), one.rule, one.message)


def _other_form(type_name: str, name: str, stored: Value, canonical: Value | None) -> FieldProblem:
    return problem(Code.BAD_FORMAT, type_name, name, stored, f"is stored in another form than its new kind writes: {canonical!r}")


def _fields(state: ItemState) -> dict[str, Value]:
    core = {name: value for name in CORE_FIELDS if (value := state.value(name)) is not None}
    return {**core, **state.attributes}


def _fit_relations(live: LiveItems, kinds: Sequence[str], before: Registry, after: Registry, result: Fitting, page_size: int) -> None:
    single = {name for name in kinds if _narrower_cardinality(name, before, after)}
    for page in _pages(live, (), page_size):
        types = {one.state.id: one.state.type for one in page}
        for item_id, rows in live.relations_of(types, "both" if single else "out", kinds).items():
            outgoing = [row for row in rows if row.outgoing]
            for row in outgoing:
                result.checked += 1
                for misfit in _relation_misfits(row, types[item_id], before, after):
                    result.add(misfit)
            for misfit in _crowded(item_id, types[item_id], rows, single, after):
                result.add(misfit)


def _relation_misfits(row: RelationRow, source_type: str, before: Registry, after: Registry) -> Iterator[Misfit]:
    state, ends = row.state, (source_type, row.other_type)
    _, problems = check_relation(after, state.type, state.attributes, *ends)
    if problems:
        old = {(one.attribute, one.code) for one in check_relation(before, state.type, state.attributes, *ends)[1]}
        for one in problems:
            if (one.attribute, one.code) not in old:
                yield _relation_misfit(state, one)


def _relation_misfit(state: RelationState, one: FieldProblem) -> Misfit:
    return Misfit(
        "relation", state.id, state.type, f"{state.source} -> {state.target}", one.attribute, str(one.code), one.rule, one.message
    )


def _narrower_cardinality(name: str, before: Registry, after: Registry) -> bool:
    new = after.relation_types.get(name)
    if new is None:
        return False
    old = before.relation_types[name].cardinality
    return (new.cardinality.one_target and not old.one_target) or (new.cardinality.one_source and not old.one_source)


def _crowded(item_id: str, type_name: str, rows: Sequence[RelationRow], single: set[str], after: Registry) -> Iterator[Misfit]:
    for name in single:
        cardinality = after.relation_types[name].cardinality
        for outgoing, only_one in ((True, cardinality.one_target), (False, cardinality.one_source)):
            found = [row for row in rows if row.state.type == name and row.outgoing is outgoing]
            if only_one and len(found) > 1:
                rule = f"may have one {name} {'to' if outgoing else 'from'} another item, not {len(found)}"
                one = problem(Code.CARDINALITY, type_name, name, item_id, rule)
                yield Misfit("item", item_id, type_name, "", name, str(one.code), rule, one.message)
