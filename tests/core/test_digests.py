"""Names of values: stable, canonical, different for different values."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import digests

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_digest_of_bytes_carries_its_algorithm() -> None:
    assert digests.of_bytes(b"") == "sha256:" + hashlib.sha256(b"").hexdigest()


def test_the_order_of_keys_does_not_matter() -> None:
    assert digests.of_value({"a": 1, "b": [2]}) == digests.of_value({"b": [2], "a": 1})
    assert digests.of_value({"a": 1}) == digests.of_bytes(b'{"a":1}')


@given(JSON)
def test_equal_values_have_one_name(value: object) -> None:
    assert digests.of_value(value) == digests.of_value(value)


@given(st.lists(st.text() | st.integers(), max_size=4), st.lists(st.text(), max_size=4))
def test_derived_ids_tell_their_parts_apart(one: list[str | int], other: list[str]) -> None:
    alike = [str(part) for part in one] == other
    assert (digests.short("st", *one) == digests.short("st", *other)) is alike


def test_a_derived_id_is_short_and_begins_with_its_prefix() -> None:
    found = digests.short("ru", "DL", "arrival-delay", 3)
    assert found == digests.short("ru", "DL", "arrival-delay", "3")
    assert found.startswith("ru_")
    assert len(found) == len("ru_") + digests.SHORT


def test_a_salted_text_is_shown_only_by_who_has_the_salt() -> None:
    found = digests.salted("5a17", "anna")
    assert found == digests.salted("5a17", "anna")
    assert "anna" not in found
    assert found not in {digests.salted("5a18", "anna"), digests.salted("5a1", "7anna")}


@given(st.binary(max_size=40))
def test_base64_is_read_back_and_only_in_its_one_spelling(data: bytes) -> None:
    text = digests.to_base64(data)
    assert digests.from_base64(text, len(data)) == data
    for wrong in (text + "=", text + "\n", " " + text, text.rstrip("=") + "!"):
        with pytest.raises(ValueError, match=r".*"):
            digests.from_base64(wrong)
    with pytest.raises(ValueError, match=r".*"):
        digests.from_base64(text, len(data) + 1)


def test_bits_that_only_pad_are_not_free() -> None:
    assert digests.from_base64("AA==") == b"\0"
    with pytest.raises(ValueError, match="AB=="):
        digests.from_base64("AB==")
