"""Values that mean the same in both databases: exact instants, text that both keep, strict JSON."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.sql.columns import EPOCH, instant_of, microseconds, plain, plain_all, to_json
from tenure.core.errors import TenureError

ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=8))]
)


@given(st.timedeltas(timedelta(days=-99_999), timedelta(days=99_999)), ZONES)
def test_an_instant_is_kept_to_the_microsecond_whatever_its_zone(
    since: timedelta, zone: timezone
) -> None:
    at = (EPOCH + since).astimezone(zone)
    assert instant_of(microseconds(at)) == at


@given(st.lists(st.datetimes(timezones=ZONES), min_size=2, max_size=2))
def test_numbers_sort_as_their_instants_do(pair: list[datetime]) -> None:
    first, second = pair
    assert (first < second) == (microseconds(first) < microseconds(second))


def test_an_instant_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        microseconds(datetime(2024, 1, 1))  # noqa: DTZ001  # that is the mistake


@given(st.text())
def test_ordinary_text_stays_what_it_is(text: str) -> None:
    assert plain(text) == text.replace("\x00", "\N{SYMBOL FOR NULL}")


@given(st.lists(st.none() | st.text(st.characters(codec=None)), max_size=5))
def test_many_texts_are_made_plain_as_each_alone(texts: list[str | None]) -> None:
    assert list(plain_all(texts)) == [None if text is None else plain(text) for text in texts]


@given(st.text(st.characters(codec=None)))
def test_whatever_comes_can_be_stored_as_utf_8(text: str) -> None:
    stored = plain(text)
    assert "\x00" not in stored
    stored.encode("utf-8")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_json_that_could_not_be_read_back_is_never_stored(odd: float) -> None:
    with pytest.raises(TenureError, match=r"finding\.not_finite"):
        to_json({"observed": [1.0, odd]}, "finding")


def test_json_is_short_and_says_what_went_in() -> None:
    text = to_json({"größe": 1.5, "none": None}, "run")
    assert text == '{"größe":1.5,"none":null}'
    assert msgspec.json.decode(text) == {"größe": 1.5, "none": None}
