"""What happened to the relationships of one item: every version of each, whichever end the item is, newest first (requirement 9.1-05).

An item's own versions do not tell it: that a deployment took another image is a version of a relationship. A hub has many: it is paged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from cmdb.ledger.chain import OPEN
from cmdb.ledger.log import QUERIES
from cmdb.store.protocol import Store
from cmdb.store.statements import load

Place = tuple[int, str]
"""Where a page ends: the commit and the relationship of its last entry."""
NEWEST: Place = (OPEN, "")


class Turn(StrEnum):
    """What a version of a relationship did."""

    BEGAN = "began"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RelationTurn:
    """One version of a relationship `source -type-> target`, made by commit `seq`."""

    id: str
    type: str
    source: str
    target: str
    seq: int
    turn: Turn

    @property
    def place(self) -> Place:
        return self.seq, self.id


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What an item is, or was last, called. `name` is empty where its content was purged."""

    type: str
    name: str


class Touching:
    """Reads of what happened to relationships. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, item_id: str, limit: int, after: Place = NEWEST) -> list[RelationTurn]:
        """Versions of relationships that touch the item, newest first, by relationship within a commit, beyond `after`; `limit` at most."""
        seq, relation = after
        found = {}
        for end in ("source", "target"):
            statement = load(QUERIES, "read_relation_versions_touching").named(end=end)
            for row in self._store.read(statement, id=item_id, seq=seq, after=relation, limit=limit):
                found[row["id"], row["seq"]] = row  # once, though it may lead from the item to itself
        rows = sorted(found.values(), key=lambda row: (-row["seq"], row["id"]))[:limit]
        back = self._came_back([(row["id"], row["revision"]) for row in rows if row["revision"] > 1 and not row["retired"]])
        return [_turn(row, (row["id"], row["revision"]) in back) for row in rows]

    def names(self, ids: Iterable[str]) -> dict[str, LastKnown]:
        """What these items are or were last called, live or retired; ids that never were are left out."""
        rows = self._store.read(load(QUERIES, "read_last_items"), ids=list(dict.fromkeys(ids)), open=OPEN)
        return {row["id"]: LastKnown(row["type"], orjson.loads(row["body"])["name"] if row["body"] else "") for row in rows}

    def _came_back(self, versions: list[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of these versions (relationship, revision) that followed a retirement."""
        if not versions:
            return set()
        rows = [{"id": relation, "revision": revision - 1} for relation, revision in versions]
        before = self._store.read(load(QUERIES, "read_relation_versions_before"), rows=rows)
        return {(row["id"], row["revision"] + 1) for row in before if row["retired"]}


def _turn(row: Mapping[str, Any], came_back: bool) -> RelationTurn:
    began = row["revision"] == 1 or came_back
    turn = Turn.ENDED if row["retired"] else Turn.BEGAN if began else Turn.CHANGED
    return RelationTurn(row["id"], row["type"], row["source"], row["target"], row["seq"], turn)
