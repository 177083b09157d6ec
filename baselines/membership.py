"""Merkle trees over the versions of a baseline, so that one item's membership can be shown without the rest (design 8).

The tree is that of RFC 6962, section 2.1 (kept in RFC 9162): the hash of a leaf is sha256(0x00 || data), that of a node sha256(0x01 || left
|| right); the left side of a tree of n leaves holds the largest power of two that is less than n; the root of no leaves is sha256 of
nothing. The two prefixes keep a node from being passed off as a leaf. Roots and paths are computed in one pass over the leaves, holding one
hash for each level.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field


def leaf_hash(data: bytes) -> bytes:
    """The 32 bytes that stand for a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32 bytes that stand for two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class _Subtree:
    """A complete subtree of 2**height leaves; `marked` says that the leaf to be shown is in it."""

    height: int
    hash: bytes
    marked: bool


@dataclass(slots=True)
class Tree:
    """A tree that grows leaf by leaf. At most one leaf may be marked: its audit path comes with the root."""

    size: int = 0
    index: int | None = None  # of the marked leaf
    _right: list[_Subtree] = field(default_factory=list)  # complete subtrees from left to right, each higher than the next
    _path: list[bytes] = field(default_factory=list)

    def add(self, data: bytes, *, mark: bool = False) -> None:
        """Add a leaf at the right."""
        if mark:
            self.index = self.size
        self.size += 1
        grown = _Subtree(0, leaf_hash(data), mark)
        while self._right and self._right[-1].height == grown.height:
            grown = self._joined(self._right.pop(), grown, self._path)
        self._right.append(grown)

    def root(self) -> bytes:
        """The root of what was added so far."""
        return self._closed()[0]

    def path(self) -> list[bytes]:
        """The audit path of the marked leaf, from the leaf up. Empty where none is marked."""
        return self._closed()[1]

    def _closed(self) -> tuple[bytes, list[bytes]]:
        if not self._right:
            return hashlib.sha256(b"").digest(), []
        path = list(self._path)
        *before, grown = self._right
        for left in reversed(before):
            grown = self._joined(left, grown, path)
        return grown.hash, path

    @staticmethod
    def _joined(left: _Subtree, right: _Subtree, path: list[bytes]) -> _Subtree:
        if left.marked:
            path.append(right.hash)
        elif right.marked:
            path.append(left.hash)
        return _Subtree(left.height + 1, node_hash(left.hash, right.hash), left.marked or right.marked)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    tree = Tree()
    for data in leaves:
        tree.add(data)
    return tree.root()


def root_by_path(data: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that an audit path leads to from leaf number `index` of `size`; None for a path that cannot be one (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf_hash(data)
    for sibling in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = node_hash(sibling, found)
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None
