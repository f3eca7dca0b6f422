"""Keys: the text is shown once, works until it is revoked or expires, and serving hears of it."""

from datetime import datetime, timedelta

import pytest

from tenure.core.errors import TenureError
from tenure.core.keys import Permission, Role
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


def test_a_key_is_rotated_and_the_old_one_works_for_the_overlap(
    house: House, clock: HandClock
) -> None:
    old, text = keys.mint(house, "anna", "acme", Role.OPERATOR, "night shift")
    scoped, _ = keys.mint(
        house, "anna", "acme", Role.OPERATOR, "x", grant=keys.Grant((Permission.READ,))
    )
    key, fresh = keys.rotate(house, "otto", "acme", old.id, timedelta(days=2))
    who = keys.authenticate(house, fresh)
    assert (who.key_id, who.role, who.person) == (key.id, Role.OPERATOR, old.id)
    assert keys.authenticate(house, text).person == old.id
    assert {old.id, key.id} <= granted(house)
    assert keys.rotate(house, "otto", "acme", scoped.id, timedelta(0))[0].only == scoped.only
    clock.move(timedelta(days=2))
    assert refused(house, text) == "key.expired"
    keys.authenticate(house, fresh)
    with pytest.raises(TenureError, match=r"key\.not_valid"):
        keys.rotate(house, "otto", "acme", old.id, timedelta(days=1))
    with pytest.raises(TenureError, match=r"key\.bad_overlap"):
        keys.rotate(house, "otto", "acme", key.id, timedelta(days=91))
    with house.store.read() as work:
        told = [entry for entry in work.ledger.read("acme") if entry.kind == "key.rotated"]
    assert [(one.actor, one.subject) for one in told] == [("otto", old.id), ("otto", scoped.id)]


def test_a_successor_does_not_outlive_its_key(house: House, clock: HandClock) -> None:
    until = clock.now() + timedelta(hours=1)
    old, _ = keys.mint(house, "anna", "acme", Role.VIEWER, "short", until)
    key, _ = keys.rotate(house, "anna", "acme", old.id, timedelta(days=7))
    with house.store.read() as work:
        assert work.keys.get("acme", old.id).expires_at == key.expires_at == until


def test_a_scope_narrows_a_role_also_in_serving(house: House) -> None:
    grant = keys.Grant((Permission.READ,))
    key, text = keys.mint(house, "anna", "acme", Role.OPERATOR, "reads", grant=grant)
    assert keys.authenticate(house, text).only == (Permission.READ,)
    assert key.id not in granted(house)
    with pytest.raises(TenureError, match=r"key\.bad_scope"):
        keys.mint(house, "a", "acme", Role.VIEWER, "x", grant=keys.Grant((Permission.APPROVE,)))
    with pytest.raises(TenureError, match=r"key\.bad_role"):
        keys.mint(house, "a", "acme", Role.SOLE_USER, "x")


def test_when_a_key_was_used_last_is_known_to_the_hour(house: House, clock: HandClock) -> None:
    key, _ = keys.mint(house, "anna", "acme", Role.VIEWER, "x")
    last_use, begun = keys.LastUse(house), clock.now()

    def used() -> datetime | None:
        with house.store.read() as work:
            return work.keys.get("acme", key.id).used_at

    assert used() is None
    last_use.note(key.principal)
    assert used() == begun
    clock.move(timedelta(minutes=59))
    last_use.note(key.principal)
    keys.LastUse(house).note(key.principal)  # another process
    assert used() == begun
    clock.move(timedelta(minutes=1))
    last_use.note(key.principal)
    assert used() == clock.now()
