"""Checkpoints are signed notes of C2SP: one spelling each, worth nothing without the right key."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.checkpoints import (
    Checkpoint,
    VerifierKey,
    key_of,
    note_of,
    origin_of,
    read_key,
    read_note,
)
from tenure.core.errors import TenureError

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = key_of(PRIVATE.public_key().public_bytes_raw())
OTHER = key_of(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(origin_of(KEY, "DL"), 41, hashlib.sha256(b"root").digest())


def signed(checkpoint: Checkpoint = CHECKPOINT) -> str:
    return note_of(checkpoint, KEY, PRIVATE.sign(checkpoint.body.encode()))


def refused(note: str, key: VerifierKey = KEY) -> str:
    with pytest.raises(TenureError) as caught:
        read_note(note, key)
    return caught.value.code


def test_a_note_looks_as_c2sp_says() -> None:
    body, blank, line = signed().partition("\n\n")
    assert blank
    assert body.split("\n")[:2] == [f"{KEY.name}/DL", "41"]
    assert line.startswith(f"— {KEY.name} ")
    assert line.endswith("\n")


def test_a_key_of_the_go_note_package_is_read() -> None:
    """The example of golang.org/x/mod/sumdb/note: its id and ours are computed alike."""
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = read_key(text)
    assert (key.name, key.id.hex(), key.text) == ("PeterNeumann", "c74f20a3", text)


def test_a_signed_note_is_read_back_and_the_same_head_gives_the_same_note() -> None:
    assert read_note(signed(), KEY) == CHECKPOINT
    assert signed() == signed()
    empty = Checkpoint("o", 0, bytes(32))
    assert read_note(signed(empty), KEY) == empty


def test_signatures_of_witnesses_are_let_be() -> None:
    witness = signed() + "— witness.example jWbPPwAAAABkGFDL\n"
    assert read_note(witness, KEY) == CHECKPOINT


def test_another_key_says_nothing() -> None:
    assert refused(signed(), OTHER) == "checkpoint.not_signed"
    imposter = VerifierKey(KEY.name, OTHER.public)
    assert refused(signed(), imposter) == "checkpoint.not_signed"


@given(st.integers(0), st.integers(1, 255))
def test_any_changed_byte_of_a_note_is_found(place: int, mask: int) -> None:
    note = bytearray(signed().encode())
    note[place % len(note)] ^= mask
    try:
        text = note.decode()
    except UnicodeDecodeError:
        return
    assert refused(text).startswith("checkpoint.")


@given(st.integers(0), st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_letter_of_a_key_is_found(place: int, letter: str) -> None:
    text = KEY.text
    at = place % len(text)
    changed = text[:at] + letter + text[at + 1 :]
    if changed != text:
        with pytest.raises(TenureError, match=r"checkpoint\.bad_key"):
            read_key(changed)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "DL\n1\n\n",
        signed().rstrip("\n"),
        signed().replace("\n41\n", "\n041\n"),
        signed().replace("\n41\n", "\n-1\n"),
        signed().replace("— ", "- "),
        signed().replace("\n\n", "\nmore\n\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    assert refused(note) == "checkpoint.bad_note"
