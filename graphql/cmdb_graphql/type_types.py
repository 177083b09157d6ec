"""The type registry in the schema: what forms and generic clients are built from (design 5)."""

import strawberry

from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import AttributeDef, RelationType
from cmdb_graphql.generate import core_field_names
from cmdb_graphql.names import attribute_name, type_name


@strawberry.type(name="AttributeType", description="One attribute of a CI type or relationship type.")
class AttributeView:
    """`field` is its name in this schema, null for attributes of relationships."""

    name: str
    field: str | None
    kind: str
    description: str | None
    required: bool
    recommended: bool
    multiple: bool
    secret: bool
    controlled: bool = strawberry.field(description="Changes only under an approved change.")
    enum: list[str]
    pattern: str | None
    minimum: float | None
    maximum: float | None
    unit: str | None
    reference: str | None


@strawberry.type(name="LifecycleState", description="A status items of a type may have.")
class LifecycleStateView:
    """`to`: states one may move to."""

    name: str
    description: str | None
    to: list[str]


@strawberry.type(name="CiType", description="A CI type with what it inherits.")
class ItemTypeView:
    """`objectType` names its object type in this schema, null for abstract types."""

    name: str
    object_type: str | None
    description: str
    abstract: bool
    area: str
    parent: str | None
    ancestors: list[str]
    concrete: list[str] = strawberry.field(description="The type and those below it, as far as items can be of them.")
    attributes: list[AttributeView]
    default_status: str
    states: list[LifecycleStateView]
    control_level: str
    breaks: bool = strawberry.field(description="Whether the failure of such an item can reach others, by the relationships it may have.")
    stale_after_seconds: int | None


@strawberry.type(description="Ends a relationship type allows; types below them are allowed as well.")
class AllowedPair:
    """A pair."""

    source: str
    target: str


@strawberry.type(name="RelationType", description="A relationship type: source -name-> target.")
class RelationTypeView:
    """`affectedEnd`: the end that suffers when the other fails: source, target or null."""

    name: str
    inverse: str
    description: str
    cardinality: str
    propagation: str
    need: str
    affected_end: str | None
    pairs: list[AllowedPair]
    attributes: list[AttributeView]


def item_type_view(registry: Registry, resolved: ResolvedType) -> ItemTypeView:
    """A CI type to show."""
    taken = core_field_names()
    return ItemTypeView(
        name=resolved.name,
        object_type=None if resolved.abstract else type_name(resolved.name),
        description=resolved.description,
        abstract=resolved.abstract,
        area=str(resolved.area),
        parent=resolved.parent,
        ancestors=list(resolved.ancestors),
        concrete=list(registry.concrete_of(resolved.name)),
        attributes=[
            _attribute(one, attribute_name(one.name, taken), one.name in resolved.controlled) for one in resolved.attributes.values()
        ],
        default_status=resolved.default_status,
        states=[
            LifecycleStateView(name=one.name, description=one.description or None, to=list(one.to)) for one in resolved.lifecycle.states
        ],
        control_level=str(resolved.control_level),
        breaks=not registry.breaking().isdisjoint(registry.concrete_of(resolved.name)),
        stale_after_seconds=int(resolved.stale_after.total_seconds()) if resolved.stale_after else None,
    )


def relation_type_view(relation: RelationType) -> RelationTypeView:
    """A relationship type to show."""
    return RelationTypeView(
        name=relation.name,
        inverse=relation.inverse,
        description=relation.description,
        cardinality=str(relation.cardinality),
        propagation=str(relation.propagation.kind),
        need=str(relation.propagation.need),
        affected_end=relation.propagation.affected_end,
        pairs=[AllowedPair(source=pair.source, target=pair.target) for pair in relation.pairs],
        attributes=[_attribute(one, None, relation.controlled) for one in relation.attributes],
    )


def _attribute(one: AttributeDef, field: str | None, controlled: bool) -> AttributeView:
    return AttributeView(
        name=one.name,
        field=field,
        kind=str(one.kind),
        description=one.description or None,
        required=one.required,
        recommended=one.recommended,
        multiple=one.multiple,
        secret=one.secret,
        controlled=controlled,
        enum=list(one.enum),
        pattern=one.pattern,
        minimum=None if one.minimum is None else float(one.minimum),
        maximum=None if one.maximum is None else float(one.maximum),
        unit=one.unit,
        reference=one.reference,
    )
