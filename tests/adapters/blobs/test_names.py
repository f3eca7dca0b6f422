"""A digest is a key; nothing else is, and bytes must be what their name says."""

import pytest

from tenure.adapters.blobs.names import key_of, missing, verified
from tenure.core.digests import of_bytes
from tenure.core.errors import Kind, TenureError


def test_a_digest_becomes_a_folder_and_a_file() -> None:
    assert key_of("sha256:ab" + "0" * 62) == "ab/" + "0" * 62


@pytest.mark.parametrize("name", ["", "../x", "sha256:" + "A" * 64, "sha256:" + "a" * 64 + "\n"])
def test_nothing_else_is_a_key(name: str) -> None:
    with pytest.raises(TenureError, match=r"blob\.bad_digest"):
        key_of(name)


def test_bytes_are_given_out_only_under_their_own_digest() -> None:
    assert verified(of_bytes(b"x"), b"x") == b"x"
    with pytest.raises(TenureError, match=r"blob\.corrupt"):
        verified(of_bytes(b"x"), b"y")
    assert missing("sha256:x").kind is Kind.NOT_FOUND
