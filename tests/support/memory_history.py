"""History in memory: a store that answers the statements of as-of reads from a plain list of versions. A second, obvious implementation of
what is live after a commit, so that many histories can be tried in the time one takes on an engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.clock import to_text
from cmdb.ledger.chain import OPEN
from cmdb.model.commit import Version, VersionKind
from cmdb.store.statements import Statement

Row = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class MemoryHistory:
    """Versions as rows. `commit` takes one commit's versions as the ledger would write them; a retired item's relationships end with it."""

    items: list[Row] = field(default_factory=list)
    relations: list[Row] = field(default_factory=list)
    times: dict[int, str] = field(default_factory=dict)
    engine: str = "memory"

    def commit(self, seq: int, versions: Sequence[Version]) -> None:
        """One commit."""
        self.times[seq] = to_text(START + timedelta(minutes=seq))
        for version in sorted(versions, key=lambda one: one.kind is VersionKind.RELATION):
            rows = self.items if version.kind is VersionKind.ITEM else self.relations
            for row in rows:
                if row["subject_id"] == version.subject_id and row["until"] == OPEN:
                    row["until"] = seq
            rows.append(_row(version, seq))
            if version.kind is VersionKind.ITEM and version.body["retired"]:
                self._bereave(version.subject_id, seq)

    def _bereave(self, item_id: str, seq: int) -> None:
        for row in self.relations:
            if row["until"] == OPEN and item_id in (row["source"], row["target"]):
                row["until"] = seq

    # -- the store -----------------------------------------------------------------------------------------------------------------

    def read(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> list[Row]:
        """The rows of a statement of as-of reads. Raises `KeyError` for one that is not among them."""
        answers: Mapping[str, Callable[[Mapping[str, Any]], list[Row]]] = {
            "probe_versions": self._probe,
            "read_head": lambda _: [{"seq": max(self.times, default=0), "hash": "", "time": ""}],
            "read_commits": lambda p: [{"commit": _commit(seq, self.times[seq])} for seq in p["seqs"]],
            "read_commit_times": lambda p: [{"seq": seq, "time": self.times[seq]} for seq in p["seqs"] if seq in self.times],
            "read_versions_of": self._versions_of,
            "read_version_at": lambda p: [row for row in self._live(self.items, p["seq"]) if row["subject_id"] in p["ids"]],
            "read_relations_out_at": lambda p: [row for row in self._live(self.relations, p["seq"]) if row["source"] in p["ids"]],
            "read_relations_in_at": lambda p: [row for row in self._live(self.relations, p["seq"]) if row["target"] in p["ids"]],
        }
        return answers[statement.name.rpartition("/")[2].removesuffix(".cypher")](params)

    def columns(self, statement: Statement, /, *, timeout: float | None = None, **params: Any) -> dict[str, list[Any]]:
        """The columns of a window."""
        name = statement.name.rpartition("/")[2].removesuffix(".cypher")
        past_of = {"window_items_at": (self.items, "subject_id"), "read_past_item_columns": (self.items, "subject_id"),
                   "read_past_relation_columns": (self.relations, "source")}  # fmt: skip
        rows, by = past_of[name]
        found = [row for row in self._live(rows, params["seq"]) if params["place"] < row[by] <= params["last"]]
        if "types" in params and not params.get("all"):
            found = [row for row in found if row["type"] in params["types"]]
        for part in params.get("parts", ()):
            found = [row for row in found if part in row["body"]]
        for word in params.get("words", ()):
            found = [row for row in found if word in row["body"].lower()]
        wanted = {"id": "subject_id", "made": "seq"}
        return {column: [row[wanted.get(column, column)] for row in found] for column in statement.returns}

    def _live(self, rows: list[Row], seq: int) -> list[Row]:
        return [row for row in rows if row["seq"] <= seq < row["until"] and not row["retired"]]

    def _probe(self, params: Mapping[str, Any]) -> list[Row]:
        ids = sorted(row["subject_id"] for row in self.items if row["subject_id"] > params["place"])[: params["probe"]]
        return [{"total": len(ids), "last": ids[-1] if ids else None}]

    def _versions_of(self, params: Mapping[str, Any]) -> list[Row]:
        rows = [row for row in (*self.items, *self.relations) if row["subject_id"] == params["id"] and row["seq"] < params["before"]]
        return [{"version": row} for row in sorted(rows, key=lambda row: -row["seq"])[: params["limit"]]]


def _row(version: Version, seq: int) -> Row:
    body = canonical_json(dict(version.body))
    said = {name: version.body.get(name) for name in ("type", "retired", "source", "target")}
    fixed = {"subject_id": version.subject_id, "key": f"{version.subject_id}@{seq}", "seq": seq, "until": OPEN}
    return {**fixed, **said, "revision": version.revision, "hash": digest(body), "body": body.decode()}


def _commit(seq: int, time: str) -> Row:
    return {"seq": seq, "time": time, "actor": "", "source": "", "reason": "", "change": None, "key": None, "versions": 0, "content": "",
            "previous": "", "hash": ""}  # fmt: skip
