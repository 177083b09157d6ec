"""Comparisons as the schema shows them (design 8, requirements 9.1-21). Kinds and states are texts (decision 0070)."""

from typing import Any

import strawberry

from baselines.compare import Comparison
from baselines.coverage import Tally
from baselines.differences import AttributeDifference as ModelAttribute
from baselines.differences import Difference as ModelDifference
from baselines.differences import End
from baselines.profiles import Profile
from baselines.sides import Side
from cmdb_graphql.ledger_types import Commit
from cmdb_graphql.paging import Connection, connection, page_size
from cmdb_graphql.scalars import JSON, BigInt, DateTime


@strawberry.type(description="One side of a comparison: a commit of the ledger, seen in a scope.")
class ComparisonSide:
    """`time` is null before the first commit."""

    label: str
    seq: BigInt
    hash: str = strawberry.field(description="The commit's chain hash: it pins everything up to it.")
    time: DateTime | None
    scope: JSON
    baseline_id: strawberry.ID | None
    baseline_name: str | None
    seal: str | None = strawberry.field(description="The Merkle root the baseline was sealed with.")

    @staticmethod
    def of(side: Side) -> "ComparisonSide":
        """The side to show."""
        one = side.baseline
        return ComparisonSide(
            label=side.label,
            seq=BigInt(side.seq),
            hash=side.hash,
            time=DateTime(side.time) if side.time else None,
            scope=JSON(side.scope.body()),
            baseline_id=strawberry.ID(one.id) if one else None,
            baseline_name=one.name if one else None,
            seal=one.seal.digest if one and one.seal else None,
        )


@strawberry.type(description="How many differences are of one kind.")
class ComparisonKindCount:
    """One kind with its count."""

    kind: str
    count: int


@strawberry.type(description="Counts of some differences, and the share of them that a change authorised.")
class ComparisonTally:
    """`share` is null where authorisation applies to none of them."""

    total: int
    authorised: int = strawberry.field(description="Every commit behind it names a change.")
    partly: int = strawberry.field(description="Some commits behind it name a change.")
    none: int = strawberry.field(description="No commit behind it names a change.")
    share: float | None
    kinds: list[ComparisonKindCount]

    @staticmethod
    def of(tally: Tally) -> "ComparisonTally":
        """The tally to show."""
        kinds = [ComparisonKindCount(kind=kind, count=count) for kind, count in tally.body()["kinds"].items()]
        return ComparisonTally(
            total=tally.total, authorised=tally.authorised, partly=tally.partly, none=tally.none, share=tally.share, kinds=kinds
        )


@strawberry.type(description="Differences of one item type or relationship type.")
class ComparedType:
    """A type with its tally."""

    type: str
    tally: ComparisonTally


@strawberry.type(description="Differences of what supports one service.")
class ComparedService:
    """`id` is null for what supports no service."""

    id: strawberry.ID | None
    name: str
    tally: ComparisonTally


@strawberry.type(description="Coverage per service. An item that supports several services counts for each.")
class ComparedServices:
    """Most differences first."""

    complete: bool = strawberry.field(description="Whether every item could be followed up to its services.")
    services: list[ComparedService]


@strawberry.type(description="Counts over a whole comparison.")
class ComparisonTotals:
    """Items and relationships together and apart."""

    all: ComparisonTally
    items: ComparisonTally
    relationships: ComparisonTally


@strawberry.type(description="One attribute that differs; `added` and `removed` are the parts of a value of several.")
class AttributeDifference:
    """`kind`: added, removed, changed."""

    name: str
    kind: str
    before: JSON | None
    after: JSON | None
    added: JSON | None
    removed: JSON | None

    @staticmethod
    def of(one: ModelAttribute) -> "AttributeDifference":
        """The attribute to show."""
        parts = bool(one.added or one.removed)
        return AttributeDifference(
            name=one.name,
            kind=one.kind.value,
            before=_json(one.before),
            after=_json(one.after),
            added=JSON(list(one.added)) if parts else None,
            removed=JSON(list(one.removed)) if parts else None,
        )


@strawberry.type(description="One end of a relationship, as it was called then.")
class ComparedEnd:
    """An item by id, type and name; `identity` tells two of one name apart."""

    id: strawberry.ID
    type: str
    name: str
    version: str | None
    identity: str | None

    @staticmethod
    def of(end: End | None) -> "ComparedEnd | None":
        """The end to show; None for none."""
        if end is None:
            return None
        return ComparedEnd(
            id=strawberry.ID(end.id), type=end.type, name=end.name, version=end.version or None, identity=end.identity or None
        )


@strawberry.type(description="One item or relationship that differs, with the commits that made it so and the changes that authorised it.")
class BaselineDifference:
    """`fields` names what differs; `attributes` has both values."""

    subject: str = strawberry.field(description="item or relation.")
    kind: str = strawberry.field(description="added, removed, restored, changed, renamed, retyped, entered or left (the scope).")
    id: strawberry.ID
    type: str
    name: str
    identity: str | None = strawberry.field(
        description="What tells an item apart from others of its name: an image's repository and tag, a version, an identifier."
    )
    former_id: strawberry.ID | None = strawberry.field(description="What a retyped item was.")
    source: ComparedEnd | None
    target: ComparedEnd | None
    fields: list[str]
    authorisation: str = strawberry.field(description="authorised, partly, none or not_applicable.")
    changes: list[str] = strawberry.field(description="The changes that authorised it.")
    model: strawberry.Private[ModelDifference]

    @strawberry.field(description="The fields that differ with the values on both sides.")
    def attributes(self) -> list[AttributeDifference]:
        return [AttributeDifference.of(one) for one in self.model.attributes()]

    @strawberry.field(description="The commits between the sides that altered it, oldest first.")
    def commits(self) -> list[Commit]:
        return [shown for one in self.model.commits if (shown := Commit.of(one)) is not None]

    @staticmethod
    def of(one: ModelDifference) -> "BaselineDifference":
        """The difference to show."""
        return BaselineDifference(
            subject=one.subject.value,
            kind=one.kind.value,
            id=strawberry.ID(one.id),
            type=one.type,
            name=one.name,
            identity=one.identity or None,
            former_id=strawberry.ID(one.former_id) if one.former_id else None,
            source=ComparedEnd.of(one.source),
            target=ComparedEnd.of(one.target),
            fields=list(one.fields),
            authorisation=one.authorisation.value,
            changes=list(one.changes),
            model=one,
        )


@strawberry.type(description="Two sides compared. Totals and coverage are computed only when asked for.")
class BaselineComparison:
    """`notes` tell what a reader must know; a limit that was met is known once everything was counted, so they count."""

    start: ComparisonSide = strawberry.field(name="from")
    end: ComparisonSide = strawberry.field(name="to")
    profile: str
    model: strawberry.Private[Comparison]

    @strawberry.field(description="What a reader must know: different scopes, a service live on one side only, limits that were met.")
    def notes(self) -> list[str]:
        return list(self.model.notes)

    @strawberry.field(description="How many differ, how, and how many of them a change authorised.")
    def totals(self) -> ComparisonTotals:
        found = self.model.totals()
        return ComparisonTotals(
            all=ComparisonTally.of(found.all), items=ComparisonTally.of(found.items), relationships=ComparisonTally.of(found.relations)
        )

    @strawberry.field(description="The same by type, most differences first.")
    def by_type(self) -> list[ComparedType]:
        return [ComparedType(type=name, tally=ComparisonTally.of(tally)) for name, tally in self.model.totals().types()]

    @strawberry.field(description="The same by service.")
    def by_service(self) -> ComparedServices:
        rows, complete = self.model.services()
        shown = [
            ComparedService(id=strawberry.ID(row.id) if row.id else None, name=row.name, tally=ComparisonTally.of(row.tally))
            for row in rows
        ]
        return ComparedServices(complete=complete, services=shown)

    @strawberry.field(description="The differences, in the order of the commit that touched each last: an order that never changes.")
    def differences(self, first: int | None = 50, after: str | None = None) -> Connection[BaselineDifference]:
        size = page_size(first)
        page = self.model.page(size, after)
        question = self.model.question
        found: Connection[BaselineDifference] = connection(
            Connection[BaselineDifference],
            [BaselineDifference.of(one) for one in page.differences],
            [one.cursor for one in page.differences],
            more=page.more,
            after=after,
            revision=max(question.a.seq, question.b.seq),
            count=lambda: self.model.totals().all.total,
        )
        return found


@strawberry.type(description="A saved profile of comparison: what is looked at and what is noise.")
class CompareProfile:
    """Patterns as in file names. `revision` is 0 for the built-in ones."""

    name: str
    description: str
    include_types: list[str]
    exclude_types: list[str]
    include_attributes: list[str]
    exclude_attributes: list[str]
    relationships: bool
    provenance: bool = strawberry.field(description="Whether it counts who said a value.")
    revision: int

    @staticmethod
    def of(one: Profile) -> "CompareProfile":
        """The profile to show."""
        return CompareProfile(
            name=one.name,
            description=one.description,
            include_types=list(one.include_types),
            exclude_types=list(one.exclude_types),
            include_attributes=list(one.include_attributes),
            exclude_attributes=list(one.exclude_attributes),
            relationships=one.relationships,
            provenance=one.provenance,
            revision=one.revision,
        )


def _json(value: Any) -> Any:
    return JSON(list(value) if isinstance(value, tuple) else value) if value is not None else None
