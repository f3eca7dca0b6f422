"""RFC 9162 trees: the published vectors, and proofs that no other tree passes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import merkle
from tenure.core.errors import TenureError

# Leaves and roots of the Certificate Transparency reference tests (RFC 6962, same hashing).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size) → proof, from the same tests
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (first, second) → proof
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHED = [merkle.leaf(data) for data in LEAVES]
SIZES = st.integers(1, 40)


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf(bytes([i])) for i in range(size)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert merkle.root_of(HASHED[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    proof = merkle.inclusion(HASHED[:size], index)
    assert [step.hex() for step in proof] == INCLUSION[index, size]
    root = bytes.fromhex(ROOTS[size])
    assert merkle.is_included(HASHED[index], index, size, proof, root)


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first: int, second: int) -> None:
    proof = merkle.consistency(HASHED[:second], first)
    assert [step.hex() for step in proof] == CONSISTENCY[first, second]
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert merkle.is_consistent(first, second, *roots, proof)


def test_a_frontier_grows_the_same_roots_as_the_definition() -> None:
    def definition(leaves: list[bytes]) -> bytes:  # RFC 9162 §2.1.1, word for word
        if not leaves:
            return hashlib.sha256(b"").digest()
        if len(leaves) == 1:
            return leaves[0]
        cut = 1
        while cut * 2 < len(leaves):
            cut *= 2
        left, right = definition(leaves[:cut]), definition(leaves[cut:])
        return hashlib.sha256(b"\x01" + left + right).digest()

    tree = merkle.Frontier()
    leaves: list[bytes] = []
    for one in leaves_of(70):
        assert tree.root() == definition(leaves)
        tree.add(one)
        leaves.append(one)
    assert tree.size == 70


@given(SIZES, st.data())
def test_every_leaf_is_proved_in_its_place_and_in_no_other(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root = merkle.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(leaves, index)
    for place in range(size):
        right = place == index
        assert merkle.is_included(leaves[index], place, size, proof, root) is right
        assert merkle.is_included(leaves[place], index, size, proof, root) is right


@given(SIZES, st.data())
def test_a_changed_inclusion_proof_fails(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root = merkle.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(leaves, index)
    longer = [*proof, root]
    assert not merkle.is_included(leaves[index], index, size, longer, root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        wrong = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not merkle.is_included(leaves[index], index, size, wrong, root)
        assert not merkle.is_included(leaves[index], index, size, proof[:-1], root)


@given(SIZES, st.data())
def test_every_beginning_of_a_tree_is_proved(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size))
    roots = merkle.root_of(leaves[:first]), merkle.root_of(leaves)
    proof = merkle.consistency(leaves, first)
    assert merkle.is_consistent(first, size, *roots, proof)
    assert not merkle.is_consistent(first, size, bytes(32), roots[1], proof)
    assert not merkle.is_consistent(first, size, roots[0], bytes(32), proof)
    assert not merkle.is_consistent(first, size, *roots, [*proof, bytes(32)])
    if proof:
        assert not merkle.is_consistent(first, size, *roots, proof[:-1])
        assert not merkle.is_consistent(first, size, *roots, [bytes(32), *proof[1:]])


@given(st.integers(2, 40), st.data())
def test_a_rewritten_beginning_is_not_consistent(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size - 1))
    place = data.draw(st.integers(0, first - 1))
    old_root = merkle.root_of(leaves[:first])
    rewritten = [*leaves[:place], merkle.leaf(b"forged"), *leaves[place + 1 :]]
    proof = merkle.consistency(rewritten, first)
    assert not merkle.is_consistent(first, size, old_root, merkle.root_of(rewritten), proof)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(TenureError) as refusal:
        merkle.inclusion(HASHED[:3], index)
    assert refusal.value.code == "merkle.out_of_range"
    assert not merkle.is_included(HASHED[0], index, 3, [], merkle.root_of(HASHED[:3]))


@pytest.mark.parametrize("first", [0, 4])
def test_there_is_no_proof_of_a_beginning_that_never_was(first: int) -> None:
    with pytest.raises(TenureError) as refusal:
        merkle.consistency(HASHED[:3], first)
    assert refusal.value.code == "merkle.out_of_range"
    root = merkle.root_of(HASHED[:3])
    assert not merkle.is_consistent(first, 3, root, root, [])


def test_a_proof_between_different_sizes_is_never_empty_for_an_odd_beginning() -> None:
    roots = merkle.root_of(HASHED[:3]), merkle.root_of(HASHED[:5])
    assert not merkle.is_consistent(3, 5, *roots, [])
    assert not merkle.is_consistent(4, 5, merkle.root_of(HASHED[:4]), roots[1], [])
