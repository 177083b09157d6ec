"""Identification: which item does each observation of a batch speak of? (design 2; requirement 9.1-07: unique identity across sources)

The order of the rules, first that speaks decides:

1. a person's edit names the item by id;
2. the source's own ref, if an item carries it: that item, unless it carries another value for a strong rule the observation speaks to, or
a strong rule points elsewhere: then a person decides;
3. strong rules: all that match must name one item, and nothing strong may contradict it;
4. weak rules, in order: the items that nothing strong contradicts; exactly one is a match, several wait for a person;
5. otherwise the item is new.

Within a batch a source's refs are its own word that things differ: two of them never become one item unasked (decision 0041).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.identification import screen
from cmdb.identification.errors import ItemExists, ItemIdNotAllowed, TypeChange
from cmdb.identification.keys import keys_of, ref_key, root_of, rule_of, target_roots
from cmdb.identification.port import ClaimHead, IdentifierBook
from cmdb.kernel.ids import new_id
from cmdb.model.item import Value
from cmdb.model.match import DECIDED, Identified, Match, Verdict
from cmdb.model.observation import MANUAL_SOURCE, Batch, Observation
from cmdb.model.outcome import Problem
from cmdb.model.registry import Registry
from cmdb.model.validation import check_fields


@dataclass(slots=True)
class _Evidence:
    """What the graph knows about the keys of the batch."""

    owners: Mapping[str, str] = field(default_factory=dict)
    weak_owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strong_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weak_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    heads: Mapping[str, ClaimHead] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    refs_in_batch: frozenset[str] = frozenset()


@dataclass(slots=True)
class Draft:
    """A match in the making: the fields of `Match`, while they are still being found out."""

    index: int
    observation: Observation
    verdict: Verdict
    item_id: str | None = None
    rule: str = ""
    candidates: tuple[str, ...] = ()
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    digest: str = ""


def _now(draft: Draft, **found: Any) -> Draft:
    for name, value in found.items():
        setattr(draft, name, value)
    return draft


def _match(one: Draft) -> Match:
    return Match(
        one.index,
        one.observation,
        one.verdict,
        one.item_id,
        one.rule,
        one.candidates,
        one.reason,
        one.problems,
        one.fields,
        one.withdrawn,
        one.strong,
        one.weak,
        one.digest,
    )


def identify(
    book: IdentifierBook,
    registry: Registry,
    batch: Batch,
    *,
    by_person: bool = False,
    new_ids: Mapping[str, str] | None = None,
    force_new: Collection[str] = (),
) -> Identified:
    """Match every observation of the batch. Seven queries at most for up to 20,000 keys of each kind, whatever the batch's size.

    `by_person` lets observations name items by id. `new_ids` keeps the ids that an earlier try gave to new refs. `force_new` names refs
    that a person decided to be new. Raises `BadBatch` and `BatchTooLarge`; everything else is a verdict of its observation.
    """
    screen.check_batch(batch)
    drafts = _screened(registry, batch, by_person)
    known, heads = _by_ref(book, registry, batch, drafts)
    _mark_same(book, registry, batch, drafts, known, heads)
    _check_fields(registry, batch, drafts)
    evidence = _gather(book, registry, batch, drafts, known, heads)
    _decide_all(registry, batch, drafts, evidence, frozenset(force_new))
    _settle(drafts, new_ids or {})
    matches = tuple([_match(draft) for draft in drafts])
    refs = _resolved_refs(registry, batch, matches, evidence.owners)
    return Identified(batch, matches, refs, evidence.strong_of, evidence.weak_of, evidence.owners)


def _screened(registry: Registry, batch: Batch, by_person: bool) -> list[Draft]:
    digests = registry.derived(screen.type_digests)
    seen: dict[str, int] = {}
    drafts = []
    for index, one in enumerate(batch.observations):
        problems = screen.problems_of(registry, one, seen)
        digest = ""
        if not problems:
            digest, problems = screen.digest_or_problem(one, digests[one.type])
            seen[one.ref] = index
        if not problems and one.item_id is not None and not by_person:
            problems = (Problem(ItemIdNotAllowed.code, "agents name things by ref; only a person's edit may name an item by id"),)
        drafts.append(Draft(index, one, Verdict.FAILED if problems else Verdict.NEW, problems=problems, digest=digest))
    return drafts


def _by_ref(
    book: IdentifierBook, registry: Registry, batch: Batch, drafts: list[Draft]
) -> tuple[Mapping[str, str], Mapping[str, ClaimHead]]:
    keys = [_own_key(registry, batch, one.observation) for one in drafts if one.verdict is Verdict.NEW and one.observation.item_id is None]
    named = {one.observation.item_id for one in drafts if one.verdict is Verdict.NEW and one.observation.item_id is not None}
    known = book.owners(keys) if keys else {}
    found = {*known.values(), *named}
    return known, book.heads(found, batch.source) if found else {}


def _own_key(registry: Registry, batch: Batch, one: Observation) -> str:
    return ref_key(batch.source, root_of(registry.item(one.type)), one.ref)


def _mark_same(
    book: IdentifierBook, registry: Registry, batch: Batch, drafts: list[Draft], known: Mapping[str, str], heads: Mapping[str, ClaimHead]
) -> None:
    """Find what says exactly what it said last time. Where a claim may have aged meanwhile, only if nobody else speaks of the item."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for place, draft in enumerate(drafts):
        one = draft.observation
        if draft.verdict is not Verdict.NEW or one.item_id is not None or one.gone:
            continue
        item_id = known.get(_own_key(registry, batch, one))
        head = heads.get(item_id) if item_id else None
        if item_id and head and head.digest == draft.digest and head.ref == one.ref and head.scope == batch.scope and item_id not in taken:
            taken.add(item_id)
            found[place] = item_id
    ageing = registry.derived(screen.may_age)
    doubtful = {item_id for place, item_id in found.items() if drafts[place].observation.type in ageing}
    shared = {item_id for item_id, count in book.claimants(doubtful).items() if count > 1} if doubtful else set()
    for place, item_id in found.items():
        if item_id not in shared:
            drafts[place] = _now(drafts[place], verdict=Verdict.SAME, item_id=item_id, rule="ref")


def _check_fields(registry: Registry, batch: Batch, drafts: list[Draft]) -> None:
    """Validate and normalise what is not known to be the same, and work out its keys."""
    for place, draft in enumerate(drafts):
        if draft.verdict is not Verdict.NEW:
            continue
        one = draft.observation
        clean, faults = check_fields(registry, one.type, one.fields)
        if faults:
            problems = tuple(Problem(f.code, f.message, f.attribute, f.value, f.rule) for f in faults)
            drafts[place] = _now(draft, verdict=Verdict.FAILED, problems=problems)
            continue
        fields = {name: value for name, value in clean.items() if value is not None}
        withdrawn = tuple(name for name, value in clean.items() if value is None) if len(fields) < len(clean) else ()
        resolved = registry.item(one.type)
        strong, weak = keys_of(resolved, fields)
        if one.item_id is None or batch.source != MANUAL_SOURCE:
            strong = (ref_key(batch.source, root_of(resolved), one.ref), *strong)
        drafts[place] = _now(draft, fields=fields, withdrawn=withdrawn, strong=strong, weak=weak)


def _gather(
    book: IdentifierBook,
    registry: Registry,
    batch: Batch,
    drafts: list[Draft],
    known: Mapping[str, str],
    heads: Mapping[str, ClaimHead],
) -> _Evidence:
    asking = [one for one in drafts if one.verdict is Verdict.NEW]
    strong = {key for one in asking for key in one.strong} - known.keys()
    wanted = strong | (_outside_refs(registry, batch, drafts) - known.keys())
    weak = {key for one in asking for key in one.weak}
    owners = {**known, **(book.owners(wanted) if wanted else {})}
    weak_owners = book.weak_owners(weak) if weak else {}
    candidates = {owners[key] for one in asking for key in one.strong if key in owners}
    candidates.update(item_id for ids in weak_owners.values() for item_id in ids)
    candidates.update(one.observation.item_id for one in asking if one.observation.item_id)
    if not candidates:
        return _Evidence(owners, weak_owners, refs_in_batch=frozenset(one.observation.ref for one in drafts if one.digest))
    strong_of, weak_of = book.carried(candidates)
    more = candidates - heads.keys()
    heads = {**heads, **book.heads(more, batch.source)} if more else heads
    refs = frozenset(one.observation.ref for one in drafts if one.digest)
    return _Evidence(owners, weak_owners, strong_of, weak_of, heads, book.live_types(candidates), refs)


def _outside_refs(registry: Registry, batch: Batch, drafts: list[Draft]) -> set[str]:
    """Keys of refs that relationships name and the batch does not hold. A ref names no type, so every root of the types is asked for."""
    inside = {one.observation.ref for one in drafts if one.verdict is not Verdict.FAILED}
    outside = {
        to.to
        for one in drafts
        if one.verdict is Verdict.NEW
        for to in one.observation.relations
        if isinstance(to.to, str) and to.to not in inside
    }
    roots = registry.derived(target_roots)
    return {ref_key(batch.source, root, ref) for ref in outside for root in roots}


def _decide_all(registry: Registry, batch: Batch, drafts: list[Draft], evidence: _Evidence, force_new: frozenset[str]) -> None:
    for place, draft in enumerate(drafts):
        if draft.verdict is not Verdict.NEW:
            continue
        if draft.observation.item_id is not None:
            drafts[place] = _now(draft, verdict=Verdict.MATCHED, item_id=draft.observation.item_id, rule="item_id")
        elif draft.observation.ref in force_new:
            free = tuple(key for key in draft.strong[1:] if key not in evidence.owners)
            drafts[place] = _now(draft, strong=(draft.strong[0], *free), rule=DECIDED)
        else:
            drafts[place] = _decide(batch, draft, evidence)
        drafts[place] = _type_checked(registry, drafts[place], evidence)


def _decide(batch: Batch, draft: Draft, evidence: _Evidence) -> Draft:
    own, *rest = draft.strong
    by_ref = evidence.owners.get(own)
    pointed: dict[str, str] = {}
    for key in rest:
        if key in evidence.owners:
            pointed.setdefault(evidence.owners[key], rule_of(key))
    if by_ref is not None:
        return _by_reference(draft, by_ref, pointed, evidence)
    if len(pointed) > 1:
        return _ambiguous(draft, pointed, "strong rules point to different items: " + _named(pointed))
    for item_id, rule in pointed.items():
        against = _contradiction(batch, draft, item_id, evidence)
        if against:
            return _ambiguous(draft, pointed, f"{rule} points to item {item_id}, but {against}")
        if batch.source == MANUAL_SOURCE:
            message = f"item {item_id} carries the same {rule} already; edit that one"
            return _now(draft, verdict=Verdict.FAILED, problems=(Problem(ItemExists.code, message, rule=rule, value=item_id),))
        return _now(draft, verdict=Verdict.MATCHED, item_id=item_id, rule=rule)
    return _by_weak(batch, draft, evidence)


def _by_reference(draft: Draft, item_id: str, pointed: Mapping[str, str], evidence: _Evidence) -> Draft:
    elsewhere = {other: rule for other, rule in pointed.items() if other != item_id}
    if elsewhere:
        candidates = {item_id: "ref", **elsewhere}
        return _ambiguous(draft, candidates, "the source's ref and its strong identifiers point to different items: " + _named(candidates))
    against = _other_value(draft, item_id, evidence)
    if against:
        return _ambiguous(draft, (item_id,), f"the source's ref names item {item_id}, but {against}")
    return _now(draft, verdict=Verdict.MATCHED, item_id=item_id, rule="ref")


def _by_weak(batch: Batch, draft: Draft, evidence: _Evidence) -> Draft:
    for key in draft.weak:
        found = [one for one in evidence.weak_owners.get(key, ()) if not _contradiction(batch, draft, one, evidence)]
        found = [one for one in found if evidence.types.get(one) in (None, draft.observation.type)]
        if len(found) > 1:
            return _ambiguous(draft, found, f"{rule_of(key)} fits {len(found)} items and nothing strong tells them apart")
        if found and batch.source != MANUAL_SOURCE:
            return _now(draft, verdict=Verdict.MATCHED, item_id=found[0], rule=rule_of(key))
    return draft


def _contradiction(batch: Batch, draft: Draft, item_id: str, evidence: _Evidence) -> str:
    """Why this item cannot be the observed one, in words; empty where nothing strong speaks against it."""
    head = evidence.heads.get(item_id)
    if head is not None and head.ref and head.ref != draft.observation.ref:
        renamed = batch.complete and head.scope == batch.scope and head.ref not in evidence.refs_in_batch
        if not renamed:
            return f"this source calls that item {head.ref!r}"
    return _other_value(draft, item_id, evidence)


def _other_value(draft: Draft, item_id: str, evidence: _Evidence) -> str:
    carried: defaultdict[str, list[str]] = defaultdict(list)
    for key in evidence.strong_of.get(item_id, frozenset()):
        carried[rule_of(key)].append(key)
    for key in draft.strong[1:]:
        rule = rule_of(key)
        if rule in carried and key not in carried[rule]:
            return f"it carries {_value(carried[rule][0])} for {rule} and the observation {_value(key)}"
    return ""


def _value(key: str) -> str:
    return repr(key.split("|", 1)[1][:80])


def _named(candidates: Mapping[str, str]) -> str:
    return ", ".join(f"{rule} to {item_id}" for item_id, rule in candidates.items())


def _ambiguous(draft: Draft, candidates: Collection[str], reason: str) -> Draft:
    return _now(draft, verdict=Verdict.AMBIGUOUS, candidates=tuple(candidates), reason=reason)


def _type_checked(registry: Registry, draft: Draft, evidence: _Evidence) -> Draft:
    """An item keeps its type; an observation may name a parent of it."""
    if draft.verdict is not Verdict.MATCHED or draft.item_id is None:
        return draft
    present = evidence.types.get(draft.item_id)
    said = draft.observation.type
    if present is None or present == said or registry.is_a(present, said):
        return draft
    message = f"item {draft.item_id} is a {present!r} and cannot become a {said!r}; retire it and create the other"
    return _now(draft, verdict=Verdict.FAILED, problems=(Problem(TypeChange.code, message, attribute="type", value=said, rule="type"),))


_TRUST = {"item_id": 0, "ref": 1}


def _settle(drafts: list[Draft], new_ids: Mapping[str, str]) -> None:
    """Give new items their ids and see that no two observations take the same item or the same strong key."""
    by_item = {one.item_id: one for one in drafts if one.verdict is Verdict.SAME}
    by_key: dict[str, Draft] = {}
    order = sorted((one for one in drafts if one.verdict in (Verdict.MATCHED, Verdict.NEW)), key=lambda one: (_rank(one), one.index))
    for draft in order:
        one = draft
        if one.verdict is Verdict.NEW:
            one = _now(one, item_id=new_ids.get(one.observation.ref) or new_id())
        rival = by_item.get(one.item_id) or next((by_key[key] for key in one.strong if key in by_key), None)
        if rival is not None and one.rule == DECIDED:
            one, rival = _now(one, strong=(one.strong[0], *(key for key in one.strong[1:] if key not in by_key))), None
        if rival is not None and rival.item_id is not None:
            reason = f"{rival.observation.ref!r} of the same batch names the same item; the source gave them two refs"
            drafts[one.index] = _ambiguous(_now(one, item_id=None), (rival.item_id,), reason)
            continue
        by_item[one.item_id] = one
        by_key.update(dict.fromkeys(one.strong, one))
        drafts[one.index] = one


def _rank(draft: Draft) -> int:
    return _TRUST.get(draft.rule, 3 if draft.verdict is Verdict.NEW else 2)


def _resolved_refs(registry: Registry, batch: Batch, matches: tuple[Match, ...], owners: Mapping[str, str]) -> dict[str, str]:
    refs: dict[str, str] = {}
    roots = registry.derived(target_roots)
    for one in matches:
        for relation in one.observation.relations if one.verdict in (Verdict.NEW, Verdict.MATCHED) else ():
            if relation.to is None or relation.to in refs:
                continue
            found = {owners[key] for root in roots if (key := ref_key(batch.source, root, relation.to)) in owners}
            if len(found) == 1:
                refs[relation.to] = found.pop()
    for one in matches:
        if one.item_id is not None:
            refs[one.observation.ref] = one.item_id
    return refs
