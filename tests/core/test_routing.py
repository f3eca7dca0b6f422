"""The split: the same everywhere, even, sticky, and drawn anew by each trial."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.routing import POINTS, Split, name_of, point

NAMES = [f"customer-{number}" for number in range(20_000)]
KEYS = st.lists(st.none() | st.sampled_from(["a", "b"]), max_size=4)


def taken(salt: str, share: float) -> set[str]:
    split = Split(salt, share)
    return {name for name in NAMES if split.takes(name)}


@pytest.mark.parametrize(
    ("salt", "name", "expected"),
    [
        ("dp_1", "c00001", 3961212411390423883),
        ("dp_1", "Žofín ☂", 15979260507773310364),
        ("", "", 17742161183930567161),
    ],
)
def test_a_point_is_what_the_formula_says_for_ever(salt: str, name: str, expected: int) -> None:
    """Written down as numbers: another process, another start or another language must agree."""
    assert point(salt, name) == expected


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_is_taken_within_binomial_bounds(share: float) -> None:
    deviation = sqrt(share * (1 - share) / len(NAMES))
    assert abs(len(taken("dp_1", share)) / len(NAMES) - share) < 4 * deviation


def test_nobody_is_taken_by_no_share_and_everybody_by_the_whole() -> None:
    assert taken("dp_1", 0.0) == set()
    assert taken("dp_1", 1.0) == set(NAMES)


@given(st.sampled_from("ab"), st.sampled_from(NAMES[:500]), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_whom_a_smaller_one_took(
    salt: str, name: str, one: float, other: float
) -> None:
    small, large = sorted([one, other])
    assert not Split(salt, small).takes(name) or Split(salt, large).takes(name)


def test_another_trial_draws_others() -> None:
    """Were the same tenth drawn each time, it would always be the same customers who are tried on."""
    one, other = taken("dp_1", 0.1), taken("dp_2", 0.1)
    share = len(one & other) / len(one)
    assert abs(share - 0.1) < 4 * sqrt(0.09 / len(one))


def test_an_entity_decides_where_there_is_one_and_the_request_where_there_is_not() -> None:
    assert name_of("rq-1", None) == "rq-1"
    assert name_of("rq-1", []) == "rq-1"
    assert name_of("rq-1", [None]) == "rq-1"
    assert name_of("rq-1", ["c7"]) == "c7"
    assert name_of("rq-1", ["c7", "c7", "c7"]) == "c7"
    assert name_of("rq-1", ["c7", "c8"]) == "rq-1"


@given(st.sampled_from(NAMES[:500]), KEYS, st.floats(0, 1))
def test_a_request_goes_as_its_deciding_name_does(
    request_id: str, keys: list[str | None], share: float
) -> None:
    split = Split("dp_1", share)
    assert split.takes_request(request_id, keys) is split.takes(name_of(request_id, keys))
    assert 0 <= point("dp_1", request_id) < POINTS
