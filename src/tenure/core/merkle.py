"""Merkle trees of RFC 9162 §2.1 over SHA-256: root, inclusion and consistency proofs.

Leaves are hashed with a 0x00 in front, nodes with a 0x01, so that neither passes for the other.
`Frontier` grows a root in O(log n) memory; proofs are made from the leaf hashes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from tenure.core.errors import invalid

EMPTY = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree that only grows: the roots of its perfect subtrees, largest first."""

    size: int = 0
    _peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf_hash: bytes) -> None:
        """Append a leaf."""
        self._peaks.append(leaf_hash)
        self.size += 1
        carries = self.size
        while carries % 2 == 0:
            right = self._peaks.pop()
            self._peaks.append(node(self._peaks.pop(), right))
            carries //= 2

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self._peaks:
            return EMPTY
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = node(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    tree = Frontier()
    for one in leaves:
        tree.add(one)
    return tree.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree (RFC 9162 §2.1.3.1), deepest first."""
    if not 0 <= index < len(leaves):
        raise invalid("merkle.out_of_range", f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    cut = _split(len(leaves))
    if index < cut:
        return [*inclusion(leaves[:cut], index), root_of(leaves[cut:])]
    return [*inclusion(leaves[cut:], index - cut), root_of(leaves[:cut])]


def is_included(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether the proof leads from the leaf to the root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = node(step, found)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            found = node(found, step)
        place, last = place // 2, last // 2
    return last == 0 and found == root


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree of the first `first` leaves was a beginning of this one."""
    if not 0 < first <= len(leaves):
        raise invalid("merkle.out_of_range", f"no tree of {first} in one of {len(leaves)}")
    return _subproof(leaves, first, whole=True)


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether the older root is a beginning of the newer (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place // 2, last // 2
    return _climb(place, last, path) == (first_root, second_root)


def _climb(place: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots that the path leads to, or None when its length is wrong."""
    older = newer = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if place % 2 or place == last:
            older, newer = node(step, older), node(step, newer)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            newer = node(newer, step)
        place, last = place // 2, last // 2
    return None if last else (older, newer)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root_of(leaves)]
    cut = _split(len(leaves))
    if first <= cut:
        return [*_subproof(leaves[:cut], first, whole=whole), root_of(leaves[cut:])]
    return [*_subproof(leaves[cut:], first - cut, whole=False), root_of(leaves[:cut])]


def _split(size: int) -> int:
    """Return the largest power of two below `size` (at least 2)."""
    return int(1 << (size - 1).bit_length() - 1)
