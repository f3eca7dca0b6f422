"""Proofs convince whoever has the key and nothing else, and prove nothing that is not so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import merkle
from tenure.core.checkpoints import Checkpoint, origin_of
from tenure.core.errors import TenureError
from tenure.core.ledger import Entry, leaf_of
from tenure.core.proofs import Consistency, check_consistency, inclusion_text, read_inclusion
from tests.core.test_checkpoints import KEY, signed
from tests.core.test_ledger import a_chain, forged


def note(chain: list[Entry], tenant: str = "DL") -> str:
    root = merkle.root_of([leaf_of(entry) for entry in chain])
    return signed(Checkpoint(origin_of(KEY, tenant), len(chain), root))


def proof_of(chain: list[Entry], place: int) -> str:
    path = merkle.inclusion([leaf_of(entry) for entry in chain], place)
    return inclusion_text(chain[place], path, note(chain))


def refused(text: str) -> str:
    with pytest.raises(TenureError) as caught:
        read_inclusion(text, KEY)
    return caught.value.code


@given(st.integers(1, 20), st.data())
def test_every_entry_of_a_ledger_can_be_proven(size: int, data: st.DataObject) -> None:
    chain = a_chain(size)
    place = data.draw(st.integers(0, size - 1))
    entry, checkpoint = read_inclusion(proof_of(chain, place), KEY)
    assert entry == chain[place]
    assert checkpoint.size == size


@given(st.integers(0), st.integers(1, 255))
def test_any_changed_byte_of_a_proof_is_found(place: int, mask: int) -> None:
    proof = bytearray(proof_of(a_chain(5), 2).encode())
    proof[place % len(proof)] ^= mask
    try:
        text = proof.decode()
    except UnicodeDecodeError:
        return
    assert refused(text).split(".")[0] in {"proof", "checkpoint", "ledger"}


def test_an_entry_of_another_story_is_not_proven() -> None:
    chain = a_chain(6)
    path = merkle.inclusion([leaf_of(entry) for entry in chain], 3)
    lie = forged(chain, 3, actor="nobody")[3]
    assert refused(inclusion_text(lie, path, note(chain))) == "proof.wrong"
    assert refused(inclusion_text(replace(chain[3], actor="x"), path, note(chain))) == "proof.wrong"
    assert refused(inclusion_text(chain[3], path, note(chain, "UA"))) == "proof.wrong"
    assert refused(inclusion_text(chain[3], path[:-1], note(chain))) == "proof.wrong"


@given(st.integers(1, 12), st.integers(0, 12))
def test_a_ledger_that_grew_continues_its_older_checkpoint(before: int, more: int) -> None:
    chain = a_chain(before + more)
    path = merkle.consistency([leaf_of(entry) for entry in chain], before)
    proof = Consistency(before, len(chain), tuple(one.hex() for one in path), note(chain))
    assert check_consistency(note(chain[:before]), proof, KEY).size == len(chain)
    older = note(forged(chain, before - 1, actor="nobody")[:before])
    with pytest.raises(TenureError, match=r"proof\.wrong"):
        check_consistency(older, proof, KEY)


def test_two_ledgers_do_not_continue_each_other() -> None:
    chain = a_chain(3)
    proof = Consistency(3, 3, (), note(chain))
    with pytest.raises(TenureError, match="two ledgers"):
        check_consistency(note(chain, "UA"), proof, KEY)
    with pytest.raises(TenureError, match=r"proof\.malformed"):
        check_consistency(note(chain), replace(proof, path=("no hash",)), KEY)
