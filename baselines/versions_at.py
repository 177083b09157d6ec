"""Everything that was live after a commit, in the order of the ledger: a stream that holds some thousand versions at a time.

Commits are walked in groups of about 20,000 versions; of each group come those that no commit up to `seq` replaced. The cost follows the
versions ever made, the memory one group.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from baselines.types_at import QUERIES
from cmdb.ledger.log import Log, grouped
from cmdb.store.protocol import Store
from cmdb.store.statements import load

GROUP = 20_000


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """A version that was live. `text` is its body (canonical JSON) if bodies were asked for; `source` and `target` of relationships."""

    id: str
    seq: int
    hash: str
    text: str
    type: str = ""
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Versions made by consecutive commits up to `last`, items and relationships each by (commit, id)."""

    last: int
    items: list[LiveVersion]
    relations: list[LiveVersion]


def groups_at(
    store: Store, seq: int, *, after: int = 0, types: Collection[str] | None = None, bodies: bool = False, relations: bool = True
) -> Iterator[Group]:
    """What was live after commit `seq`, made by commits after `after`; items only of `types` (None: all)."""
    text = "body" if bodies else "key"
    log = Log(store)
    while after < seq and (commits := log.after(after, min(1_000, seq - after))):
        for group in grouped(commits, GROUP):
            first, last = group[0].seq, group[-1].seq
            statement = load(QUERIES, "column_items_made").named(text=text)
            found = store.columns(statement, first=first, last=last, seq=seq, types=sorted(types or ()), all=types is None)
            items = _rows(found, ("id", "type"))
            made: list[LiveVersion] = []
            if relations:
                statement = load(QUERIES, "column_relations_made").named(text=text)
                made = _rows(store.columns(statement, first=first, last=last, seq=seq), ("id", "source", "target"))
            yield Group(last, items, made)
        after = commits[-1].seq


def _rows(columns: Any, names: tuple[str, ...]) -> list[LiveVersion]:
    wanted = [columns["subject_id" if name == "id" else name] for name in names]
    found = [
        LiveVersion(seq=seq, hash=hash_, text=text, **dict(zip(names, row, strict=True)))
        for seq, hash_, text, *row in zip(columns["seq"], columns["hash"], columns["text"], *wanted, strict=True)
    ]
    found.sort(key=lambda one: (one.seq, one.id))
    return found
