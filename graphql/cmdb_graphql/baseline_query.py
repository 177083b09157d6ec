"""Questions about baselines and schedules. One of the bases of `RootQuery`."""

from typing import Any

import strawberry
from strawberry.types import Info

from baselines.model import BaselineState as ModelState
from baselines.model import ScopeKind
from baselines.repository import MOST, BaselineFilter
from baselines.room import BaselineRoom
from cmdb_graphql.baseline_types import Baseline, BaselineScopeKind, BaselineState, Schedule
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.paging import Connection, connection, page_size


@strawberry.type
class BaselineQuery:
    """Fields of `Query` about baselines."""

    @strawberry.field(description="Baselines, the newest first; `name` finds a part of the name, whatever its case.")
    def baselines(
        self,
        info: Info,
        state: list[BaselineState] | None = None,
        scope: list[BaselineScopeKind] | None = None,
        name: str = "",
        first: int | None = 50,
        after: str | None = None,
    ) -> Connection[Baseline]:
        context: Context = info.context
        room, size = room_of(context), page_size(first, MOST)
        wanted = BaselineFilter(
            tuple(ModelState(one.value) for one in state or ()), tuple(ScopeKind(one.value) for one in scope or ()), name
        )
        revision = context.revision()
        found = room.baselines.page(wanted, after, size + 1) if size else []
        shown = found[:size]
        page: Connection[Baseline] = connection(
            Connection[Baseline],
            [Baseline.of(one) for one in shown],
            [one.id for one in shown],
            more=len(found) > size,
            after=after,
            revision=revision,
            count=lambda: room.baselines.count(wanted),
        )
        return page

    @strawberry.field(description="One baseline by id or by name, whatever its case; null where there is none.")
    def baseline(self, info: Info, id: strawberry.ID | None = None, name: str | None = None) -> Baseline | None:
        if (id is None) is (name is None):
            raise BadArgument("baseline takes either id or name", argument="id")
        found = room_of(info.context).book.named(str(id) if id is not None else name or "")
        return Baseline.of(found) if found is not None else None

    @strawberry.field(description="What is done on schedule, by name; `runner`: baseline, audit or library only.")
    def schedules(self, info: Info, runner: str | None = None) -> list[Schedule]:
        return [Schedule.of(one) for one in schedules_of(info.context).all(runner)]


def room_of(context: Context) -> BaselineRoom:
    """The room of baselines."""
    found: BaselineRoom = context.rooms.baselines
    return found


def schedules_of(context: Context) -> Any:
    """Schedules (`baselines.schedule.Schedules`)."""
    return context.rooms.schedules
