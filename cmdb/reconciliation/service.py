"""Reconciliation: from what a source says, and what all others have said, to a change plan (design 2). Reads; never writes.

The order within a chunk: items first, then relationships that end, then relationships that begin, then the claims that carry it all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cmdb.model.item import RelationState
from cmdb.model.match import Match, Verdict
from cmdb.model.observation import MANUAL_SOURCE
from cmdb.model.outcome import Problem
from cmdb.model.plan import ChangePlan, ClaimEdit, EditKind, RelationEdit
from cmdb.reconciliation.items import plan_item, recompute, ref_owner, withdraw
from cmdb.reconciliation.limits import within_limits
from cmdb.reconciliation.model import Asked, Chunk, Draft, Known, Link, Reconciled, Setting
from cmdb.reconciliation.port import World
from cmdb.reconciliation.relations import (
    Wish,
    drop,
    link_id,
    lost_links,
    one_only,
    other_ends,
    put,
    resolve,
    still_claimed,
    wish_or_problem,
)


def reconcile(world: World, setting: Setting, chunk: Chunk) -> Reconciled:
    """Plan one chunk of identified observations. About six reads, however many observations it holds."""
    known = _known(world, setting, chunk)
    draft = Draft()
    for match in chunk.own:
        if match.verdict is Verdict.NEW and match.observation.gone:
            continue
        plan_item(setting, known, draft, match)
    lost = _lost(setting, known, draft, chunk)
    _look_around(world, setting, known, draft, chunk, lost)
    _end_relations(setting, known, draft, chunk, lost)
    wishes = _wishes(setting, known, draft, chunk)
    kept = within_limits(setting, world, draft, wishes)
    for wish in kept:
        put(setting, known, draft, wish)
        draft.asked[wish.id] = Asked(wish.match, wish.link, wish.position)
    _add_links(setting, known, draft, kept)
    _close_claims(setting, known, draft, chunk)
    _know_ends(world, setting, known, draft)
    return _result(setting, draft, known.types)


def withdraw_all(world: World, setting: Setting, item_ids: Sequence[str], *, whole: bool = False) -> Reconciled:
    """Plan that the setting's source no longer says anything of these items (or, `whole`, that they are retired whoever claims them)."""
    known = Known(world.items(item_ids), {}, world.claims(item_ids), {}, {})
    draft = Draft()
    lost: dict[str, tuple[Link, ...]] = {}
    for item_id in item_ids:
        mine = next((one for one in known.claims.get(item_id, ()) if one.source == setting.source), None)
        if item_id not in known.items:
            if mine is not None:
                draft.claims[item_id, setting.source] = replace(mine, withdraw=True)
            continue
        withdraw(setting, known, draft, item_id, whole=whole)
        edit = draft.items.get(item_id)
        if mine is not None and mine.relations and (edit is None or edit.kind is not EditKind.RETIRE):
            lost[item_id] = mine.relations
            draft.claims[item_id, setting.source] = replace(mine, withdraw=True, ended=mine.relations)
    if lost:
        known.relations = world.relations_at(list(lost))
        others = {other for links in lost.values() for _, other, _ in links} - known.claims.keys()
        known.claims = {**known.claims, **world.claims(others)}
        for item_id, links in lost.items():
            for link in links:
                drop(setting, known, draft, item_id, link)
    known.types.update({one.id: one.type for one in known.items.values()})
    _know_ends(world, setting, known, draft)
    return _result(setting, draft, known.types)


def unlink(world: World, setting: Setting, relation: tuple[str, str, str]) -> Reconciled:
    """Plan that the setting's source no longer claims this relationship (type, source id, target id), from whichever end it did. A person
    who never claimed it ends it whoever else does."""
    kind, source, target = relation
    ends = (source, target)
    known = Known({}, {}, world.claims(ends), world.relations_at([source]), dict(world.live_types(ends)))
    draft = Draft()
    for item_id, link in ((source, (kind, target, True)), (target, (kind, source, False))):
        mine = _mine(setting, known, item_id)
        if mine is not None and link in mine.relations:
            left = tuple(one for one in mine.relations if one != link)
            draft.claims[item_id, setting.source] = replace(mine, relations=left, digest=None, ended=(link,))
    key = link_id(source, (kind, target, True))
    live = known.relations.get(key)
    if not drop(setting, known, draft, source, (kind, target, True)) and live is not None and setting.source == MANUAL_SOURCE:
        after = replace(live, sources=(), revision=live.revision + 1, retired=True)
        draft.relations[key] = RelationEdit(EditKind.RETIRE, live, after)
    return _result(setting, draft, known.types)


def reconsider(world: World, setting: Setting, item_ids: Collection[str]) -> Reconciled:
    """Plan what the claims on these items make of them today: after a hold was released, a precedence changed, a claim aged."""
    items, claims = world.items(item_ids), world.claims(item_ids)
    draft = Draft()
    for item_id, before in items.items():
        if claims.get(item_id):
            recompute(setting, draft, before, claims[item_id])
    return _result(setting, draft, {})


def _known(world: World, setting: Setting, chunk: Chunk) -> Known:
    ids = [one.item_id for one in chunk.own if one.verdict is Verdict.MATCHED and one.item_id]
    ids += [one.item_id for one in chunk.earlier if one.item_id]
    ids += [owner for one in chunk.own if (owner := ref_owner(setting, one)) is not None]
    if not ids:
        return Known({}, {}, {}, {}, {})
    items = world.items(ids)
    own = {one.item_id for one in chunk.own if one.verdict is Verdict.MATCHED and one.item_id}
    absent = own - items.keys()
    return Known(items, world.retired(absent) if absent else {}, world.claims(ids), {}, {one.id: one.type for one in items.values()})


def _lost(setting: Setting, known: Known, draft: Draft, chunk: Chunk) -> dict[int, list[Link]]:
    """By match: the links its source no longer claims."""
    lost: dict[int, list[Link]] = {}
    for match in chunk.own:
        if match.verdict is not Verdict.MATCHED or match.index in draft.failed or match.item_id is None:
            continue
        mine = _mine(setting, known, match.item_id)
        if mine is None or not mine.relations:
            continue
        edit = draft.items.get(match.item_id)
        if match.observation.gone:
            links = [] if edit is not None and edit.kind is EditKind.RETIRE else list(mine.relations)
        else:
            links = lost_links(setting, match, mine, complete=chunk.complete)
        if links:
            lost[match.index] = links
    return lost


def _look_around(world: World, setting: Setting, known: Known, draft: Draft, chunk: Chunk, lost: Mapping[int, Sequence[Link]]) -> None:
    """Read what the relationships of the chunk touch: their other ends, and those that live already."""
    ends: set[str] = set()
    around: list[str] = []
    for match in (*chunk.own, *chunk.earlier):
        due = chunk.due.get(match.index, ())
        if match.index in draft.failed or match.item_id is None or not (due or match.index in lost):
            continue
        ends.update(other_ends(setting, match, due))
        if match.item_id not in draft.created and match.item_id not in setting.written:
            around.append(match.item_id)
    gone = {item_id for item_id, edit in draft.items.items() if edit.kind is EditKind.RETIRE}
    wanted = ends - known.types.keys() - gone
    known.types.update({item_id: setting.assumed[item_id] for item_id in wanted if item_id in setting.assumed})
    wanted -= known.types.keys()
    if wanted:
        known.types.update(world.live_types(wanted))
    if around:
        known.relations = world.relations_at(around)
    others = {other for links in lost.values() for _, other, _ in links} - known.claims.keys()
    if others:
        known.claims = {**known.claims, **world.claims(others)}


def _end_relations(setting: Setting, known: Known, draft: Draft, chunk: Chunk, lost: Mapping[int, Sequence[Link]]) -> None:
    for match in chunk.own:
        links = lost.get(match.index, ())
        item_id = match.item_id or ""
        if links:
            claim = draft.claims[item_id, setting.source]
            gone = set(links)
            left = tuple(one for one in claim.relations if one not in gone)
            draft.claims[item_id, setting.source] = replace(claim, relations=left, ended=tuple(links))
        for link in links:
            if drop(setting, known, draft, item_id, link):
                draft.related.add(match.index)
                draft.asked[link_id(item_id, link)] = Asked(match, link, None)
        if match.index not in draft.failed:
            _tell_still_claimed(setting, known, draft, match)


def _tell_still_claimed(setting: Setting, known: Known, draft: Draft, match: Match) -> None:
    for position, one in enumerate(match.observation.relations):
        other = resolve(setting.refs, one) if one.gone else None
        if other is not None:
            problem = still_claimed(known, match.item_id or "", (one.type, other, one.outgoing), setting.source, position)
            if problem is not None:
                draft.warn(match.index, problem)


def _wishes(setting: Setting, known: Known, draft: Draft, chunk: Chunk) -> list[Wish]:
    found: list[Wish] = []
    for match in (*chunk.own, *chunk.earlier):
        if match.index in draft.failed or match.item_id not in known.types or match.observation.gone:
            continue
        for position in chunk.due.get(match.index, ()):
            if match.observation.relations[position].gone:
                continue
            wish = wish_or_problem(setting, known, match, position)
            if isinstance(wish, Problem):
                draft.warn(match.index, wish)
            else:
                found.append(wish)
    return found


def _add_links(setting: Setting, known: Known, draft: Draft, wishes: Sequence[Wish]) -> None:
    """Put the wishes into the claims of their observations' items."""
    by_item: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_item[wish.match.item_id or ""].append(wish)
    for item_id, added in by_item.items():
        claim = draft.claims.get((item_id, setting.source)) or _mine(setting, known, item_id)
        if claim is None:
            continue
        links = dict.fromkeys(claim.relations)
        for wish in added:
            kind, _, outgoing = wish.link
            if wish.link not in links and one_only(setting.registry, kind, outgoing):
                links = {one: None for one in links if (one[0], one[2]) != (kind, outgoing)}
            links[wish.link] = None
        if len(links) != len(claim.relations) or tuple(links) != claim.relations:
            draft.claims[item_id, setting.source] = replace(claim, relations=tuple(links))


def _close_claims(setting: Setting, known: Known, draft: Draft, chunk: Chunk) -> None:
    """A claim gets its observation's digest in the commit that completes it, and not while a part of it could not be taken."""
    for match in (*chunk.own, *chunk.earlier):
        item_id = match.item_id or ""
        if match.index not in chunk.final or match.index in draft.problems or match.index in draft.failed:
            continue
        claim = draft.claims.get((item_id, setting.source)) or _mine(setting, known, item_id)
        if claim is not None and not claim.withdraw:
            by_hand = match.rule == "item_id" and setting.source == MANUAL_SOURCE  # an edit, not all the person ever said
            digest = None if by_hand else match.digest
            draft.claims[item_id, setting.source] = replace(claim, digest=digest)


def _mine(setting: Setting, known: Known, item_id: str) -> ClaimEdit | None:
    return next((one for one in known.claims.get(item_id, ()) if one.source == setting.source), None)


def _know_ends(world: World, setting: Setting, known: Known, draft: Draft) -> None:
    """The gate judges a controlled relationship by both its ends: find the type of those an ending relationship leads to."""
    kinds = setting.registry.relation_types
    ends = {
        end
        for edit in draft.relations.values()
        if edit.kind is EditKind.RETIRE and edit.after.type in kinds and kinds[edit.after.type].controlled
        for end in (edit.after.source, edit.after.target)
    }
    draft.severed = _severed(world, setting, draft)
    ends.update(end for one in draft.severed for end in (one.source, one.target))
    unknown = ends - known.types.keys()
    if unknown:
        known.types.update(world.live_types(unknown))


def _severed(world: World, setting: Setting, draft: Draft) -> tuple[RelationState, ...]:
    """The controlled relationships that the retirements of the plan take with them."""
    retired = [item_id for item_id, edit in draft.items.items() if edit.kind is EditKind.RETIRE]
    kinds = setting.registry.relation_types
    live = world.relations_at(retired).values() if retired else ()
    return tuple(one for one in live if one.type in kinds and kinds[one.type].controlled)


def _result(setting: Setting, draft: Draft, types: Mapping[str, str]) -> Reconciled:
    items, relations, claims = tuple(draft.items.values()), tuple(draft.relations.values()), tuple(draft.claims.values())
    plan = ChangePlan(setting.cause, items, relations, claims, types=types, severed=draft.severed)
    return Reconciled(plan, draft.failed, draft.problems, frozenset(draft.related), draft.asked)
