"""Questions about impact: what breaks if these fail (design 7; requirements 8.1-04, 9.2-12). One of the bases of `RootQuery`."""

import strawberry
from strawberry.types import Info

from cmdb_graphql import impact_types as impacts
from cmdb_graphql.scalars import BigInt


@strawberry.type
class ImpactQuery:
    """Fields of `Query` that are answered by the impact index."""

    @strawberry.field(description="What breaks if these fail. Unlimited depth, redundancy understood, several roots at once.")
    def impact(
        self,
        info: Info,
        roots: list[impacts.ImpactRootInput],
        what_if: impacts.WhatIfInput | None = None,
        max_items: int = 0,
        at_least: BigInt | None = None,
    ) -> impacts.Impact:
        return impacts.impact_of(info.context, roots, what_if, max_items, at_least)
