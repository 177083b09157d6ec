"""The fixtures themselves: empty, migrated, on a real engine."""

from cmdb.store.bolt import BoltStore
from cmdb.store.migrations import pending
from cmdb.store.statements import Statement

COUNT = Statement("count", "read", (), ("n",), "MATCH (x) WHERE NOT x:Migration RETURN count(x) AS n")
CREATE = Statement("create", "write", (), (), "CREATE (:Item {id: 'left over'})")


def test_store_is_migrated_and_empty(store: BoltStore) -> None:
    assert pending(store) == []
    assert store.read(COUNT) == [{"n": 0}]
    store.write(lambda tx: tx.run(CREATE))


def test_store_is_empty_again_after_a_test_that_wrote(store: BoltStore) -> None:
    assert store.read(COUNT) == [{"n": 0}]


def test_broker_answers(broker: str) -> None:
    import redis

    assert redis.Redis.from_url(broker).ping()
