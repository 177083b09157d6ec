"""What the ledger and the library can prove: the chain holds, changes were authorised, master copies are unaltered (9.1-19, 9.1-22)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import orjson

from baselines.audit.checks.base import Check, Numbered, Reader, Tally
from baselines.audit.checks.contents import listed
from baselines.audit.checks.parameters import flag, names, span
from baselines.audit.estate import QUERIES, windows
from baselines.audit.ground import Ground
from baselines.audit.model import Finding
from baselines.audit.words import many
from baselines.library.model import reference_of
from cmdb.kernel.clock import from_text
from cmdb.ledger.purged import body_of
from cmdb.model.commit import Commit
from cmdb.model.item import ItemState
from cmdb.model.plan import EditKind, ItemEdit
from cmdb.model.types import ControlLevel
from cmdb.store.statements import load

_FIRM = (ControlLevel.CONTROLLED, ControlLevel.STRICT)


class LedgerHolds(Check):
    """Walks the whole chain of hashes and compares the live graph with it (`cmdb verify`)."""

    def finish(self) -> None:
        self.tally.looked()
        proof = self.ground.proof()
        self.tally.note = f"{many(proof.commits, 'commit')} and {many(proof.versions, 'version')} up to commit {proof.seq}"
        if not proof.holds:
            what = f"the ledger does not hold: {proof.problem}"
            self.tally.file(Finding(self.spec.id, "", "the ledger", "", "", what), [])


class MasterCopies(Check):
    """The newest check of each master copy was good and is no older than `max_age`. Nothing is fetched here: `cmdb library check` does."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "max_age": span}

    def window(self, items: Sequence[Numbered]) -> None:
        mine = [(number, item) for number, item in self.mine(items) if self._is_reference(item)]
        seen = self.ground.copies([item.id for _, item in mine], self.ground.estate.seq)
        for number, item in mine:
            self.tally.looked()
            problem = self._problem(item, seen.get(item.id))
            if problem:
                self.tally.fail(item, problem, number)

    def _is_reference(self, item: ItemState) -> bool:
        return self.ground.registry.is_a(item.type, "master_copy") or reference_of(item, self.ground.registry) is not None

    def _problem(self, item: ItemState, seen: Any) -> str:
        reference = reference_of(item, self.ground.registry)
        if reference is None or not reference.digest:
            lacking = [name for name, value in (("uri", reference), ("digest", reference and reference.digest)) if not value]
            return f"cannot be checked: it has no {listed(lacking)}"
        if seen is None:
            return "has never been checked"
        if seen.outcome != "ok":
            return f"is {seen.outcome} since {seen.failing_since[:16]}: {seen.detail}"
        age = self.ground.now - from_text(seen.checked_at)
        most: timedelta | None = self.given.get("max_age")
        return f"was last checked {age.days} days ago, on {seen.checked_at[:10]}" if most is not None and age > most else ""


class Unauthorised(Check):
    """Changes since the last audit that no request for change allowed. Looked at is, unless `everything` is said, what the gate
    holds of types under change control: controlled fields, controlled relationships at items of a controlled type, and the coming and going
    of such items; `sources` are believed without one (they only report)."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "everything": flag, "sources": names}
    LASTING: ClassVar[bool] = True

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        self._types = ground.concrete(self.given["types"]) if self.given.get("types") else None
        self._relations = [name for name, one in ground.registry.relation_types.items() if one.controlled or self.given.get("everything")]

    def finish(self) -> None:
        ground = self.ground
        self.tally.note = f"commits {ground.since + 1} to {ground.estate.seq}"
        for first, last in windows(ground.log, ground.estate.seq):
            if last > ground.since:
                self._look(max(first, ground.since + 1), last)

    def _look(self, first: int, last: int) -> None:
        store = self.ground.store
        commits = {one.seq: one for one in self.ground.log.after(first - 1, last - first + 1)}
        found = store.columns(load(QUERIES, "column_changes"), first=first, last=last)
        rows = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
        rows = [row for row in rows if self._looked_at(row["id"], row["type"])]
        before = self._before("ItemVersion", [row for row in rows if self._may_matter(row["type"])])
        changed: dict[tuple[str, int], tuple[ItemState, list[str]]] = {}
        for row in rows:
            after = ItemState.from_body(orjson.loads(row["body"]))
            past = before.get((row["id"], row["seq"]))
            said = self._said(ItemState.from_body(past) if past is not None else None, after) if self._may_matter(row["type"]) else ""
            if said:
                changed[row["id"], row["seq"]] = (after, [said])
        gone = {(id_, seq) for id_, seq, retired in zip(found["id"], found["seq"], found["retired"], strict=True) if retired}
        relations = store.columns(load(QUERIES, "column_relation_changes"), first=first, last=last, types=self._relations)
        self._add_relations(changed, relations, gone)
        for (_, seq), (item, words) in sorted(changed.items(), key=lambda entry: (entry[0][1], entry[0][0])):
            self._judge(item, words, commits[seq])

    def _judge(self, item: ItemState, words: list[str], commit: Commit) -> None:
        self.tally.looked()
        if commit.change or commit.source in self.given.get("sources", ()):
            return
        reason = f", saying {commit.reason!r}" if commit.reason else ""
        who = f"{commit.actor} (source {commit.source}{reason})"
        what = f"commit {commit.seq} of {commit.time[:16]} by {who} {listed(words)}; no request for change allowed it"
        self.tally.fail(item, what, self.ground.estate.number(item.id), key=str(commit.seq))

    def _looked_at(self, item_id: str, type_name: str) -> bool:
        if self._types is not None and type_name not in self._types:
            return False
        number = self.ground.estate.number(item_id)
        return bool(self.chosen[number]) if number >= 0 else self.ground.was_in_scope(item_id, type_name)

    def _may_matter(self, type_name: str) -> bool:
        resolved = self.ground.registry.item_types.get(type_name)
        return self._is_firm(type_name) or resolved is None or bool(resolved.controlled)

    def _before(self, label: str, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
        """The bodies these versions took the place of, by subject and commit."""
        wanted = [{"id": row["id"], "seq": row["seq"]} for row in rows]
        found = self.ground.store.columns(load(QUERIES, "column_before").named(label=label), rows=wanted)
        return {(id_, seq): body_of(body) for id_, seq, body in zip(found["id"], found["seq"], found["body"], strict=True)}

    def _said(self, before: ItemState | None, after: ItemState) -> str:
        """What this version changed that had to be authorised; empty where it was nothing of the kind."""
        resolved = self.ground.registry.item_types.get(after.type)
        firm = self._is_firm(after.type)
        if after.retired or before is None or before.retired:
            coming = "restored it" if before is not None and before.retired else "created it"
            return ("retired it" if after.retired else coming) if firm else ""
        changed = ItemEdit(EditKind.UPDATE, before, after).changed_fields()
        controlled = changed if self.given.get("everything") or resolved is None else [n for n in changed if n in resolved.controlled]
        return f"changed {listed(controlled)}" if controlled else ""

    def _add_relations(
        self,
        changed: dict[tuple[str, int], tuple[ItemState, list[str]]],
        found: Mapping[str, Sequence[Any]],
        gone: set[tuple[str, int]],
    ) -> None:
        rows = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
        past = self._before("RelationVersion", rows)
        known = self.ground.history.items_by_id({row[end] for row in rows for end in ("source", "target")}, self.ground.estate.seq)
        for row in rows:
            old, new = past.get((row["id"], row["seq"])), orjson.loads(row["body"])
            was = old is not None and not old["retired"]
            if was is not new["retired"]:
                continue  # neither begun nor ended: who stands behind a relationship, or how it is described, is not controlled
            if (row["source"], row["seq"]) in gone or (row["target"], row["seq"]) in gone:
                continue  # it went with an item; that is told
            for end, other in ((row["source"], row["target"]), (row["target"], row["source"])):
                item = known.get(end)
                if item is not None and self._is_firm(item.state.type) and self._looked_at(end, item.state.type):
                    name = known[other].state.name if other in known else other
                    said = f"{'ended' if new['retired'] else 'began'} {row['type']} {'to' if end == row['source'] else 'from'} {name}"
                    changed.setdefault((end, row["seq"]), (item.state, []))[1].append(said)
                    break

    def _is_firm(self, type_name: str) -> bool:
        resolved = self.ground.registry.item_types.get(type_name)
        return bool(self.given.get("everything")) or (resolved is not None and resolved.control_level in _FIRM)
