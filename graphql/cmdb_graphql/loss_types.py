"""What is lost with a place, a supplier or a network segment, in the schema; and what must be read from the store to tell.

The index holds neither names nor contracts. A place is also meant where an item's `location` says its name, unless another place that is
not lost has that name too: then it is left out, and the answer says so. A contract covers what is `covered_by_sla` of it.
"""

from collections.abc import Mapping, Sequence

import strawberry
from strawberry.types import Info

from cmdb.impact.questions import MAX_PAGE as IMPACT_PAGE
from cmdb.impact.questions import AffectedQuery, UnknownRoot, WrongKindOfRoot
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb_graphql.context import Context, Ends
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.impact_inputs import ItemRefInput, Level, item_at, item_of, model_level, types_of
from cmdb_graphql.impact_types import AffectedItem, Asked, Impact, affected_page, impact_of
from cmdb_graphql.items import CI
from cmdb_graphql.limits import MAX_PAGE
from cmdb_graphql.named_roots import MAX_LENGTH
from cmdb_graphql.paging import Connection, page_size
from cmdb_graphql.scalars import BigInt


@strawberry.type(description="What is lost with a place, a supplier or a network segment, and what that takes with it.")
class Loss:
    """`lost` are the items put to a level at the outset; `impact` is what they take with them, and does not count them."""

    revision: BigInt
    item_id: strawberry.ID | None = strawberry.field(description="Null where a location is meant that no item stands for.")
    names: list[str] = strawberry.field(description="Of a place: what items may say of their location to be in it.")
    ambiguous_names: list[str] = strawberry.field(
        description="Names of places in it that others have too; who is there by name only is not counted."
    )
    contract_ids: list[strawberry.ID] = strawberry.field(description="Of a supplier: contracts through which things were counted.")
    lost_total: int
    impact: Impact
    asked: strawberry.Private[Asked]

    @strawberry.field(description="The place, supplier or segment, of the moment the question is about.")
    async def item(self, info: Info) -> CI | None:
        return await item_at(info, str(self.item_id), self.asked.seq) if self.item_id is not None else None

    @strawberry.field(description="What is lost, worst first. A type stands for the types below it.")
    def lost(
        self, info: Info, types: list[str] | None = None, first: int | None = 50, after: str | None = None
    ) -> Connection[AffectedItem]:
        wanted = types_of(info.context, types, self.asked.seq)
        return affected_page(self.asked, AffectedQuery(types=wanted, only_roots=True, first=page_size(first, IMPACT_PAGE), after=after))


def location_loss(context: Context, place: ItemRefInput, at_least: int, seq: int | None) -> Loss:
    """What a lost place takes with it; by name also a location that no item stands for."""
    impact = context.rooms.impact
    names_of = _names_of_places(context, seq)
    item_id = _place_of(names_of, place, context, seq)
    if item_id is None:
        try:
            answer = impact.location_loss(place.name, at_least, as_of=seq)
        except UnknownRoot:
            _refuse_other_kinds(context, str(place.name), seq)
            raise
        return _loss(Asked(answer, seq), None, [str(place.name)])
    inside = impact.places_in(item_id, at_least, as_of=seq)
    elsewhere = {name for one, name in names_of.items() if one not in frozenset(inside)}
    meant = list(dict.fromkeys(names_of[one] for one in inside if one in names_of))
    names = [name for name in meant if name not in elsewhere]
    answer = impact.location_loss(item_id, at_least, names=names, as_of=seq)
    return _loss(Asked(answer, seq), item_id, names, [name for name in meant if name in elsewhere])


def _place_of(names_of: Mapping[str, str], place: ItemRefInput, context: Context, seq: int | None) -> str | None:
    """The place's id; None for a name that no place has."""
    if place.name is None or place.id is not None:
        return item_of(context, place, seq, "place")
    if not place.name or len(place.name) > MAX_LENGTH:
        raise BadArgument(f"{place.name[:80]!r} is no place's name", argument="place")
    ids = [one for one, name in names_of.items() if name == place.name]
    if len(ids) > 1:
        raise BadArgument(f"{place.name[:80]!r} may mean several places; give an id", argument="place", name=place.name[:80], ids=ids[:20])
    return ids[0] if ids else None


def _refuse_other_kinds(context: Context, name: str, seq: int | None) -> None:
    """Where items that are no places have the name, say what they are. Raises `WrongKindOfRoot`."""
    if "\0" in name:
        return
    found = context.rooms.reads.page(ItemQuery(filters=(Filter("name", Op.EQ, name),), first=_KINDS_TOLD), seq)
    kinds = sorted({one.state.type for one in found.items})
    if kinds:
        said = f"{name[:80]!r} is of the type {' and '.join(kinds)}, which is no place"
        raise WrongKindOfRoot(said, name=name[:80], types=kinds, wanted="place")


def _names_of_places(context: Context, seq: int | None) -> dict[str, str]:
    """Names of all places there are, by id."""
    registry = context.rooms.impact.registry(seq)
    types = registry.concrete_of("place") if "place" in registry.item_types else ()
    found: dict[str, str] = {}
    after, more = None, bool(types)
    while more:
        if seq is None:
            page = context.rooms.reads.columns(ItemQuery(types=types, first=MAX_PAGE, after=after), ["id", "name"])
            found.update(zip(page.columns["id"], page.columns["name"], strict=True))
            after, more = page.end_cursor, page.more
        else:
            past = context.rooms.reads.page(ItemQuery(types=types, first=MAX_PAGE, after=after), seq)
            found.update((one.state.id, one.state.name) for one in past.items)
            after, more = past.cursors[-1] if past.cursors else None, past.more
    return found


def supplier_loss(context: Context, supplier: ItemRefInput, level: Level | None, at_least: int, seq: int | None) -> Loss:
    """What a lost supplier takes with it."""
    item_id = item_of(context, supplier, seq, "supplier")
    contracts = _contracts(context, item_id, seq)
    covered = _sources(context, contracts, "covered_by_sla", seq)
    put = model_level(level) if level is not None else None
    answer = context.rooms.impact.supplier_loss(item_id, at_least, covered=covered, level=put, as_of=seq)
    return _loss(Asked(answer, seq), item_id, contracts=contracts)


def _contracts(context: Context, supplier: str, seq: int | None) -> list[str]:
    registry = context.rooms.impact.registry(seq)
    kinds = frozenset(registry.concrete_of("contract")) if "contract" in registry.item_types else frozenset()
    agreements = _sources(context, [supplier], "agreed_with", seq)
    seen = context.rooms.reads.items(agreements, seq) if agreements else {}
    return [one for one in agreements if one in seen and seen[one].state.type in kinds]


def _sources(context: Context, targets: Sequence[str], relation_type: str, seq: int | None) -> list[str]:
    """Items from which a relationship of this type leads to one of these."""
    if not targets or relation_type not in context.rooms.impact.registry(seq).relation_types:
        return []
    pages = context.rooms.reads.relations(list(targets), Ends(out=None, into=(relation_type,), first=_ALL, seq=seq))
    return list(dict.fromkeys(one.state.source for target in targets for one in pages[target].relations))


def segment_loss(context: Context, segment: ItemRefInput, at_least: int, seq: int | None) -> Loss:
    """What a lost network segment takes with it."""
    item_id = item_of(context, segment, seq, "segment")
    return _loss(Asked(context.rooms.impact.segment_loss(item_id, at_least, as_of=seq), seq), item_id)


def _loss(
    asked: Asked, item_id: str | None, names: Sequence[str] = (), ambiguous: Sequence[str] = (), contracts: Sequence[str] = ()
) -> Loss:
    return Loss(
        revision=BigInt(asked.answer.revision),
        item_id=strawberry.ID(item_id) if item_id is not None else None,
        names=list(names),
        ambiguous_names=list(ambiguous),
        contract_ids=[strawberry.ID(one) for one in contracts],
        lost_total=len(asked.answer.evaluation.roots),
        impact=impact_of(asked.answer, asked.seq),
        asked=asked,
    )


_KINDS_TOLD = 20
"""Items of one name that are looked at, to say what they are."""

_ALL = 1_000_000
"""Relationships of one supplier or contract: all of them, they are read at once."""
