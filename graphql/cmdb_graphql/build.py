"""`build_schema(registry)`: the whole schema, the generated part and the fixed one."""

import types
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from cmdb.inventory.query import ItemQuery
from cmdb.model.registry import Registry
from cmdb_graphql.fastpath import FastExecutor
from cmdb_graphql.filters import AsOfInput, Fields, OrderInput, order_of, typed
from cmdb_graphql.generate import Generated, generated
from cmdb_graphql.items import Unregistered
from cmdb_graphql.listing import listing_class, live, past
from cmdb_graphql.moments import moment
from cmdb_graphql.mutation import Mutation
from cmdb_graphql.names import camel, type_name
from cmdb_graphql.paging import page_size
from cmdb_graphql.query import RootQuery, searched
from cmdb_graphql.scalars import scalar_map
from cmdb_graphql.subscription import Subscription


def build_schema(registry: Registry) -> strawberry.Schema:
    """The schema of a registry. Takes about a second for the default pack; immutable, so share it."""
    found = generated(registry, root_field_names())
    namespace: dict[str, Any] = {one.list_field: _list_field(one) for one in found}
    query = types.new_class("Query", (RootQuery,), {}, lambda body: body.update(namespace, __module__=__name__))
    return strawberry.Schema(
        query=strawberry.type(query, name="Query", description="Questions. Every answer says which revision of the ledger it has seen."),
        mutation=Mutation,
        subscription=Subscription,
        types=[*(one.cls for one in found), Unregistered],
        execution_context_class=FastExecutor,
        config=StrawberryConfig(scalar_map=scalar_map(), disable_field_suggestions=False),
    )


def list_fields(registry: Registry) -> frozenset[str]:
    """Names of the generated list fields of `Query`."""
    return frozenset(one.list_field for one in generated(registry, root_field_names()))


def root_field_names() -> frozenset[str]:
    """Names of `Query`'s fixed fields."""
    definition: Any = RootQuery.__strawberry_definition__  # type: ignore[attr-defined]
    return frozenset(camel(field.python_name) for field in definition.fields)


def _nullable(kind: Any) -> Any:
    return kind | None


def _list_field(one: Generated) -> Any:
    connection = listing_class(one.cls, type_name(one.item_type))
    item_type = one.item_type

    def resolve(
        self: Any,  # noqa: ARG001
        info: Info,
        filter: Any = None,
        any_of: Any = None,
        search: str | None = None,
        order_by: OrderInput | None = None,
        first: int | None = 50,
        after: str | None = None,
        as_of: AsOfInput | None = None,
    ) -> Any:
        known, seq = Fields(info.context.types, (item_type,)), moment(info.context, as_of)
        query = ItemQuery(
            types=(item_type,),
            filters=typed(known, filter, any_of),
            order=order_of(known, order_by),
            after=after,
            first=page_size(first),
            search=searched(search),
        )
        return live(info, connection, query) if seq is None else past(info, connection, query, seq)

    resolve.__annotations__ |= {
        "filter": _nullable(one.filter),
        "any_of": _nullable(types.GenericAlias(list, one.filter)),
        "return": connection,
    }
    return strawberry.field(resolve, name=one.list_field, description=f"Items of exactly the type {item_type}. anyOf: one of these holds.")
