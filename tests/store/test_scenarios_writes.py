"""Engine scenarios 37 to 56: writing, transactions, constraints, and the refusals, the same on both engines."""

from typing import Any

import pytest

from cmdb.store.bolt import BoltStore
from cmdb.store.errors import AlreadyExists, StatementFailed
from cmdb.store.protocol import Transaction
from cmdb.store.statements import BadStatement, Statement
from tests.support.cypher import reading, writing

ALL = reading("MATCH (n:Item) RETURN n.id AS id ORDER BY id")
COUNT = reading("MATCH (n) WHERE NOT n:Migration RETURN count(n) AS n")
ADD = writing("CREATE (:Item {id: $id})")


def run(store: BoltStore, text: str, **params: Any) -> list[dict[str, Any]]:
    return store.write(lambda tx: tx.run(writing(text), **params))


def ids(store: BoltStore) -> list[str]:
    return [row["id"] for row in store.read(ALL)]


def test_s37_setting_a_map_takes_away_what_it_does_not_name(store: BoltStore) -> None:
    run(store, "CREATE (n:Item) SET n = $p", p={"id": "a", "os": "linux", "cpu": 4})
    run(store, "MATCH (n:Item {id: 'a'}) SET n = $p", p={"id": "a", "zone": "z"})
    assert store.read(reading("MATCH (n:Item) RETURN properties(n) AS p")) == [{"p": {"id": "a", "zone": "z"}}]


def test_s38_adding_a_map_keeps_the_rest_and_null_removes(store: BoltStore) -> None:
    run(store, "CREATE (n:Item) SET n = $p", p={"id": "a", "os": "linux", "cpu": 4})
    run(store, "MATCH (n:Item {id: 'a'}) SET n += $p", p={"cpu": None, "zone": "z"})
    assert store.read(reading("MATCH (n:Item) RETURN properties(n) AS p")) == [{"p": {"id": "a", "os": "linux", "zone": "z"}}]


def test_s39_merge_creates_once_and_matches_afterwards(store: BoltStore) -> None:
    merge = (
        "MERGE (n:Identifier {key: 'k'}) ON CREATE SET n.item_id = 'first', n.made = 1 ON MATCH SET n.again = true RETURN n.item_id AS item"
    )
    assert run(store, merge) == [{"item": "first"}]
    assert run(store, merge) == [{"item": "first"}]
    assert store.read(reading("MATCH (n:Identifier) RETURN properties(n) AS p")) == [
        {"p": {"key": "k", "item_id": "first", "made": 1, "again": True}}
    ]


def test_s40_merge_of_a_relationship_is_idempotent(store: BoltStore) -> None:
    run(store, "CREATE (:Item {id: 'a'}), (:Item {id: 'b'})")
    for _ in range(2):
        run(store, "MATCH (a:Item {id: 'a'}) MATCH (b:Item {id: 'b'}) MERGE (a)-[r:DEPENDS_ON {id: 'r'}]->(b) SET r.seq = 1")
    assert store.read(reading("MATCH (:Item {id: 'a'})-[r:DEPENDS_ON]->(:Item {id: 'b'}) RETURN count(r) AS n")) == [{"n": 1}]


def test_s41_detach_delete_takes_the_relationships_along(store: BoltStore) -> None:
    run(store, "CREATE (a:Item {id: 'a'})-[:DEPENDS_ON {id: 'r'}]->(b:Item {id: 'b'})-[:DEPENDS_ON {id: 's'}]->(a)")
    run(store, "MATCH (n:Item {id: 'a'}) DETACH DELETE n")
    assert ids(store) == ["b"]
    assert store.read(reading("MATCH ()-[r]->() RETURN count(r) AS n")) == [{"n": 0}]


def test_s42_a_relationship_is_deleted_alone(store: BoltStore) -> None:
    run(store, "CREATE (a:Item {id: 'a'})-[:DEPENDS_ON {id: 'r'}]->(b:Item {id: 'b'}), (a)-[:DEPENDS_ON {id: 's'}]->(b)")
    run(store, "MATCH (:Item {id: 'a'})-[r:DEPENDS_ON {id: 'r'}]->(:Item {id: 'b'}) DELETE r")
    assert store.read(reading("MATCH (:Item)-[r]->(:Item) RETURN r.id AS id")) == [{"id": "s"}]


def test_s43_a_node_with_relationships_is_not_deleted_by_plain_delete(store: BoltStore) -> None:
    run(store, "CREATE (a:Item {id: 'a'})-[:DEPENDS_ON {id: 'r'}]->(b:Item {id: 'b'})")
    with pytest.raises((StatementFailed, AlreadyExists)):
        run(store, "MATCH (n:Item {id: 'a'}) DELETE n")
    assert ids(store) == ["a", "b"]


def test_s44_ten_thousand_nodes_and_relationships_in_one_transaction(store: BoltStore) -> None:
    rows = [{"id": f"i{n:05}", "name": f"name {n}", "cpu": n} for n in range(10_000)]
    pairs = [{"s": f"i{n:05}", "t": f"i{(n * 7 + 1) % 10_000:05}", "id": f"r{n}"} for n in range(10_000)]

    def work(tx: Transaction) -> None:
        tx.run(writing("UNWIND $rows AS r CREATE (n:Item:Server) SET n = r"), rows=rows)
        tx.run(
            writing("UNWIND $rows AS r MATCH (a:Item {id: r.s}) MATCH (b:Item {id: r.t}) CREATE (a)-[:DEPENDS_ON {id: r.id}]->(b)"),
            rows=pairs,
        )

    store.write(work)
    assert store.read(reading("MATCH (n:Server) RETURN count(n) AS n, sum(n.cpu) AS cpu")) == [{"n": 10_000, "cpu": 49_995_000}]
    assert store.read(reading("MATCH (:Item)-[r:DEPENDS_ON]->(:Item) RETURN count(r) AS n")) == [{"n": 10_000}]


def test_s45_a_transaction_reads_its_own_writes(store: BoltStore) -> None:
    def work(tx: Transaction) -> list[dict[str, Any]]:
        tx.run(ADD, id="a")
        tx.run(writing("MATCH (n:Item {id: 'a'}) SET n.name = 'new'"))
        return tx.run(reading("MATCH (n:Item) WHERE n.id = 'a' RETURN n.name AS name"))

    assert store.write(work) == [{"name": "new"}]


def test_s46_an_exception_rolls_everything_back(store: BoltStore) -> None:
    class Changed(Exception):
        pass

    def work(tx: Transaction) -> None:
        tx.run(ADD, id="a")
        tx.run(ADD, id="b")
        raise Changed

    with pytest.raises(Changed):
        store.write(work)
    assert ids(store) == []


def test_s47_nobody_else_sees_a_write_before_its_commit(store: BoltStore) -> None:
    def work(tx: Transaction) -> int:
        tx.run(ADD, id="a")
        return len(store.read(ALL))

    assert store.write(work) == 0
    assert ids(store) == ["a"]


def test_s48_a_second_node_with_the_same_key_is_refused(store: BoltStore) -> None:
    run(store, "CREATE (:Item {id: 'a', name: 'first'})")
    with pytest.raises(AlreadyExists) as refusal:
        run(store, "CREATE (:Item {id: 'a', name: 'second'})")
    assert (refusal.value.code, refusal.value.status) == ("already-exists", 409)
    assert store.read(reading("MATCH (n:Item) RETURN n.name AS name")) == [{"name": "first"}]


def test_s49_a_duplicate_inside_one_batch_refuses_the_batch(store: BoltStore) -> None:
    with pytest.raises(AlreadyExists):
        run(store, "UNWIND $ids AS id CREATE (:Item {id: id})", ids=["a", "b", "a"])
    assert store.read(COUNT) == [{"n": 0}]


def test_s50_an_update_into_a_taken_key_is_refused(store: BoltStore) -> None:
    run(store, "CREATE (:Item {id: 'a'}), (:Item {id: 'b'})")
    with pytest.raises(AlreadyExists):
        run(store, "MATCH (n:Item {id: 'b'}) SET n.id = 'a'")
    assert ids(store) == ["a", "b"]


def test_s51_a_key_is_free_again_after_a_delete_also_in_the_same_transaction(store: BoltStore) -> None:
    run(store, "CREATE (:Item {id: 'a', name: 'first'})")

    def work(tx: Transaction) -> None:
        tx.run(writing("MATCH (n:Item {id: 'a'}) DETACH DELETE n"))
        tx.run(writing("CREATE (:Item:Server {id: 'a', name: 'second'})"))

    store.write(work)
    assert store.read(reading("MATCH (n:Server) RETURN n.name AS name")) == [{"name": "second"}]


def test_s52_the_constraint_is_exact_about_case_and_composition(store: BoltStore) -> None:
    run(store, "UNWIND $ids AS id CREATE (:Item {id: id})", ids=["a", "A", "é", "e\u0301", "a ", ""])
    assert len(ids(store)) == 6


def test_s53_nodes_without_the_key_are_many(store: BoltStore) -> None:
    run(store, "CREATE (:Item {name: 'x'}), (:Item {name: 'y'})")
    assert store.read(COUNT) == [{"n": 2}]


def test_s54_the_constraint_holds_across_a_second_label(store: BoltStore) -> None:
    run(store, "CREATE (:Item:Server {id: 'a'})")
    with pytest.raises(AlreadyExists):
        run(store, "CREATE (:Item:Database {id: 'a'})")


def test_s55_text_that_looks_like_cypher_stays_text(store: BoltStore) -> None:
    evil = "'}) MATCH (n) DETACH DELETE n //` ; DROP \u0027 $id {{label}}"
    run(store, "CREATE (:Item {id: 'a', name: $name})", name=evil)
    assert store.read(reading("MATCH (n:Item) WHERE n.name = $name RETURN n.name AS name"), name=evil) == [{"name": evil}]
    with pytest.raises(BadStatement):
        writing("CREATE (n:{{label}})").named(label="Item`) DETACH DELETE (m")
    assert ids(store) == ["a"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MATCH (n RETURN n", "SyntaxError"),
        ("RETURN $missing AS x", "ParameterMissing"),
        ("RETURN 1 / 0 AS x", "ArithmeticError"),
        ("CALL no.such.procedure()", ""),
    ],
)
def test_s56_a_faulty_statement_is_refused_with_the_engines_own_code(store: BoltStore, text: str, code: str) -> None:
    with pytest.raises(StatementFailed) as refusal:
        store.read(reading(text))
    assert code in refusal.value.fields["engine_code"]
    assert store.read(COUNT) == [{"n": 0}]


def test_s57_a_read_does_not_write(store: BoltStore) -> None:
    with pytest.raises(BadStatement):
        store.read(ADD, id="a")
    if store.engine == "neo4j":  # ArcadeDB would run it: there the header is all there is
        with pytest.raises(StatementFailed):
            store.read(Statement("liar", "read", (), (), ADD.text), id="a")
    assert ids(store) == []
