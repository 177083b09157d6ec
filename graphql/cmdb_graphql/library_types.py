"""Checks of master copies in the schema (requirements 9.1-22 to 9.1-24)."""

import strawberry
from strawberry.types import Info

from baselines.library import model
from cmdb_graphql.context import Context
from cmdb_graphql.items import CI, object_of
from cmdb_graphql.paging import PageInfo
from cmdb_graphql.scalars import BigInt, DateTime


@strawberry.type(description="The newest check of a master copy.")
class LibraryCheck:
    """`failingSince`: the first of the checks that failed without a good one between."""

    id: strawberry.ID
    item_id: strawberry.ID
    name: str
    type: str
    place: str = strawberry.field(description="file, https, oci or other.")
    location: str
    expected: str
    found: str | None
    size: BigInt | None
    outcome: str = strawberry.field(description="ok, altered, missing, unreachable or refused.")
    detail: str
    checked_at: DateTime
    checked_by: str
    failing_since: DateTime | None
    last_ok: DateTime | None
    checks: int = strawberry.field(description="How often it was checked.")

    @strawberry.field(description="The item that refers to it; null where it is not live any more.")
    async def item(self, info: Info) -> CI | None:
        context: Context = info.context
        seen = await context.item_loader(None).load(str(self.item_id))
        return object_of(context, seen) if seen is not None else None

    @staticmethod
    def of(one: model.LibraryCheck) -> "LibraryCheck":
        """The check to show."""
        return LibraryCheck(
            id=strawberry.ID(one.id), item_id=strawberry.ID(one.item), name=one.name, type=one.type, place=str(one.place),
            location=one.location, expected=one.expected, found=one.found, size=None if one.size is None else BigInt(one.size),
            outcome=str(one.outcome), detail=one.detail, checked_at=DateTime(one.checked_at), checked_by=one.checked_by,
            failing_since=DateTime(one.failing_since) if one.failing_since else None,
            last_ok=DateTime(one.last_ok) if one.last_ok else None, checks=one.checks,
        )  # fmt: skip


@strawberry.type(description="A page of checks. The cursor of an entry is its id.")
class LibraryCheckPage:
    """By id."""

    nodes: list[LibraryCheck]
    page_info: PageInfo
    revision: BigInt
