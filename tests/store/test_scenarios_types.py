"""Engine scenarios 1 to 15: what is stored comes back, the same on both engines."""

import math
from typing import Any

import pytest

from cmdb.store.bolt import BoltStore
from cmdb.store.errors import StatementFailed, UnstorableValue
from tests.support.cypher import reading, writing

PUT = writing("CREATE (n:Item {id: 'x'}) SET n.value = $value")
GET = reading("MATCH (n:Item {id: 'x'}) RETURN n.value AS value")
ECHO = reading("RETURN $value AS value")

TEXTS = [
    "plain",
    "Zürich straße İstanbul",
    "e\u0301 is not \u00e9",  # decomposed and composed stay what they are
    "👩‍🔧🏽 family 👨‍👩‍👧 flag 🇨🇭",
    "𝒳 beyond the basic plane",
    "שלום עולם مرحبا",
    "\u202eright to left\u202c",
    "漢字かな한글",
    "quotes ' \" ` backslash \\ dollar $value {brace} // -- /* */",
    "line\nbreak\r\ntab\t",
    "\ufeffbyte order mark, \u200b zero width",
    " leading and trailing ",
    "\x01 control \x7f",
]


def round_trip(store: BoltStore, value: Any) -> Any:
    store.write(lambda tx: tx.run(PUT, value=value))
    return store.read(GET)[0]["value"]


def test_s01_integers_of_64_bits_come_back_exactly(store: BoltStore) -> None:
    numbers = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
    assert round_trip(store, numbers) == numbers
    assert store.read(ECHO, value=2**63 - 1) == [{"value": 2**63 - 1}]


def test_s02_integers_beyond_64_bits_are_refused_and_nothing_is_kept(store: BoltStore) -> None:
    with pytest.raises(UnstorableValue):
        round_trip(store, 2**63)
    assert store.read(GET) == []


def test_s03_floats_come_back_bit_by_bit(store: BoltStore) -> None:
    numbers = [0.1, -2.5, 1e308, 5e-324, math.pi, 1.0, -0.0]
    back = round_trip(store, numbers)
    assert [number.hex() for number in back] == [number.hex() for number in numbers]


@pytest.mark.parametrize(("value", "kind"), [(1, int), (1.0, float), (True, bool), ("1", str)])
def test_s04_kinds_do_not_change(store: BoltStore, value: Any, kind: type) -> None:
    back = round_trip(store, value)
    assert type(back) is kind
    assert back == value


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_s05_text_comes_back_character_by_character_and_is_found(store: BoltStore, text: str) -> None:
    assert round_trip(store, text) == text
    assert store.read(reading("MATCH (n:Item) WHERE n.value = $text RETURN n.id AS id"), text=text) == [{"id": "x"}]


def test_s06_half_a_surrogate_pair_is_refused(store: BoltStore) -> None:
    with pytest.raises(UnstorableValue):
        round_trip(store, "broken \ud800 text")
    assert store.read(GET) == []


def test_s07_empty_text_is_a_value_and_null_is_none(store: BoltStore) -> None:
    assert round_trip(store, "") == ""
    store.write(lambda tx: tx.run(writing("MATCH (n:Item {id: 'x'}) SET n.value = null")))
    assert store.read(reading("MATCH (n:Item {id: 'x'}) RETURN n.value IS NULL AS gone, 'value' IN keys(n) AS there")) == [
        {"gone": True, "there": False}
    ]


@pytest.mark.parametrize("value", [["b", "a", "b"], [3, 1, 2], [1.5, -2.5], [True, False], [], ["", "é", "👩‍🔧"]], ids=str)
def test_s08_lists_keep_order_and_duplicates(store: BoltStore, value: list[Any]) -> None:
    assert round_trip(store, value) == value


def test_s09_a_megabyte_of_text(store: BoltStore) -> None:
    text = "0123456789abcdeé" * 65_536
    assert round_trip(store, text) == text


def test_s10_nested_parameters_are_readable_by_path(store: BoltStore) -> None:
    rows = [
        {"id": "a", "fields": {"name": "one", "tags": ["x"]}, "none": None},
        {"id": "b", "fields": {"name": "two", "tags": []}, "none": None},
    ]
    store.write(lambda tx: tx.run(writing("UNWIND $rows AS r CREATE (n:Item) SET n = r.fields, n.id = r.id, n.gone = r.none"), rows=rows))
    assert store.read(reading("MATCH (n:Item) RETURN n.id AS id, properties(n) AS p ORDER BY id")) == [
        {"id": "a", "p": {"id": "a", "name": "one", "tags": ["x"]}},
        {"id": "b", "p": {"id": "b", "name": "two", "tags": []}},
    ]


def test_s11_a_map_is_no_property_value(store: BoltStore) -> None:
    with pytest.raises(StatementFailed):
        round_trip(store, {"nested": 1})
    assert store.read(GET) == []


def test_s12_an_object_is_no_parameter(store: BoltStore) -> None:
    with pytest.raises(UnstorableValue):
        store.read(ECHO, value=object())


def test_s13_times_as_text_sort_like_times(store: BoltStore) -> None:
    times = ["2026-11-23T10:00:00.000000Z", "2026-11-23T09:59:59.999999Z", "2025-12-31T23:59:59.000000Z"]
    store.write(
        lambda tx: tx.run(writing("UNWIND $times AS t CREATE (:Commit {seq: toInteger(rand() * 1000000000), time: t})"), times=times)
    )
    found = store.read(reading("MATCH (c:Commit) WHERE c.time > $after RETURN c.time AS time ORDER BY time"), after=times[2])
    assert [row["time"] for row in found] == [times[1], times[0]]


def test_s14_relationship_properties_round_trip(store: BoltStore) -> None:
    store.write(
        lambda tx: tx.run(
            writing("CREATE (a:Item {id: 'a'})-[r:DEPENDS_ON]->(b:Item {id: 'b'}) SET r = $p"),
            p={"id": "r1", "n": 2**40, "tags": ["é", ""]},
        )
    )
    assert store.read(reading("MATCH (:Item {id: 'a'})-[r]->(b) RETURN type(r) AS type, properties(r) AS p, b.id AS b")) == [
        {"type": "DEPENDS_ON", "p": {"id": "r1", "n": 2**40, "tags": ["é", ""]}, "b": "b"}
    ]


def test_s15_property_names_with_underscore_and_digits(store: BoltStore) -> None:
    properties = {"id": "x", "_hash": "h", "_seq": 3, "cpu_2": 4, "A": 1, "a": 2}
    store.write(lambda tx: tx.run(writing("CREATE (n:Item) SET n = $p"), p=properties))
    assert store.read(reading("MATCH (n:Item {id: 'x'}) RETURN properties(n) AS p")) == [{"p": properties}]
