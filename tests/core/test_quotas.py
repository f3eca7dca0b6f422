"""Quotas: what fits is let in, what does not says why and how to mend it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import Kind, TenureError
from tenure.core.quotas import Quotas, check_models, check_storage, check_training

AMOUNT = st.integers(0, 2**40)
NOTHING = Quotas()


@given(used=AMOUNT, more=AMOUNT, most=AMOUNT)
def test_bytes_are_let_in_exactly_as_long_as_they_fit(used: int, more: int, most: int) -> None:
    check_storage("DL", NOTHING, used, more)
    if used + more <= most:
        check_storage("DL", Quotas(stored_bytes=most), used, more)
        return
    with pytest.raises(TenureError) as refused:
        check_storage("DL", Quotas(stored_bytes=most), used, more)
    assert (refused.value.code, refused.value.kind) == ("quota.storage", Kind.CONFLICT)
    assert "tenure tenant quota DL --storage" in refused.value.hint


@given(used=AMOUNT, most=AMOUNT)
def test_models_and_minutes_end_at_the_quota(used: int, most: int) -> None:
    asks: tuple[tuple[str, Callable[[], None]], ...] = (
        ("quota.models", lambda: check_models("DL", Quotas(models=most), used)),
        (
            "quota.train_minutes",
            lambda: check_training("DL", Quotas(train_minutes=most), 60 * used),
        ),
    )
    for code, ask in asks:
        if used < most:
            ask()
            continue
        with pytest.raises(TenureError) as refused:
            ask()
        assert refused.value.code == code
        assert refused.value.hint


@pytest.mark.parametrize("wrong", [{"models": -1}, {"rate": 0}, {"stored_bytes": 2**63}])
def test_what_is_no_quota_is_none(wrong: dict[str, int]) -> None:
    with pytest.raises(TenureError) as refused:
        Quotas(**wrong)
    assert (refused.value.code, refused.value.where) == ("quota.bad_value", next(iter(wrong)))
