"""Names of values: stable, canonical, different for different values."""

import hashlib

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
