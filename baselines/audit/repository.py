"""Audits, runs, findings and deficiencies as the ledger keeps them: process records, versioned and hashed (design 6)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from baselines.audit.bodies import (
    audit_body,
    audit_from,
    audit_indexed,
    deficiency_body,
    deficiency_from,
    deficiency_indexed,
    run_body,
    run_from,
    run_indexed,
)
from baselines.audit.errors import AuditNotFound, DeficiencyNotFound
from baselines.audit.model import AUDIT, DEFICIENCY, FINDINGS, RUN, Audit, Deficiency, Finding, Run
from baselines.words import ScopeWords
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.ids import relation_id
from cmdb.ledger.asof import History
from cmdb.ledger.intake import check_same_body
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Cause
from cmdb.model.commit import Receipt, Version, VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store

FINDINGS_PAGE = 1_000
Record = Audit | Run | Deficiency


def audit_id(name: str) -> str:
    """The id of the audit of this name, so that two of one name cannot both be planned."""
    return "a" + relation_id(AUDIT, name.strip().casefold(), "")[1:]


def run_id(audit: str, number: int) -> str:
    """The id of an audit's run; ids follow the order of runs."""
    return f"u{audit[1:13]}{number:06d}"


class AuditBook:
    """Reads and writes what the room keeps. Thread-safe."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._records = RecordBook(store)
        self._ledger = ledger
        self._words = ScopeWords(History(store))

    def audit(self, id_or_name: str) -> Audit:
        """One audit. Raises `AuditNotFound`."""
        found = self._records.find(AUDIT, [id_or_name, audit_id(id_or_name)])
        for one in found.values():
            return self._told(audit_from(one.body, one.revision))
        raise AuditNotFound(f"there is no audit {id_or_name[:80]!r}")

    def audits(self) -> list[Audit]:
        """All audits, in the order they were planned."""
        found = [self._told(audit_from(one.body, one.revision)) for one in self._records.all(AUDIT)]
        return sorted(found, key=lambda one: (one.planned_at, one.id))

    def _told(self, audit: Audit) -> Audit:
        """Its scope tells itself by the names of when it was planned."""
        return replace(audit, scope=self._words.named(audit.scope, audit.planned_seq))

    def run(self, id_: str) -> Run:
        """One run. Raises `AuditNotFound`."""
        found = self._records.find(RUN, [id_]).get(id_)
        if found is None:
            raise AuditNotFound(f"there is no audit run {id_[:80]!r}")
        return run_from(found.body, found.revision)

    def runs(self, audit: str, after: str | None = None, first: int = 100) -> list[Run]:
        """Runs of an audit, oldest first."""
        return [run_from(one.body, one.revision) for one in self._records.page(RUN, {"audit": audit}, after, first)]

    def newest_runs(self, audit: Audit, first: int) -> list[Run]:
        """The newest runs of an audit, newest first."""
        return self.runs_before(audit, audit.runs, first)

    def runs_before(self, audit: Audit, number: int, first: int) -> list[Run]:
        """Runs up to a number, newest first."""
        ids = [run_id(audit.id, one) for one in range(min(number, audit.runs), max(0, min(number, audit.runs) - first), -1)]
        found = self._records.find(RUN, ids)
        return [run_from(found[id_].body, found[id_].revision) for id_ in ids if id_ in found]

    def runs_in(self, state: str) -> list[Run]:
        """Every run in a state."""
        return [run_from(one.body, one.revision) for one in self._records.all(RUN, {"state": state})]

    def findings(self, run: Run) -> Iterator[Finding]:
        """What a run found, by severity of nothing: in the order it was found."""
        for number in range(run.pages):
            id_ = findings_id(run.id, number)
            found = self._records.find(FINDINGS, [id_])
            for body in found[id_].body["findings"] if id_ in found else ():
                yield Finding(**body)

    def deficiency(self, id_: str) -> Deficiency:
        """One deficiency. Raises `DeficiencyNotFound`."""
        found = self.find([id_]).get(id_)
        if found is None:
            raise DeficiencyNotFound(f"there is no deficiency {id_[:80]!r}")
        return found

    def find(self, ids: Collection[str]) -> dict[str, Deficiency]:
        """Those of these deficiencies that are there."""
        found = self._records.find(DEFICIENCY, ids)
        return {id_: deficiency_from(one.body, one.revision) for id_, one in found.items()}

    def all_deficiencies(self, where: Mapping[str, str | int | bool]) -> Iterator[Deficiency]:
        """Every deficiency by id, read in pages; `where` may name audit, check_id, item_id, owner, state, severity, pending."""
        for one in self._records.all(DEFICIENCY, where):
            yield deficiency_from(one.body, one.revision)

    def versions(self, id_: str, before: int | None = None, limit: int = 100) -> list[Version]:
        """Versions of one record of the room, newest first."""
        return self._records.versions(id_, before, limit)

    def findings_edits(self, run: Run, findings: Sequence[Finding]) -> list[RecordEdit]:
        """The findings of a run as pages; those of an earlier attempt at the same run are written over."""
        pages = [findings[start : start + FINDINGS_PAGE] for start in range(0, len(findings), FINDINGS_PAGE)]
        ids = [findings_id(run.id, number) for number in range(len(pages))]
        there = self._records.find(FINDINGS, ids)
        return [
            RecordEdit(
                VersionKind.RECORD, FINDINGS, id_, {"run": run.id, "page": number, "findings": [one.body() for one in page]},
                there[id_].revision if id_ in there else 0, {"run": run.id},
            )
            for number, (id_, page) in enumerate(zip(ids, pages, strict=True))
        ]  # fmt: skip

    def write(
        self, cause: Cause, records: Sequence[Record | RecordEdit], key: str | None = None, asked: str = "", **outcome: str
    ) -> Receipt:
        """One commit; `asked` is the digest of what was asked for under the key. Raises `StalePlan` where one of them has moved on."""
        edits = [one if isinstance(one, RecordEdit) else edit_of(one) for one in records]
        return self._ledger.commit(ChangePlan(cause, key=key, body_digest=asked), edits, outcome or None)

    def outcome(self, key: str, asked: str) -> Mapping[str, str] | None:
        """What was kept with an idempotency key, None where it never came.

        Raises `IdempotencyKeyReused` where it came with something else."""
        known = self._ledger.intake(key)
        if known is None:
            return None
        check_same_body(key, known.digest, asked)
        return dict(known.outcome or {})


def asked_for(step: str, **parts: Any) -> str:
    """The digest of a request: what makes a repeat the same."""
    return digest(canonical_json({"step": step, **parts}))


def findings_id(run: str, number: int) -> str:
    """The id of a page of findings."""
    return f"{run}-{number:05d}"


def edit_of(one: Record) -> RecordEdit:
    """The ledger's edit that writes a record."""
    if isinstance(one, Audit):
        return RecordEdit(VersionKind.RECORD, AUDIT, one.id, audit_body(one), one.revision, audit_indexed(one))
    if isinstance(one, Run):
        return RecordEdit(VersionKind.RECORD, RUN, one.id, run_body(one), one.revision, run_indexed(one))
    return RecordEdit(VersionKind.RECORD, DEFICIENCY, one.id, deficiency_body(one), one.revision, deficiency_indexed(one))
