"""What crosses the wall of the jail: typed on both sides, and refused when it is something else."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.jail.messages import Answer, Failure, Order, error_of, failure_of, pack, unpack
from tenure.core.errors import Kind, TenureError

TEXTS = st.text(max_size=20)


@given(st.sampled_from(Kind), TEXTS, TEXTS, TEXTS, TEXTS)
def test_an_error_leaves_the_jail_as_it_was_raised(
    kind: Kind, code: str, message: str, where: str, hint: str
) -> None:
    error = TenureError(kind, code, message, where=where, hint=hint)
    found = error_of(unpack(pack(failure_of(error)), Failure))
    assert (found.kind, found.code, found.message) == (kind, code, message)
    assert (found.where, found.hint) == (where, hint)


def test_an_order_and_an_answer_arrive_whole() -> None:
    order = Order("train", 1 << 30, 60, "/scratch")
    assert unpack(pack(order), Order) == order
    answer = unpack(pack(Answer(msgspec.Raw(pack({"rows": 7})))), Answer)
    assert answer.failure is None
    assert unpack(answer.result, dict[str, int]) == {"rows": 7}
    assert unpack(unpack(pack(Answer()), Answer).result, type(None)) is None


@pytest.mark.parametrize("value", [{"verb": 7}, ["train"], b"\x80", {"verb": "train"}])
def test_what_is_no_order_is_refused(value: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(pack(value), Order)


@given(st.binary(max_size=50))
def test_whatever_hostile_code_answers_is_an_answer_or_refused(data: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        assert isinstance(unpack(data, Answer), Answer)
