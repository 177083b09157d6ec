"""The picture of an impact answer in the schema: boxes with places, wires, layers (laid out by `cmdb.impact.layout`)."""

import strawberry

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.picture import PictureQuery, picture_of
from cmdb_graphql.context import Context
from cmdb_graphql.impact_inputs import Level


@strawberry.type(description="An item in the picture, or items of one type folded into one box.")
class PictureNode:
    """`key` is the item's id, or what to name in `open` to unfold the box."""

    key: str
    item_id: strawberry.ID | None = strawberry.field(description="Null for a folded box.")
    name: str | None = strawberry.field(description="Null for a folded box, and where the item has been retired since.")
    type: str
    level: Level = strawberry.field(description="Of a folded box: the worst in it.")
    root: bool
    redundancy: bool = strawberry.field(description="Whether it is a redundancy group.")
    count: int
    down: int
    degraded: int
    at_risk: int
    depth: int
    x: float
    y: float


@strawberry.type(description="Trouble passes from one box to another.")
class PictureLink:
    """Ends are places in `nodes`."""

    source: int
    target: int
    count: int = strawberry.field(description="Relationships it stands for.")
    need: str = strawberry.field(description="The strongest of them: hard, soft or member.")


@strawberry.type(description="Items at one distance from the roots.")
class PictureLayer:
    """`x` is its middle."""

    depth: int
    x: float
    width: float
    count: int


@strawberry.type(description="The answer laid out: trouble runs from left to right, the middle is at height 0.")
class Picture:
    """Everything stands at its place; the same question gives the same picture."""

    nodes: list[PictureNode]
    links: list[PictureLink]
    layers: list[PictureLayer]
    width: float
    height: float
    folded: int = strawberry.field(description="Items inside folded boxes.")
    all_links: bool = strawberry.field(description="False where only the explaining paths are drawn, since there are too many arrows.")


_NEEDS = ("hard", "soft", "member")


def picture(context: Context, answer: ImpactAnswer, query: PictureQuery, seq: int | None = None) -> Picture:
    """The picture with names, read at once for all single items."""
    found = picture_of(answer, query)
    single = [box.item_id for box in found.boxes if box.item_id is not None]
    names = context.rooms.reads.names(single, seq) if single else {}
    nodes = [
        PictureNode(
            key=box.key,
            item_id=strawberry.ID(box.item_id) if box.item_id is not None else None,
            name=names.get(box.item_id) if box.item_id is not None else None,
            type=box.type,
            level=Level(box.level.word),
            root=box.root,
            redundancy=box.group,
            count=box.count,
            down=box.down,
            degraded=box.degraded,
            at_risk=box.at_risk,
            depth=box.depth,
            x=box.x,
            y=box.y,
        )
        for box in found.boxes
    ]
    links = [PictureLink(source=one.source, target=one.target, count=one.count, need=_NEEDS[one.how]) for one in found.wires]
    layers = [PictureLayer(depth=one.depth, x=one.x, width=one.width, count=one.count) for one in found.layers]
    folded = sum(box.count for box in found.boxes if box.item_id is None)
    return Picture(nodes=nodes, links=links, layers=layers, width=found.width, height=found.height, folded=folded, all_links=found.wired)
