"""Where everything in the picture of an answer stands. Pure: arrays in, boxes and wires out, the same for the same question.

Rules. An item's layer is its distance from the nearest root, so trouble runs from left to right. Within a layer, items of one type are
folded into one box with counts once there are more than `above` of them; an opened box shows its members in pieces of `PIECE`, the
worst first, and what is left stays folded. Boxes of a layer are ordered by where their causes stand (barycentre, three sweeps), which
keeps wires short. A layer of more than `ROWS` boxes is broken into columns, as many as make it about as wide as it is high; the rows of
its columns stand side by side, so that wires can run between them, and the gap beside many boxes is wider. A picture much wider than
high spreads its rows, up to `SPREAD` times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

PIECE = 200
ROWS = 24
COLUMN = 212.0
LAYER_GAP = 44.0
WIDEST = 4.0
ROW = 60.0
SPREAD = 1.5
FLAT = 0.3
"""Height by width below which rows are spread: about that of a screen beside a list."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Items by position (depth, type code, level 0 to 3), and along which arrows trouble passed: `source` reaches `target`, `how` as in
    `levels.Pass`."""

    depth: NDArray[np.int64]
    kind: NDArray[np.int64]
    level: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    how: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """What to fold. `above`: how many of a type may stand singly in a layer; `opened`: keys of boxes that are opened; `single`: positions
    that are never folded; `most`: how many single boxes there may be before types are folded that need not be."""

    above: int = 10
    opened: frozenset[str] = frozenset()
    single: frozenset[int] = frozenset()
    most: int = 4_000


@dataclass(frozen=True, slots=True)
class Box:
    """An item (`position` >= 0) or folded ones (-1). `by_level`: how many are ok, at risk, degraded, down. x, y: its centre."""

    key: str
    position: int
    kind: int
    depth: int
    by_level: tuple[int, int, int, int]
    x: float = 0.0
    y: float = 0.0

    @property
    def count(self) -> int:
        """How many items it stands for."""
        return sum(self.by_level)

    @property
    def worst(self) -> int:
        """The worst level in it."""
        return max((level for level in range(4) if self.by_level[level]), default=0)


@dataclass(frozen=True, slots=True)
class Wire:
    """Trouble passes from box to box (by index) along `count` relationships; `how` is the strongest of them."""

    source: int
    target: int
    count: int
    how: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One distance from the roots: its centre, its width, how many items it has."""

    depth: int
    x: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture; its middle is at height 0."""

    boxes: list[Box]
    wires: list[Wire]
    layers: list[Layer]
    width: float
    height: float


@dataclass(slots=True)
class _Draft:
    """Boxes in the making, and in which box each position is."""

    boxes: list[Box] = field(default_factory=list)
    members: list[NDArray[np.int64]] = field(default_factory=list)

    def single(self, columns: Columns, position: int) -> None:
        by_level = [0, 0, 0, 0]
        by_level[int(columns.level[position])] = 1
        down = tuple(by_level)
        depth, kind = int(columns.depth[position]), int(columns.kind[position])
        self.boxes.append(Box(f"={position}", position, kind, depth, down))  # type: ignore[arg-type]
        self.members.append(np.array([position], np.int64))

    def folded(self, columns: Columns, key: str, positions: NDArray[np.int64]) -> None:
        by_level = tuple(np.bincount(columns.level[positions], minlength=4)[:4].tolist())
        first = int(positions[0])
        self.boxes.append(Box(key, -1, int(columns.kind[first]), int(columns.depth[first]), by_level))
        self.members.append(positions)


def lay_out(columns: Columns, kinds: Sequence[str], fold: Fold) -> Layout:
    """The picture. `kinds`: type names by code, used in the keys of folded boxes (`2:server`, `2:server+200`)."""
    draft = _boxes(columns, kinds, fold)
    wires = _wires(columns, draft)
    order = _ordered(draft.boxes, wires)
    boxes, layers, width, height = _placed(draft.boxes, order)
    return Layout(boxes, wires, layers, width, height)


def _boxes(columns: Columns, kinds: Sequence[str], fold: Fold) -> _Draft:
    draft = _Draft()
    count = len(columns.depth)
    if not count:
        return draft
    bucket = columns.depth * (len(kinds) + 1) + columns.kind
    order = np.lexsort((np.arange(count), -columns.level, bucket))
    _, starts = np.unique(bucket[order], return_index=True)
    buckets = np.split(order, starts[1:])
    free = _may_stand_singly([len(one) for one in buckets], fold)
    for positions, stand in zip(buckets, free, strict=True):
        key = f"{int(columns.depth[positions[0]])}:{kinds[int(columns.kind[positions[0]])]}"
        _unfold(draft, columns, positions, key, fold, stand)
    return draft


def _may_stand_singly(sizes: list[int], fold: Fold) -> list[bool]:
    """Which types of a layer stay unfolded: those of at most `above` items, the small ones first, until `most` boxes stand."""
    free = [False] * len(sizes)
    left = fold.most
    for index in sorted(range(len(sizes)), key=lambda i: (sizes[i], i)):
        if sizes[index] > fold.above or (sizes[index] > left and sizes[index] > 1):
            break
        free[index] = True
        left -= sizes[index]
    return free


def _unfold(draft: _Draft, columns: Columns, positions: NDArray[np.int64], key: str, fold: Fold, stand: bool) -> None:
    if stand:
        for position in positions.tolist():
            draft.single(columns, position)
        return
    wanted = np.isin(positions, list(fold.single)) if fold.single else np.zeros(len(positions), np.bool_)
    for position in positions[wanted].tolist():
        draft.single(columns, position)
    rest, start = positions[~wanted], 0
    while len(rest) and (piece := key if not start else f"{key}+{start}") in fold.opened:
        for position in rest[:PIECE].tolist():
            draft.single(columns, position)
        rest, start = rest[PIECE:], start + PIECE
    if len(rest) == 1:
        draft.single(columns, int(rest[0]))
    elif len(rest):
        draft.folded(columns, piece if start else key, rest)


def _wires(columns: Columns, draft: _Draft) -> list[Wire]:
    box_of = np.zeros(len(columns.depth), np.int64)
    for index, members in enumerate(draft.members):
        box_of[members] = index
    source, target = box_of[columns.source], box_of[columns.target]
    apart = source != target
    pair = (source * max(1, len(draft.boxes)) + target)[apart]
    found, inverse, counts = np.unique(pair, return_inverse=True, return_counts=True)
    how = np.full(len(found), 9, np.int64)
    np.minimum.at(how, inverse, columns.how[apart])
    ends = np.divmod(found, max(1, len(draft.boxes)))
    rows = zip(ends[0].tolist(), ends[1].tolist(), counts.tolist(), how.tolist(), strict=True)
    return [Wire(*row) for row in rows]


def _ordered(boxes: list[Box], wires: list[Wire]) -> dict[int, list[int]]:
    """Boxes of each layer from top to bottom."""
    layers: dict[int, list[int]] = {}
    for index in sorted(range(len(boxes)), key=lambda i: (-boxes[i].worst, boxes[i].kind, boxes[i].position, boxes[i].key)):
        layers.setdefault(boxes[index].depth, []).append(index)
    before: list[list[int]] = [[] for _ in boxes]
    behind: list[list[int]] = [[] for _ in boxes]
    for wire in wires:
        if boxes[wire.source].depth < boxes[wire.target].depth:
            before[wire.target].append(wire.source)
            behind[wire.source].append(wire.target)
    place = [0.0] * len(boxes)
    depths = sorted(layers)
    for depth in depths:
        _number(layers[depth], place)
    for sweep, neighbours in ((depths, before), (depths[::-1], behind), (depths, before)):
        for depth in sweep:
            wish = {i: _mean([place[j] for j in neighbours[i]], place[i]) for i in layers[depth]}
            layers[depth].sort(key=lambda i: (wish[i], place[i]))
            _number(layers[depth], place)
    return {depth: layers[depth] for depth in depths}


def _number(layer: list[int], place: list[float]) -> None:
    for rank, index in enumerate(layer):
        place[index] = (rank + 0.5) / len(layer)


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _placed(boxes: list[Box], order: dict[int, list[int]]) -> tuple[list[Box], list[Layer], float, float]:
    placed = list(boxes)
    layers: list[Layer] = []
    grids = {depth: _grid(len(indexes)) for depth, indexes in order.items()}
    sizes = [len(indexes) for indexes in order.values()]
    gaps = [LAYER_GAP * min(WIDEST, max(1.0, max(pair) / ROWS)) for pair in pairwise(sizes)]
    width = sum(columns for columns, _ in grids.values()) * COLUMN + sum(gaps)
    tallest = max((rows for _, rows in grids.values()), default=0)
    pitch = min(SPREAD * ROW, max(ROW, FLAT * width / max(1, tallest)))
    left = 0.0
    for (depth, indexes), gap in zip(order.items(), [*gaps, 0.0], strict=False):
        columns, rows = grids[depth]
        for rank, index in enumerate(indexes):
            column, row = divmod(rank, rows)
            x, y = left + (column + 0.5) * COLUMN, (row - (rows - 1) / 2) * pitch
            placed[index] = replace(boxes[index], x=x, y=y)
        layers.append(Layer(depth, left + columns * COLUMN / 2, columns * COLUMN, sum(boxes[i].count for i in indexes)))
        left += columns * COLUMN + gap
    return placed, layers, width, tallest * pitch


def _grid(count: int) -> tuple[int, int]:
    """Columns and rows of a layer of `count` boxes."""
    columns = -(-count // max(ROWS, ceil(sqrt(count * COLUMN / ROW))))
    return columns, -(-count // columns)
