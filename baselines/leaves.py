"""The leaves of a baseline's tree: the versions in scope, one leaf each, in the order of the ledger.

A leaf is the line by which its commit counts it, `<item|relation> <id>@<seq> <hash>` and a newline (`cmdb.ledger.chain.version_line`): so
what a proof shows is what the chain hash pins. They are ordered by commit, then items before relationships, then id. Whole CMDB and types
are streamed; scopes of items one by one are gathered, which `scope.MOST_MEMBERS` bounds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from baselines.scope import Members
from baselines.touched import QUERIES
from baselines.versions_at import Group, LiveVersion, groups_at
from cmdb.ledger.chain import version_line
from cmdb.model.commit import VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_WAVE = 1_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One version in scope."""

    kind: VersionKind
    id: str
    seq: int
    hash: str

    @property
    def key(self) -> str:
        """`<id>@<seq>`."""
        return f"{self.id}@{self.seq}"

    @property
    def data(self) -> bytes:
        """What the tree hashes."""
        return leaf_data(self.kind.value, self.key, self.hash)


def leaf_data(kind: str, key: str, content_hash: str) -> bytes:
    """The bytes of a leaf."""
    return version_line(kind, key, content_hash).encode()


def leaves(store: Store, members: Members) -> Iterator[Leaf]:
    """The leaves of `members` as of its commit, in their order."""
    if members.ids is not None:
        yield from _gathered(store, sorted(members.ids), members.seq)
        return
    for group in groups_at(store, members.seq, members.types):
        yield from _merged(group.items, _in_scope(store, members, group))


def _in_scope(store: Store, members: Members, group: Group) -> list[LiveVersion]:
    if members.everything:
        return group.relations
    ends = sorted({end for one in group.relations for end in (one.source, one.target)})
    types = _types_of(store, ends, members.seq)
    return [
        one for one in group.relations if members.touches((one.source, types.get(one.source, "")), (one.target, types.get(one.target, "")))
    ]


def _types_of(store: Store, ids: Sequence[str], seq: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), _WAVE):
        rows = store.read(load(QUERIES, "read_types_of_at"), ids=list(ids[start : start + _WAVE]), seq=seq)
        found.update((row["id"], row["type"]) for row in rows)
    return found


def _gathered(store: Store, ids: Sequence[str], seq: int) -> Iterator[Leaf]:
    items: dict[str, LiveVersion] = {}
    relations: dict[str, LiveVersion] = {}
    for start in range(0, len(ids), _WAVE):
        part = list(ids[start : start + _WAVE])
        for row in store.read(load(QUERIES, "read_item_hashes_at"), ids=part, seq=seq):
            items[row["id"]] = LiveVersion(**row)
        for end in ("source", "target"):
            for row in store.read(load(QUERIES, "read_relation_hashes_at").named(end=end), ids=part, seq=seq):
                relations[row["id"]] = LiveVersion(**row)
    yield from _merged(list(items.values()), list(relations.values()))


def _merged(items: Sequence[LiveVersion], relations: Sequence[LiveVersion]) -> Iterator[Leaf]:
    kinds = ((VersionKind.ITEM, items), (VersionKind.RELATION, relations))
    found = [(one.seq, place, one.id, one) for place, (_, ones) in enumerate(kinds) for one in ones]
    for seq, place, id_, one in sorted(found, key=lambda entry: entry[:3]):
        yield Leaf(kinds[place][0], id_, seq, one.hash)
