"""From an answer to its picture: ids, levels, groups, and only the relationships along which trouble passed."""

import pytest

from cmdb.impact.levels import Level
from cmdb.impact.picture import MOST, PictureQuery, picture_of
from cmdb.impact.questions import ImpactQuestion, TooMuchAsked
from tests.support.impact_graphs import scene

SHOP = """
shop needs api
api needs pool
first piece_of pool
second piece_of pool
report needs first
report likes shop
page likes api
other needs second
"""


def test_the_picture_shows_who_is_hit_how_and_from_where() -> None:
    made = scene(SHOP, {"pool": {"need_count": 1}}, {"shop": "service"})
    found = picture_of(made.service.impact(ImpactQuestion.down("first")), PictureQuery())
    boxes = {box.item_id: box for box in found.boxes}
    assert {item: box.level for item, box in boxes.items()} == {
        "first": Level.DOWN,
        "report": Level.DOWN,
        "pool": Level.AT_RISK,
        "api": Level.AT_RISK,
        "shop": Level.AT_RISK,
    }
    assert (boxes["first"].root, boxes["pool"].group, boxes["shop"].type) == (True, True, "service")
    wires = {(found.boxes[wire.source].item_id, found.boxes[wire.target].item_id) for wire in found.wires}
    assert wires == {("first", "report"), ("first", "pool"), ("pool", "api"), ("api", "shop")}  # a soft need of something at risk is none
    assert [layer.count for layer in found.layers] == [1, 2, 1, 1]
    assert found.wired


def test_of_a_bounded_answer_only_what_was_followed_is_drawn() -> None:
    made = scene(SHOP, {"pool": {"need_count": 1}}, {"shop": "service"})
    answer = made.service.impact(ImpactQuestion({"first": Level.DOWN}, max_items=2))
    assert not answer.complete
    assert Level.OK not in {box.level for box in picture_of(answer, PictureQuery()).boxes}
    assert sum(answer.depth_histogram().values()) == len(answer.levels())


def test_folded_items_open_by_key_and_shown_ones_stay_single() -> None:
    made = scene("\n".join(f"n{n} needs hub" for n in range(30)))
    answer = made.service.impact(ImpactQuestion.down("hub"))
    folded = next(box for box in picture_of(answer, PictureQuery()).boxes if box.item_id is None)
    assert (folded.key, folded.count, folded.down, folded.level) == ("1:server", 30, 30, Level.DOWN)
    assert len(picture_of(answer, PictureQuery(opened=frozenset({folded.key}))).boxes) == 31
    shown = picture_of(answer, PictureQuery(shown=frozenset({"n7", "unknown"})))
    assert {box.item_id for box in shown.boxes} == {"hub", "n7", None}


def test_beyond_the_limits_is_refused() -> None:
    answer = scene("a needs b").service.impact(ImpactQuestion.down("b"))
    for query in (PictureQuery(above=0), PictureQuery(most=MOST + 1), PictureQuery(opened=frozenset(map(str, range(1_001))))):
        with pytest.raises(TooMuchAsked):
            picture_of(answer, query)
