"""Files between control and serving: equal values are equal bytes; damage is said."""

from datetime import UTC, datetime

import pytest

from tenure.adapters.releases import codec
from tenure.core.errors import TenureError
from tenure.ports.releases import Acknowledgement, Index

INDEX = Index(3, 1, {"b/x": "sha256:1", "a/x": "sha256:2"}, ())


def test_equal_values_are_equal_bytes_and_come_back() -> None:
    other = Index(3, 1, dict(sorted(INDEX.releases.items())), ())
    assert codec.encode(INDEX) == codec.encode(other)
    assert codec.decode(codec.encode(INDEX), Index, "here") == INDEX


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b'{"format": "one"}'])
def test_damage_is_said_with_its_place(data: bytes) -> None:
    with pytest.raises(TenureError, match=r"release\.corrupt") as caught:
        codec.decode(data, Index, "index.json")
    assert caught.value.where == "index.json"


def test_another_format_is_not_guessed_at() -> None:
    data = codec.encode(INDEX).replace(b'"format":1', b'"format":9')
    with pytest.raises(TenureError, match=r"release\.unknown_format"):
        codec.decode(data, Index, "index.json")


def test_half_an_acknowledgement_is_none() -> None:
    ack = Acknowledgement("p", 1, 2, 3, datetime(2024, 1, 1, tzinfo=UTC))
    data = codec.encode(ack)
    assert codec.decode_acknowledgement(data) == ack
    assert codec.decode_acknowledgement(data[: len(data) // 2]) is None
