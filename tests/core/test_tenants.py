"""Names that tenants and models may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.tenants import SYSTEM, checked_name


@pytest.mark.parametrize("name", ["DL", "9E", "arrival-delay", "a.b_c-1", "x" * 63])
def test_a_plain_name_is_taken_as_it_is(name: str) -> None:
    assert checked_name("model", name) == name


@pytest.mark.parametrize(
    "name", ["", SYSTEM, "-a", ".a", "a/b", "a b", "a\n", "é", "x" * 64, "..", "a\x00"]
)
def test_a_name_that_could_mean_something_else_is_refused(name: str) -> None:
    with pytest.raises(TenureError) as refusal:
        checked_name("tenant", name)
    assert refusal.value.code == "tenant.bad_name"
    assert "letters" in refusal.value.hint


@given(st.text(max_size=70))
def test_no_accepted_name_holds_a_separator(name: str) -> None:
    try:
        checked_name("model", name)
    except TenureError:
        return
    assert name.isascii()
    assert not set(name) & set("/\\\x1f :%?#\n")
