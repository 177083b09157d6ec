"""From claims to relationships. Pure.

Rules: a relationship lives while at least one source claims it, from either end. What a source no longer lists where it lists completely
(`complete_relations`, a complete batch, a type that allows one only) loses its claim. Both ends must be live after the plan; their types
must be a pair of the type; a type that allows one other end keeps its one, unless a person says otherwise; a type without cycles stays so.
Attributes of a relationship are not claimed per source: what was said last stands (decision 0044).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cmdb.kernel.ids import relation_id
from cmdb.model.item import RelationState, Value
from cmdb.model.match import Match
from cmdb.model.observation import MANUAL_SOURCE, ObservedRelation
from cmdb.model.outcome import Problem
from cmdb.model.plan import ClaimEdit, EditKind, RelationEdit
from cmdb.model.problems import FieldProblem
from cmdb.model.registry import Registry
from cmdb.model.types import RelationType
from cmdb.model.validation import check_relation
from cmdb.reconciliation.errors import BadRelation, ClaimedElsewhere, UnknownReference
from cmdb.reconciliation.model import Draft, Known, Link, Setting


@dataclass(slots=True)
class Wish:
    """One relationship an observation asks for, ends found and checked. `edge` is `(source id, target id)`, `id` the relationship's id."""

    match: Match
    position: int
    type: RelationType
    link: Link
    edge: tuple[str, str]
    attributes: Mapping[str, Value]
    id: str


def other_ends(setting: Setting, match: Match, positions: Iterable[int]) -> list[str]:
    """The item ids at the other ends of these relationships, as far as they can be found."""
    found = []
    for position in positions:
        other = resolve(setting.refs, match.observation.relations[position])
        if other is not None:
            found.append(other)
    return found


def resolve(refs: Mapping[str, str], relation: ObservedRelation) -> str | None:
    """The id of the other end, None where it cannot be told."""
    return relation.to_id if relation.to_id is not None else refs.get(relation.to) if relation.to is not None else None


def wish_or_problem(setting: Setting, known: Known, match: Match, position: int) -> Wish | Problem:
    """One observed relationship, checked by itself."""
    one = match.observation.relations[position]
    item_id = match.item_id or ""
    kind = setting.registry.relation_types.get(one.type) if isinstance(one.type, str) else None
    if kind is None:
        return _first(check_relation(setting.registry, one.type, {})[1], position)
    if (one.to is None) == (one.to_id is None):
        return Problem(BadRelation.code, f"{kind.name}: name the other end by `to` or by `to_id`, one of them", relation=position)
    other = resolve(setting.refs, one)
    if other == item_id:
        return Problem(BadRelation.code, f"{kind.name}: an item cannot be related to itself", relation=position)
    present = known.types.get(other) if other is not None else None
    if other is None or present is None:
        named = str(one.to if one.to is not None else one.to_id)[:100]
        message = f"{kind.name}: {named!r} is not a live item here; the relationship is taken once it is"
        return Problem(UnknownReference.code, message, value=named, relation=position)
    own_type = known.types[item_id]
    edge, ends = ((item_id, other), (own_type, present)) if one.outgoing else ((other, item_id), (present, own_type))
    pair = (kind.name, *ends)
    fits = known.pairs.get(pair)
    if fits is None:
        fits = known.pairs[pair] = setting.registry.pair_allowed(*pair)
    if not fits:
        return _first(check_relation(setting.registry, kind.name, {}, *ends)[1], position)
    attributes: Mapping[str, Value] = {}
    if one.attributes:
        clean, faults = check_relation(setting.registry, kind.name, one.attributes)
        if faults:
            return _first(faults, position)
        attributes = {name: value for name, value in clean.items() if value is not None}
    return Wish(match, position, kind, (kind.name, other, one.outgoing), edge, attributes, relation_id(kind.name, *edge))


def _first(faults: list[FieldProblem], position: int) -> Problem:
    first = faults[0]
    return Problem(str(first.code), first.message, first.attribute or None, first.value, first.rule, position)


def lost_links(setting: Setting, match: Match, claim: ClaimEdit, *, complete: bool) -> list[Link]:
    """The links of a claim that the observation ends: withdrawn ones, and those it no longer lists where it lists completely."""
    registry, refs = setting.registry, setting.refs
    said: set[Link] = set()
    ended: set[Link] = set()
    replaced: set[tuple[str, bool]] = set()
    for one in match.observation.relations:
        other = resolve(refs, one)
        if other is None:
            continue
        link = (one.type, other, one.outgoing)
        (ended if one.gone else said).add(link)
        if not one.gone and one_only(registry, one.type, one.outgoing):
            replaced.add((one.type, one.outgoing))
    listed = set(match.observation.complete_relations)
    return [
        link
        for link in claim.relations
        if link in ended or (link not in said and (complete or link[0] in listed or (link[0], link[2]) in replaced))
    ]


def one_only(registry: Registry, relation_type: str, outgoing: bool) -> bool:
    """Whether an item may have one relationship of this type in this direction only."""
    kind = registry.relation_types.get(relation_type)
    if kind is None:
        return False
    return kind.cardinality.one_target if outgoing else kind.cardinality.one_source


def link_id(item_id: str, link: Link) -> str:
    """The id of the relationship a claim on `item_id` speaks of."""
    kind, other, outgoing = link
    return relation_id(kind, item_id, other) if outgoing else relation_id(kind, other, item_id)


def put(setting: Setting, known: Known, draft: Draft, wish: Wish) -> None:
    """Plan that the relationship lives and that this source claims it."""
    key = wish.id
    planned = draft.relations.get(key)
    live = known.relations.get(key)
    if planned is not None and planned.kind is not EditKind.RETIRE:
        if wish.attributes:
            merged = replace(planned.after, attributes={**planned.after.attributes, **wish.attributes})
            draft.relations[key] = replace(planned, after=merged)
    elif live is None:
        source, target = wish.edge
        fresh = source in draft.created or target in draft.created
        after = RelationState(key, wish.type.name, source, target, dict(wish.attributes), (setting.source,))
        draft.relations[key] = RelationEdit(EditKind.CREATE, None, after, fresh)
        draft.related.add(wish.match.index)
    else:
        draft.relations.pop(key, None)
        attributes = {**live.attributes, **wish.attributes} if wish.attributes else live.attributes
        sources = live.sources if setting.source in live.sources else tuple(sorted((*live.sources, setting.source)))
        if attributes != live.attributes or sources != live.sources:
            after = replace(live, attributes=attributes, sources=sources, revision=live.revision + 1)
            draft.relations[key] = RelationEdit(EditKind.UPDATE, live, after)
            draft.related.add(wish.match.index)


def drop(setting: Setting, known: Known, draft: Draft, item_id: str, link: Link) -> bool:
    """Plan that this source no longer claims the relationship; it ends with its last claim. Whether something changes.

    The same source may claim it from its other end, too: then it stays as it is.
    """
    key = link_id(item_id, link)
    live = known.relations.get(key)
    if live is None or setting.source not in live.sources or key in draft.relations:
        return False
    if _claimed_from_other_end(setting, known, draft, item_id, link):
        return False
    left = tuple(source for source in live.sources if source != setting.source)
    after = replace(live, sources=left, revision=live.revision + 1, retired=not left)
    draft.relations[key] = RelationEdit(EditKind.UPDATE if left else EditKind.RETIRE, live, after)
    return True


def _claimed_from_other_end(setting: Setting, known: Known, draft: Draft, item_id: str, link: Link) -> bool:
    kind, other, outgoing = link
    mirrored = (kind, item_id, not outgoing)
    planned = draft.claims.get((other, setting.source))
    if planned is not None:
        return not planned.withdraw and mirrored in planned.relations
    return any(one.source == setting.source and mirrored in one.relations for one in known.claims.get(other, ()))


def still_claimed(known: Known, item_id: str, link: Link, source: str, position: int) -> Problem | None:
    """A person who ends a relationship is told when others still claim it."""
    live = known.relations.get(link_id(item_id, link))
    others = [one for one in live.sources if one != source] if live is not None else []
    if source != MANUAL_SOURCE or not others:
        return None
    message = f"{link[0]} to {link[1]} is claimed by {', '.join(others)} and stays until they no longer say so"
    return Problem(ClaimedElsewhere.code, message, value=", ".join(others), relation=position)
