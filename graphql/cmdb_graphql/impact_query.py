"""Questions about impact (design 7; requirements 8.1-04, 9.2-12, 6.3). One of the bases of `RootQuery`.

All take `asOf` (the graph of an earlier moment) and `atLeast` (a commit the answer must have seen: who has just written gives the receipt's
sequence number), and say at which revision they stand.
"""

import strawberry
from strawberry.types import Info

from cmdb.impact.questions import MAX_PAGE, ImpactQuestion
from cmdb.ledger.asof import UnknownRevision
from cmdb_graphql import impact_inputs as given
from cmdb_graphql import loss_types as losses
from cmdb_graphql import question_types as shown
from cmdb_graphql.comparison_types import WhatIfAnswer, comparison_shown
from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.filters import AsOfInput
from cmdb_graphql.impact_types import Impact, impact_of
from cmdb_graphql.moments import moment
from cmdb_graphql.paging import Connection, list_size, page_size
from cmdb_graphql.scalars import BigInt


@strawberry.type
class ImpactQuery:
    """Fields of `Query` that are answered by the impact index."""

    @strawberry.field(
        description="What breaks if these fail. Unlimited depth, redundancy understood, several roots at once. maxItems, maxDepth and "
        "seconds bound the question; the answer says where one of them cut it."
    )
    def impact(
        self,
        info: Info,
        roots: list[given.ImpactRootInput],
        what_if: given.WhatIfInput | None = None,
        max_items: int = 0,
        max_depth: int | None = None,
        seconds: float | None = None,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> Impact:
        if not roots and what_if is None:
            raise BadArgument("impact needs at least one root, or a whatIf", argument="roots")
        question = _question(info.context, roots, what_if, (max_items, max_depth, seconds), at_least, as_of)
        return impact_of(info.context.rooms.impact.impact(question, info.context.stop), question.as_of)

    @strawberry.field(description="The same question asked of the graph as it is and as it would be: what gets worse, what better.")
    def what_if(
        self,
        info: Info,
        change: given.WhatIfInput,
        roots: list[given.ImpactRootInput] | None = None,
        max_items: int = 0,
        max_depth: int | None = None,
        seconds: float | None = None,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> WhatIfAnswer:
        question = _question(info.context, roots or [], change, (max_items, max_depth, seconds), at_least, as_of)
        return comparison_shown(info.context.rooms.impact.compare(question, info.context.stop), question.as_of)

    @strawberry.field(description="Everything an item depends on: hard all the way, behind redundancy, or softly.")
    def dependencies(
        self, info: Info, of: given.ItemRefInput, at_least: BigInt | None = None, as_of: AsOfInput | None = None
    ) -> shown.Dependencies:
        context, seq = _begun(info, as_of)
        item = given.item_of(context, of, seq, "of")
        return shown.dependencies_shown(context.rooms.impact.dependencies(item, _seen(context, at_least), as_of=seq), item, seq)

    @strawberry.field(description="All shortest ways along which trouble travels from one item to another.")
    def paths(
        self,
        info: Info,
        source: given.ItemRefInput,
        target: given.ItemRefInput,
        first: int | None = 20,
        seconds: float = 5.0,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> shown.Paths:
        context, seq = _asked(info, as_of)
        ends = given.item_of(context, source, seq, "source"), given.item_of(context, target, seq, "target")
        most, seen = list_size(first, MAX_PAGE), _seen(context, at_least)
        found = context.rooms.impact.paths(*ends, most, seen, seconds=seconds, as_of=seq, stop=context.stop)
        return shown.paths_shown(found, seq)

    @strawberry.field(description="Items whose loss alone takes the service (or any item) down, redundancy counted.")
    def single_points_of_failure(
        self, info: Info, of: given.ItemRefInput, seconds: float = 5.0, at_least: BigInt | None = None, as_of: AsOfInput | None = None
    ) -> shown.WeakPoints:
        context, seq = _asked(info, as_of)
        item = given.item_of(context, of, seq, "of")
        found = context.rooms.impact.single_points_of_failure(item, seconds, _seen(context, at_least), as_of=seq, stop=context.stop)
        return shown.weak_points_shown(found, item, seq)

    @strawberry.field(description="Items are unwell together: the smallest candidates whose failure explains them all, ranked.")
    def common_causes(
        self,
        info: Info,
        unwell: list[given.UnwellInput],
        first: int | None = 10,
        seconds: float = 3.0,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> shown.CommonCauses:
        context, seq = _asked(info, as_of)
        seen = given.roots_of(context, unwell, seq, "unwell")
        most, revision = list_size(first, MAX_PAGE), _seen(context, at_least)
        return shown.causes_shown(context.rooms.impact.common_causes(seen, most, seconds, revision, as_of=seq, stop=context.stop), seq)

    @strawberry.field(
        description="What a lost place takes with it: places in it, all located there by relationship or by name. "
        "By name it may also be a location that no item stands for."
    )
    def location_loss(
        self, info: Info, place: given.ItemRefInput, at_least: BigInt | None = None, as_of: AsOfInput | None = None
    ) -> losses.Loss:
        context, seq = _begun(info, as_of)
        return losses.location_loss(context, place, _seen(context, at_least), seq)

    @strawberry.field(
        description="What a lost supplier takes with it: what it supplies (degraded, unless level says otherwise) and what contracts with "
        "it cover."
    )
    def supplier_loss(
        self,
        info: Info,
        supplier: given.ItemRefInput,
        level: given.Level | None = None,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> losses.Loss:
        context, seq = _begun(info, as_of)
        return losses.supplier_loss(context, supplier, level, _seen(context, at_least), seq)

    @strawberry.field(
        description="What a lost VLAN, prefix, interface or network device takes with it: all inside it, and machines that are reached "
        "through it; those that have other addresses are degraded."
    )
    def network_segment_loss(
        self, info: Info, segment: given.ItemRefInput, at_least: BigInt | None = None, as_of: AsOfInput | None = None
    ) -> losses.Loss:
        context, seq = _begun(info, as_of)
        return losses.segment_loss(context, segment, _seen(context, at_least), seq)

    @strawberry.field(description="Items that need each other in a circle, the largest circle first.")
    def cycles(
        self,
        info: Info,
        first: int | None = 20,
        after: str | None = None,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> shown.Cycles:
        context, seq = _begun(info, as_of)
        if after is not None and not (after.isdecimal() and len(after) < 10):
            raise BadArgument(f"{after[:80]!r} is no cursor of this list; start without one", argument="after")
        skip = int(after) if after is not None else 0
        found = context.rooms.impact.cycles(list_size(first, MAX_PAGE), _seen(context, at_least), skip=skip, as_of=seq)
        return shown.cycles_shown(found, skip, seq)

    @strawberry.field(
        description="Live items that nothing is tied to: no failure travels through them. A type stands for the types below it."
    )
    def orphans(
        self,
        info: Info,
        types: list[str] | None = None,
        first: int | None = 50,
        after: str | None = None,
        at_least: BigInt | None = None,
        as_of: AsOfInput | None = None,
    ) -> Connection[shown.Orphan]:
        context, seq = _begun(info, as_of)
        wanted = given.types_of(context, types, seq)
        found = context.rooms.impact.orphans(wanted, page_size(first, MAX_PAGE), after, _seen(context, at_least), as_of=seq)
        return shown.orphans_shown(found, after, seq)


def _asked(info: Info, as_of: AsOfInput | None) -> tuple[Context, int | None]:
    context: Context = info.context
    return context, moment(context, as_of)


def _begun(info: Info, as_of: AsOfInput | None) -> tuple[Context, int | None]:
    """For what cannot be cut short: it is not begun where the operation's time is up. Raises `OutOfTime`."""
    info.context.stop.check()
    return _asked(info, as_of)


def _seen(context: Context, at_least: int | None) -> int:
    """The commit an answer must have seen. One that is not there yet is refused at once: waiting for it would only hold a thread."""
    if at_least is None or at_least <= context.rooms.impact.revision:
        return at_least or 0
    head = context.rooms.reads.head()
    if at_least > head:
        raise UnknownRevision(f"the ledger stands at {head}; there is no commit {at_least} yet", head=head)
    return at_least


def _question(
    context: Context,
    roots: list[given.ImpactRootInput],
    what_if: given.WhatIfInput | None,
    bounds: tuple[int, int | None, float | None],
    at_least: int | None,
    as_of: AsOfInput | None,
) -> ImpactQuestion:
    seq = moment(context, as_of)
    items, depth, seconds = bounds
    return ImpactQuestion(
        roots=given.roots_of(context, roots, seq),
        what_if=given.what_if_of(what_if),
        max_items=items,
        max_depth=depth,
        seconds=seconds,
        at_least=_seen(context, at_least),
        as_of=seq,
    )
