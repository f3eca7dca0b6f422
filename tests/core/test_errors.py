"""Errors read well and carry a kind."""

from collections.abc import Callable

import pytest

from tenure.core.errors import Kind, TenureError, conflict, invalid, not_found


def test_an_error_shows_its_code_place_message_and_hint() -> None:
    error = invalid(
        "spec.unknown_key",
        '[train] has no key "recipie"',
        where="tenure.toml:31",
        hint='did you mean "recipe"?',
    )
    assert str(error) == (
        'error[spec.unknown_key]: tenure.toml:31: [train] has no key "recipie"\n'
        '  did you mean "recipe"?'
    )


def test_an_error_without_place_and_hint_is_one_line() -> None:
    assert str(not_found("model.not_found", "no model x")) == "error[model.not_found]: no model x"


@pytest.mark.parametrize(
    ("make", "kind"),
    [(invalid, Kind.INVALID), (not_found, Kind.NOT_FOUND), (conflict, Kind.CONFLICT)],
)
def test_the_short_forms_set_the_kind(make: Callable[..., TenureError], kind: Kind) -> None:
    error = make("a.b", "words", where="here", hint="do this")
    assert (error.kind, error.code, error.message) == (kind, "a.b", "words")
    assert (error.where, error.hint, error.args) == ("here", "do this", ("words",))
