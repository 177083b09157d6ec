"""`interface CI` and what hangs on an item: origins, claims, relationships, history (requirements 9.1-02, 9.1-03, 9.1-05, 9.1-18).

Core fields are plain attributes (see `fastpath`); edges go through data loaders. An item asked for as of an earlier commit carries that
commit along: its relationships, and the items at their other ends, are those of that moment too.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.types import Info

from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.registry import Registry
from cmdb_graphql.context import ClaimSeen, Context, Ends, ItemSeen, RelationSeen, VersionSeen
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.paging import Connection, connection, page_size
from cmdb_graphql.scalars import JSON, BigInt, DateTime
from cmdb_graphql.words import Direction, depends_ends, relation_ends


@strawberry.type(description="Which source a value comes from.")
class Origin:
    """`field` is the registry's name of a core field or attribute."""

    field: str
    source: str


@strawberry.type(description="What one source says of an item, and when it said so last.")
class Claim:
    """Claims are kept apart; the effective value follows by precedence."""

    source: str
    scope: str
    ref: str = strawberry.field(description="The source's own key for the item.")
    fields: JSON
    seen_at: DateTime | None


@strawberry.interface(
    name="CI",
    description="A configuration item. Each CI type of the registry is an object type that implements it and adds its attributes.",
)
class CI:
    """What every item has. `id` is stable for the item's whole life, and global: `node(id:)` takes it."""

    id: strawberry.ID
    type: str = strawberry.field(description="Name of the CI type in the registry: kubernetes_deployment.")
    name: str
    status: str = strawberry.field(
        description="A state of the type's lifecycle. A text, since an earlier version may name a state that is no more."
    )
    version: str | None = strawberry.field(description="The item's own version: a release, a firmware level, a tag.")
    location: str | None
    description: str | None
    owner: str | None
    revision: int = strawberry.field(
        description="How many versions this record has had. Send it as expectedRevision to change what you saw."
    )
    retired: bool
    seq: BigInt = strawberry.field(description="The commit that made this version.")
    first_seen: DateTime | None = strawberry.field(description="When the item came into the CMDB.")
    attributes: JSON = strawberry.field(description="Every typed attribute that has a value, by its name in the registry.")
    origin_map: strawberry.Private[Mapping[str, str]]
    as_of: strawberry.Private[int | None]

    @strawberry.field(description="Which source each value comes from.")
    def origins(self) -> list[Origin]:
        return [Origin(field=name, source=source) for name, source in sorted(self.origin_map.items())]

    @strawberry.field(description="When a source last confirmed the item; null where none did.")
    async def last_seen(self, info: Info) -> DateTime | None:
        claims = await _context(info).claim_loader().load(self.id)
        seen = max((claim.seen_at for claim in claims if claim.seen_at), default=None)
        return DateTime(seen) if seen else None

    @strawberry.field(description="What each source says of the item.")
    async def claims(self, info: Info) -> list[Claim]:
        return [_claim(claim) for claim in await _context(info).claim_loader().load(self.id)]

    @strawberry.field(description="What this item needs: if one of these fails, this item may be affected.")
    async def depends_on(
        self, info: Info, types: list[str] | None = None, first: int | None = 50, after: str | None = None
    ) -> "Connection[Relationship]":
        return await _related(self, info, depends_ends(_context(info).types, True, types), first, after)

    @strawberry.field(description="What needs this item: if this item fails, these may be affected.")
    async def affects(
        self, info: Info, types: list[str] | None = None, first: int | None = 50, after: str | None = None
    ) -> "Connection[Relationship]":
        return await _related(self, info, depends_ends(_context(info).types, False, types), first, after)

    @strawberry.field(description="Relationships of any type, whether they pass failure on or not.")
    async def relationships(
        self,
        info: Info,
        direction: Direction = Direction.BOTH,
        types: list[str] | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> "Connection[Relationship]":
        return await _related(self, info, relation_ends(_context(info).types, direction, types), first, after)

    @strawberry.field(description="Versions of this item, newest first, with what each changed, who did it and why.")
    def history(self, info: Info, first: int | None = 20, after: str | None = None) -> "Connection[ItemVersion]":
        before = self.as_of + 1 if self.as_of is not None else None
        return versions(_context(info), self.id, first, after, before)


@strawberry.type(description="A relationship as seen from the item it was asked on.")
class Relationship:
    """Stored as `source -type-> target`; `item` is the end that is not the one asked."""

    id: strawberry.ID
    type: str = strawberry.field(description="Name of the relationship type in the registry: depends_on.")
    label: str = strawberry.field(description="The type's name read from the item asked: the inverse name where that item is the target.")
    outgoing: bool = strawberry.field(description="Whether the item asked is the source.")
    affects: bool | None = strawberry.field(
        description="true: trouble of the item asked passes on to `item`; false: the other way round; null: neither."
    )
    attributes: JSON
    sources: list[str] = strawberry.field(description="Who claims it.")
    revision: int
    source_id: strawberry.ID
    target_id: strawberry.ID
    as_of: strawberry.Private[int | None]

    @strawberry.field(description="The item at the other end.")
    async def item(self, info: Info) -> CI | None:
        return await _item(info, self.target_id if self.outgoing else self.source_id, self.as_of)

    @strawberry.field(description="The item the relationship leaves.")
    async def source(self, info: Info) -> CI | None:
        return await _item(info, self.source_id, self.as_of)

    @strawberry.field(description="The item the relationship leads to.")
    async def target(self, info: Info) -> CI | None:
        return await _item(info, self.target_id, self.as_of)


@strawberry.type(description="One field's change. null: it had, or has, no value.")
class Difference:
    """`field` is the registry's name of a core field or attribute; `retired` stands for going and coming back."""

    field: str
    before: JSON | None
    after: JSON | None


@strawberry.type(description="One version of an item.")
class ItemVersion:
    """What the ledger keeps of one revision (requirement 9.1-05)."""

    item_id: strawberry.ID
    revision: int
    seq: BigInt
    hash: str = strawberry.field(description="sha256 over the canonical JSON of the version's content.")
    retired: bool
    purged: BigInt | None = strawberry.field(description="The commit that ordered the purge of its content, where it was purged.")
    differences: list[Difference] | None = strawberry.field(
        description="What changed against the version before; everything, in the first. Null where the content of either was purged."
    )
    item: CI | None = strawberry.field(description="The item as this version has it; null where its content was purged.")
    loaded: strawberry.Private[Any]

    @strawberry.field(description="The commit that made it: when, who, from which source, why, under which change.")
    async def commit(self, info: Info) -> Commit | None:
        return self.loaded if self.loaded is not None else Commit.of(await _context(info).commit_loader().load(int(self.seq)))


@strawberry.type(name="UnregisteredItem", description="An item whose type this schema does not have: it was dropped, or is newer.")
class Unregistered(CI):
    """Stands in for an item whose type the schema does not have (it was dropped, or is newer than the schema in use)."""


def object_of(context: Context, seen: ItemSeen) -> CI:
    """The object that GraphQL shows for an item: an instance of its type's generated class."""
    state = seen.state
    made: CI = blank(classes_of(context.types).get(state.type))
    values = made.__dict__
    values.update((f"a_{name}", list(value) if isinstance(value, tuple) else value) for name, value in state.attributes.items())
    values.update(
        id=state.id,
        type=state.type,
        name=state.name,
        status=state.status,
        version=state.version or None,
        location=state.location or None,
        description=state.description or None,
        owner=state.owner or None,
        revision=state.revision,
        retired=state.retired,
        seq=seen.seq,
        first_seen=seen.created,
        attributes={name: list(value) if isinstance(value, tuple) else value for name, value in state.attributes.items()},
        origin_map=state.origins,
        as_of=seen.as_of,
    )
    return made


def blank(cls: type[CI] | None) -> Any:
    """An object without values: generated classes carry None for every field that is not set."""
    chosen = cls or Unregistered
    return chosen.__new__(chosen)


def classes_of(registry: Registry) -> Mapping[str, type[CI]]:
    """The generated classes of a registry, by item type."""
    from cmdb_graphql.generate import item_classes  # generate builds on this module

    return registry.derived(item_classes)


def relationship(context: Context, asked: str, seen: RelationSeen, as_of: int | None) -> Relationship:
    """A relationship as seen from the item `asked`."""
    state = seen.state
    outgoing = state.source == asked
    kind = context.types.relation_types.get(state.type)
    end = kind.propagation.affected_end if kind else None
    return Relationship(
        id=strawberry.ID(state.id),
        type=state.type,
        label=state.type if outgoing or kind is None else kind.inverse,
        outgoing=outgoing,
        affects=None if end is None else (end == "source") is not outgoing,
        attributes=JSON({name: list(value) if isinstance(value, tuple) else value for name, value in state.attributes.items()}),
        sources=list(state.sources),
        revision=state.revision,
        source_id=strawberry.ID(state.source),
        target_id=strawberry.ID(state.target),
        as_of=as_of,
    )


def versions(context: Context, item_id: str, first: int | None, after: str | None, before: int | None = None) -> "Connection[ItemVersion]":
    """A page of an item's versions, newest first, those older than commit `before`; live or not."""
    size = page_size(first)
    seen, more = context.rooms.reads.versions(item_id, size, _seq_of(after) if after is not None else before)
    page: Connection[ItemVersion] = connection(
        Connection[ItemVersion],
        [item_version(context, item_id, version) for version in seen],
        [str(version.seq) for version in seen],
        more=more,
        after=after,
        revision=context.revision(),
        count=lambda: _count(context, item_id, before),
    )
    return page


def item_version(context: Context, item_id: str, seen: VersionSeen) -> ItemVersion:
    """One entry of an item's history."""
    state = seen.state
    return ItemVersion(
        item_id=strawberry.ID(item_id),
        revision=seen.revision,
        seq=BigInt(seen.seq),
        hash=seen.hash,
        retired=seen.retired,
        purged=BigInt(seen.purged) if seen.purged is not None else None,
        differences=differences(seen.before, state) if state is not None and seen.before_known else None,
        item=object_of(context, ItemSeen(state, seen.seq, None, seen.seq)) if state is not None else None,
        loaded=Commit.of(seen.commit),
    )


def differences(before: ItemState | None, after: ItemState) -> list[Difference]:
    """Field by field, sorted by name."""
    old, new = _flat(before), _flat(after)
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return [Difference(field=name, before=old.get(name), after=new.get(name)) for name in names]


def _flat(state: ItemState | None) -> dict[str, Any]:
    if state is None:
        return {}
    found: dict[str, Any] = {name: getattr(state, name) for name in ("type", *CORE_FIELDS) if getattr(state, name)}
    found.update((name, list(value) if isinstance(value, tuple) else value) for name, value in state.attributes.items())
    if state.retired:
        found["retired"] = True
    return found


async def _related(item: CI, info: Info, ends: Ends, first: int | None, after: str | None) -> "Connection[Relationship]":
    context = _context(info)
    ends = Ends(ends.out, ends.into, page_size(first), after, item.as_of)
    page = await context.relation_loader(ends).load(item.id)
    nodes = [relationship(context, item.id, seen, item.as_of) for seen in page.relations]
    found: Connection[Relationship] = connection(
        Connection[Relationship],
        nodes,
        page.cursors,
        more=page.more,
        after=after,
        revision=item.as_of if item.as_of is not None else context.revision(),
        count=lambda: page.total,
    )
    return found


async def _item(info: Info, item_id: str, as_of: int | None) -> CI | None:
    context = _context(info)
    seen = await context.item_loader(as_of).load(item_id)
    return object_of(context, seen) if seen is not None else None


def _claim(claim: ClaimSeen) -> Claim:
    return Claim(
        source=claim.source,
        scope=claim.scope,
        ref=claim.ref,
        fields=JSON(dict(claim.fields)),
        seen_at=DateTime(claim.seen_at) if claim.seen_at else None,
    )


def _count(context: Context, item_id: str, before: int | None) -> int:
    newest, _ = context.rooms.reads.versions(item_id, 1, before)
    return newest[0].revision if newest else 0


def _seq_of(cursor: str) -> int:
    if not cursor.isdigit() or len(cursor) > 18:
        raise BadArgument("this is no cursor of a history", after=cursor[:80])
    return int(cursor)


def _context(info: Info) -> Context:
    context = info.context
    assert isinstance(context, Context)
    return context
