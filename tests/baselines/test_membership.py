"""The Merkle tree of RFC 6962: vectors, a slow and obvious reference, and proofs that hold only for what they are about."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from baselines.membership import Tree, leaf_hash, node_hash, root_by_path, root_of

LEAVES = st.lists(st.binary(max_size=12), max_size=70)


def reference_root(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 writes it down."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(reference_root(leaves[:k]), reference_root(leaves[k:]))


def reference_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH as section 2.1.1 writes it down."""
    if len(leaves) <= 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*reference_path(index, leaves[:k]), reference_root(leaves[k:])]
    return [*reference_path(index - k, leaves[k:]), reference_root(leaves[:k])]


def test_known_vectors() -> None:
    """Roots that Certificate Transparency's own test data give for these eight leaves."""
    leaves = [
        bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root_of(leaves[:7]).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    assert root_of(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(LEAVES)
def test_one_pass_gives_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert root_of(leaves) == reference_root(leaves)


@given(LEAVES.filter(bool), st.data())
def test_the_path_of_every_leaf_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    tree = Tree()
    for place, leaf in enumerate(leaves):
        tree.add(leaf, mark=place == index)
    assert tree.index == index
    assert tree.path() == reference_path(index, leaves)
    assert root_by_path(leaves[index], index, len(leaves), tree.path()) == tree.root()


@given(LEAVES.filter(bool), st.data())
def test_no_other_leaf_place_or_path_leads_there(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    tree = Tree()
    for place, leaf in enumerate(leaves):
        tree.add(leaf, mark=place == index)
    root, path = tree.root(), tree.path()
    assert root_by_path(leaves[index] + b"x", index, len(leaves), path) != root
    assert root_by_path(leaves[index], index, len(leaves), [*path, root]) != root
    assert root_by_path(leaves[index], len(leaves), len(leaves), path) is None
    assert root_by_path(leaves[index], -1, len(leaves), path) is None
    if path:
        assert root_by_path(leaves[index], index, len(leaves), path[:-1]) != root
        bent = [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]
        assert root_by_path(leaves[index], index, len(leaves), bent) != root


def test_a_tree_goes_on_growing_after_its_root_was_asked() -> None:
    tree = Tree()
    for place in range(9):
        tree.add(bytes([place]), mark=place == 3)
        assert tree.root() == reference_root([bytes([one]) for one in range(place + 1)])
        if place >= 3:
            assert root_by_path(b"\x03", 3, place + 1, tree.path()) == tree.root()
