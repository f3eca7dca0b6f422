"""An exported ledger is believed only as it was written: every byte, to the last entry."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.exports import Exported, lines_of, read
from tenure.core.ledger import Entry
from tests.core.test_checkpoints import KEY, OTHER
from tests.core.test_ledger import a_chain, forged
from tests.core.test_proofs import note


def written(chain: list[Entry], signed: list[Entry] | None = None) -> bytes:
    return b"".join(lines_of(KEY, chain, note(chain if signed is None else signed)))


def look(data: bytes) -> Exported:
    return read(io.BytesIO(data), KEY)


def holds(data: bytes) -> bool:
    try:
        return read(io.BytesIO(data)).found.ok
    except TenureError:
        return False


@pytest.mark.parametrize("size", [0, 1, 7])
def test_an_export_as_it_was_written_is_verified(size: int) -> None:
    said = look(written(a_chain(size)))
    assert (said.found.ok, said.found.entries, said.trusted) == (True, size, True)
    assert said.tenant_id == "DL"
    assert not read(io.BytesIO(written(a_chain(size)))).trusted


def test_every_single_changed_byte_is_found() -> None:
    data = written(a_chain(2))
    assert holds(data)
    for place in range(len(data)):
        mask = (0x01, 0x20, 0x80)[place % 3]
        changed = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
        assert not holds(changed), place


@given(st.integers(0), st.binary(max_size=3))
def test_bytes_that_were_put_in_or_cut_off_are_found(place: int, more: bytes) -> None:
    data = written(a_chain(2))
    at = place % len(data)
    assert not holds(data[:at])
    if more:
        assert not holds(data[:at] + more + data[at:])


def test_a_story_that_was_rewritten_or_shortened_does_not_fit_its_checkpoint() -> None:
    chain = a_chain(5)
    for wrong in (forged(chain, 2, actor="nobody"), chain[:4]):
        found = look(written(wrong, signed=chain)).found
        assert not found.ok
        assert "checkpoint" in found.why


def test_the_first_wrong_line_is_named() -> None:
    data = written(a_chain(4)).replace(b'"seq":3', b'"seq":9')
    found = look(data).found
    assert (found.ok, found.first_bad) == (False, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "export.malformed"),
        (b"PK\x03\x04", "export.malformed"),
        (b"tenure-ledger/1 \xff\n", "export.malformed"),
        (b"tenure-ledger/1 nobody\n", "checkpoint.bad_key"),
        (b"tenure-ledger/1 " + OTHER.text.encode() + b"\n\n", "export.other_key"),
        (b"tenure-ledger/1 " + KEY.text.encode() + b"\n", "export.malformed"),
        (b"tenure-ledger/1 " + KEY.text.encode() + b"\n\n\xff", "export.malformed"),
        (b"tenure-ledger/1 " + KEY.text.encode() + b"\n\n" + b"x" * 200_000, "export.malformed"),
        (b"tenure-ledger/1 " + KEY.text.encode() + b"\n\nDL\n0\n", "checkpoint.bad_note"),
    ],
)
def test_what_is_no_export_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(TenureError) as caught:
        look(data)
    assert caught.value.code == code


def test_a_checkpoint_of_another_tenant_does_not_end_an_export() -> None:
    chain = a_chain(2)
    data = b"".join(lines_of(KEY, chain, note(chain, "UA")))
    with pytest.raises(TenureError, match="UA"):
        look(data)
