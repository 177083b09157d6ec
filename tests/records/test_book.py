"""Records read back on both engines: by id, by indexed properties, in pages, as of a commit."""

import pytest

from cmdb.kernel.clock import system_clock
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook
from cmdb.records.errors import RecordNotFound
from cmdb.store.bolt import BoltStore

CAUSE = Cause(Actor("ada", frozenset({Role.ADMINISTRATOR})), source="manual", reason="test")


def _edit(id_: str, say: str, revision: int = 0, *, state: str = "open", kind: str = "note", retired: bool = False) -> RecordEdit:
    return RecordEdit(VersionKind.RECORD, kind, id_, {"say": say}, revision, {"state": state, "rank": len(say)}, retired)


@pytest.fixture
def ledger(store: BoltStore) -> Ledger:
    return Ledger(store, system_clock)


@pytest.fixture
def book(store: BoltStore) -> RecordBook:
    return RecordBook(store)


def test_a_record_is_found_by_kind_and_id(ledger: Ledger, book: RecordBook) -> None:
    receipt = ledger.commit(ChangePlan(CAUSE), [_edit("a", "one"), _edit("b", "two", kind="other")])
    found = book.get("note", "a")
    assert (found.body, found.revision, found.seq) == ({"say": "one"}, 1, receipt.seq)
    assert set(book.find("note", ["a", "b", "c"])) == {"a"}
    with pytest.raises(RecordNotFound):
        book.get("note", "b")


def test_pages_compare_indexed_properties(ledger: Ledger, book: RecordBook) -> None:
    edits = [_edit(f"n{i}", "x" * i, state="open" if i % 2 else "done") for i in range(1, 8)]
    ledger.commit(ChangePlan(CAUSE), edits)
    assert [one.id for one in book.page("note", first=3)] == ["n1", "n2", "n3"]
    assert [one.id for one in book.page("note", {"state": "open"}, after="n1")] == ["n3", "n5", "n7"]
    assert [one.id for one in book.page("note", {"state": "open", "rank": 5})] == ["n5"]
    assert [one.id for one in book.all("note")] == [f"n{i}" for i in range(1, 8)]
    assert book.page("note", {"nothing": 1}) == []
    with pytest.raises(InvalidInput):
        book.page("note", first=0)


def test_the_past_of_a_record(ledger: Ledger, book: RecordBook) -> None:
    first = ledger.commit(ChangePlan(CAUSE), [_edit("a", "one")]).seq or 0
    second = ledger.commit(ChangePlan(CAUSE), [_edit("a", "two", 1)]).seq or 0
    third = ledger.commit(ChangePlan(CAUSE), [_edit("a", "two", 2, retired=True)]).seq or 0
    assert book.find("note", ["a"]) == {}
    said = [None if (one := book.at("note", "a", seq)) is None else one.body["say"] for seq in (first - 1, first, second, third)]
    assert said == [None, "one", "two", None]
    assert book.at("other", "a", first) is None
    assert [one.seq for one in book.versions("a")] == [third, second, first]
