"""The picture of an answer: from the evaluation to the columns that `layout` takes, and back to items.

Beyond `EXACT` items hit, only the explaining paths are wired (`wired` is False then): a million arrows would neither be drawn nor read.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.answer import ImpactAnswer
from cmdb.impact.layout import Columns, Fold, Layer, Layout, Wire, lay_out
from cmdb.impact.levels import Level, Pass
from cmdb.impact.questions import MAX_PAGE, TooMuchAsked
from cmdb.impact.search import arrows_into

Longs = NDArray[np.int64]

EXACT = 25_000
MOST = 5_000


@dataclass(frozen=True, slots=True)
class PictureQuery:
    """`above`: how many items of one type may stand singly in a layer; `opened`: keys of folded boxes to open; `shown`: items never folded
    (an explaining path, the one that is selected); `most`: single boxes at most."""

    above: int = 10
    opened: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    most: int = 4_000


@dataclass(frozen=True, slots=True)
class PictureBox:
    """An item (`item_id`) or `count` folded ones of a type (`item_id` None)."""

    key: str
    item_id: str | None
    type: str
    depth: int
    level: Level
    root: bool
    group: bool
    count: int
    down: int
    degraded: int
    at_risk: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, wires between them by index, layers. `wired` tells whether every passing relationship is counted in a wire."""

    boxes: list[PictureBox]
    wires: list[Wire]
    layers: list[Layer]
    width: float
    height: float
    wired: bool


def picture_of(answer: ImpactAnswer, query: PictureQuery) -> Picture:
    """The picture at the answer's revision. Raises `TooMuchAsked`."""
    if not 1 <= query.above <= MOST or not 1 <= query.most <= MOST:
        raise TooMuchAsked(f"a picture has 1 to {MOST:,} boxes", limit=MOST)
    if len(query.opened) > MAX_PAGE or len(query.shown) > MAX_PAGE:
        raise TooMuchAsked(f"a picture opens and shows at most {MAX_PAGE:,} boxes", limit=MAX_PAGE)
    columns, numbers, wired = _columns(answer)
    shown = [answer.view.find(item) for item in query.shown]
    single = np.flatnonzero(np.isin(numbers, np.array(shown, np.int64)))
    fold = Fold(query.above, query.opened, frozenset(single.tolist()), query.most)
    return _named(answer, lay_out(columns, answer.view.words.types, fold), numbers, wired)


def _columns(answer: ImpactAnswer) -> tuple[Columns, Longs, bool]:
    view, evaluation = answer.view, answer.evaluation
    explained = evaluation.explained
    followed = evaluation.level_at[explained.order] > 0  # of a bounded answer's frontier the level is not known: it is not drawn
    numbers = explained.order[followed].astype(np.int64)
    parents, depths = explained.parents[followed], explained.depths[followed].astype(np.int64)
    levels = evaluation.level_at[numbers].astype(np.int64)
    wired = len(numbers) <= EXACT
    place = np.full(view.items, -1, np.int64)
    place[numbers] = np.arange(len(numbers))
    if wired:
        source, target, how = _arrows(answer, numbers, levels, place)
    else:
        reached = np.flatnonzero(parents >= 0)
        source, target, how = place[parents[reached]], reached, np.zeros(len(reached), np.int64)
    columns = Columns(depths, view.type_of[numbers].astype(np.int64), levels, source, target, how)
    return columns, numbers, wired


def _arrows(answer: ImpactAnswer, numbers: Longs, levels: Longs, place: Longs) -> tuple[Longs, Longs, Longs]:
    """Along which arrows trouble passed: a soft need passes it on one level better. In compiled code, since there may be a hundred thousand
    of them, and other questions want the interpreter meanwhile."""
    nodes, none = numbers.astype(np.int32), np.empty(0, np.int32)
    size = arrows_into(nodes, answer.view.affects, none, none, np.empty(0, np.int8))
    other, own, how = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int8)
    arrows_into(nodes, answer.view.affects, other, own, how)
    source, target = place[own], place[other]
    passed = (target >= 0) & (levels[source] - (how == Pass.SOFT) >= Level.AT_RISK)
    return source[passed], target[passed], how[passed].astype(np.int64)


def _named(answer: ImpactAnswer, layout: Layout, numbers: Longs, wired: bool) -> Picture:
    view = answer.view
    roots = frozenset(answer.evaluation.roots.tolist())
    boxes = []
    for box in layout.boxes:
        number = int(numbers[box.position]) if box.position >= 0 else -1
        item = view.ids.name(number) if number >= 0 else None
        _, at_risk, degraded, down = box.by_level
        boxes.append(
            PictureBox(
                key=item or box.key,
                item_id=item,
                type=view.words.types[box.kind],
                depth=box.depth,
                level=Level(box.worst),
                root=number in roots,
                group=number >= 0 and view.is_group(number),
                count=box.count,
                down=down,
                degraded=degraded,
                at_risk=at_risk,
                x=box.x,
                y=box.y,
            )
        )
    return Picture(boxes, layout.wires, layout.layers, layout.width, layout.height, wired)
