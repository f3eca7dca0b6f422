"""People with an account of the house's own sign in by their password, and only they."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tenure.adapters.passwords.argon import Argon2Passwords
from tenure.core.errors import TenureError
from tenure.core.keys import Origin, Role
from tenure.core.tenants import SYSTEM
from tenure.services import keys, people, sign_in
from tenure.services.house import House

SECRET, OTHER = "correct horse battery", "staple battery horse"


@pytest.fixture
def house_of_anna(house: House) -> House:
    open_ = replace(house, passwords=Argon2Passwords())
    people.add(open_, "boss", "anna", "Anna Example", ("acme/approver", "acme/viewer"), SECRET)
    return open_


def refused(house: House, login: str, password: str, role: str = "viewer") -> str:
    with pytest.raises(TenureError) as caught:
        sign_in.by_password(house, login, password, role=role)
    assert password not in str(caught.value)
    return caught.value.code


def test_a_person_signs_in_and_is_one_whatever_their_role(house_of_anna: House) -> None:
    house = house_of_anna
    first, text = sign_in.by_password(house, "anna", SECRET, role="viewer")
    second, _ = sign_in.by_password(house, "anna", SECRET, "acme", "approver")
    assert (first.origin, first.role, first.name) == (Origin.SIGN_IN, Role.VIEWER, "Anna Example")
    assert first.person == second.person == keys.authenticate(house, text).person
    assert refused(house, "anna", SECRET, "") == "sign_in.choose"
    assert refused(house, "anna", SECRET, "admin") == "sign_in.no_role"
    assert (
        refused(house, "anna", OTHER) == refused(house, "otto", SECRET) == "sign_in.wrong_password"
    )


def test_another_password_and_removal_end_the_sessions(house_of_anna: House) -> None:
    house = house_of_anna
    ends: tuple[tuple[Callable[[], object], str | None], ...] = (
        (lambda: people.set_password(house, "boss", "anna", OTHER), OTHER),
        (lambda: people.remove(house, "boss", "anna"), None),
    )
    for end, after in ends:
        _, text = sign_in.by_password(house, "anna", SECRET if after else OTHER, role="viewer")
        end()
        with pytest.raises(TenureError, match=r"key\.expired"):
            keys.authenticate(house, text)
    assert refused(house, "anna", OTHER) == "sign_in.wrong_password"


def test_the_ledger_tells_what_was_done_and_no_name(house_of_anna: House) -> None:
    house = house_of_anna
    with pytest.raises(TenureError, match=r"person\.exists"):
        people.add(house, "boss", "anna", "", ("acme/viewer",), SECRET)
    with pytest.raises(TenureError, match=r"tenant\.not_found"):
        people.add(house, "boss", "otto", "", ("nowhere/viewer",), SECRET)
    people.remove(house, "boss", "anna")
    with house.store.read() as work:
        told = [entry for entry in work.ledger.read(SYSTEM) if entry.kind.startswith("person.")]
    assert [(entry.kind, entry.actor) for entry in told] == [
        ("person.added", "boss"),
        ("person.removed", "boss"),
    ]
    assert told[0].facts["seats"] == "acme/approver, acme/viewer"
    assert "anna" not in str(told).lower()
