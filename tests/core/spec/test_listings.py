"""Lists and free tables."""

import pytest

from tenure.core.spec.kinds import Number, Text
from tenure.core.spec.listings import Free, Listing
from tests.core.spec.kinds_at_work import code, hint, read


def test_a_list_becomes_a_tuple_and_a_list_again() -> None:
    kind = Listing(Text())
    assert read(kind, ["a", "b"]) == ("a", "b")
    assert kind.write(("a", "b")) == ["a", "b"]
    assert kind.schema() == {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
    }


def test_items_stand_once() -> None:
    assert code(Listing(Text()), ["a", "a"]) == "spec.bad_value"


def test_some_lists_may_not_be_empty() -> None:
    assert read(Listing(Text()), []) == ()
    assert code(Listing(Text(), least=1), []) == "spec.bad_value"
    assert Listing(Text(), least=1).schema()["minItems"] == 1


def test_a_single_text_is_told_its_brackets() -> None:
    assert hint(Listing(Text()), "a") == 'write key = ["a"]'
    assert code(Listing(Text()), {"a": 1}) == "spec.wrong_type"


def test_each_item_is_checked() -> None:
    assert code(Listing(Number()), [1, "a"]) == "spec.wrong_type"
    assert code(Listing(Text()), [["a"]]) == "spec.wrong_type"


def test_a_free_table_keeps_plain_values() -> None:
    body = {"a": 1, "b": 0.5, "c": "x", "d": True, "e": [1, 2]}
    assert read(Free(), body) == body
    assert Free().write(body) == body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "spec.wrong_type"),
        ({"a": {"b": 1}}, "spec.wrong_type"),
        ({"a": [[1]]}, "spec.wrong_type"),
        ({"a": None}, "spec.wrong_type"),
        ({"a": float("nan")}, "spec.bad_value"),
        ({"a": [2**53]}, "spec.bad_value"),
        ({"a": "\x00"}, "spec.bad_value"),
    ],
)
def test_other_values_are_refused(value: object, expected: str) -> None:
    assert code(Free(), value) == expected
