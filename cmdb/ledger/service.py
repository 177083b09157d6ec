"""The ledger's one door for writing: a plan becomes one transaction with items, versions, claims and a commit in the hash chain (design 6).

The order inside the transaction: head locked first (so everything after it is alone and nothing is done in vain), idempotency key looked
up, expected revisions checked, the graph written, the commit sealed. See docs/decisions/0030.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.kernel.canonical import canonical_json
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.ids import new_id
from cmdb.ledger.chain import ZERO, Head, commit_hash, content_digest, version_line
from cmdb.ledger.checks import QUERIES, fit
from cmdb.ledger.claims import claim_rows, reopen_claims, write_claims
from cmdb.ledger.errors import LedgerBroken
from cmdb.ledger.identifiers import taken, write_identifiers
from cmdb.ledger.intake import IntakeRecord, check_same_body, read_intake
from cmdb.ledger.prepare import Prepared, Row, prepare
from cmdb.ledger.records import write_records
from cmdb.ledger.writes import write_graph, write_versions
from cmdb.model.actor import Cause
from cmdb.model.commit import Receipt, VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.store.errors import AlreadyExists, OutcomeUnknown
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import load

_VERSION_LABELS = ("ItemVersion", "RelationVersion", "RecordVersion", "TypeVersion")


class Ledger:
    """Writes commits. Thread-safe; writers take turns."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def head(self) -> Head:
        """The last commit's number, hash and time; `Head(0, ZERO, "")` before the first."""
        rows = self._store.read(load(QUERIES, "read_head"))
        return Head(rows[0]["seq"], rows[0]["hash"], rows[0]["time"]) if rows else Head(0, ZERO, "")

    def intake(self, key: str) -> IntakeRecord | None:
        """What the idempotency key `key` did, None where it never came."""
        return read_intake(self._store, key)

    def commit(self, plan: ChangePlan, records: Sequence[RecordEdit] = (), outcome: Mapping[str, Any] | None = None) -> Receipt:
        """Write `plan` and `records` in one transaction; `outcome` is kept with the plan's key for who repeats the request.

        A key that came before with the same `body_digest` answers with the first receipt, `replayed=True`. A plan that alters nothing of
        the ledger writes its claims and no commit: `seq` is None. Raises `StalePlan` (412), `IdentifierTaken` (409), `TypeIsFixed` (409),
        `IdempotencyKeyReused` (422), `InvalidInput` (400), `LedgerBroken` (500), and the store's errors. After any of them
        nothing is written, except after `OutcomeUnknown`, which comes only where the engine cannot be asked any more: the key tells later.
        """
        work = _Work(plan, prepare(plan, records), self._clock, outcome)
        try:
            with self._store.writing():
                receipt = self._store.write(work.run)
        except AlreadyExists as refusal:
            problem = taken(self._store, plan.items)
            if problem is None:
                raise
            raise problem from refusal
        except OutcomeUnknown:
            known = read_intake(self._store, work.key)
            if known is None:
                receipt = self._write_again(work)
            else:
                check_same_body(work.key, known.digest, plan.body_digest)
                receipt = self._receipt(known)
        return self._with_revisions(receipt) if receipt.replayed else receipt

    def touch(self, claim_keys: Sequence[str], seen_at: str) -> int:
        """Say of claims (`item id|source`) that their source saw the same again at `seen_at`; how many there were. No commit, no lock."""
        done = self._store.write(lambda tx: tx.run(load(QUERIES, "touch_claims"), keys=list(claim_keys), seen_at=seen_at))
        return int(done[0]["done"])

    def _write_again(self, work: "_Work") -> Receipt:
        """The engine says that the lost transaction left nothing: write it once more. Its key keeps this safe even if it lands late."""
        with self._store.writing():
            return self._store.write(work.run)

    def _receipt(self, known: IntakeRecord) -> Receipt:
        return Receipt(known.seq, None, known.time, replayed=True)

    def _with_revisions(self, receipt: Receipt) -> Receipt:
        if receipt.seq is None:
            return receipt
        revisions: dict[str, int] = {}
        for label in _VERSION_LABELS:
            rows = self._store.read(load(QUERIES, "read_revisions").named(label=label), seq=receipt.seq)
            revisions.update((row["id"], row["revision"]) for row in rows)
        hashes = self._store.read(load(QUERIES, "read_commit_hash"), seq=receipt.seq)
        return Receipt(receipt.seq, hashes[0]["hash"], receipt.time, revisions, replayed=True)


class _Work:
    """One commit's transaction function; may run several times, each time from the start."""

    def __init__(self, plan: ChangePlan, ready: Prepared, clock: Clock, outcome: Mapping[str, Any] | None) -> None:
        self.key = plan.key or new_id()
        self._plan = plan
        self._ready = ready
        self._clock = clock
        self._outcome = None if outcome is None else canonical_json(dict(outcome)).decode()
        self._claims = claim_rows(plan.claims, (edit.after.id for edit, _ in ready.created), self.key)

    def run(self, tx: Transaction) -> Receipt:
        """Lock, check, write."""
        row = tx.run(load(QUERIES, "lock_head"), key=self.key, zero=ZERO)[0]
        if row["known"]:
            check_same_body(self.key, row["digest"], self._plan.body_digest)
            return Receipt(row["intake_seq"], None, row["intake_time"], replayed=True)
        head = Head(row["seq"], row["hash"], row["time"])
        if head.seq and (row["last_hash"], row["last_time"]) != (head.hash, head.time):  # a wrong time would become history
            raise LedgerBroken(f"the head of the ledger does not carry the hash and time of commit {head.seq}; run `cmdb verify`")
        now = max(to_text(self._clock()), head.time)  # a clock that is set back must not turn history round
        write_claims(tx, self._claims)
        if self._plan.is_empty and not self._ready.records:
            self._keep(tx, None, now)
            return Receipt(None, None, now)
        receipt = self._commit(tx, head, now)
        self._keep(tx, receipt.seq, now)
        return receipt

    def _commit(self, tx: Transaction, head: Head, now: str) -> Receipt:
        ready, seq = self._ready, head.seq + 1
        fitted = fit(tx, ready, now)
        write_graph(tx, fitted, seq)
        write_versions(tx, fitted, seq)
        write_identifiers(tx, [edit for edit, _ in ready.created], [edit for edit, _ in ready.updated] + ready.restored)
        reopen_claims(tx, fitted.bereft, self.key)
        made: dict[VersionKind, list[Row]] = {VersionKind.ITEM: fitted.item_versions, VersionKind.RELATION: fitted.relation_versions}
        if ready.records:
            made |= write_records(tx, ready.records, seq)
        commit = sealed(self._plan.cause, self.key, head, now, made)
        tx.run(load(QUERIES, "create_commit"), commit=commit)
        tx.run(load(QUERIES, "move_head"), seq=seq, hash=commit["hash"], time=now)
        revisions = {row["id"]: row["revision"] for rows in made.values() for row in rows}
        return Receipt(seq, commit["hash"], now, revisions)

    def _keep(self, tx: Transaction, seq: int | None, now: str) -> None:
        tx.run(load(QUERIES, "create_intake"), key=self.key, digest=self._plan.body_digest, outcome=self._outcome, seq=seq, time=now)


def sealed(cause: Cause, key: str, head: Head, now: str, made: Mapping[VersionKind, Sequence[Row]]) -> Row:
    """The commit's node for versions by kind, with content digest and hash."""
    seq = head.seq + 1
    lines = [version_line(kind, f"{row['id']}@{seq}", row["hash"]) for kind, rows in made.items() for row in rows]
    commit: Row = {
        "seq": seq,
        "time": now,
        "actor": cause.actor.name,
        "source": cause.source,
        "reason": cause.reason,
        "change": cause.change,
        "key": key,
        "versions": len(lines),
        "content": content_digest(lines),
        "previous": head.hash,
    }
    commit["hash"] = commit_hash(commit)
    return commit
