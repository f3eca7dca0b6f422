"""One status per kind, and nothing that cannot be sent."""

import json

import pytest

from tenure.api import errors
from tenure.core.errors import Kind, TenureError


def body_of(error: TenureError) -> dict[str, str]:
    decoded: dict[str, str] = json.loads(bytes(errors.response_to(error).body))
    return decoded


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_status_and_is_named_in_a_header(kind: Kind) -> None:
    response = errors.response_to(TenureError(kind, "thing.broke", "it broke"))
    assert response.status_code == errors.STATUS[kind]
    assert response.headers["x-tenure-kind"] == kind.value


@pytest.mark.parametrize("kind", [Kind.LIMITED, Kind.UNAVAILABLE])
def test_what_may_be_tried_again_says_when(kind: Kind) -> None:
    assert errors.response_to(TenureError(kind, "a.b", "later")).headers["retry-after"] == "1"


def test_the_body_says_what_where_and_how_to_mend_it() -> None:
    error = TenureError(Kind.INVALID, "a.b", "wrong", where="tenure.toml:3", hint="right it")
    assert body_of(error) == {
        "code": "a.b",
        "message": "wrong",
        "where": "tenure.toml:3",
        "hint": "right it",
    }


def test_texts_that_json_cannot_carry_are_mended_and_endless_ones_are_cut() -> None:
    said = body_of(TenureError(Kind.INVALID, "a.b", "\ud800" + "x" * 10_000))
    assert said["message"] == "?" + "x" * 1999
