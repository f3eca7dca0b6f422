"""Single values: what is taken, what is refused, and what is written back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.spec.kinds import Choice, Flag, Number, Text, storable
from tenure.core.spec.problems import SpecError
from tests.core.spec.kinds_at_work import code, hint, read

ODD = [3, 3.5, True, None, [], {}, date(2024, 1, 1), "text", object()]


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        (Text(), {str}),
        (Choice(("text",)), {str}),
        (Number(), {int, float}),
        (Number(whole=True), {int}),
        (Flag(), {bool}),
    ],
)
def test_a_value_of_another_type_is_refused(
    kind: Text | Choice | Number | Flag, right: set[type]
) -> None:
    for value in ODD:
        assert code(kind, value) == ("" if type(value) in right else "spec.wrong_type"), value


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_a_text_is_kept_as_it_is(text: str) -> None:
    assert read(Text(), text) == text
    assert Text().write(text) == text


@pytest.mark.parametrize("text", ["\x00", "a\ud800", "\x00ä"])
def test_what_no_database_can_hold_is_refused(text: str) -> None:
    assert not storable(text)
    assert code(Text(), text) == "spec.bad_value"


def test_a_pattern_restricts_the_whole_text() -> None:
    kind = Text(pattern="[a-z]+", rule="must be small letters")
    assert read(kind, "abc") == "abc"
    assert code(kind, "abc\n") == "spec.bad_value"
    assert kind.schema() == {"type": "string", "pattern": "^[a-z]+$"}
    assert Text(pattern=".*").schema() == {"type": "string"}


def test_a_choice_offers_the_nearest_value() -> None:
    kind = Choice(("lightgbm", "linear"), later=("xgboost",))
    assert read(kind, "linear") == "linear"
    assert hint(kind, "linaer") == 'did you mean "linear"?   valid: lightgbm, linear'
    assert code(kind, "xgboost") == "spec.not_yet_supported"
    assert kind.schema() == {"enum": ["lightgbm", "linear"]}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Number(0, 1), 2, "the nearest is 1   a number, at least 0 and at most 1"),
        (Number(0, 1), -2, "the nearest is 0   a number, at least 0 and at most 1"),
        (Number(above=0), 0, "a number, more than 0"),
        (Number(), float("nan"), "a number, finite"),
        (Number(0, 1), float("inf"), "the nearest is 1   a number, at least 0 and at most 1"),
        (Number(whole=True), 2**60, "a whole number, finite"),
    ],
)
def test_a_number_out_of_range_is_told_the_range(kind: Number, value: float, said: str) -> None:
    assert hint(kind, value) == said


def test_whole_numbers_stay_whole_and_others_become_floats() -> None:
    assert repr(read(Number(whole=True), 3)) == "3"
    assert repr(read(Number(), 3)) == "3.0"
    assert Number(0, 5, whole=True).schema() == {"type": "integer", "minimum": 0, "maximum": 5}
    assert Number(above=0).schema() == {"type": "number", "exclusiveMinimum": 0}


def test_a_flag_is_true_or_false() -> None:
    assert read(Flag(), value=False) is False
    assert Flag().write(value=True) is True


def test_what_was_found_is_told_in_words() -> None:
    kind = Text()
    found = []
    for value in ODD[:-2]:
        with pytest.raises(SpecError) as caught:
            read(kind, value)
        found.append(caught.value.message.removeprefix("[table] key: expected a text, found "))
    assert found == [
        "the whole number 3",
        "the number 3.5",
        "true",
        "nothing",
        "a list",
        "a table",
        "the date or time 2024-01-01",
    ]


def test_a_long_text_is_shortened_in_an_error() -> None:
    with pytest.raises(SpecError) as caught:
        read(Number(), "x" * 1000)
    assert len(caught.value.message) < 150
