"""Checkpoints and purges over GraphQL, on both engines: administrators take and approve, everybody may look."""

import pytest

from cmdb.archive.purge import Purges
from cmdb.archive.retention import read_policy
from cmdb.kernel.clock import system_clock
from cmdb.ledger.checkpoint import check_signature, noted, parse_checkpoints
from cmdb.ledger.verify import verify
from cmdb.model.actor import Actor, Role
from cmdb.records.book import RecordBook
from cmdb.store.bolt import BoltStore
from cmdb_graphql.scalars import JSON
from tests.cmdb_graphql.live import ADMINISTRATOR, ENGINEER, Live, shop

OTHER = Actor("olga", frozenset({Role.ADMINISTRATOR}))
AUDITOR = Actor("aud", frozenset({Role.AUDITOR}))


@pytest.fixture
def live(store: BoltStore) -> Live:
    return Live(store)


def document(value: JSON) -> bytes:
    import orjson

    return orjson.dumps(value)


def test_a_checkpoint_is_taken_shown_and_good_for_verification(live: Live) -> None:
    shop(live)
    before = live.data("LedgerStanding")["ledgerStanding"]
    assert (before["latest"], before["agrees"], before["sinceLatest"]) == (None, None, None)
    taken = live.data("TakeCheckpoint", {"reason": "month's end"}, ADMINISTRATOR)["takeCheckpoint"]["checkpoint"]
    checkpoint = parse_checkpoints(document(taken["document"]))[0]
    assert (checkpoint.seq, taken["sentTo"]) == (int(before["seq"]), [])
    standing = live.data("LedgerStanding", actor=AUDITOR)["ledgerStanding"]
    check_signature(checkpoint, standing["publicKey"])
    assert (standing["ledger"], standing["agrees"], int(standing["sinceLatest"])) == (checkpoint.ledger, True, 1)
    assert verify(live.store, checkpoints=noted([checkpoint], live.store)).holds
    commit = live.log.commits([int(taken["recorded"])])[int(taken["recorded"])]
    assert (commit.actor, commit.reason) == ("root", "month's end")


def test_pages_of_checkpoints(live: Live) -> None:
    for _ in range(3):
        live.data("TakeCheckpoint", {}, ADMINISTRATOR)
    first = live.data("Checkpoints", {"first": 2})["checkpoints"]
    rest = live.data("Checkpoints", {"first": 2, "after": first["pageInfo"]["endCursor"]})["checkpoints"]
    seqs = [int(one["seq"]) for page in (first, rest) for one in page["nodes"]]
    assert seqs == sorted(seqs, reverse=True)
    assert (len(seqs), first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)
    wrong = live.ask("Checkpoints", {"after": "x"}).body
    assert wrong["errors"][0]["extensions"]["code"] == "bad-argument"


def test_a_rewritten_commit_shows(live: Live) -> None:
    from cmdb.store.statements import Statement

    live.data("TakeCheckpoint", {}, ADMINISTRATOR)
    live.store.write(lambda tx: tx.run(Statement("t", "write", (), (), "MATCH (c:Commit {seq: 1}) SET c.hash = 'x'")))
    assert live.data("LedgerStanding")["ledgerStanding"]["agrees"] is False


def test_four_eyes_on_a_purge(live: Live) -> None:
    ids = shop(live)
    live.data("UpdateItem", {"input": {"id": ids["db"], "fields": {"owner": "data"}, "reason": "handed over"}})
    purges = Purges(live.store, live.ledger, RecordBook(live.store), lambda: system_clock().replace(year=2100))
    made = purges.propose(read_policy('name: p\nrules: [{types: ["*"], keep_days: 1}]'), ADMINISTRATOR, "law")
    refused = live.ask("ApprovePurge", {"id": made.id}, ADMINISTRATOR).body
    assert refused["errors"][0]["extensions"]["code"] == "purge-forbidden"
    approved = live.data("ApprovePurge", {"id": made.id}, OTHER)["approvePurge"]["purge"]
    assert approved == {"id": made.id, "state": "approved", "proposedBy": "root", "approvedBy": "olga"}
    purges.run(made.id, ADMINISTRATOR)
    shown = live.data("Purges", actor=AUDITOR)["purges"][0]
    assert (shown["state"], shown["versions"], shown["removed"], shown["wholeItems"]) == ("done", 1, 1, 0)
    told = live.data("History", {"id": ids["db"]})["history"]["nodes"]
    assert [(one["revision"], one["purged"] is None, one["differences"]) for one in told] == [(2, True, None), (1, False, None)]
    past = live.ask("ItemAsOf", {"id": ids["db"], "asOf": {"seq": int(live.log.after(0, 2)[1].seq)}}).body
    assert past["errors"][0]["extensions"]["code"] == "version-purged"


@pytest.mark.parametrize("operation", ["TakeCheckpoint", "ApprovePurge"])
def test_who_may_not(live: Live, operation: str) -> None:
    answer = live.ask(operation, {"id": "p"} if operation == "ApprovePurge" else {}, ENGINEER).body
    assert answer["errors"][0]["extensions"]["code"] == "operation-forbidden"
