"""Accounts of the house's own: who may be called what, sit where, and with which password."""

import re
from datetime import UTC, datetime

import pytest

from tenure.core.errors import TenureError
from tenure.core.identity import Seat, person_of
from tenure.core.keys import Role
from tenure.core.people import Person, check_password, checked_login, checked_seats

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "Anna", "-a", "a b", "a\n", "a" * 101, "anna/x"])
def test_a_login_is_plain(text: str) -> None:
    with pytest.raises(TenureError, match=r"person\.bad_name"):
        checked_login(text)
    assert checked_login("anna.example+1@delta") == "anna.example+1@delta"


@pytest.mark.parametrize("texts", [(), ("DL",), ("DL/king",), ("/viewer",), ("_/sole_user",)])
def test_a_seat_is_a_role_in_a_tenant(texts: tuple[str, ...]) -> None:
    with pytest.raises(TenureError, match=r"person\.bad_seat"):
        checked_seats(texts)


def test_every_role_but_the_sole_users_can_be_had() -> None:
    roles = [role for role in Role if role is not Role.SOLE_USER]
    seats = checked_seats(tuple(f"DL/{role}" for role in roles) * 2)
    person = Person("anna", "Anna", seats, "", AT)
    assert set(person.offered) == {Seat("DL", role) for role in roles}
    assert person.person == person_of("local", "anna")


@pytest.mark.parametrize("weak", ["short", "a" * 30, "anna-example", "ANNA-EXAMPLE", "x" * 2000])
def test_what_is_easily_guessed_is_refused_and_not_repeated(weak: str) -> None:
    with pytest.raises(TenureError, match=r"person\.weak_password") as refused:
        check_password(weak, "anna-example")
    assert not re.search(re.escape(weak), str(refused.value))
    check_password("correct horse battery", "anna-example")
