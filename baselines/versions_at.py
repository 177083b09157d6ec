"""Everything that was live after a commit, in the order of the ledger: a stream that holds some thousand versions at a time.

Commits are walked in groups of about 20,000 versions; of each group come those that no commit up to `seq` replaced. The cost follows the
versions ever made, the memory one group.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from baselines.touched import QUERIES
from cmdb.ledger.log import Log, grouped
from cmdb.store.protocol import Store
from cmdb.store.statements import load

GROUP = 20_000


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """A version that was live; `type` of items, `source` and `target` of relationships."""

    id: str
    seq: int
    hash: str
    type: str = ""
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Versions made by consecutive commits up to `last`, items and relationships each by (commit, id)."""

    last: int
    items: list[LiveVersion]
    relations: list[LiveVersion]


def groups_at(store: Store, seq: int, types: Collection[str] | None = None) -> Iterator[Group]:
    """What was live after commit `seq`, in groups of consecutive commits; items only of `types` (None: all)."""
    log, after = Log(store), 0
    while after < seq and (commits := log.after(after, min(1_000, seq - after))):
        for group in grouped(commits, GROUP):
            seqs = [one.seq for one in group]
            items = store.columns(load(QUERIES, "column_items_made"), seqs=seqs, seq=seq, types=sorted(types or ()), all=types is None)
            relations = store.columns(load(QUERIES, "column_relations_made"), seqs=seqs, seq=seq)
            yield Group(seqs[-1], _rows(items, ("id", "type")), _rows(relations, ("id", "source", "target")))
        after = commits[-1].seq


def _rows(columns: Any, names: tuple[str, ...]) -> list[LiveVersion]:
    wanted = [columns["subject_id" if name == "id" else name] for name in names]
    found = [
        LiveVersion(seq=seq, hash=hash_, **dict(zip(names, row, strict=True)))
        for seq, hash_, *row in zip(columns["seq"], columns["hash"], *wanted, strict=True)
    ]
    found.sort(key=lambda one: (one.seq, one.id))
    return found
