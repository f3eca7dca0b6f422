"""Keys: the text is shown once, works until it is revoked or expires, and serving hears of it."""

from datetime import timedelta

import pytest

from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.core.tenants import SYSTEM
from tenure.services import keys
from tenure.services.house import House
from tests.small.clock import HandClock


def granted(house: House) -> set[str]:
    """Return the ids of the keys that serving lets in."""
    return {grant.key_id for grant in house.releases.index().keys}


def refused(house: House, text: str) -> str:
    with pytest.raises(TenureError) as caught:
        keys.authenticate(house, text)
    return caught.value.code


def test_a_key_says_who_it_is_and_its_text_is_stored_nowhere(house: House) -> None:
    key, text = keys.mint(house, "anna", "acme", Role.SERVICE, "application")
    who = keys.authenticate(house, text)
    assert (who.key_id, who.tenant_id, who.role) == (key.id, "acme", Role.SERVICE)
    with house.store.read() as work:
        assert text not in str(work.keys.get("acme", key.id))
        assert text not in str(work.ledger.read("acme"))
        assert work.ledger.read("acme")[-1].kind == "key.created"
    assert granted(house) == {key.id}


def test_a_revoked_key_is_refused_everywhere_at_once(house: House) -> None:
    key, text = keys.mint(house, "anna", "acme", Role.SERVICE, "application")
    first = keys.revoke(house, "anna", "acme", key.id)
    assert keys.revoke(house, "otto", "acme", key.id) == first
    assert refused(house, text) == "key.expired"
    assert granted(house) == set()
    with house.store.read() as work:
        told = [entry for entry in work.ledger.read("acme") if entry.kind == "key.revoked"]
    assert [entry.actor for entry in told] == ["anna"]


def test_a_key_ends_when_its_time_has_come(house: House, clock: HandClock) -> None:
    until = clock.now() + timedelta(hours=1)
    _, text = keys.mint(house, "anna", "acme", Role.VIEWER, "auditor", until)
    clock.move(timedelta(minutes=59))
    keys.authenticate(house, text)
    clock.move(timedelta(minutes=2))
    assert refused(house, text) == "key.expired"


def test_nobody_gets_a_key_of_a_tenant_that_is_not_there(house: House) -> None:
    with pytest.raises(TenureError, match=r"tenant\.not_found"):
        keys.mint(house, "anna", "nobody", Role.ADMIN, "x")
    key, text = keys.mint(house, "anna", SYSTEM, Role.ADMIN, "admin")
    assert keys.authenticate(house, text).tenant_id == SYSTEM
    with pytest.raises(TenureError, match=r"key\.not_found"):
        keys.revoke(house, "anna", "acme", key.id)
    assert refused(house, text[:-1] + ("A" if text[-1] != "A" else "B")) in {
        "key.unknown",
        "key.malformed",
    }
