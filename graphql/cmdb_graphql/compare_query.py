"""Questions that compare (design 8). One of the bases of `RootQuery`."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from baselines.compare import Question
from baselines.comparing import CompareRoom
from baselines.differences import DifferenceKind
from cmdb_graphql.compare_types import BaselineComparison, CompareProfile, ComparisonSide
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument

_POINT = "A baseline's id or name, a commit's number, a time (ISO 8601 with an offset), or now."


@strawberry.type
class CompareQuery:
    """Fields of `Query` that compare."""

    @strawberry.field(
        description="Compare two sides, each a baseline, a commit, a time or now: what was added, removed, changed, under which change. "
        "`types` are item types (with those below them) and relationship types; `service` (its id or name) keeps what belongs to a "
        "service, `none` what supports no service."
    )
    def compare_baselines(
        self,
        info: Info,
        start: Annotated[str, strawberry.argument(name="from", description=_POINT)],
        end: Annotated[str, strawberry.argument(name="to", description=_POINT)] = "now",
        profile: str | None = None,
        types: list[str] | None = None,
        service: strawberry.ID | None = None,
        kinds: list[str] | None = None,
        only_unauthorised: bool = False,
    ) -> BaselineComparison:
        room = room_of(info.context)
        a, b = room.sides.pair(start, end)
        question = Question(
            a,
            b,
            room.profiles.get(profile),
            tuple(types or ()),
            str(service) if service is not None else None,
            tuple(_kind(one) for one in kinds or ()),
            only_unauthorised,
        )
        found = room.compare.ask(question)
        return BaselineComparison(start=ComparisonSide.of(a), end=ComparisonSide.of(b), profile=question.profile.name, model=found)

    @strawberry.field(description="Profiles of comparison: the built-in ones, then saved ones by name.")
    def compare_profiles(self, info: Info) -> list[CompareProfile]:
        return [CompareProfile.of(one) for one in room_of(info.context).profiles.all()]


def room_of(context: Context) -> CompareRoom:
    """The room that compares."""
    found: CompareRoom = context.rooms.comparing
    return found


def _kind(text: str) -> DifferenceKind:
    try:
        return DifferenceKind(text)
    except ValueError:
        raise BadArgument(f"{text[:40]!r} is no kind of difference; use {', '.join(DifferenceKind)}", argument="kinds") from None
