"""The layout of a picture: layers by distance, folding above a number, opening piece by piece, places that do not move by chance."""

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.impact.layout import PIECE, ROW, ROWS, SPREAD, Box, Columns, Fold, Layout, lay_out

KINDS = ["server", "service", "rack"]


def columns(depth: list[int], kind: list[int] | None = None, level: list[int] | None = None, links: Any = ()) -> Columns:
    table = np.array([(*link, 0)[:3] for link in links], np.int64).reshape(-1, 3)
    size = len(depth)
    return Columns(
        np.array(depth, np.int64),
        np.array(kind or [0] * size, np.int64),
        np.array(level or [3] * size, np.int64),
        table[:, 0],
        table[:, 1],
        table[:, 2],
    )


def key_of(box: Box) -> Any:
    return box.position if box.position >= 0 else box.key


def test_layers_stand_left_to_right_by_distance_from_the_roots() -> None:
    layout = lay_out(columns([0, 1, 1, 2], [1, 0, 0, 1], links=[(0, 1), (0, 2), (1, 3), (2, 3)]), KINDS, Fold())
    at = {box.position: box for box in layout.boxes}
    assert at[0].x < at[1].x == at[2].x < at[3].x
    assert at[0].y == at[3].y == 0  # alone in a layer: in the middle
    assert {at[1].y, at[2].y} == {-ROW * SPREAD / 2, ROW * SPREAD / 2}  # a flat picture spreads its rows
    assert [(layer.depth, layer.count) for layer in layout.layers] == [(0, 1), (1, 2), (2, 1)]
    assert sorted((wire.source, wire.target, wire.count) for wire in layout.wires) == [(0, 1, 1), (0, 2, 1), (1, 3, 1), (2, 3, 1)]


def test_siblings_of_a_type_are_folded_above_the_number_with_counts_by_level() -> None:
    depth = [0] + [1] * 11 + [1] * 10
    kind = [1] + [0] * 11 + [2] * 10
    level = [3] + [3] * 4 + [2] * 2 + [1] * 5 + [1] * 10
    layout = lay_out(columns(depth, kind, level, [(0, n) for n in range(1, 22)]), KINDS, Fold())
    folded = [box for box in layout.boxes if box.position < 0]
    assert [(box.key, box.by_level, box.worst, box.count) for box in folded] == [("1:server", (0, 5, 2, 4), 3, 11)]
    assert sum(box.kind == 2 for box in layout.boxes) == 10
    assert max(wire.count for wire in layout.wires) == 11


def test_an_opened_box_shows_the_worst_first_and_keeps_the_rest_folded() -> None:
    size = 2 * PIECE + 30
    asked = columns([0] + [1] * size, level=[3] + [1] * (size - 5) + [3] * 5, links=[(0, n) for n in range(1, size + 1)])
    once = lay_out(asked, KINDS, Fold(opened=frozenset({"1:server"})))
    singles = [box for box in once.boxes if box.position > 0]
    assert (len(singles), sum(box.worst == 3 for box in singles)) == (PIECE, 5)
    assert [(box.key, box.count) for box in once.boxes if box.position < 0] == [(f"1:server+{PIECE}", size - PIECE)]
    everything = frozenset({"1:server", f"1:server+{PIECE}", f"1:server+{2 * PIECE}"})
    assert all(box.position >= 0 for box in lay_out(asked, KINDS, Fold(opened=everything)).boxes)


def test_what_must_be_seen_is_never_folded_and_a_single_rest_is_not_a_box_of_one() -> None:
    asked = columns([0] + [1] * 12)
    layout = lay_out(asked, KINDS, Fold(single=frozenset({7})))
    assert {box.position for box in layout.boxes} == {0, 7, -1}
    left = lay_out(asked, KINDS, Fold(above=5, single=frozenset(range(1, 12))))
    assert all(box.position >= 0 for box in left.boxes)


def test_too_many_singles_fold_the_most_numerous_types_first() -> None:
    layout = lay_out(columns([0] + [1] * 300 + [1] * 40, [1] + [0] * 300 + [2] * 40), KINDS, Fold(above=5_000, most=100))
    assert [box.key for box in layout.boxes if box.position < 0] == ["1:server"]
    assert sum(box.position >= 0 for box in layout.boxes) == 41


def test_a_tall_layer_is_broken_into_columns() -> None:
    layout = lay_out(columns([0] + [1] * 100), KINDS, Fold(above=1_000))
    across = Counter(box.x for box in layout.boxes if box.depth == 1)
    assert len(across) == 5
    assert max(across.values()) <= ROWS
    assert layout.height <= ROWS * ROW


def test_the_rows_of_the_columns_of_a_layer_stand_side_by_side() -> None:
    layout = lay_out(columns([0] + [1] * 63), KINDS, Fold(above=1_000))
    rows = {box.x: {other.y for other in layout.boxes if other.x == box.x} for box in layout.boxes if box.depth == 1}
    first, *others = (rows[x] for x in sorted(rows))
    assert [len(one) for one in rows.values()] == [21, 21, 21]
    assert all(one <= first for one in others)
    uneven = lay_out(columns([0] + [1] * 62), KINDS, Fold(above=1_000))
    assert len({box.y for box in uneven.boxes if box.depth == 1}) == 21


def test_nothing_gives_an_empty_picture() -> None:
    assert lay_out(columns([]), KINDS, Fold()) == Layout([], [], [], 0.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_is_lost_nothing_overlaps_and_the_same_question_gives_the_same_picture(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    depth = sorted(data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size)))
    kind = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    level = data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    end = st.integers(0, size - 1)
    links = data.draw(st.lists(st.tuples(end, end, st.integers(0, 2)), max_size=120))
    asked = columns(depth, kind, level, links)
    fold = Fold(above=data.draw(st.integers(1, 12)), single=frozenset(data.draw(st.lists(end, max_size=3))))
    layout = lay_out(asked, KINDS, fold)
    assert sum(box.count for box in layout.boxes) == size == sum(layer.count for layer in layout.layers)
    assert len({(box.x, box.y) for box in layout.boxes}) == len(layout.boxes)
    assert {box.position for box in layout.boxes} >= fold.single
    assert sum(wire.count for wire in layout.wires) <= len(links)
    assert all(wire.source != wire.target for wire in layout.wires)
    again = lay_out(asked, KINDS, fold)
    assert [(key_of(box), box.x, box.y) for box in again.boxes] == [(key_of(box), box.x, box.y) for box in layout.boxes]
