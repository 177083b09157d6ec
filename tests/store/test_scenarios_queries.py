"""Engine scenarios 16 to 35: reading gives the same answers on both engines."""

from pathlib import Path

import pytest

from cmdb.store.bolt import BoltStore
from cmdb.store.statements import BadStatement, load
from tests.support.cypher import reading, writing

NAMES = ["b", "A", "a", "B", "é", "e\u0301", "e", "Z", "z", "_", "0", "10", "2", "~", "ä", "", " ", "a b", "aa", "-", "ß", "ss", "日本"]
# Code points on both sides of the surrogates: where UTF-16 and code points disagree on the order.
BEYOND = ["ﬀ", "\uffee", "𝒳", "😀"]


def add_items(store: BoltStore, *ids: str) -> None:
    store.write(lambda tx: tx.run(writing("UNWIND $ids AS id CREATE (:Item:Server {id: id, name: id})"), ids=list(ids)))


def relate(store: BoltStore, *pairs: str) -> None:
    """`ab` makes `a -DEPENDS_ON-> b`."""
    text = writing("UNWIND $pairs AS p MATCH (a:Item {id: p[0]}) MATCH (b:Item {id: p[1]}) CREATE (a)-[:DEPENDS_ON {id: p[0] + p[1]}]->(b)")
    store.write(lambda tx: tx.run(text, pairs=[list(pair) for pair in pairs]))


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["id"] for row in rows]


def test_s16_text_orders_by_code_point_like_python(store: BoltStore) -> None:
    add_items(store, *NAMES, *BEYOND)
    plain = store.read(reading("MATCH (n:Server) RETURN n.name AS id ORDER BY n.name"))
    indexed = store.read(reading("MATCH (n:Item) WHERE n.name >= '' RETURN n.name AS id ORDER BY n.name"))
    assert ids(plain) == sorted(NAMES + BEYOND)
    assert ids(indexed) == sorted(NAMES + BEYOND)


def keyset_pages(store: BoltStore, where: str) -> list[tuple[str, str]]:
    page = reading(f"MATCH (n:Item) {where} RETURN n.name AS name, n.id AS id ORDER BY n.name, n.id LIMIT 7")
    seen: list[tuple[str, str]] = []
    name, last = "", ""
    while rows := store.read(page, name=name, id=last):
        seen += [(row["name"], row["id"]) for row in rows]
        name, last = seen[-1]
    return seen


def add_thrice(store: BoltStore, names: list[str]) -> list[tuple[str, str]]:
    text = writing("UNWIND range(0, 2) AS k UNWIND $names AS name CREATE (:Item {id: name + '/' + k, name: name})")
    store.write(lambda tx: tx.run(text, names=names))
    return sorted((name, f"{name}/{k}") for name in names for k in range(3))


def test_s17_keyset_pages_over_odd_names_miss_and_repeat_nothing(store: BoltStore) -> None:
    expected = add_thrice(store, NAMES)
    assert keyset_pages(store, "WHERE n.name > $name OR (n.name = $name AND n.id > $id)") == expected


def test_s17b_keyset_pages_beyond_the_basic_plane_need_the_index(store: BoltStore) -> None:
    """Neo4j compares a stored text with a parameter by UTF-16 units, but orders stored texts, and seeks in an index, by code point:
    without the hint a page boundary between the two ranges loses items (decision 0012)."""
    expected = add_thrice(store, NAMES + BEYOND)
    assert keyset_pages(store, "USING INDEX SEEK n:Item(name) WHERE n.name >= $name AND (n.name <> $name OR n.id > $id)") == expected


def test_s18_descending_order_is_the_reverse(store: BoltStore) -> None:
    add_items(store, *NAMES, *BEYOND)
    assert ids(store.read(reading("MATCH (n:Item) RETURN n.name AS id ORDER BY n.name DESC"))) == sorted(NAMES + BEYOND, reverse=True)


def test_s19_comparison_is_case_sensitive(store: BoltStore) -> None:
    add_items(store, "web", "WEB", "Web")
    assert ids(store.read(reading("MATCH (n:Item) WHERE n.name = $name RETURN n.id AS id"), name="Web")) == ["Web"]
    assert ids(store.read(reading("MATCH (n:Item) WHERE n.name STARTS WITH 'W' RETURN n.id AS id ORDER BY id"))) == ["WEB", "Web"]
    assert ids(store.read(reading("MATCH (n:Item) WHERE n.name CONTAINS 'eb' RETURN n.id AS id ORDER BY id"))) == ["Web", "web"]
    assert len(store.read(reading("MATCH (n:Item) WHERE toLower(n.name) = 'web' RETURN n.id AS id"))) == 3


def test_s20_null_is_never_equal_nor_unequal(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(writing("CREATE (:Item {id: 'a', os: 'linux'}), (:Item {id: 'b'})")))
    assert ids(store.read(reading("MATCH (n:Item) WHERE n.os <> 'windows' RETURN n.id AS id"))) == ["a"]
    assert ids(store.read(reading("MATCH (n:Item) WHERE n.os IS NULL RETURN n.id AS id"))) == ["b"]
    assert ids(store.read(reading("MATCH (n:Item) WHERE NOT coalesce(n.os, '') = 'linux' RETURN n.id AS id"))) == ["b"]
    assert store.read(reading("MATCH (n:Item) WHERE n.os = $os RETURN n.id AS id"), os=None) == []


def test_s21_nulls_come_last_ascending(store: BoltStore) -> None:
    store.write(lambda tx: tx.run(writing("CREATE (:Item {id: 'a'}), (:Item {id: 'b', os: 'x'}), (:Item {id: 'c', os: ''})")))
    assert ids(store.read(reading("MATCH (n:Item) RETURN n.id AS id ORDER BY n.os, n.id"))) == ["c", "b", "a"]


def test_s22_empty_lists_in_unwind_and_in(store: BoltStore) -> None:
    add_items(store, "a")
    assert store.read(reading("UNWIND $ids AS id MATCH (n:Item {id: id}) RETURN n.id AS id"), ids=[]) == []
    assert store.read(reading("MATCH (n:Item) WHERE n.id IN $ids RETURN n.id AS id"), ids=[]) == []
    store.write(lambda tx: tx.run(writing("UNWIND $rows AS r MERGE (n:Item {id: r.id}) SET n.name = 'changed'"), rows=[]))
    assert store.read(reading("MATCH (n:Item) RETURN n.name AS name")) == [{"name": "a"}]


def test_s23_aggregates_over_nothing(store: BoltStore) -> None:
    assert store.read(reading("MATCH (n:Item) RETURN count(n) AS n, collect(n.id) AS ids, max(n.size) AS most, sum(n.size) AS sum")) == [
        {"n": 0, "ids": [], "most": None, "sum": 0}
    ]


def test_s24_optional_match_keeps_the_row(store: BoltStore) -> None:
    add_items(store, "a", "b")
    relate(store, "ab")
    rows = store.read(
        reading("MATCH (n:Item) OPTIONAL MATCH (n)-[:DEPENDS_ON]->(m:Item) RETURN n.id AS id, m.id AS needs, count(m) AS n ORDER BY id")
    )
    assert rows == [{"id": "a", "needs": "b", "n": 1}, {"id": "b", "needs": None, "n": 0}]


def test_s25_reach_over_a_cycle_ends_and_counts_each_once(store: BoltStore) -> None:
    add_items(store, *"abcde")
    relate(store, "ab", "bc", "ca", "cd")
    reach = reading("MATCH (:Item {id: $id})-[:DEPENDS_ON*1..]->(m:Item) RETURN DISTINCT m.id AS id ORDER BY id")
    assert ids(store.read(reach, id="a")) == ["a", "b", "c", "d"]
    assert store.read(reach, id="e") == []


def test_s26_reach_has_a_direction(store: BoltStore) -> None:
    """The fixture of design 7: if `db` fails, `web` is affected, not the reverse."""
    store.write(lambda tx: tx.run(writing("CREATE (:Item {id: 'web'})-[:DEPENDS_ON {id: 'r'}]->(:Item {id: 'db'})")))
    affected = reading("MATCH (n:Item {id: $id})<-[:DEPENDS_ON*1..]-(m:Item) RETURN m.id AS id")
    assert ids(store.read(affected, id="db")) == ["web"]
    assert store.read(affected, id="web") == []


def test_s27_bounded_depth(store: BoltStore) -> None:
    add_items(store, *"abcd")
    relate(store, "ab", "bc", "cd")
    rows = store.read(reading("MATCH (:Item {id: 'a'})-[:DEPENDS_ON*2..3]->(m) RETURN m.id AS id ORDER BY id"))
    assert ids(rows) == ["c", "d"]
    rows = store.read(reading("MATCH (:Item {id: 'a'})-[:DEPENDS_ON*0..1]->(m) RETURN m.id AS id ORDER BY id"))
    assert ids(rows) == ["a", "b"]


def test_s28_shortest_path(store: BoltStore) -> None:
    add_items(store, *"abcde")
    relate(store, "ab", "bc", "cd", "ae", "ed")
    shortest = reading(
        "MATCH (a:Item {id: $a}), (b:Item {id: $b}) MATCH p = shortestPath((a)-[:DEPENDS_ON*]->(b)) "
        "RETURN [n IN nodes(p) | n.id] AS path, length(p) AS n"
    )
    assert store.read(shortest, a="a", b="d") == [{"path": ["a", "e", "d"], "n": 2}]
    assert store.read(shortest, a="d", b="a") == []


def test_s29_quantified_path(store: BoltStore) -> None:
    add_items(store, *"abc")
    relate(store, "ab", "bc")
    rows = store.read(reading("MATCH (a:Item {id: 'a'}) ((x)-[:DEPENDS_ON]->(y)){1,3} (m:Item) RETURN m.id AS id ORDER BY id"))
    assert ids(rows) == ["b", "c"]


def test_s30_parallel_relationships_and_self_loops(store: BoltStore) -> None:
    add_items(store, "a", "b")
    relate(store, "ab", "ab", "aa")
    assert store.read(reading("MATCH (:Item {id: 'a'})-[r]->(:Item {id: 'b'}) RETURN count(r) AS n")) == [{"n": 2}]
    assert store.read(reading("MATCH (a:Item {id: 'a'})-[r]->(a) RETURN count(r) AS n")) == [{"n": 1}]
    assert store.read(reading("MATCH (a:Item {id: 'a'})-[r]->() RETURN count(r) AS n")) == [{"n": 3}]


def test_s31_exists_and_count_subqueries(store: BoltStore) -> None:
    add_items(store, *"abc")
    relate(store, "ab", "ac")
    rows = store.read(
        reading(
            "MATCH (n:Item) RETURN n.id AS id, EXISTS { (n)-[:DEPENDS_ON]->() } AS needs, COUNT { (n)-[:DEPENDS_ON]->() } AS n ORDER BY id"
        )
    )
    assert rows == [{"id": "a", "needs": True, "n": 2}, {"id": "b", "needs": False, "n": 0}, {"id": "c", "needs": False, "n": 0}]


def test_s32_both_labels_find_the_node(store: BoltStore) -> None:
    add_items(store, "a")
    for label in ("Item", "Server", "Item:Server"):
        named = writing("MATCH (n:{{label}}) RETURN count(n) AS n").named(label=label)
        assert store.write(lambda tx, named=named: tx.run(named)) == [{"n": 1}]
    assert store.read(reading("MATCH (n:Item) RETURN [l IN labels(n) WHERE l <> 'Item'] AS more")) == [{"more": ["Server"]}]
    assert store.read(reading("MATCH (n:NoSuchLabel) RETURN n.id AS id")) == []


def test_s33_columns_are_equal_to_rows(store: BoltStore) -> None:
    add_items(store, *(f"i{n:04}" for n in range(500)))
    columns = store.columns(reading("MATCH (n:Item) WITH n ORDER BY n.id RETURN collect(n.id) AS id, collect(coalesce(n.os, '')) AS os"))
    rows = store.read(reading("MATCH (n:Item) RETURN n.id AS id ORDER BY id"))
    assert columns["id"] == ids(rows)
    assert columns["os"] == [""] * 500
    assert store.columns(reading("MATCH (n:Nothing) RETURN collect(n.id) AS id")) == {"id": []}


@pytest.mark.parametrize("text", ["UNWIND [1, 2] AS n RETURN collect(n) AS a, n", "RETURN 1 AS n", "RETURN [1, 2] AS a, [1] AS b"])
def test_s34_columns_refuse_what_is_no_set_of_columns(store: BoltStore, text: str) -> None:
    with pytest.raises(BadStatement):
        store.columns(reading(text))


def test_s35_skip_and_limit_are_parameters(store: BoltStore) -> None:
    add_items(store, *"abcdef")
    assert ids(store.read(reading("MATCH (n:Item) RETURN n.id AS id ORDER BY id SKIP $skip LIMIT $limit"), skip=2, limit=3)) == [
        "c",
        "d",
        "e",
    ]
    assert store.read(reading("MATCH (n:Item) RETURN n.id AS id LIMIT $limit"), limit=0) == []


def test_s36_a_dialect_file_is_used_by_its_engine_only(store: BoltStore, tmp_path: Path) -> None:
    header = "// mode: read\n// params: none\n// returns: text\n"
    (tmp_path / "say.cypher").write_text(header + "RETURN 'common' AS text", encoding="utf-8")
    (tmp_path / "say.arcadedb.cypher").write_text(header + "RETURN 'own' AS text", encoding="utf-8")
    assert store.read(load(tmp_path, "say")) == [{"text": "own" if store.engine == "arcadedb" else "common"}]
