"""Questions about audits and the library. One of the bases of `RootQuery`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.types import Info

from baselines.audit.criteria import default_criteria
from baselines.audit.errors import AuditNotFound, DeficiencyNotFound
from baselines.audit.follow_up import where_of
from baselines.audit.model import DeficiencyState, Severity
from baselines.library.model import Outcome
from cmdb_graphql.audit_run_types import Audit, AuditRun, runs_page
from cmdb_graphql.audit_types import AuditCheck, Deficiency, DeficiencyPage, room_of
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.library_types import LibraryCheck, LibraryCheckPage
from cmdb_graphql.paging import Connection, PageInfo, page_size
from cmdb_graphql.scalars import BigInt

PAGE = 500
"""Deficiencies or checks in one page at most; pageInfo says whether more follow."""


@strawberry.type
class AuditQuery:
    """Fields of `Query` about audits."""

    @strawberry.field(description="All audits, in the order they were planned.")
    def audits(self, info: Info) -> list[Audit]:
        return [Audit.of(one) for one in room_of(info.context).book.audits()]

    @strawberry.field(description="One audit by its id or name; null where there is none.")
    def audit(self, info: Info, id: strawberry.ID) -> Audit | None:
        try:
            return Audit.of(room_of(info.context).book.audit(str(id)))
        except AuditNotFound:
            return None

    @strawberry.field(description="Runs of an audit (its id or name), newest first.")
    def audit_runs(self, info: Info, audit: strawberry.ID, first: int | None = 20, after: str | None = None) -> Connection[AuditRun]:
        return runs_page(info.context, room_of(info.context).book.audit(str(audit)), first, after)

    @strawberry.field(description="One run by its id; null where there is none.")
    def audit_run(self, info: Info, id: strawberry.ID) -> AuditRun | None:
        book = room_of(info.context).book
        try:
            run = book.run(str(id))
            return AuditRun.of(run, book.audit(run.audit))
        except AuditNotFound:
            return None

    @strawberry.field(description="The criteria that come with the product: what a plan may name.")
    def audit_criteria(self) -> list[AuditCheck]:
        return [AuditCheck.of(one) for one in default_criteria()]

    @strawberry.field(
        description="Deficiencies, worst first, then by due date; those that still ask something of somebody where nothing else is asked."
    )
    def deficiencies(
        self,
        info: Info,
        audit: strawberry.ID | None = None,
        check: str | None = None,
        item: strawberry.ID | None = None,
        owner: str | None = None,
        state: str | None = None,
        severity: str | None = None,
        pending: bool | None = None,
        overdue: bool = False,
        first: int | None = 50,
        after: strawberry.ID | None = None,
    ) -> DeficiencyPage:
        context: Context = info.context
        room, size = room_of(context), min(page_size(first), PAGE)
        chosen = word(DeficiencyState, state, "state")
        wanted = where_of(
            audit=room.book.audit(str(audit)).id if audit is not None else None,
            check=check, item=str(item) if item is not None else None, owner=owner, state=chosen,
            severity=word(Severity, severity, "severity"), pending=True if pending is None and chosen is None else pending,
        )  # fmt: skip
        found = room.follow_up.page(wanted, str(after) if after else None, size + 1, overdue) if size else []
        today = datetime.now(UTC).date().isoformat()
        nodes = [Deficiency.of(one, today) for one in found[:size]]
        return DeficiencyPage(nodes=nodes, page_info=_page(nodes, len(found) > size, after), revision=BigInt(context.revision()))

    @strawberry.field(description="One deficiency; null where there is none of this id.")
    def deficiency(self, info: Info, id: strawberry.ID) -> Deficiency | None:
        try:
            return Deficiency.of(room_of(info.context).follow_up.get(str(id)), datetime.now(UTC).date().isoformat())
        except DeficiencyNotFound:
            return None

    @strawberry.field(description="The newest check of each master copy; `failing` asks for those that are, or are not, as they should be.")
    def library_checks(
        self,
        info: Info,
        outcome: str | None = None,
        failing: bool | None = None,
        item: strawberry.ID | None = None,
        first: int | None = 50,
        after: strawberry.ID | None = None,
    ) -> LibraryCheckPage:
        context: Context = info.context
        size, chosen = min(page_size(first), PAGE), word(Outcome, outcome, "outcome")
        asked = {"outcome": chosen and str(chosen), "failing": failing, "item_id": str(item) if item is not None else None}
        wanted = {name: value for name, value in asked.items() if value is not None}
        found = room_of(context).library.page(wanted, str(after) if after else None, size + 1) if size else []
        nodes = [LibraryCheck.of(one) for one in found[:size]]
        return LibraryCheckPage(nodes=nodes, page_info=_page(nodes, len(found) > size, after), revision=BigInt(context.revision()))


def word(words: Any, value: str | None, name: str) -> Any:
    """The word of an enumeration that was asked for. Raises `BadArgument`."""
    if value is None:
        return None
    try:
        return words(value)
    except ValueError:
        raise BadArgument(f"{name} is one of {', '.join(words)}, not {value[:40]!r}", argument=name) from None


def _page(nodes: Sequence[Any], more: bool, after: strawberry.ID | None) -> PageInfo:
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=nodes[0].id if nodes else None,
        end_cursor=nodes[-1].id if nodes else None,
    )
