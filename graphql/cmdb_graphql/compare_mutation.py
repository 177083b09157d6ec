"""Saving profiles of comparison. One of the bases of `Mutation`."""

import strawberry
from strawberry.types import Info

from baselines.profiles import Profile
from cmdb.model.actor import Cause
from cmdb.model.observation import MANUAL_SOURCE
from cmdb_graphql.compare_query import room_of
from cmdb_graphql.compare_types import CompareProfile
from cmdb_graphql.context import Context
from cmdb_graphql.ledger_types import Receipt


@strawberry.input(
    description="A profile of comparison. Patterns as in file names; an attribute may be named with its type: host.boot_time."
)
class CompareProfileInput:
    """Empty lists say nothing: everything counts."""

    name: str
    description: str = ""
    include_types: list[str] = strawberry.field(default_factory=list)
    exclude_types: list[str] = strawberry.field(default_factory=list)
    include_attributes: list[str] = strawberry.field(default_factory=list)
    exclude_attributes: list[str] = strawberry.field(default_factory=list)
    relationships: bool = True
    provenance: bool = False
    expected_revision: int | None = None
    reason: str = ""


@strawberry.type(description="A profile after a write; null after it was deleted.")
class CompareProfilePayload:
    """The profile and where the write stands."""

    profile: CompareProfile | None
    receipt: Receipt


@strawberry.type
class CompareMutation:
    """Fields of `Mutation` about comparing."""

    @strawberry.mutation(description="Save a profile of comparison, new or its next revision.")
    def save_compare_profile(self, info: Info, input: CompareProfileInput) -> CompareProfilePayload:
        context: Context = info.context
        wanted = Profile(
            input.name,
            input.description[:1_000],
            tuple(input.include_types),
            tuple(input.exclude_types),
            tuple(input.include_attributes),
            tuple(input.exclude_attributes),
            input.relationships,
            input.provenance,
        )
        cause = Cause(context.actor, MANUAL_SOURCE, input.reason or f"profile of comparison {input.name}")
        saved, receipt = room_of(context).profiles.save(wanted, cause, input.expected_revision)
        context.rooms.written()
        return CompareProfilePayload(profile=CompareProfile.of(saved), receipt=Receipt.of(receipt))

    @strawberry.mutation(description="Delete a profile of comparison; the ledger keeps its versions.")
    def delete_compare_profile(self, info: Info, name: str, reason: str = "") -> CompareProfilePayload:
        context: Context = info.context
        cause = Cause(context.actor, MANUAL_SOURCE, reason or f"profile of comparison {name[:80]} deleted")
        receipt = room_of(context).profiles.delete(name, cause)
        context.rooms.written()
        return CompareProfilePayload(profile=None, receipt=Receipt.of(receipt))
