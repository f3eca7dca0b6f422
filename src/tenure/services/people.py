"""Accounts of the house's own: made, given another password, and removed by who runs the house."""

from dataclasses import replace

from tenure.core.digests import salted
from tenure.core.errors import not_found
from tenure.core.events import Event, Facts
from tenure.core.keys import Origin
from tenure.core.people import Person, check_password, checked_login, checked_seats
from tenure.core.tenants import SYSTEM
from tenure.ports.passwords import Passwords
from tenure.services import keys
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record

_SALT_BYTES = 16
_MOST = 1_000_000


def add(
    house: House, actor: str, login: str, name: str, seats: tuple[str, ...], password: str
) -> Person:
    """Make an account; raise `person.exists`, `person.bad_…`, `person.weak_password`."""
    checked_login(login)
    check_password(password, login)
    sealed, salt = passwords(house).sealed(password), house.secret(_SALT_BYTES).hex()
    now = house.clock.now()
    person = Person(login, name or login, checked_seats(seats), sealed, now, salt)
    with house.store.work() as work:
        for seat in person.offered:
            if seat.tenant_id != SYSTEM:
                work.tenants.get(SYSTEM, seat.tenant_id)
        work.people.add(SYSTEM, person)
        facts: Facts = {"holder": salted(salt, login), "seats": ", ".join(person.seats)}
        record(
            house, work, Event("person.added", SYSTEM, "", person.person, now, facts), actor=actor
        )
        failpoint("person.before_commit")
    failpoint("person.after_commit")
    return person


def set_password(house: House, actor: str, login: str, password: str) -> Person:
    """Give an account another password, and end its sessions."""
    check_password(password, login)
    sealed = passwords(house).sealed(password)
    now = house.clock.now()
    with house.store.work() as work:
        person = replace(work.people.get(SYSTEM, login, lock=True), sealed=sealed)
        work.people.save(SYSTEM, person)
        event = Event("person.password_set", SYSTEM, "", person.person, now, {})
        record(house, work, event, actor=actor)
    _end_sessions(house, actor, person)
    return person


def remove(house: House, actor: str, login: str) -> Person:
    """Remove an account, and end its sessions. The person stays who they are in what they did."""
    now = house.clock.now()
    with house.store.work() as work:
        person = work.people.get(SYSTEM, login, lock=True)
        work.people.remove(SYSTEM, login)
        event = Event("person.removed", SYSTEM, "", person.person, now, {})
        record(house, work, event, actor=actor)
    _end_sessions(house, actor, person)
    return person


def passwords(house: House) -> Passwords:
    """Return what seals passwords; raise `sign_in.off` in a process that has nothing of the kind."""
    if house.passwords is None:
        raise not_found("sign_in.off", "this process knows no passwords")
    return house.passwords


def _end_sessions(house: House, actor: str, person: Person) -> None:
    now = house.clock.now()
    with house.store.read() as work:
        owners = [SYSTEM, *(one.id for one in work.tenants.list(SYSTEM, limit=_MOST))]
        held = [key for owner in owners for key in work.keys.list(owner, limit=_MOST)]
    for key in held:
        if key.origin is Origin.SIGN_IN and key.person == person.person and key.valid_at(now):
            keys.revoke(house, actor, key.tenant_id, key.id)
